"""A system that cannot say which streams it has, a share that is not mounted say, is told of and asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.session import Session
from hub.store import open_store
from hub.store.operations import Operations
from sync_jobs import agenda, monitor, reload
from sync_jobs.keeper import alerts_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config" / "connectors").mkdir(parents=True)
    (tmp_path / "config" / "hub.yaml").write_text("store: sqlite:///hub.db\ndefaults: {schedule: every 1h}\n")
    (tmp_path / "config" / "connectors" / "erp.yaml").write_text("kind: csv\nfolder: share\n")
    return tmp_path


def mount(folder: Path) -> None:
    (folder / "share").mkdir()
    (folder / "share" / "customers.csv").write_text("id,name\n1,Acme\n")


def test_it_is_asked_again_until_it_answers(folder: Path) -> None:
    settings = reload.Settings(reload.load(folder / "config"))
    assert (settings.current.plans, list(settings.current.unlisted)) == ({}, ["erp"])

    settings.list_again()
    assert not settings.look(), "nothing is new"

    mount(folder)
    settings.list_again()
    assert settings.look()
    assert (list(settings.current.plans), settings.current.unlisted) == ([("erp", "customers")], {})


def test_a_new_file_is_a_new_stream_without_a_restart(folder: Path) -> None:
    mount(folder)
    settings = reload.Settings(reload.load(folder / "config"))
    (folder / "share" / "orders.csv").write_text("id,customer_id,total,currency\n7,1,5.00,EUR\n")
    settings.list_again()
    assert settings.look()
    assert set(settings.current.plans) == {("erp", "customers"), ("erp", "orders")}


def test_a_system_that_goes_away_later_keeps_its_streams(folder: Path) -> None:
    mount(folder)
    settings = reload.Settings(reload.load(folder / "config"))
    (folder / "share").rename(folder / "elsewhere")
    settings.list_again()
    assert not settings.look(), "its runs tell of the outage, and are tried again"
    assert list(settings.current.plans) == [("erp", "customers")]


def test_what_was_listed_before_an_edit_is_not_taken_over(folder: Path) -> None:
    settings = reload.Settings(reload.load(folder / "config"))
    mount(folder)
    settings.list_again()
    (folder / "config" / "connectors" / "erp.yaml").write_text("kind: csv\nfolder: share\nschedule: every 2h\n")
    assert not settings.look(), "an edit is read once it has come to rest"
    assert settings.look()
    assert settings.current.plans["erp", "customers"].rule.text == "every 2h"


def test_people_are_told_once_and_of_its_end(folder: Path) -> None:
    settings = reload.Settings(reload.load(folder / "config"))
    with open_store(f"sqlite:///{folder / 'hub.db'}") as store:
        store.prepare()
        for _ in range(2):
            monitor.unlisted(alerts_of(settings, store), settings.current.unlisted, frozenset())
        (told,) = Operations(store).alerts()
        assert (told.kind, told.source, "is not there" in told.title, "mount" in told.fix) == (
            "check",
            "erp",
            True,
            True,
        )
        monitor.unlisted(alerts_of(settings, store), {}, frozenset({"erp"}))
        assert not Operations(store).alerts()


def test_the_schedule_names_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(f"sqlite:///{folder / 'hub.db'}") as store:
        store.prepare()
        agenda.tell(agenda.planned(Session(folder / "config"), store), explain=False)
    said = capsys.readouterr().out
    assert "erp: its streams cannot be listed now" in said
    assert "No stream has a schedule" not in said
