"""Settings that were judged before are taken as they are, as long as nothing they depend on has changed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.files.config import FileFormat
from connectors.files.options import Options
from connectors.files.source import FilesConnector
from hub.errors import ConfigError
from hub.plugins import Registry
from hub.sdk.connector import Context
from hub.session import Session
from hub.settings import kept, load

FILES = """\
kind: files
folder: exports
decimal: ","
max_reject_share: 0.3
streams:
  orders:
    files: ["orders_*.csv", more.csv]
    mode: incremental
    delimiter: ;
    date_format: "%d.%m.%Y"
    null_words: [N/A, "-"]
    start: 2024-01-01
    overlap: 10m
    schedule: every 15m
    cursor: changed
    occurrence: {within: [no]}
    unpivot: {keep: [no], name: month, value: total}
    entities:
      - entity: orders
        where: [{path: kind, one_of: [order, 7]}]
        fields:
          source_id: {join: [no, {const: x}], separator: "-"}
          number: no
          status: {path: state, values: {Sent: shipped, "*": open}}
          ordered_at: {path: date, timezone: Europe/Berlin}
          currency: {first_of: [cur, {path: other, default: EUR}]}
          extras: [note]
fields:
  orders: {total: {path: sum, decimal: "."}, number: null}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "config" / "connectors").mkdir(parents=True)
    (tmp_path / "config" / "hub.yaml").write_text("workers: 2\nmetrics: {lifespan_years: 2.5}\n", encoding="utf-8")
    (tmp_path / "config" / "connectors" / "erp.yaml").write_text(FILES, encoding="utf-8")
    (tmp_path / "config" / "connectors" / "old.yaml").write_text(
        "kind: csv\nfolder: x\nenabled: no\n", encoding="utf-8"
    )
    return tmp_path


def judged(project: Path) -> Session:
    """A session that has loaded all settings, and kept them if they can be."""
    session = Session(project / "config")
    _ = session.settings
    session.keep_settings()
    return session


def is_kept(project: Path) -> bool:
    """Whether the next start takes what was kept."""
    mark = kept.mark_of(project / "config")
    return mark is not None and kept.find(project / "var", project / "config", mark) is not None


def write(project: Path, name: str, text: str) -> None:
    (project / "config" / name).write_text(text, encoding="utf-8")


def same(ours: Any, theirs: Any) -> bool:
    """Whether a kept value says what pydantic's says, down to which settings were written."""
    if not isinstance(ours, kept.Plain):
        if isinstance(theirs, dict):
            return ours.keys() == theirs.keys() and all(same(ours[name], theirs[name]) for name in theirs)
        if isinstance(theirs, tuple):
            return type(ours) is tuple and len(ours) == len(theirs) and all(map(same, ours, theirs))
        return type(ours) is type(theirs) and bool(ours == theirs)
    names = type(theirs).model_fields
    return ours.model_fields_set == theirs.model_fields_set and all(
        same(getattr(ours, name), getattr(theirs, name)) for name in names
    )


def test_kept_settings_are_those_that_were_judged(project: Path) -> None:
    theirs = judged(project).settings
    ours = Session(project / "config").settings
    assert isinstance(ours.hub, kept.Plain)
    assert same(ours.hub, theirs.hub)
    assert ours.names == theirs.names == {"erp", "old"}
    for name, instance in theirs.instances.items():
        assert same(ours.instances[name].config, instance.config)
        assert ours.instances[name].path == instance.path
    assert [instance.name for instance in ours.select()] == ["erp"]


def test_a_connector_reads_the_same_way_from_both(project: Path) -> None:
    context = Context("erp", base_dir=str(project))
    theirs = FilesConnector(judged(project).settings.instances["erp"].config, context)  # type: ignore[arg-type]
    ours = FilesConnector(Session(project / "config").settings.instances["erp"].config, context)  # type: ignore[arg-type]
    assert isinstance(ours.config, kept.Plain)
    assert ours.plan("orders") == theirs.plan("orders")
    assert ours.plan("orders").how == theirs.plan("orders").how
    assert ours.discover() == theirs.discover()


def test_every_setting_of_a_file_is_an_option() -> None:
    names = FileFormat.model_fields
    assert Options._fields == tuple(names)
    assert Options() == Options(**{name: field.default for name, field in names.items()})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hub.yaml", "workers: 3\n"),
        ("connectors/erp.yaml", FILES + "# a remark\n"),
        ("connectors/new.yaml", "kind: csv\nfolder: y\n"),
        ("connectors/new.yml", "kind: csv\nfolder: y\n"),
    ],
)
def test_any_change_is_judged(project: Path, name: str, text: str) -> None:
    judged(project)
    assert is_kept(project)
    write(project, name, text)
    assert not is_kept(project)


def test_a_file_that_goes_is_noticed(project: Path) -> None:
    judged(project)
    (project / "config" / "connectors" / "old.yaml").unlink()
    assert Session(project / "config").settings.names == {"erp"}


def test_a_mistake_is_told_after_settings_were_kept(project: Path) -> None:
    judged(project)
    write(project, "hub.yaml", "wokers: 3\n")
    with pytest.raises(ConfigError, match="1 mistake"):
        _ = Session(project / "config").settings


def test_a_change_of_our_code_is_judged(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(project)
    monkeypatch.setattr(kept, "__version__", "99")
    assert not is_kept(project)
    monkeypatch.undo()
    monkeypatch.setattr(kept, "_code", lambda home: iter(["another module"]))
    assert not is_kept(project)


def test_a_file_that_is_set_aside_does_not_matter(project: Path) -> None:
    write(project, "connectors/_old.yaml", "{")
    judged(project)
    assert is_kept(project)


def test_a_reference_in_a_remark_is_none(project: Path) -> None:
    write(project, "connectors/erp.yaml", FILES + "# folder: ${env:THAT_IS_NO_REFERENCE}\n")
    judged(project)
    assert is_kept(project)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("connectors/erp.yaml", FILES.replace("folder: exports", "folder: ${env:EXPORTS}")),
        ("connectors/shop.yaml", "kind: shopify\nshop: x\ntoken: ${env:EXPORTS}\n"),
        ("hub.yaml", "time_zone: ${env:ZONE}\n"),
        ("hub.yaml", "connectors: {more: {kind: csv, folder: '${env:EXPORTS}'}}\n"),
    ],
)
def test_what_a_reference_leads_to_is_never_kept(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv("EXPORTS", "planted-secret")
    monkeypatch.setenv("ZONE", "Europe/Berlin")
    write(project, name, text)
    try:
        judged(project)
    except ConfigError:
        assert "shop" in name
    assert not (project / "var").exists()


def test_only_the_stores_url_may_hold_a_reference_and_is_resolved_each_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "hub.yaml", "store: postgresql://hub:${env:PLANTED}@db/hub\n")
    monkeypatch.setenv("PLANTED", "planted-one")
    judged(project)
    assert is_kept(project)
    assert "planted" not in (project / "var" / kept.FILE).read_text(encoding="utf-8").replace("${env:PLANTED}", "")
    monkeypatch.setenv("PLANTED", "planted-two")
    session = Session(project / "config")
    assert isinstance(session.settings.hub, kept.Plain)
    assert session.store_url == "postgresql://hub:planted-two@db/hub"
    monkeypatch.delenv("PLANTED")
    with pytest.raises(ConfigError, match="PLANTED"):
        _ = Session(project / "config").settings.hub.store


def test_connectors_of_others_get_pydantics_own_settings(project: Path) -> None:
    session = Session(project / "config")
    settings = session.settings
    session.registry._load_for("csv")
    session.registry._connectors["csv"] = type("Other", (FilesConnector,), {"plain_settings": False})
    mark = kept.mark_of(project / "config")
    assert mark is not None
    kept.keep(project / "var", project / "config", mark, settings, session.registry)
    assert not is_kept(project)


def test_a_file_that_changed_while_it_was_loaded_is_not_kept(project: Path) -> None:
    session = Session(project / "config")
    _ = session.settings
    write(project, "hub.yaml", "workers: 5\n")
    session.keep_settings()
    assert not (project / "var").exists()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"mark": 1', "\0", "null"])
def test_a_damaged_file_is_as_good_as_none(project: Path, text: str) -> None:
    judged(project)
    (project / "var" / kept.FILE).write_text(text, encoding="utf-8")
    assert Session(project / "config").settings.names == {"erp", "old"}


def test_parts_of_a_damaged_document_are_as_good_as_none(project: Path) -> None:
    judged(project)
    path = project / "var" / kept.FILE
    whole = json.loads(path.read_bytes())
    for name in ("hub", "instances", "store"):
        for broken in (None, 7, [["x"]], ["model", 3, 4], ["no such kind", 1]):
            path.write_text(json.dumps({**whole, name: broken}), encoding="utf-8")
            assert Session(project / "config").settings.names == {"erp", "old"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_no_fault(project: Path) -> None:
    project.chmod(0o555)
    judged(project)
    project.chmod(0o755)
    assert not (project / "var").exists()


def test_all_is_the_same_as_a_fresh_judgement(project: Path) -> None:
    judged(project)
    fresh = load(project / "config", Registry())
    again = Session(project / "config").settings
    assert all(same(again.instances[name].config, each.config) for name, each in fresh.instances.items())
