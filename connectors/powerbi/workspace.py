"""Power BI's REST API, for one workspace. Facts: a POST of rows has no key, so that one whose fate is unclear is never
sent again; deleting all rows may be repeated. 120 calls a minute are allowed for rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from connectors.powerbi.config import PowerBIConfig
from hub.sdk import (
    Answer,
    AuthError,
    ClientCredentialsAuth,
    ConfigError,
    Context,
    HttpConnectorConfig,
    HttpSource,
    Refusal,
    SourceChanged,
    SourceUnavailable,
)
from hub.sdk.connector import Json

_SCOPE = "https://analysis.windows.net/powerbi/api/.default"
_CALLS_A_SECOND = 1.9
_POLL_SECONDS = 10.0
BLOCK = 10_000
"""Rows in one POST at most."""


class Workspace:
    """Close it after use."""

    def __init__(self, config: PowerBIConfig, context: Context) -> None:
        settings = HttpConnectorConfig(
            kind="powerbi", base_url=config.base_url, requests_per_second=_CALLS_A_SECOND, timeout_seconds=120
        )
        token_url = f"{config.login_url}/{quote(config.tenant_id)}/oauth2/v2.0/token"
        auth = ClientCredentialsAuth(token_url, config.client_id, config.client_secret, scope=_SCOPE)
        self._config = config
        self._http = HttpSource(
            settings, context, auth=auth, path=f"v1.0/myorg/groups/{quote(config.workspace)}", judge=_judge
        )

    def close(self) -> None:
        self._http.close()

    def models(self) -> dict[str, str]:
        """Id -> name of the semantic models."""
        return {each["id"]: each["name"] for each in self._http.get("datasets")["value"]}

    # -- refresh ---------------------------------------------------------------------------------------------------

    def refresh(self, model: str) -> None:
        """Refresh a model, and wait for its end. Raises SourceChanged with Power BI's reason where it failed."""
        path = f"datasets/{quote(model)}/refreshes"
        before = self._newest(path)
        self._http.post(path, {"notifyOption": "NoNotification"})
        for _ in range(int(self._config.refresh_minutes * 60 / _POLL_SECONDS)):
            self._http.sleep(_POLL_SECONDS)
            found = self._newest(path)
            if found.get("requestId") == before.get("requestId") or found.get("status") == "Unknown":
                continue
            if found.get("status") == "Completed":
                return
            said = re.sub(r"\s+", " ", str(found.get("serviceExceptionJson", "")))[:300]
            raise SourceChanged(
                f"the refresh of {model} ended as {found.get('status')}. It says: {said or 'nothing'}.",
                fix="Look at the model's refresh history; its data source credentials are set there.",
            )
        raise SourceUnavailable(f"the refresh of {model} takes longer than {self._config.refresh_minutes} minutes.")

    def _newest(self, path: str) -> Json:
        history = self._http.get(path, {"$top": 1})["value"]
        return dict(history[0]) if history else {}

    # -- push ------------------------------------------------------------------------------------------------------

    def pushed_model(self, name: str, known: str | None, tables: Sequence[Json]) -> str:
        """The push model of that name, made where there is none. Names are not unique: the id known from last time
        counts first. Its tables are brought to the columns given."""
        models = self.models()
        named = [each for each, called in models.items() if called == name]
        if known in models:
            model = str(known)
        elif len(named) > 1:
            raise ConfigError(f"the workspace has {len(named)} models called `{name}`.", fix="Rename all but one.")
        elif named:
            model = named[0]
        else:
            wanted = {"name": name, "defaultMode": "Push", "tables": list(tables)}
            return str(
                self._http.request("POST", "datasets", params={"defaultRetentionPolicy": "None"}, json=wanted).at("id")
            )
        for table in tables:
            path = f"datasets/{quote(model)}/tables/{quote(table['name'])}"
            self._http.request("PUT", path, json=table, idempotent=True)
        return model

    def replace(self, model: str, table: str, blocks: Iterable[list[Json]]) -> None:
        """All rows of a table anew. Readers see a gap meanwhile. Raises SourceUnavailable where a POST's fate is
        unclear: the next try begins with deleting."""
        path = f"datasets/{quote(model)}/tables/{quote(table)}/rows"
        self._http.request("DELETE", path, idempotent=True)
        for rows in blocks:
            self._http.post(path, {"rows": rows})


def _judge(answer: Answer) -> Refusal | None:
    """What Power BI means by statuses that others use differently."""
    body = answer.peek() if answer.status >= 400 else None
    error: Any = body.get("error") if isinstance(body, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    if code == "FeatureDeprecatedError":
        return Refusal(
            SourceChanged(
                "this tenant makes no push models any more.",
                fix="Remove `push`, and let the model read the OData feed (`hub odata pbids`) or the PostgreSQL views.",
            )
        )
    if answer.status == 401 and not answer.body:
        return Refusal(
            AuthError(
                "Power BI refuses the app's token.",
                fix="An admin must let service principals use Power BI APIs: tenant settings, a group with this app.",
            )
        )
    if answer.status in (403, 404):
        return Refusal(
            AuthError(
                f"the app does not reach the workspace or the model (HTTP {answer.status} {code}).",
                fix="Make the app a Contributor or Member of the workspace, and check the ids.",
            )
        )
    return None
