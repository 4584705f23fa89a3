"""The frame of the command line: results on stdout, talk on stderr, one exit code for each who-has-to-act."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from hub import __version__, application, cli, errors, log
from hub.session import Session


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in; the commands of the application are as before afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    before = application.app.registered_commands[:], application.app.registered_groups[:]
    handler = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    application.app.registered_commands[:], application.app.registered_groups[:] = before
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def hub(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


Hub = Callable[..., tuple[int, str, str]]


def command_that(action: Callable[[], None]) -> None:
    """Give the application a command `probe`."""

    @application.app.command("probe")
    def probe() -> None:
        action()


def fails_with(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


# -- exit codes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.RowRejected("a row"), 1),
        (errors.MetricUndefined("no cost"), 1),
        (errors.UsageError("no such stream"), 2),
        (errors.ConfigError("wrong", mistakes=("a.yaml:1:1: x",)), 2),
        (errors.PluginError("missing"), 3),
        (errors.AuthError("refused"), 4),
        (errors.SourceUnavailable("silent"), 5),
        (errors.Throttled("wait"), 5),
        (errors.SourceChanged("other shape"), 6),
        (errors.RunIncomplete("too few"), 6),
        (errors.StoreError("full"), 7),
        (typer.Exit(9), 9),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (BrokenPipeError(), 141),
    ],
)
def test_every_end_has_its_exit_code_and_no_traceback(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    monkeypatch.setattr(cli, "_forget_stdout", lambda: None)
    command_that(fails_with(error))
    result, out, err = hub("probe")
    assert result == code
    assert out == ""
    assert "Traceback" not in err
    if isinstance(error, errors.HubError):
        assert err.startswith(f"hub: {error.problem}")


def test_a_mistake_list_is_shown_line_by_line(hub: Hub) -> None:
    command_that(fails_with(errors.ConfigError("2 mistakes.", mistakes=("a.yaml:1:1: x", "b.yaml:2:2: y"))))
    assert hub("probe")[2] == "hub: 2 mistakes.\n  a.yaml:1:1: x\n  b.yaml:2:2: y\n"


def test_a_bug_is_one_sentence_and_a_file(hub: Hub, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(project))
    log.hide("planted-in-a-bug")
    command_that(fails_with(ZeroDivisionError("with planted-in-a-bug")))
    code, out, err = hub("probe")
    assert (code, out) == (70, "")
    assert err.startswith("hub: an error of ours: ZeroDivisionError. Details are in ")
    assert len(err.splitlines()) == 1
    (record,) = project.glob("hub-error-*.txt")
    text = record.read_text(encoding="utf-8")
    assert f"b2b-hub {__version__}" in text
    assert "ZeroDivisionError: with ***" in text


def test_a_bug_in_a_project_is_recorded_there(hub: Hub, project: Path) -> None:
    (project / "config").mkdir()
    command_that(fails_with(ZeroDivisionError("x")))
    assert hub("probe")[0] == 70
    assert len(list((project / "var" / "errors").iterdir())) == 1


def test_debug_shows_the_traceback_but_no_secret(hub: Hub, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(project))
    log.hide("planted-in-a-traceback")
    command_that(fails_with(ZeroDivisionError("with planted-in-a-traceback")))
    code, _, err = hub("--debug", "probe")
    assert code == 70
    assert "Traceback (most recent call last)" in err
    assert "planted" not in err


def test_debug_shows_where_an_explained_error_came_from(hub: Hub) -> None:
    command_that(fails_with(errors.AuthError("refused")))
    code, _, err = hub("--debug", "probe")
    assert code == 4
    assert "Traceback (most recent call last)" in err
    assert err.endswith("hub: refused\n")


def test_an_error_text_never_holds_a_secret(hub: Hub) -> None:
    log.hide("planted-in-an-error")
    command_that(fails_with(errors.AuthError("refused planted-in-an-error")))
    assert hub("probe")[2] == "hub: refused ***\n"


# -- usage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["pluginz"], ["plugins", "--jsn"], ["plugins", "extra"], ["db", "bakup"], ["--config"],
        ["db", "prune", "--keep-runs-days", "x"],
    ],
)  # fmt: skip
def test_wrong_usage_is_exit_2_and_says_what_is_wrong(hub: Hub, arguments: list[str]) -> None:
    code, out, err = hub(*arguments)
    assert code == 2
    assert out == ""
    assert "Error: " in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "near"), [(["pluginz"], "plugins"), (["plugins", "--jsn"], "--json"), (["db", "bakup"], "backup")]
)
def test_wrong_usage_names_what_was_probably_meant(hub: Hub, arguments: list[str], near: str) -> None:
    assert near in hub(*arguments)[2]


def test_help_and_version_need_nothing(hub: Hub) -> None:
    code, out, _ = hub("--help")
    assert code == 0
    for command in ("init", "plugins", "schema", "config", "db", "sync"):
        assert f"\n  {command} " in out
    assert hub("--version") == (0, f"b2b-hub {__version__}\n", "")


def test_without_a_configuration_the_remedy_is_told(hub: Hub) -> None:
    code, _, err = hub("config", "check")
    assert code == 2
    assert err == (
        "hub: there is no configuration here: no folder `config`. "
        "Run `hub init` to write a starter, or name a folder with --config or HUB_CONFIG.\n"
    )


# -- commands --------------------------------------------------------------------------------------------------


def test_plugins_lists_kinds(hub: Hub) -> None:
    code, out, _ = hub("plugins")
    assert code == 0
    assert "kind    csv            b2b-hub\n" in out
    document = json.loads(hub("plugins", "--json")[1])
    assert {"kind": "csv", "from": "b2b-hub"} in document["kinds"]
    assert document["broken"] == []


def test_config_check_lists_instances_or_all_mistakes(hub: Hub, project: Path) -> None:
    (project / "config" / "connectors").mkdir(parents=True)
    erp = project / "config" / "connectors" / "erp.yaml"
    assert "no connector instances yet" in hub("config", "check")[1]
    erp.write_text("kind: csv\nfolder: ${env:NOT_SET_ANYWHERE}\n", encoding="utf-8")
    code, out, err = hub("config", "check")
    assert (code, out) == (0, f"ok      erp                  csv            {erp.relative_to(project)}\n")
    assert err == "        not set here: ${env:NOT_SET_ANYWHERE}\n"
    document = json.loads(hub("config", "check", "--json")[1])
    assert document["ok"] is True
    assert document["instances"][0]["not_set_here"] == ["${env:NOT_SET_ANYWHERE}"]
    erp.write_text("kind: csv\nfolder: x\nfoldr: y\nworkers: 3\n", encoding="utf-8")
    code, out, err = hub("config", "check")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 3
    code, out, err = hub("config", "check", "--json")
    assert (code, err) == (2, "")
    assert len(json.loads(out)["mistakes"]) == 2


def test_the_configuration_is_named_by_option_or_variable(
    hub: Hub, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "elsewhere").mkdir()
    assert hub("--config", "elsewhere", "config", "check")[0] == 0
    monkeypatch.setenv("HUB_CONFIG", "elsewhere")
    assert hub("config", "check")[0] == 0
    assert hub("--config", "nowhere", "config", "check")[0] == 2


def test_the_database_is_made_backed_up_and_pruned(hub: Hub, project: Path) -> None:
    (project / "config").mkdir()
    code, out, _ = hub("db", "upgrade")
    assert code == 0
    assert out.startswith("applied ")
    assert hub("db", "upgrade")[1] == "The database is up to date.\n"
    code, out, _ = hub("db", "backup", "copy.db")
    assert (code, out) == (0, "wrote copy.db\n")
    assert (project / "copy.db").stat().st_size > 0
    assert hub("db", "prune")[0] == 0


def test_a_store_command_does_not_mind_a_broken_connector(hub: Hub, project: Path) -> None:
    (project / "config" / "connectors").mkdir(parents=True)
    (project / "config" / "connectors" / "erp.yaml").write_text("kind: [", encoding="utf-8")
    assert hub("db", "upgrade")[0] == 0


# -- the process -----------------------------------------------------------------------------------------------


def test_sigterm_unwinds_like_ctrl_c(hub: Hub) -> None:
    ended = []

    def wait() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        finally:
            ended.append("cleanly")

    command_that(wait)
    assert hub("probe")[0] == 130
    assert ended == ["cleanly"]


def test_what_a_terminal_cannot_show_is_escaped(hub: Hub) -> None:
    command_that(lambda: print("half a pair: \ud800"))
    assert hub("probe")[:2] == (0, "half a pair: \\ud800\n")


def test_json_keeps_exact_numbers_and_moments(capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import UTC, datetime
    from decimal import Decimal

    cli.print_json({"total": Decimal("10.10"), "at": datetime(2025, 1, 1, tzinfo=UTC), "name": "Café"})
    assert json.loads(capsys.readouterr().out) == {"total": "10.10", "at": "2025-01-01T00:00:00+00:00", "name": "Café"}


def test_log_settings_come_from_the_file_and_the_command_line_wins(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import logging

    (project / "config").mkdir()
    (project / "config" / "hub.yaml").write_text("log: {level: info, format: json}\n", encoding="utf-8")
    session = Session()
    session.start_log()
    logging.getLogger("x").info("before")
    assert session.hub_settings.log.level == "info"
    logging.getLogger("x").info("after")
    assert json.loads(capsys.readouterr().err)["message"] == "after"
    assert Session(debug=True).hub_settings.log.level == "info"
    assert logging.getLogger().level == logging.DEBUG


def test_main_ends_the_process_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["hub", "no-such-command"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
