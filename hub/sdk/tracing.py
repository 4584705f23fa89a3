"""Spans around work that takes its time. Nothing happens, and nothing is imported, unless traces are configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Span(Protocol):
    """What can be said of a piece of work, while it lasts. Never personal data, secrets or whole addresses."""

    def set_attribute(self, key: str, value: Any) -> Any:
        """Note something about it."""


class _Silent:
    """Stands in where nobody listens."""

    def set_attribute(self, key: str, value: Any) -> None:
        """Nobody wants to know."""


_SILENT = _Silent()
_tracer: Any = None


def use(tracer: Any) -> None:
    """Send the spans of this process to a tracer of OpenTelemetry; None: to nobody."""
    global _tracer  # noqa: PLW0603 - a process has one place where its traces go
    _tracer = tracer


@contextmanager
def span(name: str, *, client: bool = False, **attributes: Any) -> Iterator[Span]:
    """A piece of work. What it raises is noted by its class: messages and stacks may hold what must not leave.

    client       a call to another system
    attributes   with `_` in place of dots: `hub_source` becomes `hub.source`
    """
    if _tracer is None:
        yield _SILENT
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode

    kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
    named = {key.replace("_", "."): value for key, value in attributes.items() if value is not None}
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=named, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
