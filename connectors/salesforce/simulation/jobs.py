"""Bulk API 2.0 query jobs of the simulated org: made, polled, and read as CSV in pages."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.salesforce.simulation.evaluate import Compiled, SimRow
from connectors.salesforce.simulation.ids import record_id
from connectors.salesforce.simulation.schema import NOT_IN_BULK
from connectors.salesforce.simulation.soql import SoqlError


@dataclass
class Job:
    """One job. It is in progress when first looked at, and complete from then on."""

    id: str
    operation: str
    table: str
    compiled: Compiled
    rows: list[SimRow]
    version: str
    failure: str = ""
    polls: int = 0

    @property
    def state(self) -> str:
        if self.polls < 2:
            return ("UploadComplete", "InProgress")[self.polls]
        return "Failed" if self.failure else "JobComplete"

    def told(self) -> dict[str, Any]:
        """What Salesforce tells of it."""
        told: dict[str, Any] = {
            "id": self.id, "operation": self.operation, "object": self.table, "state": self.state,
            "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(self.version),
            "lineEnding": "LF", "columnDelimiter": "COMMA", "jobType": "V2Query",
        }  # fmt: skip
        if self.state == "JobComplete":
            told |= {"numberRecordsProcessed": len(self.rows), "retries": 0, "isPkChunkingSupported": True}
        if self.state == "Failed":
            told |= {"numberRecordsProcessed": 0, "errorMessage": self.failure}
        return told

    def page(self, rows: list[SimRow]) -> str:
        """A page as CSV, with its header."""
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(self.compiled.query.fields)
        writer.writerows([_cell(value) for value in self.compiled.cells(row)] for row in rows)
        return out.getvalue()


def require_bulk(compiled: Compiled) -> None:
    """SoqlError for what the Bulk API does not do."""
    query = compiled.query
    if compiled.table in NOT_IN_BULK:
        raise SoqlError("INVALIDENTITY", f"Entity '{compiled.table}' is not supported by the Bulk API.")
    if query.counts or query.offset or query.subqueries:
        raise SoqlError("API_ERROR", "aggregates, OFFSET and sub-selects are not supported by the Bulk API")
    fields = compiled.object.fields
    if any(fields[name].type == "address" for name in query.fields if name in fields):
        raise SoqlError("API_ERROR", "FUNCTIONALITY_NOT_ENABLED: compound data is not supported by the Bulk API")


def job_id(number: int) -> str:
    return record_id("750", number)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(value)
    return str(value).replace(".000+0000", ".000Z") if isinstance(value, str) else str(value)
