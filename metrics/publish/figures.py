"""The rows of a metric as columns. What a figure is read from stays a column of the database; only formulas that are
written in Python see single values, and only of the measures that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from hub.errors import MetricUndefined
from hub.model.kinds import Kind
from hub.sdk.metric import EXACT, Output
from hub.sdk.publisher import Field
from metrics.exact import exact

if TYPE_CHECKING:
    import pyarrow as pa

    from metrics.result import Column, Result

_ROWS = 50_000
_DIGITS, _SCALE = 20, 6
_KINDS = {"text": Kind.TEXT, "class": Kind.TEXT, "day": Kind.DATE}
_COUNTED = {
    "cases", "customers", "fields", "leads", "lines", "opportunities", "orders", "records", "references", "returns",
    "rows", "stock-outs", "streams",
}  # fmt: skip


def columns(result: Result, *, labels: bool) -> list[tuple[Field, pa.Array | pa.ChunkedArray]]:
    """The fields of a result with their values. `labels`: the names beside keys, too. Raises MetricUndefined where a
    figure has more digits than a published table holds."""
    import pyarrow as pa

    shown = [each for each in result.columns if labels or each.role != "label"]
    try:
        if result.load.batches is None:
            return [_of_values(each, result.values(each.name)) for each in shown]
        return _of_batches(result, shown, list(result.load.batches(_ROWS)))
    except pa.ArrowInvalid as error:
        raise MetricUndefined(
            f"a figure has more than {_DIGITS} digits.", fix="Look for amounts that cannot be true."
        ) from error


def _of_batches(
    result: Result, shown: Sequence[Column], batches: Sequence[pa.RecordBatch]
) -> list[tuple[Field, pa.ChunkedArray]]:
    import pyarrow as pa

    read = pa.Table.from_batches(batches)
    outputs = {output.name: output for output in result.metric.outputs}
    found = []
    for each in shown:
        output = outputs.get(each.name) if each.role == "figure" else None
        if output is not None and output.of is not None:
            found.append(_of_values(each, [value for batch in batches for value in _computed(output, batch, result)]))
        else:
            digits = output.digits if output is not None else None
            found.append(_of_column(each, read.column(each.name), digits))
    return found


def _of_values(column: Column, values: Sequence[Any]) -> tuple[Field, pa.Array]:
    import pyarrow as pa

    unit = column.unit if column.role == "figure" else "text"
    kind = _kind_of(unit, values)
    fitting = [_fitting(value, kind) for value in values]
    return Field(column.name, kind, column.title), pa.array(fitting, _type(kind))


def _of_column(column: Column, read: pa.ChunkedArray, digits: int | None) -> tuple[Field, pa.ChunkedArray]:
    """A column as the database has it, rounded once, as `metrics.exact` rounds single values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(read.type):
        read = read.cast(pa.date32())
    kind = _KINDS.get(column.unit if column.role == "figure" else "text")
    if kind is None:
        kind = Kind.INTEGER if pa.types.is_integer(read.type) and column.unit in _COUNTED else Kind.DECIMAL
        if pa.types.is_decimal(read.type):
            read = _rounded(read, _SCALE if digits is None else min(digits, _SCALE))
            whole = column.unit in _COUNTED and pc.all(pc.equal(read, _rounded(read, 0))).as_py() is not False
            kind = Kind.INTEGER if whole else kind
    if kind is Kind.TEXT and not (pa.types.is_string(read.type) or pa.types.is_date(read.type)):
        return _of_values(column, [exact(value, "text", None) for value in read.to_pylist()])
    if kind is Kind.DECIMAL and pa.types.is_integer(read.type):
        read = read.cast(pa.decimal128(38, 0))
    return Field(column.name, kind, column.title), read.cast(_type(kind))


def _rounded(read: pa.ChunkedArray, digits: int) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return read if read.type.scale <= digits else pc.round(read, digits, round_mode="half_to_even")


@dataclass
class _Measures(Mapping[str, Any]):
    """One row of a batch after the other; a column becomes values when a formula first asks for it."""

    batch: pa.RecordBatch
    parameters: Mapping[str, Any]
    row: int = 0

    def __post_init__(self) -> None:
        self._read: dict[str, list[Any]] = {}
        self._names = set(self.batch.schema.names)

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            return self.parameters[name]
        if name not in self._read:
            self._read[name] = self.batch.column(name).to_pylist()
        return self._read[name][self.row]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.parameters, **dict.fromkeys(self._names)})

    def __len__(self) -> int:
        return len(self._names | set(self.parameters))


def _computed(output: Output, batch: pa.RecordBatch, result: Result) -> Iterator[Any]:
    assert output.of is not None
    measures = _Measures(batch, result.parameters)
    with localcontext(EXACT):
        for measures.row in range(len(batch)):
            yield exact(output.of(measures), output.unit, output.digits)


def _kind_of(unit: str, values: Sequence[Any]) -> Kind:
    """The kind of a figure's column: the same whether it has values or not, but for counts that turn out to be none."""
    if unit in _KINDS:
        return _KINDS[unit]
    counts = unit in _COUNTED and all(value is None or value == int(value) for value in values)
    return Kind.INTEGER if counts else Kind.DECIMAL


def _fitting(value: Any, kind: Kind) -> Any:
    """A value of a result as its column holds it."""
    if value is None:
        return None
    if kind is Kind.TEXT:
        return str(value)
    if kind is Kind.DECIMAL:
        return Decimal(value).quantize(Decimal(1).scaleb(-_SCALE), ROUND_HALF_EVEN)
    return int(value) if kind is Kind.INTEGER else value


def _type(kind: Kind) -> pa.DataType:
    import pyarrow as pa

    return {
        Kind.TEXT: pa.string(), Kind.INTEGER: pa.int64(), Kind.DECIMAL: pa.decimal128(_DIGITS, _SCALE),
        Kind.DATE: pa.date32(),
    }[kind]  # fmt: skip
