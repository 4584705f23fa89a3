"""Acme ERP: customers and orders over its REST API, version 1."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field, SecretStr

from b2b_hub_acme.maps import CUSTOMERS, ORDER_LINES, ORDERS
from hub.sdk import (
    ClientCredentialsAuth,
    Connector,
    Context,
    Finding,
    HttpConnectorConfig,
    HttpSource,
    NextToken,
    Page,
    ReadRequest,
    Stream,
    latest,
)


class AcmeConfig(HttpConnectorConfig):
    """Settings of one Acme ERP."""

    client_id: str = Field("hub", description="Name of the API client, as created under Admin > API clients.")
    client_secret: SecretStr = Field(description="Secret of the API client, written as ${env:ACME_SECRET}.")
    page_size: int = Field(250, ge=1, le=250, description="Rows a page; Acme allows 250.")


class AcmeConnector(Connector[AcmeConfig]):
    """Reads what has changed since the last run, oldest change first."""

    kind = "acme"
    title = "Acme ERP"
    config_model = AcmeConfig
    streams = (
        Stream("customers", (CUSTOMERS,), description="Companies that buy."),
        Stream("orders", (ORDERS, ORDER_LINES), depends_on=("customers",), description="Orders with their lines."),
    )
    simulator = "b2b_hub_acme.simulator:AcmeSimulator"

    def __init__(self, config: AcmeConfig, context: Context) -> None:
        super().__init__(config, context)
        login = ClientCredentialsAuth(f"{config.base_url}/oauth/token", config.client_id, config.client_secret)
        self.http = HttpSource(config, context, auth=login, path="v1")

    def check(self) -> Iterator[Finding]:
        version = self.http.get("status")["version"]
        yield Finding("API version", version.startswith("1."), version, fix="This connector knows version 1.")

    def read(self, request: ReadRequest) -> Iterator[Page]:
        name = request.stream.name
        rule = NextToken(name, token_at="next_cursor", token_param="cursor", total_at="total")
        for fetched in self.http.pages(name, rule, params=self._filter(request), resume=request.resume):
            yield Page(
                fetched.rows,
                resume=fetched.resume,
                cursor=latest(fetched.rows, "updated_at"),
                total=fetched.total,
                origin=fetched.origin,
                deleted={name: self._deleted(request)} if fetched.is_last and request.since else {},
            )

    def close(self) -> None:
        self.http.close()

    def _filter(self, request: ReadRequest) -> dict[str, Any]:
        since = request.since.isoformat() if request.since else None
        return {"per_page": self.config.page_size, "updated_since": since, "updated_until": request.until.isoformat()}

    def _deleted(self, request: ReadRequest) -> list[str]:
        since = request.since.isoformat() if request.since else None
        gone = self.http.get("deletions", {"kind": request.stream.name, "since": since})
        return [row["id"] for row in gone["deletions"]]
