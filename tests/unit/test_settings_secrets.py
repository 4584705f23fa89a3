"""Secrets are references: a literal one is refused, a missing one is told with its place, and none is ever shown."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from support.configured import Config

from hub import log
from hub.errors import PluginError
from hub.settings import secrets
from hub.settings.check import check

PLANTED = "planted-s3cret-value"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("SHOP_TOKEN", PLANTED)
    monkeypatch.delenv("NOT_THERE", raising=False)
    return Config(tmp_path)


def token(config: Config, reference: str) -> str:
    found = config.shop(f"kind: shop\ntoken: {reference}\n").web().token
    assert found is not None
    return found.get_secret_value()


@pytest.mark.parametrize("reference", ["${env:SHOP_TOKEN}", "${SHOP_TOKEN}", "'${env:SHOP_TOKEN}'"])
def test_from_the_environment(config: Config, reference: str) -> None:
    assert token(config, reference) == PLANTED


def test_from_a_file_absolute_or_from_the_project_folder(config: Config, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_bytes(b"\xef\xbb\xbffrom-a-file\r\n")
    assert token(config, "${file:token.txt}") == "from-a-file"
    assert token(config, f"${{file:{tmp_path}/token.txt}}") == "from-a-file"


def test_from_a_keyring(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = ModuleType("keyring")
    keyring.get_password = lambda service, user: f"{service}|{user}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert token(config, "${keyring:shop/eu/robot}") == "shop/eu|robot"


def test_a_keyring_that_is_not_installed_names_the_extra(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    config.shop("kind: shop\ntoken: ${keyring:shop/robot}\n").write("connectors/crm.yaml", "kind: shop\n")
    settings = config.load()
    assert [instance.name for instance in settings.select()] == ["crm"], "the others go on"
    with pytest.raises(PluginError, match=r"web: .*pip install 'b2b-hub\[keyring\]'"):
        settings.select(["web"])


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (f"token: {PLANTED}", "2:8"),
        (f"token: 'x${{env:SHOP_TOKEN}}{PLANTED}'", "2:8"),
        (f"login: {{user: u, password: {PLANTED}}}", "2:28"),
        (f"keys: {{main: {PLANTED}}}", "2:14"),
        ("token: 1234567890123", "2:8"),
        ("token: true", "2:8"),
        ("token: '$${env:SHOP_TOKEN}'", "2:8"),
        ("token: ''", "2:8"),
    ],
)
def test_a_literal_secret_is_refused_and_not_shown(config: Config, line: str, place: str) -> None:
    (mistake,) = config.shop(f"kind: shop\n{line}\n").mistakes()
    assert mistake.startswith(f"connectors/web.yaml:{place}: ")
    assert "a secret is never written here, only where it lies. Write ${env:NAME}" in mistake
    assert PLANTED not in mistake
    assert "1234567890123" not in mistake


@pytest.mark.parametrize(
    "line", [f"tokn: {PLANTED}", f"token: [{PLANTED}]", f"token: {{a: {PLANTED}}}", f"login: {PLANTED}"]
)
def test_a_secret_in_the_wrong_place_is_not_shown_either(config: Config, line: str) -> None:
    mistakes = config.shop(f"kind: shop\n{line}\n").mistakes()
    assert mistakes
    assert PLANTED not in "".join(mistakes)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("${env:NOT_THERE}", "the environment variable NOT_THERE is not set."),
        ("${NOT_THERE}", "the environment variable NOT_THERE is not set."),
        ("${file:none.txt}", "the file none.txt cannot be read (No such file or directory)."),
        ("${file:.}", "the file . cannot be read (Is a directory)."),
        ("${vault:x}", "`${vault:…}` is no kind of reference."),
        ("${env:NOT THERE}", "without a valid variable name"),
        ("'${env:}'", "without a valid variable name"),
        ("'${file: }'", "an empty reference"),
    ],
)
def test_a_reference_that_leads_nowhere_has_its_place_and_remedy(config: Config, reference: str, says: str) -> None:
    (mistake,) = config.shop(f"kind: shop\ntoken: {reference}\n").mistakes()
    assert mistake.startswith("connectors/web.yaml:2:8: token: ")
    assert says in mistake


def test_an_empty_variable_and_an_unreasonable_file_are_told(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    (tmp_path / "big").write_bytes(b"x" * (secrets.MAX_SECRET_BYTES + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    config.shop("kind: shop\nkeys: {a: '${EMPTY}', b: '${file:big}', c: '${file:binary}'}\n")
    first, second, third = config.mistakes()
    assert "${env:EMPTY} is empty" in first
    assert "is no secret" in second
    assert "is not UTF-8 text" in third


def test_other_settings_may_hold_references_inside_their_text(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGION", "eu")
    monkeypatch.setenv("SIZE", "50")
    config.shop(
        "kind: shop\nurl: https://${REGION}.example/${env:REGION}\nregion: ${REGION}\nsize: ${SIZE}\ntags: ['$${x}']\n"
    )
    web = config.web()
    assert (web.url, web.region, web.size, web.tags) == ("https://eu.example/eu", "eu", 50, ["${x}"])


def test_an_unclosed_reference_is_told(config: Config) -> None:
    (mistake,) = config.shop("kind: shop\nurl: https://${REGION\n").mistakes()
    assert "a `${` without its `}`" in mistake


@pytest.mark.parametrize("store", [f"postgresql://hub:{PLANTED}@db/hub", f"postgresql://hub:{PLANTED}${{X}}@db/hub"])
def test_a_password_in_a_url_is_refused_and_not_shown(config: Config, store: str) -> None:
    (mistake,) = config.hub(f"store: {store}\n").mistakes()
    assert mistake.startswith("hub.yaml:1:8: store: a password is never written into a URL")
    assert PLANTED not in mistake


def test_a_password_in_a_url_comes_by_reference_is_encoded_and_hidden(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "p@ss/w:rd%")
    settings = config.hub("store: postgresql://hub:${env:PGPASSWORD}@db:5432/hub\n").load()
    assert settings.hub.store == "postgresql://hub:p%40ss%2Fw%3Ard%25@db:5432/hub"
    assert "p%40ss" not in log.redact(f"cannot reach {settings.hub.store}")
    assert "p@ss/w" not in log.redact("password p@ss/w:rd%")
    assert "p%40ss" not in repr(settings)


def test_what_a_secret_yields_is_hidden_from_then_on(config: Config) -> None:
    assert token(config, "${SHOP_TOKEN}") == PLANTED
    assert log.redact(f"x {PLANTED} y") == "x *** y"
    assert PLANTED not in repr(config.load())


def test_secrets_of_instances_that_nobody_asked_for_are_not_needed(config: Config) -> None:
    config.shop("kind: shop\n").write("connectors/crm.yaml", "kind: shop\ntoken: ${NOT_THERE}\n")
    assert list(config.load(only=["web"]).instances) == ["web"]
    assert config.mistakes() == [
        "connectors/crm.yaml:2:8: token: the environment variable NOT_THERE is not set. Set it before `hub` starts."
    ]
    config.write("connectors/crm.yaml", "kind: shop\nenabled: false\ntoken: ${NOT_THERE}\n")
    assert list(config.load().instances) == ["web"]


def test_a_mistake_in_an_instance_that_nobody_asked_for_is_told_all_the_same(config: Config) -> None:
    config.shop("kind: shop\n").write("connectors/crm.yaml", "kind: shop\ntoken: ${NOT_THERE}\nsize: many\n")
    with pytest.raises(Exception, match="size: expected a whole number"):
        config.load(only=["web"])


def test_config_check_reads_no_secret_and_tells_which_are_not_set(config: Config) -> None:
    config.shop("kind: shop\ntoken: ${NOT_THERE}\nsize: ${SIZE_NOT_THERE}\nkeys: {a: '${SHOP_TOKEN}'}\n")
    (checked,) = check(config.folder, config.registry)
    assert (checked.name, checked.kind, checked.enabled, checked.problem) == ("web", "shop", True, "")
    assert checked.not_set == ("${env:NOT_THERE}", "${env:SIZE_NOT_THERE}")


def test_config_check_still_finds_literal_secrets(config: Config) -> None:
    config.shop(f"kind: shop\ntoken: {PLANTED}\n")
    with pytest.raises(Exception, match="a secret is never written here"):
        check(config.folder, config.registry)
