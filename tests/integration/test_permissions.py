"""What others on this machine get at: refused where they could change it, told where they could read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.project import C1, Project

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    project = Project(tmp_path, capsys)
    project.customers(C1)
    return project


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_the_hub_makes_is_private(project: Project) -> None:
    assert project.hub("sync").code == 0

    assert mode(project.folder / "hub.db") == 0o600
    assert mode(project.folder / "var") == 0o700
    assert "private" in project.hub("check").out


@pytest.mark.parametrize(
    "name", ["config", "config/hub.yaml", "config/connectors", "config/connectors/erp.yaml", "hub.db"]
)
def test_what_everybody_can_change_is_refused_with_the_remedy(project: Project, name: str) -> None:
    project.hub("sync")
    path = project.folder / name
    path.chmod(mode(path) | 0o002)

    for command in (("sync",), ("user", "list")):
        refused = project.hub(*command)
        assert refused.code == 2, refused
        assert "can be changed by everybody" in refused.err and f"chmod o-w {path}" in refused.err
    path.chmod(mode(path) & ~0o002)
    assert project.hub("sync").code == 0


def test_a_shared_folder_with_a_sticky_bit_is_none_of_our_business(project: Project) -> None:
    project.hub("sync")
    project.folder.chmod(0o1777)

    assert project.hub("sync").code == 0


@pytest.mark.parametrize(("bits", "who"), [(0o040, "its group"), (0o044, "everybody")])
def test_what_others_can_read_is_told(project: Project, bits: int, who: str) -> None:
    secret = project.folder / "token.txt"
    secret.write_text("not to be read by others")
    project.settings("connectors/erp.yaml", "kind: csv\nfolder: data  # ${file:token.txt}\n")
    project.hub("sync")
    for path in (secret, project.folder / "hub.db"):
        path.chmod(0o600 | bits)
    (project.folder / "var").chmod(0o700 | bits)

    told = project.hub("check").out

    for name in ("token.txt", "hub.db", "var"):
        assert f"{project.folder / name} (" in told
    assert f"can be read by {who}" in told and f"chmod 600 {secret}" in told and "chmod 700" in told
    assert project.hub("sync").code == 0, "it is told, not refused"
