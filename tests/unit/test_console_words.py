"""The console's languages: nothing that it says is missing from a catalogue, and people get the one they want."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.console import extract
from hub.console.raised import Reason, reason, texts_in
from hub.console.words import LANGUAGES, chosen, counted, told
from hub.model.catalog import ENTITIES
from sync_jobs.console_overview import ENTITY_NAMES

OTHERS = [language for language in LANGUAGES if language != "en"]
PLACE = re.compile(r"%\(\w+\)s|%%")


def texts(message: object) -> list[str]:
    return [message] if isinstance(message, str) else list(message)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def every() -> extract.Catalog:
    return extract.template()


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(every: extract.Catalog, language: str) -> None:
    catalog = extract.catalogue(language)
    said = {str(message.id) for message in every if message.id}
    assert len(said) > 400
    known = {str(message.id) for message in catalog if message.id}
    assert known == said, "run `python -m hub.console.extract`, and translate what is new"
    assert [message.id for message in extract.untranslated(catalog)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_places_of_values(language: str) -> None:
    for message in extract.catalogue(language):
        if message.id:
            wanted = sorted(set(PLACE.findall(texts(message.id)[-1])))
            for text in texts(message.string):
                assert sorted(set(PLACE.findall(text))) == wanted, message.id


@pytest.mark.parametrize("language", OTHERS)
def test_what_machines_read_is_what_people_wrote(language: str) -> None:
    catalog = extract.catalogue(language)
    assert extract.path_of(language, "mo").read_bytes() == extract.compiled(catalog)
    for message in list(catalog)[1:20]:
        if isinstance(message.id, str) and "%" not in message.id:
            assert told(language, message.id) == message.string


def test_a_text_is_told_with_its_values() -> None:
    assert told("en", "%(name)s is synced now.", name="erp") == "erp is synced now."
    assert told("zh", "%(name)s is synced now.", name="erp") == "erp 即将同步。"
    assert counted("en", "%(number)s day", "%(number)s days", 1) == "1 day"
    assert counted("zh", "%(number)s day", "%(number)s days", 2) == "2 天"
    assert told("zh", "a text of a plugin, 100 %") == "a text of a plugin, 100 %"


@pytest.mark.parametrize(
    ("wanted", "setting", "header", "language"),
    [
        (None, "auto", "", "en"),
        (None, "auto", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "auto", "fr, en;q=0.5, zh;q=0.7", "zh"),
        (None, "auto", "fr;q=1", "en"),
        (None, "auto", ";;;,q=,zh;q=x,*", "en"),
        (None, "en", "zh", "en"),
        ("zh", "en", "en", "zh"),
        ("xx", "auto", "zh", "zh"),
    ],
)
def test_ones_own_choice_is_first_then_the_hubs_then_the_browsers(
    wanted: str | None, setting: str, header: str, language: str
) -> None:
    assert chosen(wanted, setting, header) == language


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("there is no system `erp`.", "没有系统 `erp`。"),
        ("erp/orders is being synced already.", "erp/orders 已在同步。"),
        ("this needs the role operator.", "这需要操作员角色。"),
        ("there is no metric `revenu`. Did you mean `revenue`?", "没有指标 `revenu`。 您是指 `revenue` 吗？"),
        ("there is no metric `x`.", "没有指标 `x`。"),
        ("The request is not understood: days: Field required.", "无法理解该请求：days: Field required。"),
        ("nobody is logged in.", "没有人登录。"),
    ],
)
def test_errors_are_found_again_by_their_shape(english: str, chinese: str) -> None:
    assert reason("zh", english) == Reason(chinese)
    assert reason("en", english) == Reason(english)


@pytest.mark.parametrize("text", ["sap: 503 Service Unavailable", "", "%(v1)s", "a 100 % odd text (with [signs]) {}"])
def test_what_a_system_says_stays_as_it_is_and_is_marked(text: str) -> None:
    assert reason("zh", text) == Reason(text, "en" if text else "")


def test_the_errors_of_a_module_are_read_from_its_code(tmp_path: Path) -> None:
    module = tmp_path / "shop.py"
    module.write_text(
        "def check(name, odd):\n"
        "    if odd:\n"
        '        raise UsageError(f"{name} has 100 % of {odd:>5}.", fix="Look." if name else f"Ask {name}.")\n'
        '    log.info("nothing of this is an error")\n'
        "    raise UsageError(str(name), fix=name)\n",
        encoding="utf-8",
    )
    assert sorted(text for _, text in texts_in(module)) == ["%(v1)s has 100 %% of %(v2)s.", "Look."]


def test_every_entity_has_a_name_on_pages() -> None:
    assert ENTITY_NAMES.keys() == ENTITIES.keys()
