"""`hub console`: the application on its port."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from hub.access import Gate
from hub.errors import ConfigError
from hub.output import talk
from hub.settings.load import load_console

if TYPE_CHECKING:
    from hub.session import Session
    from hub.settings.console import ConsoleSettings

_STOP_SECONDS = 5


def serve(session: Session, *, host: str | None = None, port: int | None = None) -> int:
    """Run until asked to stop. Raises what keeps it from starting: settings, the store, a port that is taken."""
    settings = load_console(session.config_dir)
    changed = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = type(settings).model_validate({**dict(settings), **changed})
    session.hub_settings  # noqa: B018 - its mistakes, before anything is begun; those of systems are shown on the pages
    with session.open_store() as store:
        Gate(store, settings).require_guarded()
    listener = _listener(settings)
    with listener:
        server = _server(session, settings)
        talk(f"The console is at {address_of(settings)} (Ctrl-C ends it).")
        server.run(sockets=[listener])
    return 0


def stop_with_stdin() -> None:
    """End this process when its standard input ends: whoever began it is gone then, however it died."""

    def watch() -> None:
        while os.read(0, 1024):  # past sys.stdin, whose lock would be held when this process ends
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def address_of(settings: ConsoleSettings) -> str:
    """What people type."""
    if settings.public_url:
        return settings.public_url
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls else 'http'}://{host}:{settings.port}"


def _server(session: Session, settings: ConsoleSettings) -> Any:
    import uvicorn

    from hub.console.app import build

    options: dict[str, Any] = {}
    if settings.tls:
        options = {"ssl_certfile": str(_there(session, settings.tls.certificate, "certificate")),
                   "ssl_keyfile": str(_there(session, settings.tls.key, "key"))}  # fmt: skip
    config = uvicorn.Config(
        build(session, settings), log_config=None, access_log=False, server_header=False, ws="none",
        proxy_headers=bool(settings.trusted_proxies), forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=_STOP_SECONDS, h11_max_incomplete_event_size=65_536, **options,
    )  # fmt: skip
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # what fails is told by hub.console.faults, once

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            config.app.state.broadcast.end()  # type: ignore[union-attr]  # the app itself was given
            super().handle_exit(sig, frame)

    return Server(config)


def _there(session: Session, path: os.PathLike[str], what: str) -> str:
    full = session.project_dir / path
    if not full.is_file():
        raise ConfigError(
            f"the {what} {full} is not there.", fix="Correct `console: tls` in hub.yaml.", where="config/hub.yaml"
        )
    return str(full)


def _listener(settings: ConsoleSettings) -> socket.socket:
    try:
        info = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(info[0], socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(info[4])
    except OSError as error:
        raise ConfigError(
            f"the console cannot listen on {settings.host}, port {settings.port}: {error.strerror}.",
            fix="Set `console: port` in hub.yaml to a free one, or end the program that has it.",
        ) from error
    return listener
