"""Traces by OpenTelemetry: begun when `telemetry:` is configured, once a process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hub import __version__
from hub.errors import PluginError
from hub.sdk import tracing

if TYPE_CHECKING:
    from hub.settings.console import TelemetrySettings

_lock = threading.Lock()
_begun = ""


def start(settings: TelemetrySettings) -> None:
    """Send spans to the collector from now on; what waits is sent when the process ends. A collector that is away
    costs spans, and nothing else. Raises PluginError where the libraries are missing."""
    global _begun  # noqa: PLW0603 - a process has one place where its traces go
    with _lock:
        wanted = f"{settings.endpoint} {settings.share} {settings.service_name}"
        if wanted == _begun:
            return
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
        except ImportError as missing:
            raise PluginError(
                "`telemetry:` needs the libraries of OpenTelemetry.",
                fix="Install them: pip install 'b2b-hub[telemetry]', or remove `telemetry:` from hub.yaml.",
            ) from missing
        headers = {name: secret.get_secret_value() for name, secret in settings.headers.items()}
        provider = TracerProvider(
            resource=Resource.create({"service.name": settings.service_name, "service.version": __version__}),
            sampler=ParentBased(TraceIdRatioBased(settings.share)),
        )
        exporter = OTLPSpanExporter(endpoint=f"{settings.endpoint}/v1/traces", headers=headers)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        tracing.use(provider.get_tracer("b2b-hub", __version__))
        _begun = wanted
