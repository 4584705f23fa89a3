"""One company's API: login, the company's own path, and what is looked up once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property

from connectors.business_central.config import BusinessCentralConfig
from connectors.business_central.refusals import CODES
from hub.sdk import (
    Answer,
    Auth,
    BasicAuth,
    ClientAssertionAuth,
    ClientCredentialsAuth,
    ConfigError,
    Context,
    HttpSource,
    Refusal,
)
from hub.sdk.odata import ODataSource, Query, ServerPages, Version, one_of
from hub.sdk.odata.envelope import Row

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CHUNK = 50
"""Numbers in one filter: some 2,000 characters of an address."""
_MANY = 4 * CHUNK
"""From so many unknown numbers on the whole list is read instead."""


class BusinessCentralApi:
    """Asks one company. Safe to use from several threads."""

    def __init__(self, config: BusinessCentralConfig, context: Context) -> None:
        self.config = config
        self.clock_ahead: timedelta | None = None
        """How far the server's clock is ahead of ours, as of the last answer."""
        self._now = context.now
        headers = {"Accept-Language": "en-US"} | ({"Data-Access-Intent": "ReadOnly"} if config.read_replica else {})
        self.http = HttpSource(
            config,
            context,
            auth=_login(config),
            path=config.server_path,
            headers=headers,
            judge=self._watch,
            doubles=True,
        )
        self.odata = ODataSource(self.http, Version.V4, root=config.service_path, codes=CODES)

    def _watch(self, answer: Answer) -> Refusal | None:
        """Looks at the clock only; what an answer means is for the client to say."""
        try:
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except (TypeError, ValueError):
            return None
        self.clock_ahead = told.replace(tzinfo=told.tzinfo or UTC) - self._now()
        return None

    # -- the company -----------------------------------------------------------------------------------------------

    def companies(self) -> list[Row]:
        """All companies that the app sees."""
        return list(self.odata.rows(Query("companies", select=("id", "name", "displayName"))))

    @cached_property
    def company(self) -> Row:
        """The company that the settings name. ConfigError where there is none of that name, or the choice is open."""
        wanted = self.config.company
        if wanted is not None and _GUID.fullmatch(wanted):
            return {"id": wanted.lower(), "name": wanted}
        found = self.companies()
        if wanted is None:
            if len(found) == 1:
                return found[0]
            raise ConfigError(f"there are {len(found)} companies.", fix=f"Set `company` to one of: {_listed(found)}.")
        texts = [(str(row.get(name, "")).casefold(), row) for name in ("name", "displayName") for row in found]
        for text, row in texts:
            if text == wanted.casefold():
                return row
        raise ConfigError(f"there is no company `{wanted}`.", fix=f"Set `company` to one of: {_listed(found)}.")

    def path(self, resource: str) -> str:
        """A resource of the company."""
        return f"companies({self.company['id']})/{resource}"

    # -- what is looked up once ------------------------------------------------------------------------------------

    @cached_property
    def local_currency(self) -> str | None:
        """ISO code of the company's own currency."""
        for resource, name in (("companyInformation", "currencyCode"), ("generalLedgerSetup", "localCurrencyCode")):
            for row in self.listed(resource, (name,)):
                if row.get(name):
                    return str(row[name])
        return None

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Unit code of the company -> international code; those that have none are left out."""
        rows = self.listed("unitsOfMeasure", ("code", "internationalStandardCode"))
        return _pairs(rows, "code", "internationalStandardCode")

    @cached_property
    def locations(self) -> Mapping[str, str]:
        """Location code -> id."""
        return _pairs(self.listed("locations", ("code", "id")), "code", "id")

    @cached_property
    def _items(self) -> dict[str, str]:
        return {}

    def item_ids(self, numbers: set[str]) -> Mapping[str, str]:
        """Item number -> id, of at least these items; a number that there is not is missing."""
        unknown = sorted(numbers - self._items.keys())
        if len(unknown) > _MANY:
            found: Iterable[Row] = self.listed("items", ("number", "id"))
        else:
            found = self.matching("items", "number", unknown, ("number", "id"))
        self._items.update(_pairs(found, "number", "id"))
        self._items.update(dict.fromkeys(numbers - self._items.keys(), ""))
        return self._items

    def listed(self, resource: str, select: tuple[str, ...]) -> Iterator[Row]:
        """All rows of a small resource."""
        return self.odata.rows(Query(self.path(resource), select=select), ServerPages(self.config.page_size))

    def matching(self, resource: str, field: str, values: Sequence[str], select: tuple[str, ...]) -> Iterator[Row]:
        """The rows whose field has one of the values."""
        for chunk in chunks(values):
            query = Query(self.path(resource), select=select, filter=one_of(field, chunk))
            yield from self.odata.rows(query, ServerPages(self.config.page_size))

    def close(self) -> None:
        self.http.close()


def _login(config: BusinessCentralConfig) -> Auth:
    if config.username is not None and config.password is not None:
        return BasicAuth(config.username, config.password)
    client, url, scope = config.client_id or "", config.token_url, config.scope
    if config.private_key is not None:
        thumbprint = config.certificate_thumbprint or ""
        return ClientAssertionAuth(url, client, config.private_key, thumbprint=thumbprint, scope=scope)
    return ClientCredentialsAuth(url, client, config.client_secret or "", scope=scope)


def _pairs(rows: Iterable[Row], key: str, value: str) -> dict[str, str]:
    """Two fields of the rows that have both."""
    pairs = ((row.get(key), row.get(value)) for row in rows)
    return {one: other for one, other in pairs if isinstance(one, str) and isinstance(other, str) and other}


def _listed(companies: list[Row]) -> str:
    return ", ".join(sorted(f"`{row.get('name')}`" for row in companies)) or "none that the app may see"


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as one filter takes."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
