"""What `hub check` finds out about a stream's files without reading all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.files import formats
from connectors.files.columns import columns_of, missing, used
from connectors.files.delimited import Chunk
from connectors.files.matching import Found, find, unmatched
from connectors.files.reading import Plan, shaped
from connectors.files.unpack import Part, kind_of
from hub.sdk import FieldMap, Finding, HubError, Row, Stream

_SAMPLE_ROWS = 5_000
_MAX_FILES = 20
"""Files whose beginning is looked at; thousands of alike files tell nothing more."""


def findings(stream: Stream, plan: Plan) -> Iterator[Finding]:
    """One stream's files, from the folder to the key column."""
    try:
        found = find(plan.folder, plan.patterns, may_be_empty=plan.may_be_empty)
    except HubError as error:
        yield Finding(stream.name, False, error.problem, error.fix)
        return
    for pattern in unmatched(plan.folder, plan.patterns):
        yield Finding(
            stream.name, False, f"no file in {plan.folder} matches `{pattern}` now.",
            "Nothing is wrong if all files were taken away, or none has come yet; otherwise correct `files`.",
            severity="warning",
        )  # fmt: skip
    size = sum(file.path.stat().st_size for file in found)
    yield Finding(stream.name, True, f"{len(found)} file{'s' * (len(found) != 1)}, {_size(size)}, {plan.mode.value}")
    for file in found[:_MAX_FILES]:
        try:
            yield from _file_findings(stream, plan, file)
        except HubError as error:
            yield Finding(f"{stream.name}: {error.where or file.name}", False, error.problem, error.fix)


def _size(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB" if size >= 1 << 20 else f"{size / 1024:.1f} KiB"


def _file_findings(stream: Stream, plan: Plan, file: Found) -> Iterator[Finding]:
    for part in formats.parts(file, plan.options):
        names = formats.column_names(part, plan.options, plan.columns)
        subject = f"{stream.name}: {part.name}"
        sample = next(shaped(replace(plan, needs={}), part, None, columnar=False), None)
        if len(names) == 1:
            yield _one_column(subject, names[0])
        names = (columns_of(sample) if sample else ()) or names
        for problem, hint in missing(names, plan.needs):
            yield Finding(subject, False, problem, hint)
        if sample is not None:
            yield from _rows(subject, stream, plan, part, sample)


def _one_column(subject: str, name: str) -> Finding:
    return Finding(
        subject, False, f"there is only one column, `{name[:60]}`.", "Set `delimiter`, if that is not what is meant.",
        severity="warning",
    )  # fmt: skip


def _as_rows(sample: Chunk, count: int) -> list[Row]:
    rows = sample.rows[:count]
    return rows if isinstance(rows, list) else list(rows.to_pylist())


def _rows(subject: str, stream: Stream, plan: Plan, part: Part, sample: Chunk) -> Iterator[Finding]:
    bad = len(sample.bad)
    if bad:
        yield Finding(
            subject, False, f"{bad} of the first {len(sample.rows) + bad} rows cannot be read: {sample.bad[0].reason}.",
            "They would go to quarantine.", severity="warning",
        )  # fmt: skip
    yield Finding(subject, True, _row_count(part, sample))
    yield from _keys(subject, stream.maps[0], sample)


def _row_count(part: Part, sample: Chunk) -> str:
    """How many rows there are: counted where the first page is all, estimated from the size where it is not."""
    rows, size = len(sample.rows) + len(sample.bad), part.path.stat().st_size
    if sample.offset is None or kind_of(part.path, part.name) != "plain":
        return f"{rows:,} rows on the first page"
    return f"{rows:,} rows" if sample.offset >= size else f"about {round(rows * size / sample.offset):,} rows"


def _keys(subject: str, fields: FieldMap, sample: Chunk) -> Iterator[Finding]:
    """Whether the main entity's key is one, as far as the first rows tell."""
    columns = list(used([replace(fields, fields={"source_id": fields.fields["source_id"]})]))
    if fields.each is not None or fields.where or not columns:
        return
    keys = [tuple(str(row.get(column)) for column in columns) for row in _as_rows(sample, _SAMPLE_ROWS)]
    doubled = len(keys) - len(set(keys))
    if doubled:
        yield Finding(
            subject, False, f"{doubled} of the first {len(keys)} rows share a key ({', '.join(columns)}).",
            f"The last row of a key is kept; `occurrence` can number them if they are separate {fields.entity.name}.",
            severity="warning",
        )  # fmt: skip
