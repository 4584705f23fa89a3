"""Bulk API 2.0 query jobs. simple-salesforce's own client keeps the token it was born with, cannot ask for deleted rows
nor go on with a job, and holds a page as one text; so the job is driven here, through the same session.

A job's rows come in no order: only when all were read is it known how far the reading got.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.org import Org
from connectors.salesforce.plan import Plan
from connectors.salesforce.progress import Progress
from connectors.salesforce.refusals import FieldGone, NotInBulk
from connectors.salesforce.rows import Sorted, sorted_table
from connectors.salesforce.soql import Window
from hub.sdk import Answer, Refusal, SourceChanged, SourceUnavailable, guard_tokens, vendor_message

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

_LAST = "null"
"""What the locator's header says, as a text, on the last page."""
_LONGEST_NAP_SECONDS = 30.0


class BulkJob:
    """One query as a job. `progress` holds its id and place, so that a later run can go on with it for seven days."""

    def __init__(self, org: Org, config: SalesforceConfig, plan: Plan, window: Window, progress: Progress) -> None:
        self._org = org
        self._config = config
        self._plan = plan
        self._window = window
        self._progress = progress

    def pages(self) -> Iterator[Sorted]:
        """The result; `progress` stands behind each page as it is handed out."""
        progress = self._progress
        if progress.job is None:
            progress.job, progress.root = self._created(), self._org.root
            progress.expected = self._finished(progress.job)
        seen: set[str] = set()
        while True:
            table, locator = self._page(progress)
            if locator is not None:
                guard_tokens(seen, locator, self._plan.table)
            page = sorted_table(table, self._plan)
            progress.locator = locator
            progress.seen += table.num_rows
            progress.gone += len(page.gone)
            if locator is None:
                self._require_all()
            yield page
            if locator is None:
                return

    def _created(self) -> str:
        body = {
            "operation": "queryAll" if self._plan.soft_delete else "query",
            "query": self._plan.bulk_query(self._window),
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        job = self._org.post("/jobs/query", body)
        if not isinstance(job, dict) or not isinstance(job.get("id"), str) or not job["id"].isalnum():
            raise SourceChanged("a query job was made, and has no id.", fix="Report it to the connector's author.")
        log.info("%s is read by query job %s", self._plan.table, job["id"])
        return str(job["id"])

    def _finished(self, job: str) -> int:
        """Wait for the job; how many rows it found. NotInBulk where it failed, or takes too long."""
        clock = self._org.context.clock
        deadline = clock.monotonic() + self._config.bulk_wait_minutes * 60
        nap = 1.0
        while True:
            told = self._org.get(f"/jobs/query/{job}")
            state = told.get("state") if isinstance(told, dict) else None
            if state == "JobComplete":
                return _count(told.get("numberRecordsProcessed"))
            if state in {"Failed", "Aborted"}:
                raise _failed(str(state), told.get("errorMessage"))
            if state not in {"UploadComplete", "InProgress"}:
                raise SourceChanged("a query job is in a state we do not know.", fix="Report it.")
            if clock.monotonic() > deadline:
                raise NotInBulk("the query job takes too long.", fix="Raise `bulk_wait_minutes`.")
            self._org.http.sleep(nap)
            nap = min(nap * 2, _LONGEST_NAP_SECONDS)

    def _page(self, progress: Progress) -> tuple[pa.Table, str | None]:
        params = {"maxRecords": self._config.bulk_page_rows, "locator": progress.locator}
        reader = _PageReader()
        answer = self._org.request(
            "GET",
            f"{progress.root}/jobs/query/{progress.job}/results",
            params=params,
            headers={"Accept": "text/csv"},
            wants_json=False,
            judge=reader.judge,
        )
        locator = answer.headers.get("sforce-locator")
        if locator is None or reader.table is None:
            raise SourceChanged(
                "a page of a query job came without its locator.", fix="See whether a proxy removes headers."
            )
        return reader.table, None if locator == _LAST else locator

    def _require_all(self) -> None:
        progress = self._progress
        if progress.seen != progress.expected:
            raise SourceUnavailable(
                f"the query job found {progress.expected} rows, and {progress.seen} came.",
                fix="The next run reads it again.",
            )


class _PageReader:
    """Reads an answer as CSV before it is taken for one: a broken page is asked for again."""

    def __init__(self) -> None:
        self.table: pa.Table | None = None

    def judge(self, answer: Answer) -> Refusal | None:
        if answer.status != 200:
            return None
        try:
            self.table = read_csv(answer)
        except ValueError as error:
            broken = SourceUnavailable(
                f"a page of a query job cannot be read: {error}.", fix="The next run tries again."
            )
            return Refusal(broken, again=True)
        return None


def read_csv(answer: Answer) -> pa.Table:
    """A page of a result as a table of texts; blank is null, since Salesforce does not tell them apart here.

    ValueError, saying what is wrong but no cell, where it is no CSV or has other rows than it says.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if "csv" not in answer.content_type:
        raise ValueError("it is no CSV")
    body = answer.body.replace(b"\0", b"") if b"\0" in answer.body else answer.body
    header = body.partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    names = next(csv.reader([header]), [])
    if not names:
        raise ValueError("it is empty")
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(body) + 1),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        raise ValueError("its rows do not fit its columns") from None
    told = answer.headers.get("sforce-numberofrecords", "")
    if told.isdecimal() and int(told) != table.num_rows:
        raise ValueError(f"{told} rows were announced, and {table.num_rows} came")
    return table


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise SourceChanged("a query job does not tell how many rows it found.", fix="Report it.")


def _failed(state: str, message: Any) -> SourceChanged:
    said = vendor_message({"message": message if isinstance(message, str) else ""})
    kind = FieldGone if said.startswith("INVALID_FIELD") else NotInBulk
    return kind(f'the query job ended as {state}: "{said}"', fix="Raise `bulk_above_rows` to read pages instead.")
