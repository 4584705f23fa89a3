"""The canonical tables as DuckDB sees them: the files of the base without what no longer counts, and the newer rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from hub.model.kinds import Kind
from metrics.replica.manifest import Part
from metrics.replica.shape import DUCK_TYPES, TABLES, columns_of
from metrics.replica.snapshot import quoted


@dataclass(frozen=True)
class Group:
    """Files of a base that hold rows of one source, or of several (None). `first` is the number of the first file."""

    source: str | None
    first: int
    names: list[str]


def groups(part: Part) -> Iterator[Group]:
    """The files of a part that can be read together."""
    for source, numbered in groupby(enumerate(part.files), key=lambda entry: entry[1].source):
        listed = list(numbered)
        yield Group(source, listed[0][0], [file.name for _, file in listed])


def parquet(folder: Path, names: Iterable[str]) -> str:
    """Files as a table in SQL."""
    return f"read_parquet([{', '.join(quoted(str(folder / name)) for name in names)}])"


def view(folder: Path, entity: str, part: Part | None) -> str:
    """All columns of the model; those that nobody ever wrote are empty."""
    columns = columns_of(TABLES[entity])
    wide = part is not None and part.wide
    arms = [_base(folder, group, columns, part) for group in groups(part)] if part else []
    if part and part.delta:
        arms.append(f"SELECT {_columns(columns, part.delta_columns, wide)} FROM {parquet(folder, [part.delta])}")
    return " UNION ALL ".join(arms) or f"SELECT {_columns(columns, [], wide)} WHERE false"


def _base(folder: Path, group: Group, columns: dict[str, Kind], part: Part) -> str:
    named = _columns(columns, part.columns, part.wide)
    if group.source is not None:
        named = f"{quoted(group.source)} AS {named}"
    arm = f"SELECT {named} FROM {parquet(folder, group.names)} AS b"
    if not part.gone:
        return arm
    return (
        f"{arm} ANTI JOIN {parquet(folder, [part.gone])} AS g"
        f" ON b.file_index + {group.first} = g.file AND b.file_row_number = g.row"
    )


def _columns(columns: dict[str, Kind], there: list[str], wide: bool) -> str:
    known = set(there)
    return ", ".join(
        name if name in known else f"CAST(NULL AS {_type(kind, wide)}) AS {name}" for name, kind in columns.items()
    )


def _type(kind: Kind, wide: bool) -> str:
    return "DECIMAL(18, 6)" if kind is Kind.DECIMAL and not wide else DUCK_TYPES[kind]
