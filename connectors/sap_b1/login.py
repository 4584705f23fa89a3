"""Sessions of the Service Layer: a cookie for the session, and one for the node that keeps it.

A session ends after half an hour without a request, or when its node is restarted: then one login serves all who wait.
Sessions use licences, so the last one is given back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.sap_b1.config import SapB1Config
from connectors.sap_b1.refusals import refused_login
from hub.sdk import Auth, Credential, HttpSource, SessionAuth, SourceChanged

_NODE = re.compile(r"\bROUTEID=([^;,\s]+)")
_SESSION = re.compile(r"[A-Za-z0-9_.\-]{1,200}")
_NOBODY = Auth()
"""Who logs in and out brings no session, or its own."""


class B1Auth(SessionAuth):
    """Logs in with company, user and password."""

    def __init__(self, config: SapB1Config, root: str) -> None:
        super().__init__(self._ask, self._give_back)
        self._config = config
        self._root = root

    def release(self) -> str:
        """Release of the Service Layer, such as `1000191`; empty where the login does not tell."""
        return str(self.credential().answer.get("Version") or "")

    def secrets(self) -> Iterable[str]:
        return (*super().secrets(), self._config.password.get_secret_value())

    def _ask(self, http: HttpSource) -> Credential:
        config = self._config
        body = {"CompanyDB": config.company, "UserName": config.user, "Password": config.password.get_secret_value()}
        answer = http.request(
            "POST", f"{self._root}/Login", json=body, auth=_NOBODY, idempotent=True, judge=refused_login
        )
        told = answer.data if isinstance(answer.data, dict) else {}
        session = told.get("SessionId")
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise SourceChanged(
                "the login gave no usable SessionId.", fix="Check that `base_url` is that of a Service Layer."
            )
        node = _NODE.search(answer.headers.get("set-cookie", ""))
        cookie = f"B1SESSION={session}" + (f"; ROUTEID={node[1]}" if node else "")
        return Credential({"Cookie": cookie}, None, (session,), told)

    def _give_back(self, http: HttpSource, credential: Credential) -> None:
        http.request("POST", f"{self._root}/Logout", headers=credential.headers, auth=_NOBODY, wants_json=False)
