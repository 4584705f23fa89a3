"""Which way a file is read: by its format, set or told from its name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

from connectors.files import delimited
from connectors.files.delimited import Chunk, Format
from connectors.files.matching import Found
from connectors.files.options import FileKind, Options
from connectors.files.text import Text
from connectors.files.unpack import Part, kind_of, members
from hub.sdk import HubError, SourceChanged

ARROW_FROM_BYTES = 6 << 20
"""Below this, importing pyarrow costs more than it saves; where it is there already, a sixteenth of it is enough."""
_SUFFIXES: dict[str, FileKind] = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".xlsx": "excel", ".xls": "excel", ".xlsm": "excel",
    ".xlsb": "excel", ".ods": "excel", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
_PACKED = {".gz", ".zip"}


def format_of(name: str, options: Options) -> FileKind:
    """The format, set or told from the name; what is not known is CSV."""
    if options.format:
        return options.format
    suffixes = [suffix.lower() for suffix in PurePosixPath(name.replace("!", "/")).suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return _SUFFIXES.get(suffixes[-1], "csv") if suffixes else "csv"


def worth_arrow(size: int) -> bool:
    return size >= (ARROW_FROM_BYTES >> 4 if "pyarrow" in sys.modules else ARROW_FROM_BYTES)


def parts(found: Found, options: Options) -> list[Part]:
    """The texts within a file: itself, or the members of a zip archive."""
    if format_of(found.name, options) in {"excel", "parquet"} or kind_of(found.path, found.name) != "zip":
        return [Part(found.path, found.name)]
    inside = members(found.path, found.name, options.members)
    if not inside:
        raise SourceChanged(
            f"no member of the archive matches `{options.members}`.", fix="Correct `members`.", where=found.name
        )
    return inside


def form_of(part: Part, options: Options, columns: tuple[str, ...]) -> Format:
    """The settings as the readers of delimited texts and sheets take them."""
    delimiter = options.delimiter or ("\t" if format_of(part.name, options) == "tsv" else None)
    return Format(
        delimiter,
        options.quote,
        options.header,
        options.skip,
        columns,
        options.null_words,
        options.max_record_kib << 10,
        options.max_field_kib << 10,
    )


def text_of(part: Part, options: Options) -> Text:
    return Text(part, options.encoding, max_bytes=options.max_unpacked_mib << 20)


def chunks(
    part: Part, options: Options, columns: tuple[str, ...], *, start: tuple[int, int] | None, columnar: bool
) -> Iterator[Chunk]:
    """The rows of a part, from the place `start` on where its format knows places."""
    kind = format_of(part.name, options)
    try:
        if kind == "excel":
            from connectors.files import excel

            form = form_of(part, options, columns)
            yield from excel.chunks(part, form, options.sheet, options.max_workbook_mib << 20)
        elif kind == "parquet":
            from connectors.files import parquet

            yield from parquet.chunks(part)
        elif kind == "jsonl":
            from connectors.files import jsonl

            yield from jsonl.chunks(text_of(part, options), start=start, max_record_bytes=options.max_record_kib << 10)
        else:
            form = form_of(part, options, columns)
            yield from delimited.chunks(text_of(part, options), form, start=start, columnar=columnar)
    except HubError as error:
        raise error.at(part.name) from error


def column_names(part: Part, options: Options, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns a part has, without reading its rows; those of its first object for JSON Lines."""
    kind = format_of(part.name, options)
    if kind in {"csv", "tsv"}:
        return delimited.read_head(text_of(part, options), form_of(part, options, columns)).layout.names
    if kind == "parquet":
        from connectors.files import parquet

        return parquet.column_names(part)
    first = next(chunks(part, options, columns, start=None, columnar=False), None)
    return tuple(first.rows[0]) if first and first.rows else ()
