"""Plugins load one by one: a broken one is told with its reason and remedy, and stops no other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.plugin_site import GOOD, PluginSite

from hub.errors import ConfigError, PluginError
from hub.model.batch import Batch, Reject
from hub.model.catalog import Customer
from hub.plugins import BUILT_IN, Registry
from hub.sdk.connector import Connector


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginSite]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield PluginSite(tmp_path)
    for name in [name for name in sys.modules if name.startswith("plugin_")]:
        del sys.modules[name]


def batch() -> Batch:
    return Batch(Customer, {"source_id": ["1", "2"], "name": ["a", "b"]})


# -- connectors ------------------------------------------------------------------------------------------------


def test_built_in_kinds_are_known_without_loading_them(site: PluginSite) -> None:
    assert Registry().kinds() == dict.fromkeys(BUILT_IN, "b2b-hub")


@pytest.mark.parametrize("kind", sorted(BUILT_IN))
def test_every_built_in_kind_loads(kind: str) -> None:
    connector = Registry().connector(kind)
    assert issubclass(connector, Connector)
    assert connector.kind == kind


def test_an_installed_plugin_brings_its_kind(site: PluginSite) -> None:
    site.good("acme")
    registry = Registry()
    assert registry.kinds()["acme"] == "b2b-hub-acme 1.2"
    assert registry.connector("acme").kind == "acme"
    assert [(plugin.name, sorted(plugin.hooks)) for plugin in registry.plugins()] == [("acme", ["hub_connectors"])]
    assert registry.broken == {}


def test_only_the_plugin_that_is_named_like_the_kind_is_loaded(site: PluginSite) -> None:
    site.good("acme")
    site.good("other")
    Registry().connector("acme")
    assert "plugin_acme" in sys.modules
    assert "plugin_other" not in sys.modules


def test_a_built_in_kind_loads_no_plugin_at_all(site: PluginSite) -> None:
    site.good("acme")
    Registry().connector("csv")
    assert "plugin_acme" not in sys.modules


def test_plugins_that_only_bring_connectors_are_not_loaded_for_other_hooks(site: PluginSite) -> None:
    site.install("acme", GOOD.format(kind="acme"), group="b2b_hub.connectors")
    registry = Registry()
    assert registry.before_merge is None
    registry.after_run("shop", "orders", None)
    assert registry.metrics()
    assert "plugin_acme" not in sys.modules
    assert registry.connector("acme").kind == "acme"
    assert [plugin.name for plugin in Registry().plugins()] == ["acme"]
    assert Registry().kinds()["acme"] == "b2b-hub-acme 1.2"


def test_a_plugin_that_only_brings_connectors_may_have_no_other_hook(site: PluginSite) -> None:
    code = GOOD.format(kind="acme") + "\n@hookimpl\ndef hub_after_run(source):\n    pass\n"
    site.install("acme", code, group="b2b_hub.connectors")
    with pytest.raises(PluginError, match=r"listed under `b2b_hub\.connectors`, but has `hub_after_run` as well"):
        Registry().connector("acme")


def test_a_kind_may_come_from_a_plugin_of_another_name(site: PluginSite) -> None:
    site.install("suite", GOOD.format(kind="acme"))
    assert Registry().connector("acme").kind == "acme"


def test_an_unknown_kind_has_the_nearest_name_and_says_where_kinds_come_from(site: PluginSite) -> None:
    site.good("acme")
    with pytest.raises(ConfigError, match=r"there is no connector kind `acmee`\. Did you mean `acme`\?.*pip install"):
        Registry().connector("acmee")


BROKEN = {
    "import": ("import nowhere_to_be_found", "No module named 'nowhere_to_be_found'"),
    "syntax": ("def (:", "is not valid Python"),
    "exit": ("import sys\nsys.exit(3)", "failed while it was loaded (SystemExit: 3)"),
    "raises": ("raise ValueError('on purpose')", "ValueError: on purpose"),
    "recursion": ("def f(): f()\nf()", "RecursionError"),
    "base": ("class X(BaseException): pass\nraise X('x')", "X: x"),
    "no-hook": ("x = 1", "has no hook"),
    "unmarked": ("def hub_connectors(): return []", "has no hook"),
    "unknown-hook": (
        "from hub.sdk import hookimpl\n@hookimpl\ndef hub_conectors(): return []",
        "has a hook that the hub does not know",
    ),
    "wrong-arguments": (
        "from hub.sdk import hookimpl\n@hookimpl\ndef hub_after_run(wrong): pass",
        "has a hook that the hub does not know",
    ),
    "wrapper": (
        "from hub.sdk import hookimpl\n@hookimpl(wrapper=True)\ndef hub_connectors():\n    return (yield)",
        "wraps `hub_connectors`",
    ),
    "hook-raises": ("from hub.sdk import hookimpl\n@hookimpl\ndef hub_connectors(): 1 / 0", "in `hub_connectors`"),
    "no-list": ("from hub.sdk import hookimpl\n@hookimpl\ndef hub_connectors(): return 5", "returned int, not a list"),
    "no-class": ("from hub.sdk import hookimpl\n@hookimpl\ndef hub_connectors(): return [5]", "no Connector class"),
    "no-kind": (GOOD.format(kind="x").replace('kind = "x"', ""), "names no `kind`"),
    "no-config": (GOOD.format(kind="x").replace("_model = ConnectorConfig", "_model = dict"), "no ConnectorConfig"),
    "taken": (GOOD.format(kind="csv"), "the kind `csv` is already brought by b2b-hub"),
    "twice": (GOOD.format(kind="x").replace("[Acme]", "[Acme, Acme]"), "already brought by itself"),
    "future": ("HUB_SDK = 2\n" + GOOD.format(kind="x"), "needs hub SDK 2, this is 1. Upgrade b2b-hub"),
    "past": ("HUB_SDK = 0\n" + GOOD.format(kind="x"), "needs hub SDK 0, this is 1. Install a newer release"),
    "lazy": ("def __getattr__(name): raise RuntimeError('never')", "RuntimeError: never"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_told_and_stops_no_other(site: PluginSite, case: str) -> None:
    code, reason = BROKEN[case]
    site.install("broken", code)
    site.good("zeta")
    registry = Registry()
    assert registry.kinds() == {"zeta": "b2b-hub-zeta 1.2", **dict.fromkeys(BUILT_IN, "b2b-hub")}
    error = registry.broken["broken"]
    assert reason in str(error)
    assert error.fix
    assert "broken" in error.problem
    with pytest.raises(PluginError):
        registry.connector("broken")
    assert registry.connector("zeta").kind == "zeta"
    assert registry.connector("csv").kind == "csv"


def test_a_module_that_is_gone_is_told(site: PluginSite) -> None:
    site.announce("ghost", "module_that_is_gone")
    registry = Registry()
    registry.kinds()
    assert "No module named 'module_that_is_gone'" in str(registry.broken["ghost"])


def test_of_two_plugins_with_one_kind_the_first_stays(site: PluginSite) -> None:
    site.install("one", GOOD.format(kind="acme"))
    site.install("two", GOOD.format(kind="acme"))
    registry = Registry()
    assert registry.kinds()["acme"] in {"b2b-hub-one 1.2", "b2b-hub-two 1.2"}
    assert len(registry.broken) == 1
    assert "the kind `acme` is already brought by b2b-hub-" in str(next(iter(registry.broken.values())))


def test_what_a_plugin_prints_does_not_spoil_the_output(site: PluginSite, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("loud", "print('hello')\n" + GOOD.format(kind="loud"))
    Registry().connector("loud")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hello" in captured.err


# -- hooks -----------------------------------------------------------------------------------------------------

REFUSES = """
from hub.sdk import Reject, hookimpl

@hookimpl
def hub_before_merge(stream, batch):
    batch.columns["name"] = [name.upper() for name in batch.columns["name"]]
    return [Reject("customers", 1, "2", "name", "hook", f"not in {stream}", {})]
"""


def test_before_merge_is_none_where_no_plugin_wants_it(site: PluginSite) -> None:
    site.good("acme")
    assert Registry().before_merge is None


def test_before_merge_changes_in_place_and_refuses(site: PluginSite) -> None:
    site.install("rules", REFUSES)
    before_merge = Registry().before_merge
    assert before_merge is not None
    records = batch()
    (reject,) = before_merge("erp", "customers", records)
    assert (reject.row, reject.reason) == (1, "not in customers")
    assert records.columns["name"] == ["A", "B"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise KeyError('x')", "plugin rules failed in `hub_before_merge` (KeyError: 'x')"),
        ("return [1]", "something else than rejects"),
        ("return 'no'", "something else than rejects"),
        ("return [Reject('customers', 7, '2', 'name', 'hook', 'x', {})]", "a record that the batch does not have"),
    ],
)
def test_a_plugin_that_fails_before_merge_stops_the_run_and_is_named(site: PluginSite, body: str, says: str) -> None:
    site.install(
        "rules", f"from hub.sdk import Reject, hookimpl\n@hookimpl\ndef hub_before_merge(batch):\n    {body}\n"
    )
    before_merge = Registry().before_merge
    assert before_merge is not None
    with pytest.raises(PluginError) as caught:
        before_merge("erp", "customers", batch())
    assert says in str(caught.value)


def test_before_merge_that_finds_nothing_may_return_nothing(site: PluginSite) -> None:
    site.install("rules", "from hub.sdk import hookimpl\n@hookimpl\ndef hub_before_merge(batch): pass\n")
    before_merge = Registry().before_merge
    assert before_merge is not None
    assert before_merge("erp", "customers", batch()) == []


def test_after_run_tells_everybody_and_a_failure_is_only_logged(
    site: PluginSite, caplog: pytest.LogCaptureFixture
) -> None:
    site.install("bad", "from hub.sdk import hookimpl\n@hookimpl\ndef hub_after_run(report): 1 / 0\n")
    site.install("good", "from hub.sdk import hookimpl\n@hookimpl\ndef hub_after_run(report): report.seen = True\n")
    report = SimpleNamespace(seen=False)
    Registry().after_run("erp", "orders", report)
    assert report.seen
    assert "plugin bad failed in `hub_after_run` (ZeroDivisionError" in caplog.text


def test_metrics_are_ours_and_theirs(site: PluginSite) -> None:
    site.install("numbers", "from hub.sdk import hookimpl\n@hookimpl\ndef hub_metrics(): return ['theirs']\n")
    site.install("broken", "from hub.sdk import hookimpl\n@hookimpl\ndef hub_metrics(): 1 / 0\n")
    registry = Registry()
    metrics = registry.metrics()
    assert metrics[-1] == "theirs"
    assert len(metrics) > 1
    assert list(registry.broken) == ["broken"]


def test_publishers_come_from_plugins(site: PluginSite) -> None:
    site.install(
        "bi",
        "from hub.sdk import hookimpl\nfrom hub.sdk.publisher import Publisher, PublisherConfig\n"
        "class Board(Publisher[PublisherConfig]):\n    kind, config_model = 'board', PublisherConfig\n"
        "@hookimpl\ndef hub_publishers(): return [Board]\n",
    )
    site.install("odd", "from hub.sdk import hookimpl\n@hookimpl\ndef hub_publishers(): return [int]\n")
    registry = Registry()
    assert registry.publisher("board").kind == "board"
    assert {"board", "folder", "powerbi", "tableau"} <= set(registry.publisher_kinds())
    assert "no Publisher class" in str(registry.broken["odd"])
    with pytest.raises(ConfigError, match="Did you mean `folder`"):
        registry.publisher("foldr")


def test_rejects_are_what_the_sdk_calls_so() -> None:
    from hub import sdk

    assert sdk.Reject is Reject
