"""`hub init`: what it writes works at once, explains every setting, and never replaces anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from hub.errors import UsageError
from hub.plugins import Registry
from hub.settings import HubSettings, load
from hub.starter import starter_files, write_starter

ROOT = Path(__file__).parents[2]
OURS = ("config/hub.yaml", "config/connectors/erp.yaml", "exports/customers.csv", "exports/orders.csv")


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return starter_files(Registry())


def test_it_writes_a_configuration_that_loads(tmp_path: Path) -> None:
    written, kept = write_starter(tmp_path / "deep" / "folder", Registry())
    names = {str(path.relative_to(tmp_path / "deep" / "folder")) for path in written}
    assert {*OURS, ".env.example", ".gitignore", "config/schema/hub.schema.json"} < names
    assert kept == []
    settings = load(tmp_path / "deep" / "folder" / "config", Registry())
    assert list(settings.instances) == ["erp"]
    assert settings.hub == HubSettings()


@pytest.mark.parametrize("name", ["config/hub.yaml", "config/connectors/erp.yaml"])
def test_every_setting_is_there_with_its_description(files: dict[str, str], name: str) -> None:
    model: type[BaseModel] = HubSettings if name.endswith("hub.yaml") else Registry().connector("csv").config_model
    text = " ".join(files[name].replace("#", " ").split())
    for setting, field in model.model_fields.items():
        if setting != "connectors":
            assert re.search(rf"^(# )?{setting}:", files[name], re.MULTILINE), setting
            assert " ".join((field.description or "?").replace("#", " ").split()) in text, setting


def test_hub_yaml_without_its_hashes_is_all_defaults(files: dict[str, str], tmp_path: Path) -> None:
    """A setting that is switched on by taking the # away means what the comment said."""
    lines = [re.sub(r"^# ?(?=( *[a-z_]+:( |$)| +#))", "", line) for line in files["config/hub.yaml"].splitlines()]
    switched_on = [line for line in lines if not line.startswith("yaml-language-server")]
    (tmp_path / "hub.yaml").write_text("\n".join(switched_on), encoding="utf-8")
    assert load(tmp_path, Registry()).hub == HubSettings()
    assert sum(not line.lstrip().startswith("#") and ":" in line for line in switched_on) > 15


def test_each_file_names_its_schema_for_editors(files: dict[str, str], tmp_path: Path) -> None:
    write_starter(tmp_path, Registry())
    for name in ("config/hub.yaml", "config/connectors/erp.yaml"):
        first = files[name].splitlines()[0]
        match = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
        assert match
        assert ((tmp_path / name).parent / match[1]).is_file()


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_written_where_one_of_its_files_is_there(tmp_path: Path, name: str) -> None:
    there = tmp_path / name
    there.parent.mkdir(parents=True)
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"nothing was written: \S*{re.escape(name)} is there already") as caught:
        write_starter(tmp_path, Registry())
    assert "hub init FOLDER" in caught.value.fix
    assert there.read_text(encoding="utf-8") == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]


def test_the_files_of_a_repository_are_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine", encoding="utf-8")
    written, kept = write_starter(tmp_path, Registry())
    assert kept == [tmp_path / ".gitignore"]
    assert (tmp_path / ".gitignore") not in written
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"cannot be written \(Not a directory\)"):
        write_starter(tmp_path / "file" / "below", Registry())


def test_the_example_in_the_repository_is_the_starter(files: dict[str, str]) -> None:
    assert (ROOT / "config" / "hub.yaml").read_text(encoding="utf-8") == files["config/hub.yaml"], (
        "run `python -m hub.starter`"
    )
