"""`make audit` fails where something is known, and only then."""

from __future__ import annotations

import json
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "audit.py"
CLEAN = {"name": "a", "version": "1", "vulns": []}
FLAWED = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}


@pytest.fixture
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT), run_name="audit")


def test_what_is_known_is_told_with_the_version_that_mends_it(script: dict[str, Any]) -> None:
    document = json.dumps({"dependencies": [CLEAN, FLAWED]})

    assert script["told"]("runtime.txt", document, "") == ["VULNERABLE b 2: PYSEC-1, fixed in 2.1"]
    assert script["told"]("runtime.txt", json.dumps({"dependencies": [CLEAN]}), "") == [
        "ok runtime.txt: nothing known about 1 packages"
    ]


@pytest.mark.parametrize("document", ["", "oops", "{}", "[]"])
def test_where_nobody_answers_that_is_said(script: dict[str, Any], document: str) -> None:
    (line,) = script["told"]("runtime.txt", document, "Traceback\nConnectionError: no route to host\n")

    assert line.startswith("NOT AUDITED runtime.txt") and "no route to host" in line


def test_all_lock_files_are_audited(script: dict[str, Any]) -> None:
    assert {path.name for path in script["REQUIREMENTS"]} >= {"runtime.txt", "dev.txt"}


def test_a_service_that_takes_its_time_is_not_waited_for(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(command: list[str], *, timeout: float, **options: Any) -> Any:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", slow)
    (line,) = script["audit"](Path("runtime.txt"))
    assert line == "NOT AUDITED runtime.txt: the advisory service could not be asked (no answer within 90 seconds)"
