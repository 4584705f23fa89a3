"""A few statements of DuckDB's SQL on Spark, so that one text can run on either engine.

Tables are Parquet files on a shelf: what is used twice is computed once, and a worker that is lost takes nothing along.
"""

from __future__ import annotations

from typing import Any

from hub.spark.places import Shelf

READ = "duckdb"


class SparkTables:
    """Tables by name. `execute` knows CREATE [OR REPLACE] TEMP TABLE, with a query or with columns, INSERT INTO with a
    query, DELETE without a condition, and DROP TABLE: what a DuckDB connection is told where tables are built up."""

    def __init__(self, spark: Any, shelf: Shelf) -> None:
        self._spark, self._shelf = spark, shelf
        self._shapes: dict[str, Any] = {}
        self._parts: dict[str, list[str]] = {}
        self._written = 0

    def read(self, name: str, files: str) -> None:
        """Make a table of Parquet files on the shelf."""
        self._spark.read.parquet(self._shelf.address(files)).createOrReplaceTempView(name)

    def frame(self, query: str) -> Any:
        """The rows of a query, as Spark's data frame."""
        return self._spark.sql(to_spark(query))

    def execute(self, statement: str) -> None:
        from sqlglot import exp, parse_one

        tree = parse_one(statement, read=READ)
        if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
            self._make(tree.this.this.name, self._empty(tree.this))
        elif isinstance(tree, exp.Create):
            self._make(tree.this.name, self._spark.sql(_spark(tree.expression)))
        elif isinstance(tree, exp.Insert):
            self._add(tree.this.name, self._spark.sql(_spark(tree.expression)))
        elif isinstance(tree, exp.Delete) and not tree.args.get("where"):
            name = tree.this.name
            self._make(name, self._spark.createDataFrame([], self._shapes[name]))
        elif isinstance(tree, exp.Drop):
            for table in (tree.this, *(tree.args.get("tables") or ())):
                self._drop(table.name if table is not None else "")
        else:
            raise NotImplementedError(statement)

    def folders(self, name: str) -> list[str]:
        """The folders on the shelf that hold a table's rows."""
        return self._parts[name]

    def _empty(self, schema: Any) -> Any:
        columns = ", ".join(f"{each.name} {each.args['kind'].sql('spark')}" for each in schema.expressions)
        return self._spark.createDataFrame([], columns)

    def _make(self, name: str, rows: Any) -> None:
        self._shapes[name] = rows.schema
        self._parts[name] = []
        self._add(name, rows)

    def _add(self, name: str, rows: Any) -> None:
        self._written += 1
        folder = f"{name}-{self._written}"
        rows.toDF(*self._shapes[name].names).write.parquet(self._shelf.address(folder))
        self._parts[name].append(folder)
        places = [self._shelf.address(each) for each in self._parts[name]]
        self._spark.read.schema(self._shapes[name]).parquet(*places).createOrReplaceTempView(name)

    def _drop(self, name: str) -> None:
        self._spark.catalog.dropTempView(name)
        self._parts.pop(name, None)


def to_spark(query: str) -> str:
    """A query of DuckDB's in Spark's words. Hashes are others, and tell rows apart all the same."""
    import sqlglot

    return _spark(sqlglot.parse_one(query, read=READ))


def _spark(tree: Any) -> str:
    from sqlglot import exp

    for call in list(tree.find_all(exp.Anonymous)):
        if call.name.lower() == "hash":
            call.set("this", "xxhash64")
    return str(tree.sql(dialect="spark"))
