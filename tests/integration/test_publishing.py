"""Publishers by their schedule: `hub run` runs each as a process of its own."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.writing import Sync

from hub.errors import ConfigError
from hub.session import Session
from hub.store.operations import Scheduled
from sync_jobs import agenda, publishing, status
from sync_jobs.crew import Watch
from sync_jobs.dispatcher import Task
from sync_jobs.jobs import Cancelled
from sync_jobs.plans import plans_of


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "config" / "publishers").mkdir(parents=True)
    (tmp_path / "config" / "hub.yaml").write_text("store: sqlite:///hub.db\n")
    (tmp_path / "config" / "publishers" / "lake.yaml").write_text(
        "kind: folder\ntarget: out\ntables: [orders]\nschedule: every 1h\n"
    )
    made = Session(tmp_path / "config")
    with made.open_store() as store:
        sync = Sync(store)
        sync.merge("orders", source_id=["1"])
        sync.end()
    return made


def task(session: Session) -> Task:
    plan = plans_of(session)["lake", "publish"]
    return Task(plan, datetime.now(UTC), Scheduled("lake", "publish"))


def watch(stop: threading.Event | None = None) -> Watch:
    return Watch(timedelta(minutes=1), "lake/publish", stop or threading.Event())


def test_it_is_scheduled_beside_the_streams(session: Session) -> None:
    with session.open_store() as store:
        (line,) = agenda.planned(session, store, ("lake",)).lines
        assert (line.plan.where, line.plan.rule.text) == ("lake/publish", "every 1h")
        assert agenda.pause(session, store, "lake", "").startswith("lake is paused")


def test_a_run_publishes_and_is_kept(session: Session) -> None:
    publishing.run(session, task(session), watch())
    assert (session.project_dir / "out" / "manifest.json").exists()
    with session.open_store() as store:
        (run,) = store.runs(source="lake")
    assert (run.kind, run.status, run.counts.read) == ("publish", "ok", 1)


def test_what_went_wrong_is_told_as_the_publisher_told_it(session: Session) -> None:
    path = session.config_dir / "publishers" / "lake.yaml"
    before = task(session)
    path.write_text(path.read_text().replace("[orders]", "[ordres]"))
    with pytest.raises(ConfigError, match=r"lake/publish: there is no table `ordres`. Did you mean `orders`"):
        publishing.run(session, before, watch())


def test_a_daemon_that_stops_does_not_wait_for_it(session: Session) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        publishing.run(session, task(session), watch(stop))
    assert not (session.project_dir / "out").exists()


def test_a_publisher_is_no_stream_whose_freshness_is_told(session: Session) -> None:
    publishing.run(session, task(session), watch())
    with session.open_store() as store:
        assert [line.source for line in status.status(session, store)] == ["shop"]
