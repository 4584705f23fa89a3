"""A configuration folder becomes typed settings, or one error with every mistake at its place."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.configured import Config

from hub.errors import ConfigError, PluginError, UsageError
from hub.settings import find_config, load_hub


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


# -- what is right ---------------------------------------------------------------------------------------------


def test_an_empty_folder_has_safe_defaults(config: Config) -> None:
    settings = config.load()
    assert settings.hub.store == "sqlite:///hub.db"
    assert settings.hub.reporting_currency == "EUR"
    assert settings.hub.time_zone == "UTC"
    assert settings.hub.metrics.lifespan_years == Decimal(3)
    assert settings.instances == {}
    assert settings.select() == []


def test_a_file_each_or_all_in_hub_yaml(config: Config) -> None:
    config.hub("reporting_currency: USD\nconnectors:\n  crm:\n    kind: shop\n    size: 5\n").shop("kind: shop\n")
    settings = config.load()
    assert list(settings.instances) == ["crm", "web"]
    assert settings.instances["crm"].config.size == 5  # type: ignore[attr-defined]
    assert settings.instances["web"].path == config.folder / "connectors/web.yaml"
    assert settings.instances["web"].kind == "shop"


def test_texts_stay_texts_and_numbers_become_numbers(config: Config) -> None:
    config.shop("kind: shop\nversion: 1.10\ntags: [NO, 007, 12, true, 2024-01-31, 12:30]\nsize: 7\nenabled: yes\n")
    web = config.web()
    assert web.version == "1.10"
    assert web.tags == ["NO", "007", "12", "true", "2024-01-31", "12:30"]
    assert web.size == 7
    assert web.enabled is True


def test_streams_are_typed(config: Config) -> None:
    config.shop(
        "kind: shop\nschedule: every 15m\nstreams:\n"
        "  orders: {start: 2024-01-01, overlap: 10m, schedule: '*/5 6-18 * * MON-FRI'}\n  customers:\n"
    )
    streams = config.web().streams
    assert streams["orders"].start == datetime(2024, 1, 1, tzinfo=UTC)
    assert streams["orders"].overlap == timedelta(minutes=10)
    assert streams["customers"].enabled


def test_a_list_of_streams_is_short_for_streams_without_settings(config: Config) -> None:
    assert list(config.shop("kind: shop\nstreams: [orders, customers]\n").web().streams) == ["orders", "customers"]


def test_instances_inherit_the_defaults_they_do_not_set(config: Config) -> None:
    config.hub("defaults: {schedule: every 1h, max_reject_share: 0.1}\n").shop("kind: shop\nmax_reject_share: 0.3\n")
    web = config.web()
    assert (web.schedule, web.max_reject_share, web.max_delete_share) == ("every 1h", 0.3, 0.5)


def test_disabled_instances_are_known_but_not_selected(config: Config) -> None:
    config.shop("kind: shop\nenabled: off\n").write("connectors/crm.yaml", "kind: shop\n")
    settings = config.load()
    assert [instance.name for instance in settings.select()] == ["crm"]
    assert [instance.name for instance in settings.select(["web", "web"])] == ["web"]


def test_hidden_files_and_backups_are_no_instances(config: Config) -> None:
    for name in (".web.yaml.swp", "_draft.yaml", "README.md", "web.yaml~"):
        config.write(f"connectors/{name}", "not: ours")
    assert config.load().instances == {}


# -- what is wrong ---------------------------------------------------------------------------------------------


def test_all_mistakes_of_all_files_are_told_at_once(config: Config) -> None:
    config.hub("reporting_curency: EUR\ntime_zone: Europe/Berln\nworkers: many\n")
    config.shop("kind: shop\nsize: 251\nregion: ue\nstreams: {ordrs: {}}\nfields: {ordres: {number: no}}\n")
    config.write("connectors/crm.yaml", "kind: shopp\n")
    config.write("connectors/erp.yaml", "a: b: c")
    mistakes = config.mistakes()
    assert mistakes == [
        "connectors/crm.yaml:1:7: there is no connector kind `shopp`. Did you mean `shop`? "
        "Further kinds come with plugins (`pip install`).",
        *[mistake for mistake in mistakes if mistake.startswith("connectors/erp.yaml:1:")],
        "connectors/web.yaml:2:7: size: expected at most 250, found `251`.",
        "connectors/web.yaml:3:9: region: `ue` is not one of its words. Choose from: eu, us.",
        "connectors/web.yaml:4:11: shop has no stream `ordrs`. Did you mean `orders`?",
        *[mistake for mistake in mistakes if "ordres" in mistake],
        "hub.yaml:1:1: there is no setting `reporting_curency` here. Did you mean `reporting_currency`?",
        "hub.yaml:2:12: time_zone: there is no time zone `Europe/Berln`. Did you mean `Europe/Berlin`?",
        "hub.yaml:3:10: workers: expected a whole number, found `many`.",
    ]
    assert len(mistakes) == 9
    assert "Did you mean `orders`?" in next(mistake for mistake in mistakes if "ordres" in mistake)


def test_the_error_counts_them_and_says_that_nothing_ran(config: Config) -> None:
    with pytest.raises(ConfigError, match=r"^2 mistakes in the configuration; nothing was run\.") as caught:
        config.hub("a: 1\nb: 2\n").load()
    assert caught.value.exit_code == 2
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[a, b]", "1:1: expected a mapping (`name: value` lines), found a list."),
        ("just text", "1:1: expected a mapping (`name: value` lines), found a single value."),
        ("store: mysql://x", "1:8: store: expected `sqlite:///hub.db`"),
        ("store: sqlite:///", "1:8: store: expected `sqlite:///hub.db`"),
        ("reporting_currency: euro", "1:21: reporting_currency: `euro` is not an ISO 4217 currency code. Did you mean"),
        ("reporting_currency: QQQ", "1:21: reporting_currency: `QQQ` is not an ISO 4217 currency code. It has three"),
        ("reporting_currency: [EUR]", "1:1: reporting_currency: expected a text, found a list."),
        ("reporting_currency:", "1:20: reporting_currency: expected a text, found nothing."),
        ("fiscal_year_start: 13", "1:20: fiscal_year_start: expected at most 12, found `13`."),
        ("log: {levl: info}", "1:7: there is no setting `levl` here. Did you mean `level`?"),
        ("log: {level: loud}", "1:14: log.level: `loud` is not one of its words. Choose from: debug, error, info"),
        ("log: info", "1:6: log: expected a mapping (`name: value` lines), found `info`."),
        ("workers: 4\nworkers: 5", "2:1: `workers` stands twice; first in line 1. Keep one."),
        ("defaults: {schedule: every blue moon}", "1:22: defaults.schedule: expected `every 15m` (s, m, h, d) or"),
        (
            "defaults: {schedule: '61 * * * *'}",
            "1:22: defaults.schedule: `61` is no minute of a cron line (from 0 to 59).",
        ),
        ("defaults: {schedule: {evry: 5m}}", "1:23: there is no setting `evry` here. Did you mean `every`?"),
        (
            "defaults: {schedule: {every: 5m, cron: 0 2 * * *}}",
            "1:12: defaults.schedule: `every` and `cron` exclude each other. Keep one.",
        ),
        ("defaults: {schedule: {quiet: [22-6]}}", "1:31: defaults.schedule.quiet.0: expected hours of the day such as"),
        ("defaults: {schedule: {cron: 0 0 31 2 *}}", "1:29: defaults.schedule.cron: the cron line `0 0 31 2 *` names"),
        ("run: {step_timeout: soon}", "1:21: run.step_timeout: expected a number and a unit, such as `15m`"),
        (
            "notifications: {channels: {ops: {kind: slack, url: 'https://hooks.example/x'}}}",
            "1:52: channels.ops.url: a secret is never written here",
        ),
        (
            "notifications: {channels: {ops: {kind: emial}}}",
            "1:28: channels.ops.kind: `emial` is not one of its words. Did you mean `email`?",
        ),
        ("defaults: {max_reject_share: 1.5}", "1:30: defaults.max_reject_share: expected at most 1"),
        ("metrics: {lifespan_years: -1}", "1:27: metrics.lifespan_years: expected more than 0, found `-1`."),
        ("metrics: {lifespan_years: NaN}", "1:27: metrics.lifespan_years: expected a number, found `NaN`."),
        ("connectors: [a]", "1:1: connectors: expected a mapping of names"),
        ("connectors: {web shop: {kind: shop}}", "1:24: an instance's name has up to 63 letters"),
        ("connectors: {web: shop}", "1:19: expected a mapping that begins with `kind: …`."),
        ("connectors: {web: {size: 5}}", "1:19: the setting `kind` is missing. Choose from: business_central, csv, "),
        ("connectors: {web: {kind: [shop]}}", "1:20: kind: expected a text, found a list."),
        ("\tstore: x", "1:1: a tab. Indent with spaces."),
    ],
)  # fmt: skip
def test_mistakes_in_hub_yaml(config: Config, text: str, mistake: str) -> None:
    (found,) = config.hub(text).mistakes()
    assert found.startswith(f"hub.yaml:{mistake}")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("tokn: x", "2:1: there is no setting `tokn` here. Did you mean `token`?"),
        ("login: {user: u}", "2:1: the setting `password` is missing."),
        ("login: {user: u, password: '${env:PATH}', realm: x}", "2:43: there is no setting `realm` here."),
        ("prefix: so", "2:9: prefix: expected a text of the form ^[A-Z]+-$, found `so`."),
        ("tags: a", "2:7: tags: expected a list (`- value` lines), found `a`."),
        ("tags:\n  - a\n  - {b: c}", "4:5: tags.1: expected a text, found a mapping."),
        ("size: ", "2:6: size: expected a whole number, found nothing."),
        ("size: 1.5", "2:7: size: expected a whole number, found `1.5`."),
        ("size: yes", "2:7: size: expected a whole number, found `yes`."),
        ("enabled: perhaps", "2:10: enabled: expected true or false, found `perhaps`."),
        ("streams: 5", "2:10: streams: expected a mapping (`name: value` lines), found `5`."),
        ("streams: {orders: {start: yesterday}}", "2:27: streams.orders.start: expected a day or moment such"),
        ("streams: {orders: {overlap: soon}}", "2:29: streams.orders.overlap: expected a duration"),
        ("streams: {orders: {schedul: x}}", "2:20: there is no setting `schedul` here. Did you mean `schedule`?"),
        ("streams: [orders, stok]", "2:10: shop has no stream `stok`."),
        ("fields: {products: {name: x}}", "2:10: no stream of shop yields `products`."),
        ("max_delete_share: 2", "2:19: max_delete_share: expected at most 1, found `2`."),
    ],
)  # fmt: skip
def test_mistakes_in_a_connector(config: Config, text: str, mistake: str) -> None:
    (found,) = config.shop(f"kind: shop\n{text}\n").mistakes()
    assert found.startswith(f"connectors/web.yaml:{mistake}")


@pytest.mark.parametrize(
    ("fields", "place", "says"),
    [
        ("{orders: {numbr: no}}", "2:19", "Did you mean `number`?"),
        ("{orders: {status: {path: s, values: {a: shiped}}}}", "2:", "shipped"),
        ("{orders: {ordered_at: {path: d, timezone: Europe/Berln}}}", "2:", "Europe/Berlin"),
        ("{orders: {total: {path: t, convert: decimall}}}", "2:", "decimal"),
        ("{orders: {currency: {const: EURO}}}", "2:", "currency"),
    ],
)
def test_mistakes_in_fields_have_their_place_and_the_nearest_word(
    config: Config, fields: str, place: str, says: str
) -> None:
    (found,) = config.shop(f"kind: shop\nfields: {fields}\n").mistakes()
    assert found.startswith(f"connectors/web.yaml:{place}")
    assert says in found


def test_the_plain_csv_kind_knows_its_streams_by_their_entities(config: Config) -> None:
    (found,) = config.shop("kind: csv\nfolder: x\nstreams: {orderz: {}, stock: {}}\n").mistakes()
    assert found == "connectors/web.yaml:3:11: streams.orderz: there is no entity `orderz`. Did you mean `orders`?"


def test_one_instance_in_two_places_is_a_mistake(config: Config) -> None:
    (found,) = config.hub("connectors: {web: {kind: shop}}\n").shop("kind: shop\n").mistakes()
    assert found == "connectors/web.yaml:1:1: the instance `web` is also in hub.yaml. Keep one."


def test_yml_is_told_and_not_silently_passed_over(config: Config) -> None:
    (found,) = config.write("connectors/web.yml", "kind: shop\n").mistakes()
    assert found == "connectors/web.yml:1:1: ends in .yml. Rename it to .yaml."


def test_a_long_list_of_mistakes_is_cut(config: Config) -> None:
    found = config.hub("".join(f"key{number}: 1\n" for number in range(80))).mistakes()
    assert len(found) == 51
    assert found[-1] == "… and 30 more"


def test_a_file_that_cannot_be_read_is_told(config: Config) -> None:
    (config.folder / "hub.yaml").symlink_to(config.folder / "gone.yaml")
    (config.folder / "connectors" / "crm.yaml").mkdir()
    assert config.mistakes() == [
        "connectors/crm.yaml:1:1: is not a file.",
        "hub.yaml:1:1: cannot be read (No such file or directory).",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(config: Config) -> None:
    config.hub("").folder.joinpath("hub.yaml").chmod(0)
    assert config.mistakes() == ["hub.yaml:1:1: cannot be read (Permission denied)."]


def test_a_pipe_in_place_of_a_file_does_not_hang(config: Config) -> None:
    os.mkfifo(config.folder / "hub.yaml")
    assert config.mistakes() == ["hub.yaml:1:1: is not a file."]


def test_a_plugin_named_like_the_kind_that_brings_another_is_told(config: Config) -> None:
    config.registry.knows = lambda kind: True  # type: ignore[method-assign]
    (found,) = config.shop("kind: shopp\n").mistakes()
    assert found.startswith("connectors/web.yaml:1:7: there is no connector kind `shopp`.")


def test_commands_that_need_only_the_store_do_not_mind_a_broken_connector(config: Config) -> None:
    config.hub("store: sqlite:///other.db\n").shop("kind: nonsense\n")
    assert load_hub(config.folder).store == "sqlite:///other.db"


# -- selecting -------------------------------------------------------------------------------------------------


def test_an_unknown_instance_is_a_usage_error_with_the_nearest_name(config: Config) -> None:
    settings = config.shop("kind: shop\n").load()
    with pytest.raises(UsageError, match=r"no connector instance is called `wbe`\. Did you mean `web`\?"):
        settings.select(["wbe"])


def test_an_instance_whose_plugin_is_broken_stops_no_other(config: Config) -> None:
    config.registry.broken["legacy"] = PluginError("plugin legacy failed.", fix="Uninstall it.")
    config.shop("kind: shop\n").write("connectors/old.yaml", "kind: legacy\n")
    config.registry.knows = lambda kind: True  # type: ignore[method-assign]
    settings = config.load()
    assert [instance.name for instance in settings.select()] == ["web"]
    assert str(settings.unavailable["old"]) == "old: plugin legacy failed. Uninstall it."
    with pytest.raises(PluginError, match="plugin legacy failed"):
        settings.select(["old"])


# -- finding ---------------------------------------------------------------------------------------------------


def test_the_folder_is_the_given_one_then_hub_config_then_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config", "a", "b"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    assert find_config() == Path("config")
    monkeypatch.setenv("HUB_CONFIG", str(tmp_path / "a"))
    assert find_config() == tmp_path / "a"
    assert find_config(tmp_path / "b") == tmp_path / "b"


def test_naming_hub_yaml_itself_is_naming_its_folder(config: Config) -> None:
    assert find_config(config.hub("").folder / "hub.yaml") == config.folder


@pytest.mark.parametrize(
    ("given", "says"), [(None, "Run `hub init`"), ("nowhere", "does not exist"), ("file", "is not a folder")]
)
def test_without_a_folder_the_remedy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        find_config(Path(given) if given else None)
