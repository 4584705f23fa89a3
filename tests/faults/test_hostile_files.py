"""Files and settings that attack the hub, through the command line."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from support.project import C1, C3, Project

from hub.store import open_store


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    return Project(tmp_path, capsys)


def names(project: Project) -> dict[str, str]:
    with open_store(f"sqlite:///{project.folder / 'hub.db'}") as store:
        return {row[0]: row[1] for page in store.rows("customers", ["source_id", "name"]) for row in page}


def test_a_formula_is_a_text_like_any_other(project: Project) -> None:
    formula = '=HYPERLINK("http://evil.example";"x")'
    project.customers(C1, 'C2,"=HYPERLINK(""http://evil.example"";""x"")",DE,2024-01-02T00:00:00Z')
    assert project.hub("sync").code == 0
    assert names(project)["C2"] == formula


def test_a_formula_in_place_of_a_number_waits_in_quarantine(project: Project) -> None:
    project.orders("O1,C1,=1+1,EUR,2024-02-01T00:00:00Z", "O2,C1,5,EUR,2024-02-01T00:00:00Z")
    result = project.hub("sync")
    assert result.code == 1
    entry = project.hub("quarantine", "list", "--json").json["entries"][0]
    assert (entry["source_id"], entry["field"]) == ("O1", "total")
    assert "=1+1" not in project.hub("quarantine", "list").out
    assert project.hub("quarantine", "show", str(entry["id"]), "--json").json["raw"]["total"] == "=1+1"


def test_escape_sequences_do_not_reach_the_terminal(project: Project) -> None:
    project.orders("O1\x1b[2J,C1,x\x1b]0;owned\x07,EUR,2024-02-01T00:00:00Z")
    project.hub("sync")
    for words in (
        ["quarantine", "list"],
        ["quarantine", "show", "1"],
        ["preview", "erp", "orders"],
        ["runs", "--id", "1"],
    ):
        assert "\x1b" not in project.hub(*words).out


def test_a_yaml_bomb_is_refused_at_once(project: Project) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{letter}: &{letter} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
    )
    project.settings("connectors/erp.yaml", f"kind: csv\nfolder: data\n{bomb}")
    before = resource.getrusage(resource.RUSAGE_SELF)
    result = project.hub("sync")
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert result.code == 2
    assert "erp.yaml" in result.err
    assert after.ru_utime - before.ru_utime < 2
    assert after.ru_maxrss - before.ru_maxrss < 50 * 1024
    assert not (project.folder / "hub.db").exists()


def test_a_line_longer_than_any_record_costs_only_itself(project: Project) -> None:
    endless = "C2," + "x" * (20 * 1024 * 1024) + ",DE,2024-01-01T00:00:00Z"
    project.customers(C1, endless, C3)
    assert project.hub("sync").code == 1
    assert sorted(names(project)) == ["C1", "C3"]
