"""What syncs say to Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.console.desk import Console
    from hub.store.base import Store
    from sync_jobs.console_board import Board, Boards

_STREAM = ("source", "stream")


def add(console: Console, boards: Boards) -> None:
    """Add the figures."""

    def collect(store: Store) -> Iterable[Any]:
        yield from _streams(boards.board(store))
        yield from _hub(boards.board(store))

    console.collectors.append(collect)


def _gauge(name: str, text: str, labels: Iterable[str] = ()) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"hub_{name}", text, labels=list(labels))


def _streams(board: Board) -> Iterator[Any]:
    fresh = _gauge("stream_freshness_seconds", "Seconds since the stream was last read completely.", _STREAM)
    held = _gauge("stream_held_records", "Live records of the stream's main entity.", _STREAM)
    total = _gauge("stream_source_records", "The source's own count of the same.", _STREAM)
    share = _gauge("stream_completeness_ratio", "Held by what the source counts.", _STREAM)
    waiting = _gauge("stream_quarantined_records", "Records that wait in quarantine.", _STREAM)
    late = _gauge("stream_schedule_lateness_seconds", "Seconds since the next run was due; 0 before.", _STREAM)
    failed = _gauge("stream_failed", "1 where the last run failed.", _STREAM)
    paused = _gauge("stream_paused", "1 where it is paused.", _STREAM)
    rows = _gauge("stream_last_run_rows", "Rows that the newest run has read.", _STREAM)
    last = {(run.source, run.stream): run for run in reversed(board.runs)}
    for stream in board.streams:
        line, key = stream.line, stream.key
        if line.last_complete_at is not None:
            fresh.add_metric(key, (board.at - line.last_complete_at).total_seconds())
        if line.held is not None:
            held.add_metric(key, line.held)
        if line.source_total is not None:
            total.add_metric(key, line.source_total)
        if line.held is not None and line.source_total:
            share.add_metric(key, line.held / line.source_total)
        waiting.add_metric(key, line.quarantined)
        if line.next_run is not None:
            late.add_metric(key, max((board.at - line.next_run).total_seconds(), 0.0))
        failed.add_metric(key, float(line.last_status in ("failed", "crashed")))
        paused.add_metric(key, float(line.paused is not None))
        if key in last:
            rows.add_metric(key, last[key].rows_read)
    yield from (fresh, held, total, share, waiting, late, failed, paused, rows)


def _hub(board: Board) -> Iterator[Any]:
    alerts = _gauge("alerts_open", "Alerts that are open.", ("severity", "kind"))
    for (severity, kind), number in Counter((each.severity, each.kind) for each in board.alerts).items():
        alerts.add_metric((severity, kind), number)
    running = _gauge("runs_running", "Runs that go on.")
    running.add_metric((), len(board.live))
    newest = _gauge("runs_newest", "Number of the newest run: it grows by one with each.")
    newest.add_metric((), max((run.id for run in board.runs), default=0))
    daemons = _gauge("daemons_alive", "Daemons that have shown themselves lately.")
    daemons.add_metric((), sum(heart.beats(board.at) for heart in board.hearts))
    beat = _gauge("daemon_heartbeat_age_seconds", "Seconds since a daemon last showed itself.")
    if board.hearts:
        beat.add_metric((), (board.at - board.hearts[0].seen_at).total_seconds())
    yield from (alerts, running, newest, daemons, beat)
