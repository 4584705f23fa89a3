"""Sources that answer badly, through the command line: each gives a clear error with a remedy, and loses nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.made_up import customer
from support.project import Project, Result
from support.web_kind import Answer, answer, served

from hub import plugins

PAGES = {number: [customer(10 * number + place) for place in range(10)] for number in (1, 2, 3)}


def good(page: int, total: int | None = 30) -> Answer:
    return answer({"rows": PAGES.get(page, []), "next": page + 1 if page < 3 else None, "total": total})


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setitem(plugins.BUILT_IN, "web", "support.web_kind")
    project = Project(tmp_path, capsys)
    (tmp_path / "config" / "connectors" / "erp.yaml").unlink()
    project.settings("hub.yaml", "store: sqlite:///hub.db\nretry: {attempts: 2, wait_seconds: 0.01}\n")
    return project


def sync(project: Project, handle: Callable[[int, int], Answer], *arguments: str) -> Result:
    """Sync `shop` from a server that answers like this. Requests are tried again for no longer than a moment."""
    with served(handle) as url:
        project.settings("connectors/shop.yaml", f"kind: web\nbase_url: {url}\nretry_seconds: 0\n")
        return project.hub("sync", *arguments)


def held(project: Project) -> int:
    return int(project.hub("status", "--json").json["streams"][0]["held"])


def bad_second_page(bad: Answer) -> Callable[[int, int], Answer]:
    return lambda page, request: bad if page == 2 else good(page)


@pytest.mark.parametrize(
    ("bad", "code", "words"),
    [
        (
            answer(b"<html><body>Please log in</body></html>", content_type="text/html"),
            5,
            ["a web page came instead of JSON"],
        ),
        (answer(b'{"rows": [{"id": "C0'), 5, ["shop/customers"]),
        (answer({"items": []}), 6, ['no "rows" in the answer', "Report it"]),
        (answer({"rows": "none"}), 6, ["its rows are a str, not a list of objects"]),
        (answer({"rows": {"id": 1}}), 6, ["its rows are a dict"]),
        (answer({}, 401), 4, ["shop/customers"]),
        (answer({}, 403), 4, ["shop/customers"]),
        (answer({}, 503), 5, ["shop/customers"]),
        (answer({}, 429), 5, ["shop/customers"]),
        (answer({}, 429, retry_after="3600"), 5, ["shop/customers"]),
    ],
    ids=["html", "truncated", "other keys", "text", "object", "401", "403", "503", "429", "429 with Retry-After"],
)
def test_a_bad_second_page(project: Project, bad: Answer, code: int, words: list[str]) -> None:
    result = sync(project, bad_second_page(bad))
    assert result.code == code, result.err
    told = [line for line in result.err.splitlines() if line.startswith("hub: shop/customers")]
    assert len(told) == 1
    assert told[0].count(". ") + told[0].count("`") >= 1, "an error without a remedy"
    for word in words:
        assert word in result.err
    assert "Traceback" not in result.err
    assert held(project) == 10
    assert sync(project, lambda page, request: good(page)).code == 0
    assert held(project) == 30


def test_a_source_that_was_away_for_a_moment_is_tried_again_from_where_it_stopped(project: Project) -> None:
    asked: list[int] = []

    def once_away(page: int, request: int) -> Answer:
        asked.append(page)
        return answer({}, 503) if request == 2 else good(page)

    document = sync(project, once_away, "--json").json
    assert document["exit_code"] == 0
    assert asked == [1, 2, 2, 3]
    assert (document["streams"][0]["attempts"], document["streams"][0]["held"]) == (2, 30)
    assert [run["status"] for run in project.hub("runs", "--json").json["runs"]] == ["ok", "failed"]


def test_a_pause_that_the_source_asks_for_is_kept(project: Project) -> None:
    began = time.monotonic()
    result = sync(
        project, lambda page, request: answer({}, 429, retry_after="1") if request == 2 else good(page), "--json"
    )
    assert result.json["exit_code"] == 0
    assert time.monotonic() - began >= 1


def test_a_lost_page_is_noticed_by_the_total(project: Project) -> None:
    def skips_the_second(page: int, request: int) -> Answer:
        rows = PAGES[1] if page == 1 else PAGES[3]
        return answer({"rows": rows, "next": 3 if page == 1 else None, "total": 30})

    result = sync(project, skips_the_second)
    assert result.code == 6
    assert "20 different rows came, but the source counts 30" in result.err
    assert "run `hub check`" in result.err


def test_a_repeated_page_hides_no_lost_one(project: Project) -> None:
    result = sync(project, lambda page, request: answer(json.loads(good(page)[2]) | {"rows": PAGES[max(page - 1, 1)]}))
    assert result.code == 6
    assert "20 different rows came, but the source counts 30" in result.err


def test_a_source_that_never_ends_is_stopped(project: Project) -> None:
    result = sync(project, lambda page, request: answer({"rows": PAGES[1], "next": page + 1}))
    assert result.code == 6
    assert "does not come to an end" in result.err
    assert held(project) == 10


def test_values_of_wrong_types_wait_in_quarantine(project: Project) -> None:
    rows: list[Any] = [customer(1), customer(2, id={"a": 1}), customer(3, name=["x"]), 7, None, customer(4, id=12)]
    result = sync(project, lambda page, request: answer({"rows": rows}))
    assert result.code == 1
    assert project.hub("quarantine", "list", "--json").json["total"] >= 3
    counts = project.hub("runs", "--json").json["runs"][0]["counts"]
    assert counts["read"] == 6 == counts["inserted"] + counts["quarantined"]


def test_an_answer_that_breaks_off_is_no_answer(project: Project) -> None:
    def breaks_off(page: int, request: int) -> Answer:
        status, headers, body = good(page)
        return (status, headers | {"content-length": str(len(body) + 100)}, body) if page == 2 else good(page)

    result = sync(project, breaks_off)
    assert result.code == 5
    assert held(project) == 10


def test_a_source_that_is_not_there(project: Project) -> None:
    project.settings("connectors/shop.yaml", "kind: web\nbase_url: http://127.0.0.1:9\nretry_seconds: 0\n")
    result = project.hub("sync")
    assert result.code == 5
    assert "hub: shop/customers" in result.err


def test_secrets_of_the_source_stay_secret(project: Project) -> None:
    leaky = answer({"error": "bad token", "access_token": "s3cr3t-t0ken-1234"}, 500)
    result = sync(project, bad_second_page(leaky))
    assert "s3cr3t" not in result.err + result.out
