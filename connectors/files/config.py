"""What an admin may set for files: how they are written, which ones a stream reads, and what becomes of their rows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from connectors.files.naming import entity_named
from connectors.files.options import FileKind
from hub.sdk import ConnectorConfig, EntityMapSpec, Mode, StreamSettings, entities

_NAMED_CHARACTERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "none": ""}


def _character(value: Any) -> Any:
    return _NAMED_CHARACTERS.get(value.lower(), value) if isinstance(value, str) else value


def _one_character(value: str) -> str:
    if len(value) > 1 or not value.isascii() or value in {"\n", "\r", "\0"}:
        raise ValueError("expected one ASCII character, or `tab`")
    return value


def _delimiter(value: str) -> str:
    if not value:
        raise ValueError("expected one ASCII character, or `tab`")
    return value


def _encoding(value: str) -> str:
    try:
        if value != "auto":
            "".encode(value)
    except LookupError:
        raise ValueError("there is no such encoding; usual ones: utf-8, cp1252, latin-1, utf-16, auto") from None
    return value


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _entity_name(value: str) -> str:
    if entity_named(value) is None:
        near = difflib.get_close_matches(value, entities.ENTITIES, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(entities.ENTITIES)}."
        raise ValueError(f"there is no entity `{value}`. {hint}")
    return value


EntityName = Annotated[str, AfterValidator(_entity_name)]
Character = Annotated[str, BeforeValidator(_character), AfterValidator(_one_character)]
Delimiter = Annotated[Character, AfterValidator(_delimiter)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_list, json_schema_input_type=str | tuple[str, ...])]


class FileFormat(BaseModel):
    """How files are written. Set for the whole folder or for one stream, which counts more."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    format: FileKind | None = Field(
        None, description="csv, tsv, excel, parquet or jsonl; by the file's name otherwise."
    )
    encoding: Encoding | None = Field(
        None, description="UTF-8 unless set or marked in the file; `auto` guesses. Usual: cp1252, latin-1, utf-16."
    )
    delimiter: Delimiter | None = Field(
        None, description="Character between fields, or `tab`; told from the header line otherwise (, ; tab |)."
    )
    quote: Character = Field('"', description='Character around fields that hold a delimiter; "" for none.')
    decimal: Literal[".", ","] | None = Field(
        None, description="Decimal point of all numbers that set none themselves."
    )
    thousands: Character | None = Field(None, description="What groups the digits of such numbers.")
    date_format: Texts | None = Field(
        None,
        description="Form of all dates and times that set none themselves, such as `%d.%m.%Y`; a list tries several.",
    )
    timezone: str | None = Field(None, description="Zone of all times that state no offset, such as `Europe/Berlin`.")
    header: int = Field(1, ge=0, description="Line of the header; those above are ignored. 0: none; see `columns`.")
    skip: int = Field(0, ge=0, description="Lines after the header to leave out.")
    null_words: frozenset[str] = Field(frozenset(), description="Cells that mean `no value`, such as N/A.")
    sheet: str | int | None = Field(None, description="Excel: name of the sheet, or its number from 1; else the first.")
    members: str = Field("*", description="Zip: which members to read, such as `*.csv`.")
    settle_seconds: float = Field(
        0, ge=0, description="A file changed more recently than this is still being written: it waits."
    )
    max_field_kib: int = Field(1024, gt=0, description="A row with a longer field is refused.")
    max_record_kib: int = Field(16_384, gt=0, description="A longer row is refused: bounds memory.")
    max_unpacked_mib: int = Field(51_200, gt=0, description="An archive that unpacks to more is refused.")
    max_workbook_mib: int = Field(
        1_024, gt=0, description="A larger workbook (unpacked) is refused: it lies in memory."
    )


class Unpivot(BaseModel):
    """Makes a wide table long: each cell beside the kept columns becomes a row."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    keep: Texts = Field(description="Columns that every row takes over.")
    name: str = Field(description="Column that gets the wide column's header.")
    value: str = Field(description="Column that gets the cell.")
    skip: frozenset[str] = Field(frozenset({""}), description="Cells that mean `nothing here`, such as N/A.")


class Occurrence(BaseModel):
    """Numbers the rows of a file that share a key: a part of the key for rows that have none of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field("occurrence", description="Column that gets the number, from 1.")
    within: Texts = Field((), description="Columns that form the key; without any, all rows of a file are counted.")


class FileStream(StreamSettings, FileFormat):
    """One kind of file, and the entities its rows become."""

    files: Texts = Field(
        min_length=1, description="Path or pattern within `folder`, or a list: `orders_*.csv`, `**/*.csv.gz`."
    )
    mode: Mode | None = Field(
        None,
        description="snapshot: what the files no longer have is gone; incremental: rows are added and changed; append: "
        "rows are only added. One path: snapshot; a pattern or several paths: incremental, which never deletes.",
    )
    columns: Texts = Field((), description="Names of the columns, in order, where there is no header or a useless one.")
    entities: tuple[EntityMapSpec, ...] = Field(min_length=1, description="What each row becomes.")
    unpivot: Unpivot | None = Field(None, description="Make a wide table long first.")
    occurrence: Occurrence | None = Field(None, description="Number rows that share a key first.")
    cursor: str | None = Field(
        None, description="Column with the time of the last change: older rows of files read before are passed over."
    )
    description: str = Field("", description="What this is, for people.")

    @model_validator(mode="after")
    def _consistent(self) -> FileStream:
        if self.header == 0 and not self.columns and self.format not in {"parquet", "jsonl"}:
            raise ValueError("`header: 0` needs `columns`, the names of the columns in order")
        if self.quote and self.quote == self.delimiter:
            raise ValueError("`quote` and `delimiter` are the same character")
        if self.cursor and self.mode is Mode.SNAPSHOT:
            raise ValueError("`cursor` belongs to `mode: incremental`; a snapshot needs every row")
        return self


class FilesConfig(ConnectorConfig, FileFormat):
    """A folder of exports, each kind of file said in YAML."""

    folder: str = Field(description="Folder the exports lie in; a relative one starts from the project's folder.")
    streams: Mapping[str, FileStream] = Field(min_length=1, description="Stream -> its files and what they become.")


class CsvStream(StreamSettings, FileFormat):
    """One file of the plain case."""

    mode: Mode | None = Field(None, description="snapshot unless set: what the file no longer has is gone.")


class CsvConfig(ConnectorConfig, FileFormat):
    """The plain case: a folder with one file for each entity (customers.csv, orders.csv ...)."""

    folder: str = Field(description="Folder the exports lie in; a relative one starts from the project's folder.")
    streams: Mapping[EntityName, CsvStream] = Field(
        default_factory=dict, description="Entities that must be there, with their settings; otherwise all files found."
    )
