"""Traces: a run with its pages and its requests, sent to a collector; nothing at all where none is configured."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.console import ConsoleHub

from hub.sdk import tracing

ROOT = Path(__file__).parents[2]
pytest.importorskip("opentelemetry.sdk.trace")


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """An OTLP receiver on this machine: its address, and the spans that came."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    spans: list[Any] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            request = ExportTraceServiceRequest.FromString(body)
            assert self.path == "/v1/traces"
            spans.extend(span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", spans
    server.shutdown()
    thread.join(5)
    server.server_close()


def run(hub: ConsoleHub, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from hub import cli; code = cli.run(sys.argv[1:]);"
        " print('traced' if 'opentelemetry' in sys.modules else 'silent', file=sys.stderr); sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--config", str(hub.config), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sync_sends_its_runs_and_pages(tmp_path: Path, collector: tuple[str, list[Any]]) -> None:
    address, spans = collector
    hub = ConsoleHub(tmp_path)
    (hub.config / "hub.yaml").write_text(f"store: sqlite:///hub.db\ntelemetry: {{endpoint: '{address}'}}\n")
    done = run(hub, "sync")
    assert (done.returncode, "traced" in done.stderr) == (1, True), done.stderr
    runs = {told(span)["hub.stream"]: span for span in spans if span.name == "sync run"}
    assert sorted(runs) == ["customers", "orders"]
    assert told(runs["orders"])["hub.run.status"] == "partial"
    pages = [span for span in spans if span.name == "store pages"]
    assert {page.parent_span_id for page in pages} == {span.span_id for span in runs.values()}
    assert "Ada" not in str(spans)


def told(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_collector_that_is_away_costs_nothing_but_spans(tmp_path: Path) -> None:
    hub = ConsoleHub(tmp_path)
    (hub.config / "hub.yaml").write_text("store: sqlite:///hub.db\ntelemetry: {endpoint: 'http://127.0.0.1:9'}\n")
    done = run(hub, "sync")
    assert done.returncode == 1
    assert "orders" in done.stdout


def test_without_a_collector_nothing_is_imported(tmp_path: Path) -> None:
    hub = ConsoleHub(tmp_path)
    done = run(hub, "sync")
    assert (done.returncode, "silent" in done.stderr) == (1, True), done.stderr


def test_a_request_is_a_span_without_its_address_and_its_secret() -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from support.http_fakes import Scripted, answer, source

    seen = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    tracing.use(provider.get_tracer("test"))
    try:
        source(Scripted(answer({}))).get("orders?token=s3cret-token")
    finally:
        tracing.use(None)
    (span,) = seen.get_finished_spans()
    assert span.name == "HTTP GET"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 200
    assert "s3cret" not in span.to_json()
