"""Reading the head of a delimited text: which delimiter, which columns, where the rows begin."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.files.csv_rows import reader_of
from connectors.files.records import Cutter
from hub.sdk import SourceChanged

DELIMITERS = (",", ";", "\t", "|")


def sniffed(line: str, quote: str = '"') -> str:
    """The delimiter that a header line is written with: the one that splits it into most columns, a comma if none does.

    Only what stands outside of quotes counts. A header is code-like words, so the most frequent candidate is certain;
    data lines are never used to guess.
    """
    outside = line if not quote else "".join(line.split(quote)[::2])
    counts = {delimiter: outside.count(delimiter) for delimiter in DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else ","


def read_header(cutter: Cutter, name: str) -> tuple[str, ...]:
    """The column names in the next record. Raises SourceChanged where there is none."""
    while (record := cutter.next_record()) is not None:
        if record.bad:
            raise SourceChanged(
                f"the header {record.bad[0].reason}.",
                fix="Correct the file, or say where the header is: `header: <line>`.",
                where=f"{name}:{record.line}",
            )
        try:
            text = record.text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise SourceChanged(
                "the header is not text in this encoding.",
                fix="Set `encoding`, e.g. `cp1252`, or `encoding: auto`.",
                where=f"{name}:{record.line}",
            ) from error
        for cells in reader_of(text, cutter.syntax):
            if any(cell.strip() for cell in cells):
                return column_names(cells)
    raise SourceChanged(
        "the file is empty, not even a header is there.", fix="Export it again; an empty export has its header.",
        where=name,
    )  # fmt: skip


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Distinct names: blanks around them go, a column without one is `column N`, a second `x` is `x (2)`."""
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, 1):
        name = first = " ".join(cell.split()) or f"column {number}"
        again = 2
        while name in names:
            name, again = f"{first} ({again})", again + 1
        names[name] = None
    return tuple(names)
