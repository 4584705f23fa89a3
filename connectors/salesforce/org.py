"""The org as the connector sees it: simple-salesforce for queries and descriptions, the same session for the rest."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.login import SalesforceAuth
from connectors.salesforce.refusals import judge, usage_of
from connectors.salesforce.soql import select
from hub.sdk import Answer, Context, HttpSource, QuotaBudget, SourceChanged

if TYPE_CHECKING:
    import requests
    from simple_salesforce.api import Salesforce

_OURS = {"sforce-query-options", "if-modified-since"}
"""Headers of simple-salesforce that matter; the others (a token that is none, pretty printing) stay behind."""
MAX_ROWS = 2000
"""Rows of a page that Salesforce sends at most; it may send fewer."""
_WHOLE_ROWS = {"Sforce-Query-Options": f"batchSize={MAX_ROWS}"}
_LOCATOR = re.compile(r"/services/data/v[0-9.]+/query(?:All)?/[\w-]+")

# simple-salesforce builds on zeep and others that log whole answers at DEBUG.
logging.getLogger("zeep").setLevel(logging.WARNING)


class Org:
    """One org and one login, shared by all streams of the connector, and so is its quota of calls."""

    def __init__(self, config: SalesforceConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.auth = SalesforceAuth(config)
        self.quota = QuotaBudget(usage_of, reserve_share=1 - config.quota_share)
        self.http = HttpSource(config, context, auth=self.auth, judge=judge, budgets=(self.quota,))
        self.root = f"/services/data/v{config.api_version}"
        self._clock_ahead = 0.0
        self._client: Salesforce | None = None

    def __repr__(self) -> str:
        return f"<Org {self.context.source}>"

    # -- simple-salesforce's part ----------------------------------------------------------------------------------

    @property
    def client(self) -> Salesforce:
        """simple-salesforce over this org's session."""
        if self._client is None:
            from connectors.salesforce.bridge import session_over

            self._client = open_client(session_over(self._carry), self.config.base_url, self.config.api_version)
        return self._client

    def query(self, soql: str, *, deleted_too: bool = False) -> dict[str, Any]:
        """The first page of a query's result."""
        return _result(self.client.query(soql, include_deleted=deleted_too, headers=_WHOLE_ROWS))

    def query_more(self, link: str) -> dict[str, Any]:
        """The page that `nextRecordsUrl` leads to."""
        if not _LOCATOR.fullmatch(link):
            raise SourceChanged("the link to the next page is none of Salesforce's.", fix="Report it.")
        return _result(self.client.query_more(link, identifier_is_url=True, headers=_WHOLE_ROWS))

    def count(self, table: str, conditions: list[str]) -> int:
        """How many rows there are, without those in the recycle bin."""
        total = self.query(select(["COUNT()"], table, conditions)).get("totalSize")
        if not isinstance(total, int):
            raise SourceChanged("a count came without a number.", fix="Report it to the connector's author.")
        return total

    def describe(self, table: str) -> Any:
        """What Salesforce tells of an object. ObjectGone where there is none, or the user may not see it."""
        return getattr(self.client, table).describe()

    def deleted(self, table: str, start: datetime, end: datetime) -> Any:
        """What was deleted between two moments, as far as the log of the last 15 days tells."""
        return getattr(self.client, table).deleted(start, end)

    # -- what it cannot do well: bulk jobs (see bulk.py), and whatever is no query ---------------------------------

    def post(self, path: str, body: Any) -> Any:
        """Create something that only reads: a query job. A repeated one is harmless."""
        return self.request("POST", self.root + path, json=body, idempotent=True).data

    def get(self, path: str) -> Any:
        return self.request("GET", self.root + path).data

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """One request to the org's present address, with all that belongs to it."""
        answer = self.http.request(method, self.auth.instance_url() + path, auth=self.auth, elsewhere=True, **options)
        self._learn_clock(answer)
        return answer

    def now(self) -> datetime:
        """The moment by Salesforce's own clock, as far as an answer has told it."""
        return self.context.now() + timedelta(seconds=self._clock_ahead)

    @property
    def clock_ahead_seconds(self) -> float:
        """How far Salesforce's clock is ahead of this machine's; 0 before the first answer."""
        return self._clock_ahead

    def close(self) -> None:
        self.http.close()

    # -- the way of a request --------------------------------------------------------------------------------------

    def _carry(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A request of simple-salesforce, sent to where the org lives now."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        kept = {name: value for name, value in headers.items() if name.lower() in _OURS}
        return self.request(method, path, headers=kept, json=json.loads(body) if body else None)

    def _learn_clock(self, answer: Answer) -> None:
        try:
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except (TypeError, ValueError):
            return
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        self._clock_ahead = (told - self.context.now()).total_seconds()


def open_client(session: requests.Session, instance_url: str, api_version: str) -> Salesforce:
    """simple-salesforce over a session that brings the credentials itself, with exact numbers and plain dicts."""
    from decimal import Decimal

    from simple_salesforce.api import Salesforce

    return Salesforce(
        session_id="brought by the session",
        instance_url=instance_url,
        version=api_version,
        session=session,
        parse_float=Decimal,
        object_pairs_hook=dict,
    )


def _result(answer: Any) -> dict[str, Any]:
    """A query's answer, held to its shape: an empty result still has its list."""
    records = answer.get("records") if isinstance(answer, dict) else None
    if not isinstance(records, list) or not all(type(row) is dict for row in records):
        raise SourceChanged(
            'there is no list of "records" in the answer to a query.',
            fix="Check `api_version`; report it to the connector's author if it is current.",
        )
    found: dict[str, Any] = answer
    return found
