"""A stranger's metric, written with hub.sdk alone, and what happens to one with a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal as D
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.canonical import engine

from hub import plugins
from hub.errors import PluginError
from hub.sdk import Facts, Metric, Output, Parameter, Reason, Scope, ratio
from metrics.base import Catalogue
from metrics.workbench import catalogue


def open_cases(scope: Scope) -> Any:
    """One row for each case."""
    import ibis

    cases = scope.table("cases")
    nothing = ibis.null("string")
    return cases.select(
        "source", "source_id",
        kind=ibis.literal("case"),
        entity=ibis.literal("cases"),
        day=scope.local_day(cases.opened_at),
        urgent=(cases.priority == "urgent").cast("int64"),
        left_out=ibis.ifelse(cases.opened_at.isnull(), "no_date", nothing),
        assumed=nothing,
    )  # fmt: skip


def measures(_: Scope, facts: Any) -> Mapping[str, Any]:
    return {"cases": facts.count(), "urgent": facts.urgent.sum()}


URGENCY = Metric(
    id="acme_urgency",
    title="Share of urgent cases",
    family="service",
    unit="share",
    grain="the whole period",
    formula="urgent cases / cases x weight",
    source="Acme's service handbook",
    exclusions="Deleted cases never count.",
    undefined_when="no case is held",
    facts=(Facts("acme_cases", "cases", open_cases, ("month", "source"), {"no_date": Reason("no date")}),),
    measures=measures,
    outputs=(
        Output("cases", "Cases", "cases"),
        Output("share", "Urgent", "share", 4, lambda m: ratio(m["urgent"] * m["weight"], m["cases"])),
    ),
    value="share",
    own_parameters=(Parameter("weight", "decimal", "Weight.", D(1)),),
)
CASES = [
    {"source_id": "1", "opened_at": datetime(2024, 1, 5), "priority": "urgent"},
    {"source_id": "2", "opened_at": datetime(2024, 1, 6), "priority": "low"},
    {"source_id": "3", "opened_at": datetime(2024, 2, 6), "priority": "low"},
    {"source_id": "4", "priority": "urgent"},
]


def test_a_metric_of_a_plugin_is_computed_like_ours() -> None:
    wrong: list[Any] = [
        replace(URGENCY),
        replace(URGENCY, id="b", by=("colour",)),
        replace(URGENCY, id="c", value="x"),
        "no metric",
    ]
    known = Catalogue([URGENCY, *wrong])
    assert list(known.metrics) == ["acme_urgency"]
    told = " ".join(map(str, known.faults))
    assert "two metrics called `acme_urgency`" in told
    assert "dimensions that do not exist: colour" in told
    assert "no output called `x`" in told
    assert "which is no Metric" in told


def test_an_expression_that_does_not_hold_is_the_plugins_fault() -> None:
    broken = replace(URGENCY, measures=lambda _, facts: {"cases": facts.nonsense.sum(), "urgent": facts.count()})
    with pytest.raises(PluginError, match="metric acme_urgency cannot be turned into SQL"):
        engine(cases=CASES).compute(Catalogue([broken]).request("acme_urgency"))


def test_our_own_metrics_that_do_not_load_are_no_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "OWN_METRICS", "metrics.not_there")
    with pytest.raises(PluginError, match=r"own metrics do not load: .*not_there") as caught:
        catalogue(cast("Any", SimpleNamespace(registry=plugins.Registry())))
    assert "Install b2b-hub again" in caught.value.fix


def test_a_plugin_that_does_not_load_is_told_beside_the_metrics(tmp_path: Path) -> None:
    registry = plugins.Registry()
    registry.broken["acme"] = PluginError("plugin acme failed.", fix="Install what it needs.")
    known = catalogue(cast("Any", SimpleNamespace(registry=registry, config_dir=tmp_path)))
    assert "revenue" in known.metrics
    assert any("plugin acme failed" in str(fault) for fault in known.faults)
