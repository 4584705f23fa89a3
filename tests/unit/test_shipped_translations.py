"""Translations of the shipped SQL for PostgreSQL come with the hub."""

from __future__ import annotations

import json
from random import Random

from metrics import compiled
from metrics.engines import postgres_dialect, spark_dialect
from metrics.engines.kept_sql import KeptSql
from metrics.engines.ship_sql import SHIPPED, made_by, statements, translated
from metrics.engines.shipped_sql import key_of, shipped

ASKED = list(statements(compiled.shipped().values()))


def test_they_are_those_of_the_shipped_sql_by_the_present_rules() -> None:
    document = json.loads(SHIPPED.read_text(encoding="utf-8"))
    told = document.pop("statements")
    assert document == made_by(), "run `python -m metrics.precompile`"
    assert set(told) == {key_of(sql) for sql in ASKED}, "run `python -m metrics.precompile`"
    for sql in Random(made_by()["rules"]).sample(ASKED, 8):
        assert told[key_of(sql)] == translated(sql)


def test_nobody_parses_what_was_shipped() -> None:
    kept = KeptSql(postgres_dialect, None)
    for sql in ASKED:
        assert kept.translated(sql, lambda _: [], lambda _: "parsed now") != "parsed now"
    assert kept.translated("SELECT 'of my own'", lambda _: [], lambda _: "parsed now") == "parsed now"


def test_there_are_none_for_spark_whose_text_hangs_on_settings() -> None:
    assert shipped(spark_dialect) == {}
