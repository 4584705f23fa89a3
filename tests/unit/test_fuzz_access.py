"""Whatever strangers send to the door: nobody comes in by accident, and nothing falls over."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.configured import Config

from hub.access import Role, tokens
from hub.access.gate import _host_of, _is_loopback
from hub.access.masking import mask_raw, mask_row
from hub.access.oidc import Oidc, role_of
from hub.access.people import user_name
from hub.access.throttle import network
from hub.errors import ConfigError, HubError
from hub.settings.console import OidcSettings

OIDC = OidcSettings.model_validate(
    {"issuer": "https://id.example.com", "client_id": "hub", "client_secret": "s" * 20, "roles": {"it": "admin"}}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_text_for_a_name_a_cookie_an_address_or_a_host(text: str) -> None:
    assert user_name(user_name(text)) == user_name(text)
    assert tokens.digest(text) and network(text) is not None
    assert not tokens.looks_right(text, tokens.TOKEN_PREFIX) or text.startswith("hub_")
    assert not _is_loopback(_host_of(text)) or text.lower().startswith(("localhost", "127.", "[:", "[0"))


@given(JSON)
def test_any_claim_gives_the_mapped_role_or_none(claim: Any) -> None:
    given_role = role_of(claim, OIDC)
    values = claim if isinstance(claim, list) else str(claim).split() if isinstance(claim, str) else []

    assert given_role is (Role.ADMIN if "it" in [value for value in values if isinstance(value, str)] else None)


@settings(max_examples=60, deadline=None)
@given(JSON, st.sampled_from([200, 204, 301, 401, 500]), st.dictionaries(st.text(max_size=10), st.text(max_size=30)))
def test_any_answer_of_an_identity_provider_lets_nobody_in(document: Any, status: int, query: dict[str, str]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=document))
    provider = Oidc(OIDC, "https://hub.example.com/login/oidc", transport=transport)

    with pytest.raises(HubError) as refused:
        provider.finish("x" * 43, {"state": tokens.derived("x" * 43, "state"), "code": "c", **query})
    assert refused.value.exit_code != 70


@given(st.dictionaries(st.sampled_from(["name", "email", "kind", "duns", "legal_name", "x"]), JSON))
def test_any_row_is_masked_and_keeps_its_shape(row: dict[str, Any]) -> None:
    shown = mask_row("customers", row, Role.VIEWER)

    assert shown.keys() == row.keys()
    assert shown.get("email") in (None, "•••")
    assert type(mask_raw(row, Role.VIEWER)) is dict


KEYS = st.sampled_from(
    ["enabled", "host", "port", "public_url", "tls", "certificate", "key", "trusted_proxies", "session", "language",
     "oidc", "issuer", "client_id", "client_secret", "roles", "role_claim", "default_role", "scopes", "nonsense"]
)  # fmt: skip
VALUES = JSON | st.sampled_from(["0.0.0.0", "::1", "https://x.example", "${env:HOME}", "${", "admin", "12h", 8080])


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(tmp_path_factory.mktemp("fuzz"))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=4), max_size=5))
def test_any_settings_of_the_console_are_settings_or_mistakes_with_a_place(config: Config, console: Any) -> None:
    config.hub(yaml.safe_dump({"console": console}))
    try:
        config.load()
    except ConfigError as error:
        assert error.mistakes and all("hub.yaml:" in mistake or "more" in mistake for mistake in error.mistakes)
