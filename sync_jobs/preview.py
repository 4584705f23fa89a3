"""`hub preview`: the first rows of a stream, raw beside canonical. Nothing is written."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub import mapping
from hub.model.kinds import MICROS, Kind
from hub.output import say, talk
from hub.sdk.connector import ReadRequest
from sync_jobs import show
from sync_jobs.guard import refuse_odd_rows, require_page
from sync_jobs.joblist import job_of, open_instances, require_known
from sync_jobs.reading import connector_failures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.model.batch import Batch, Reject
    from hub.sdk.connector import Page
    from hub.session import Session
    from sync_jobs.jobs import Job

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 160
"""Characters of one value that are shown."""


@dataclass
class PreviewRow:
    """One source row and what it becomes: entity -> records, and the records that are refused."""

    number: int
    origin: str
    raw: dict[str, Any]
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rejects: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Preview:
    """The first rows, and the source fields among them that no map uses."""

    source: str
    stream: str
    rows: list[PreviewRow]
    not_mapped: list[str]


def preview(session: Session, name: str, stream: str, rows: int) -> Preview:
    """Read and map the first rows of a stream. Raises what the source or the settings raise."""
    opened, broken = open_instances(session, [name])
    for error in broken.values():
        raise error
    instance = opened[0]
    try:
        require_known([stream], opened)
        chosen = next(each for each in instance.streams if each.name == stream)
        return _preview(job_of(session, instance, chosen, "preview"), rows)
    finally:
        instance.close()


def _preview(job: Job, wanted: int) -> Preview:
    result = Preview(job.source, job.stream.name, [], [])
    request = ReadRequest(job.stream, job.start, datetime.now(UTC), full=True)
    with connector_failures(job), closing(job.connector.read(request)) as pages:  # type: ignore[type-var]
        for page in pages:
            left = wanted - len(result.rows)
            _add_page(result, _cut(require_page(page, job.where), left), job)
            if len(result.rows) >= wanted:
                break
    return result


def _cut(page: Page, rows: int) -> Page:
    """Only the first rows of a page, and the refusals among them."""
    page.rows = page.rows[:rows] if isinstance(page.rows, list) else page.rows.slice(0, rows)
    last = page.number(len(page.rows) - 1) if len(page.rows) else 0
    page.rejects = [reject for reject in page.rejects if reject.row <= last][:rows]
    return page


def _add_page(result: Preview, page: Page, job: Job) -> None:
    refuse_odd_rows(page, job.entities[0])
    raws: list[Any] = page.rows if isinstance(page.rows, list) else page.rows.to_pylist()
    rows: dict[int, PreviewRow] = {}  # by the distance from the page's first row

    def row(number: int, raw: Mapping[str, Any]) -> PreviewRow:
        return rows.setdefault(number, PreviewRow(page.first_row + number, page.origin, dict(raw)))

    for place, raw in enumerate(raws):
        row(page.number(place), raw)
    mapped = mapping.apply(job.maps, page.rows)
    for batch in mapped.batches:
        for record, values in enumerate(readable(batch)):
            place = batch.origin(record)
            row(page.number(place), raws[place]).records.setdefault(batch.entity.name, []).append(values)
    for reject in mapped.rejects:
        row(page.number(reject.row), reject.raw).rejects.append(_refusal(reject))
    for reject in page.rejects:
        row(reject.row, reject.raw).rejects.append(_refusal(reject))
    result.rows += [rows[number] for number in sorted(rows)]
    result.not_mapped = sorted({*result.not_mapped, *mapping.unmapped(job.maps, page.rows)})


def _refusal(reject: Reject) -> dict[str, str]:
    return {"entity": reject.entity, "field": reject.field, "rule": reject.rule, "reason": reject.reason}


def readable(batch: Batch) -> list[dict[str, Any]]:
    """A batch's records as people read them: decimals, moments; fields without a value are left out."""
    columns = batch.lists()
    return [
        {
            name: _readable(batch.entity[name].kind, values[place])
            for name, values in columns.items()
            if values[place] is not None
        }
        for place in range(len(batch))
    ]


def _readable(kind: Kind, value: Any) -> Any:
    if kind is Kind.DECIMAL:
        return f"{Decimal(value) / MICROS:f}"
    if kind is Kind.UTC:
        return (_EPOCH + timedelta(microseconds=value)).isoformat()
    return value


def tell(result: Preview) -> None:
    """Each row as the source sent it, then what it becomes."""
    for row in result.rows:
        say(f"--- row {row.number} of {row.origin or result.stream}")
        say(_fields("raw", row.raw))
        for entity, records in row.records.items():
            for record in records:
                say(_fields(entity, record))
        for reject in row.rejects:
            say(
                f"  REFUSED {reject['entity']}.{reject['field']} ({reject['rule']}): {show.printable(reject['reason'])}"
            )
    if not result.rows:
        talk(f"{result.source}/{result.stream} has no rows.")
    if result.not_mapped:
        talk(f"Fields that no map uses: {', '.join(result.not_mapped)}.")


def _fields(title: str, values: dict[str, Any]) -> str:
    width = max((len(str(name)) for name in values), default=0)
    lines = [f"    {show.printable(str(name)):<{width}}  {_short(value)}" for name, value in values.items()]
    return "\n".join([f"  {title}", *lines])


def _short(value: Any) -> str:
    text = show.printable("" if value is None else str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def document(result: Preview) -> dict[str, Any]:
    """The JSON of `hub preview`: source, stream, not_mapped (source fields that no map uses), and `rows`, one object
    each: number, origin, raw, records (entity -> list of canonical records; decimals as text), rejects (entity, field,
    rule, reason)."""
    from dataclasses import asdict

    return asdict(result)
