"""Logging: text for a terminal, one JSON object a line for a daemon, always to stderr, never with a secret in it.

Every line names its run, connector and stream, taken from context variables: `with log.context(connector="erp"): …`.
A new thread starts without them; start it with `contextvars.copy_context().run`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, quote_plus

HIDDEN = "***"
_SHORTEST_SECRET = 4
"""Shorter texts stand in any line by chance; hiding them would hide the log."""
_SHORTEST_LINE = 16

_CONTEXT: ContextVar[Mapping[str, str]] = ContextVar("hub_log_context", default=MappingProxyType({}))
_CONTEXT_NAMES = ("run_id", "connector", "stream")
_LIBRARIES = ("httpx", "httpcore", "urllib3", "requests", "simple_salesforce", "apscheduler", "asyncio", "alembic")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_CREDENTIALS = (
    r"(?P<header>authorization['\"]?\s{0,3}[:=,]\s{0,3}(?:b?['\"])?(?:(?:bearer|basic|digest|oauth|token)\s{1,3})?)"
    r"(?!\$\{)[^\s'\",;}]+"
    r"|(?P<scheme>\b(?:bearer|basic)\s{1,3})[A-Za-z0-9._~+/=-]{12,}"
    r"|(?P<userinfo>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^/\s:@'\"]{0,200}:)(?!\$\{)[^@/\s'\"]{1,500}(?=@)"
    r"|(?P<query>[?&;](?:[a-z_-]{0,30}token|[a-z_-]{0,30}secret|api[_-]?key|key|password|passwd|pwd|sig|signature|code"
    r"|assertion|sessionid|sid)=)(?!\$\{)[^&\s'\"#;]+"
    r"|(?P<field>['\"](?:[a-z_-]{0,30}token|[a-z_-]{0,30}secret|api[_-]?key|password|passwd|pwd)['\"]"
    r"\s{0,3}[:=,]\s{0,3}b?['\"])(?!\$\{)[^'\"]+"
)

_lock = threading.Lock()
_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None
_bug_folder: Callable[[], Path] | None = None


def hide(secret: str) -> None:
    """Never let this text appear in a log, an error or a report of a bug again, however it is escaped."""
    global _pattern  # noqa: PLW0603 - the process has one log, and one list of what it must not say
    with _lock:
        for text in [secret, *(line for line in secret.splitlines() if len(line) >= _SHORTEST_LINE)]:
            if len(text.strip()) >= _SHORTEST_SECRET:
                _secrets.update(_spellings(text))
        if _secrets:
            _pattern = re.compile("|".join(re.escape(text) for text in sorted(_secrets, key=len, reverse=True)))


def redact(text: str) -> str:
    """The text without any secret that is known, and without what looks like a credential."""
    if _pattern is not None:
        text = _pattern.sub(HIDDEN, text)
    return _credentials().sub(lambda match: next(filter(None, match.groups()), "") + HIDDEN, text)


@cache
def _credentials() -> re.Pattern[str]:
    """Compiled when the first text is to be looked at: that takes as long as many a command."""
    return re.compile(_CREDENTIALS, re.IGNORECASE)


def _spellings(secret: str) -> set[str]:
    quoted = json.dumps(secret)[1:-1]
    return {
        secret, quote(secret), quote(secret, safe=""), quote_plus(secret), quoted, repr(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }  # fmt: skip


@contextlib.contextmanager
def context(**names: object) -> Iterator[None]:
    """Name the run, connector or stream in every line that is logged inside."""
    token = _CONTEXT.set({**_CONTEXT.get(), **{name: str(value) for name, value in names.items()}})
    try:
        yield
    finally:
        _CONTEXT.reset(token)


def setup(level: str | int = "WARNING", *, json: bool = False, bug_folder: Callable[[], Path] | None = None) -> None:
    """Send the log of this process to stderr. May be called again; the last call counts.

    bug_folder   where `record_bug` writes, asked for only when there is a bug
    """
    global _bug_folder  # noqa: PLW0603 - see `hide`
    _bug_folder = bug_folder
    handler = _StderrHandler()
    handler.setFormatter(JsonFormatter() if json else _TextFormatter())
    handler.setLevel(level)
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _StderrHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    least = min((each.level for each in root.handlers if each.level), default=handler.level)  # others may want more
    root.setLevel(least)
    tamed = max(handler.level, logging.WARNING)
    for name in _LIBRARIES:  # they log every request, with its URL; the hub has a request log of its own
        logging.getLogger(name).setLevel(tamed)
    logging.captureWarnings(True)
    threading.excepthook = _thread_died


def record_bug(error: BaseException, about: str = "") -> Path:
    """Write an unexpected error's traceback, without secrets, to a new file and return where it lies.

    about   names the program and its version at the top of the file
    """
    import tempfile

    text = "".join(traceback.format_exception(error))
    head = f"{about}, Python {sys.version.split()[0]}, {sys.platform}, {datetime.now(UTC).isoformat()}\n\n"
    name = f"hub-error-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}-"
    for folder in _bug_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, path = tempfile.mkstemp(suffix=".txt", prefix=name, dir=folder)
        except OSError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(redact(head + text))
        return Path(path)
    sys.stderr.write(redact(text))
    return Path("stderr")


def _bug_folders() -> Iterator[Path]:
    import tempfile

    if _bug_folder is not None:
        with contextlib.suppress(Exception):  # no configuration was found: the bug came before it
            yield _bug_folder()
    yield Path(tempfile.gettempdir())


class _StderrHandler(logging.Handler):
    """Writes to whatever stderr is at that moment: progress bars and tests replace it. A log that cannot be written
    stops no sync."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


class _TextFormatter(logging.Formatter):
    """`12:00:01 WARNING [erp/orders #12] message  read=10`"""

    def format(self, record: logging.LogRecord) -> str:
        names = names_of(record)
        place = "/".join(names[name] for name in ("connector", "stream") if name in names)
        if "run_id" in names:
            place = f"{place} #{names['run_id']}".strip()
        extras = "".join(f"  {name}={value}" for name, value in _extras(record).items())
        head = f"{_time(record):%H:%M:%S} {record.levelname:<7} "
        message = f"{head}{f'[{place}] ' if place else ''}{_one_line(record.getMessage() + extras)}"
        error = _exception(self, record)
        return redact(f"{message}\n{error}" if error else message)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, the context's names, what `extra=` brought, and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **names_of(record),
            **_extras(record),
        }
        error = _exception(self, record)
        if error:
            line["error"] = error
        return json.dumps({name: _clean(value) for name, value in line.items()}, ensure_ascii=False, default=str)


def _one_line(text: str) -> str:
    """A text from a source must not look like a line of ours, nor move the terminal's cursor."""
    return re.sub(_CONTROL, "?", text.replace("\r\n", "\n").replace("\n", "\n  "))


def _clean(value: object) -> object:
    return value if isinstance(value, int | float | None) else redact(str(value))


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def names_of(record: logging.LogRecord) -> dict[str, str]:
    """The run, connector and stream that a line belongs to, as far as it does."""
    current = _CONTEXT.get()
    return {
        name: str(getattr(record, name, current.get(name)))
        for name in _CONTEXT_NAMES
        if name in current or hasattr(record, name)
    }


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _STANDARD and name not in _CONTEXT_NAMES and not name.startswith("_")
    }


def _exception(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    text = formatter.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
    return f"{text}\n{formatter.formatStack(record.stack_info)}".strip() if record.stack_info else text


def _thread_died(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else "?"
        logging.getLogger(__name__).error(
            "thread %s ended by an error of ours", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback)
        )
