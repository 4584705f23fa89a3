"""`hub run`, from its start to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub import run_logs
from hub.access import permissions
from hub.errors import ConfigError
from hub.output import talk
from hub.settings.load import load_console
from hub.settings.provenance import keep_in_force
from sync_jobs.console_child import ConsoleChild
from sync_jobs.daemon import Daemon
from sync_jobs.reload import load
from sync_jobs.stopping import stop_on_signals
from sync_jobs.stores import opened

if TYPE_CHECKING:
    from hub.session import Session


def serve(session: Session) -> int:
    """Run the daemon until it is asked to stop; returns the exit code. Raises what keeps it from starting: settings,
    the store."""
    loaded = load(session.config_dir, debug=session.debug, log_json=session.log_json)
    if not loaded.plans and not loaded.unlisted:
        raise ConfigError(
            "no stream has a schedule.",
            fix="Write `schedule: every 15m` into a file of config/connectors/, or below `defaults:` in hub.yaml.",
        )
    with stop_on_signals() as stop, opened(loaded.session, dry_run=False) as stores:
        permissions.warn(loaded.session)
        for name, problem in loaded.unlisted.items():
            talk(f"hub run: the streams of {name} cannot be listed; they are asked for again each minute. {problem}")
        talk(f"hub run: {len(loaded.plans)} streams are scheduled; `hub schedule` lists them. SIGTERM stops it.")
        keep_in_force(session.state_dir, session.config_dir, session.registry)
        run_logs.keep(session.state_dir / run_logs.FOLDER)
        console = ConsoleChild(session.config_dir, stop, log_json=session.log_json)
        if load_console(session.config_dir).enabled:
            console.start()
        try:
            in_time = Daemon(loaded, stores, stop).run()
        finally:
            stop.set()
            if console.is_alive():
                console.join()
    talk("hub run: stopped." if in_time else "hub run: stopped; what had not ended is gone on with at the next start.")
    return 0
