"""The log names its run, is one JSON object a line where asked, and never holds a secret."""

from __future__ import annotations

import contextvars
import io
import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import log

SECRET = "pa55-wörd/with \"quotes\" & 'more'"


class Lines:
    """What went to stderr so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """What goes to stderr; the process's log is as before afterwards."""
    root, hook = logging.getLogger(), threading.excepthook
    before = root.handlers[:], root.level
    yield Lines(capsys)
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(False)
    threading.excepthook = hook


def test_text_names_connector_stream_and_run(lines: Lines) -> None:
    log.setup("INFO")
    with log.context(connector="erp", stream="orders", run_id=12):
        logging.getLogger("x").info("run ended: %s", "ok", extra={"read": 10})
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO    \[erp/orders #12\] run ended: ok  read=10\n", lines.getvalue())


def test_json_is_one_object_a_line(lines: Lines) -> None:
    log.setup("INFO", json=True)
    with log.context(connector="erp", run_id=12):
        logging.getLogger("x.y").warning("two\nlines", extra={"read": 10})
    (line,) = lines.getvalue().splitlines()
    entry = json.loads(line)
    assert entry["message"] == "two\nlines"
    assert (entry["level"], entry["logger"], entry["connector"], entry["run_id"]) == ("warning", "x.y", "erp", "12")
    assert entry["read"] == 10
    assert entry["at"].endswith("Z")


def test_context_ends_with_its_block_and_follows_a_copied_context_into_a_thread(lines: Lines) -> None:
    log.setup("INFO")
    with log.context(connector="erp"):
        inside = contextvars.copy_context()
        thread = threading.Thread(target=lambda: inside.run(logging.getLogger("x").info, "inside"))
        thread.start()
        thread.join()
    logging.getLogger("x").info("outside")
    inside_line, outside_line = lines.getvalue().splitlines()
    assert "[erp] inside" in inside_line
    assert "erp" not in outside_line


def test_a_hostile_text_cannot_forge_a_line(lines: Lines) -> None:
    log.setup("INFO")
    logging.getLogger("x").warning("name is %s", "a\n12:00:00 ERROR   all is lost\x1b[2J")
    first, second = lines.getvalue().splitlines()
    assert first.endswith("name is a")
    assert second == "  12:00:00 ERROR   all is lost?[2J"


def test_warning_is_the_default_and_setup_may_be_repeated(lines: Lines) -> None:
    log.setup()
    log.setup()
    logging.getLogger("x").info("not shown")
    logging.getLogger("x").warning("shown")
    assert lines.getvalue().count("shown") == 1


def test_http_libraries_do_not_log_requests_even_when_we_debug(lines: Lines) -> None:
    log.setup("DEBUG")
    logging.getLogger("httpx").info("GET https://x.example/?page=1")
    assert lines.getvalue() == ""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_secret_never_appears_whoever_logs_it_and_however(lines: Lines, as_json: bool) -> None:
    log.hide(SECRET)
    log.setup("DEBUG", json=as_json)
    logger = logging.getLogger("third.party")
    logger.info("plain %s", SECRET)
    logger.info("repr %r of %s", SECRET, {"nested": [SECRET]})
    logger.info("extra", extra={"url": f"https://x/?a={SECRET}"})
    try:
        raise ValueError(f"cannot use {SECRET}")
    except ValueError:
        logger.exception("failed with %s", json.dumps({"password": SECRET}))
    text = lines.getvalue()
    assert "pa55" not in text
    assert text.count(log.HIDDEN) >= 5


def test_a_secret_of_several_lines_is_hidden_line_by_line() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\n-----END KEY-----"
    log.hide(key)
    assert "MIIEvQ" not in log.redact("line: MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw")
    assert "MIIEvQ" not in log.redact(repr(key))
    assert "MIIEvQ" not in log.redact(json.dumps(key))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Authorization: Bearer abc.def-123", "abc"),
        ("{'Authorization': 'Basic dXNlcjpwdw=='}", "dXNl"),
        ("('authorization', b'token1234567890')", "token1234567890"),
        ("using bearer eyJhbGciOiJIUzI1NiJ9.e30.x", "eyJ"),
        ("postgresql://hub:hunter22@db.example/hub", "hunter22"),
        ("https://x.example/cb?access_token=abc123&page=2", "abc123"),
        ("https://x.example/a?sig=Zm9v&se=2025", "Zm9v"),
        ('{"client_secret": "s3cr3t-value", "scope": "all"}', "s3cr3t"),
        ("{'refresh_token': 'rt-1'}", "rt-1"),
    ],
)
def test_what_looks_like_a_credential_is_hidden_without_being_known(text: str, gone: str) -> None:
    assert gone not in log.redact(text)
    assert log.HIDDEN in log.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "orders: 10 read, 3 unchanged",
        "https://x.example/orders?page=2&limit=250",
        "config/hub.yaml:1:8: store: write `scheme://user:${env:PASSWORD}@host`.",
        "the key of the row is 17; basic settings",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert log.redact(text) == text


@given(st.text(max_size=200))
def test_redaction_takes_any_text_and_is_stable(text: str) -> None:
    once = log.redact(text)
    assert log.redact(once) == once


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "authorization" + " " * 200_000, "?a" * 100_000, "x://" + "a:" * 100_000]
)
def test_redaction_of_a_hostile_text_takes_no_time(text: str) -> None:
    started = time.monotonic()
    log.redact(text)
    assert time.monotonic() - started < 2


def test_a_bug_is_recorded_without_secrets_in_the_folder_that_was_named(lines: Lines, tmp_path: Path) -> None:
    log.hide("hunter2-planted")
    log.setup(bug_folder=lambda: tmp_path / "var" / "errors")
    try:
        raise RuntimeError("could not use hunter2-planted")
    except RuntimeError as error:
        place = log.record_bug(error, "b2b-hub 1.2")
    text = place.read_text(encoding="utf-8")
    assert place.parent == tmp_path / "var" / "errors"
    assert text.startswith("b2b-hub 1.2, Python 3.")
    assert "RuntimeError: could not use ***" in text
    assert "test_log.py" in text
    assert "hunter2" not in text


def test_a_bug_before_any_configuration_goes_to_the_temporary_folder(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_configuration() -> Path:
        raise RuntimeError("there is none")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    log.setup(bug_folder=no_configuration)
    assert log.record_bug(ValueError("x")).parent == tmp_path


def test_a_thread_that_dies_is_told_in_the_log_without_secrets(lines: Lines) -> None:
    log.hide("hunter3-planted")
    log.setup("ERROR")

    def die() -> None:
        raise RuntimeError("with hunter3-planted")

    thread = threading.Thread(target=die, name="fetch")
    thread.start()
    thread.join()
    assert "thread fetch ended by an error of ours" in lines.getvalue()
    assert "hunter3" not in lines.getvalue()


def test_a_closed_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    log.setup("INFO")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    logging.getLogger("x").warning("nobody listens")
    assert closed.closed
