"""How one stream's files are written: what reading them goes by. The settings say it (`connectors.files.config`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from connectors.files.config import FileFormat

FileKind = Literal["csv", "tsv", "excel", "parquet", "jsonl"]


class Options(NamedTuple):
    """The settings of `FileFormat` for one stream, without pydantic; each is described there."""

    format: FileKind | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    decimal: Literal[".", ","] | None = None
    thousands: str | None = None
    date_format: tuple[str, ...] | None = None
    timezone: str | None = None
    header: int = 1
    skip: int = 0
    null_words: frozenset[str] = frozenset()
    sheet: str | int | None = None
    members: str = "*"
    settle_seconds: float = 0
    max_field_kib: int = 1024
    max_record_kib: int = 16_384
    max_unpacked_mib: int = 51_200
    max_workbook_mib: int = 1_024


def effective(common: FileFormat, stream: FileFormat | None = None) -> Options:
    """The stream's settings over those of the whole folder."""
    own = stream.model_fields_set if stream is not None else ()
    return Options(**{name: getattr(stream if name in own else common, name) for name in Options._fields})
