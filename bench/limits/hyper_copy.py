"""The least that a .hyper file costs: the same columns of the same replica written as Parquet, and copied by Hyper.

`python -m bench.limits.hyper_copy REPLICA TABLE FOLDER`
"""

from __future__ import annotations

import sys
from pathlib import Path

from hub.model.kinds import Kind
from metrics.replica.refresh import reading
from metrics.replica.shape import TABLES, columns_of


def main(replica: Path, table: str, folder: Path) -> None:
    from tableauhyperapi import (
        Connection,
        CreateMode,
        HyperProcess,
        SqlType,
        TableDefinition,
        TableName,
        Telemetry,
        escape_string_literal,
    )

    kinds = columns_of(TABLES[table])
    rows = folder / "rows.parquet"
    columns = ", ".join(
        f"{name} AT TIME ZONE 'UTC' AS {name}" if kind is Kind.UTC else name for name, kind in kinds.items()
    )
    with reading(replica) as (db, _):
        db.execute(f"COPY (SELECT {columns} FROM {table}) TO '{rows}' (FORMAT parquet)")
    types = {
        Kind.INTEGER: SqlType.big_int(), Kind.BOOLEAN: SqlType.bool(), Kind.DATE: SqlType.date(),
        Kind.UTC: SqlType.timestamp_tz(), Kind.DECIMAL: SqlType.numeric(18, 6),
    }  # fmt: skip
    name = TableName("Extract", table)
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}) as process,
        Connection(process.endpoint, folder / f"{table}.hyper", CreateMode.CREATE_AND_REPLACE) as connection,
    ):
        connection.catalog.create_schema("Extract")
        connection.catalog.create_table(
            TableDefinition(
                name, [TableDefinition.Column(each, types.get(kind, SqlType.text())) for each, kind in kinds.items()]
            )
        )
        connection.execute_command(f"COPY {name} FROM {escape_string_literal(str(rows))} WITH (FORMAT => 'parquet')")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
