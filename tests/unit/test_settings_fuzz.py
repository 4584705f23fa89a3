"""Whatever text stands in the files: settings, or a ConfigError with a place; nothing else, and soon."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.configured import Config

from hub.errors import ConfigError
from hub.settings.yaml_source import SourceMistake, parse

LOCATED = re.compile(r"(…/|.*/)?[^:]+\.yaml:\d+:\d+: \S")
PLANTED = "planted-fuzz-secret"

keys = st.sampled_from(
    ["kind", "streams", "orders", "fields", "customers", "start", "login", "password", "token", "keys", "size", "tags",
     "store", "log", "level", "connectors", "web", "metrics", "defaults", "schedule", "path", "values", "join", "<<",
     "nonsense"]
)  # fmt: skip
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["shop", "${env:HOME}", "${", "$${x}", "${file:/}", "every 5m", "* * * * *", "EUR", "2024-01-01", "a://b:c@d"]
    ),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(tmp_path_factory.mktemp("fuzz"))


def require_explained(config: Config) -> str:
    """Load; any failure must be a ConfigError whose mistakes all name a file, a line and a column."""
    started = time.process_time()
    text = ""
    try:
        config.load()
    except ConfigError as error:
        assert error.mistakes
        for mistake in error.mistakes:
            assert LOCATED.match(mistake) or mistake.startswith("… and "), mistake
        text = str(error)
    assert time.process_time() - started < 1
    return text


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=200) | st.text("ab:- []{}\n\t'\"&*#!|>%@`\\?,$", max_size=60))
def test_any_text(config: Config, text: str) -> None:
    config.hub(text).shop(text)
    require_explained(config)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes(config: Config, raw: bytes) -> None:
    config.hub(raw).shop(raw)
    require_explained(config)


@settings(max_examples=200, deadline=None)
@given(trees, st.dictionaries(keys, trees, max_size=6))
def test_any_tree_of_settings(config: Config, hub: Any, shop: dict[str, Any]) -> None:
    config.hub(yaml.safe_dump(hub)).shop(yaml.safe_dump({**shop, "kind": "shop"}))
    require_explained(config)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["token", "password", "login", "keys", "tokn", "tags", "size", "region", "url"]),
    st.sampled_from(
        [PLANTED, [PLANTED], {"password": PLANTED}, {"user": "u", "password": PLANTED}, f"x://u:{PLANTED}@h"]
    ),
)
def test_a_planted_secret_is_never_shown(config: Config, key: str, value: Any) -> None:
    if key not in {"tags", "region", "size", "url"} or "://" in str(value):
        config.hub("").shop(yaml.safe_dump({"kind": "shop", key: value}))
        assert PLANTED not in require_explained(config)


def agree(ours: Any, plain: Any) -> bool:
    """Whether our value is what stands in the text, where every scalar is a text."""
    if isinstance(plain, dict):
        return ours.keys() == plain.keys() and all(agree(ours[key], item) for key, item in plain.items())
    if isinstance(plain, list):
        return len(ours) == len(plain) and all(map(agree, ours, plain))
    if ours is None:
        return plain.lower() in {"", "~", "null"}
    return str(ours).lower() == plain.lower() if isinstance(ours, bool) else str(ours) == plain


@settings(max_examples=200, deadline=None)
@given(trees)
def test_every_value_is_the_one_that_stands_in_the_text(tree: Any) -> None:
    text = yaml.safe_dump(tree)
    try:
        ours = parse(text, Path("x.yaml")).data
    except SourceMistake as mistake:
        assert "`<<` takes a mapping" in mistake.problem
        return
    if "<<" not in text:
        assert agree(ours, yaml.load(text, yaml.BaseLoader))
