"""Who comes in: logins, sessions, tokens and the audit log, on both databases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.access import Gate, Principal, Role, passwords
from hub.access.throttle import LIMITS, WINDOW
from hub.errors import AccessDenied, ConfigError, StoreError, UsageError
from hub.settings.console import ConsoleSettings, OidcSettings
from hub.store import open_store
from hub.store.base import Store

PASSWORD = "four unrelated words here"
ADMIN = Principal("root", Role.ADMIN, "command line")
HOME = "192.0.2.7"


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **much: float) -> None:
        self.now += timedelta(**much)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same algorithm at a hundredth of its price."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._decoy.cache_clear()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    yield
    passwords._decoy.cache_clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(store: Store, clock: Clock) -> Gate:
    gate = Gate(store, clock=clock)
    gate.people.add_user(ADMIN, "Anna", Role.OPERATOR, PASSWORD)
    return gate


def login(gate: Gate, name: str = "anna", password: str = PASSWORD, address: str = HOME) -> str:
    return gate.login(name, password, address).cookie


def everything(store: Store) -> str:
    """All that the tables of access hold, as one text."""
    tables = ("hub_users", "hub_sessions", "hub_api_tokens", "hub_login_attempts", "hub_audit", "hub_keys")
    return "\n".join(str(row) for name in tables for row in store.db.rows(f"SELECT * FROM {name}"))  # type: ignore[attr-defined]


# -- logins ------------------------------------------------------------------------------------------------------


def test_the_right_password_opens_a_session_for_the_role(gate: Gate) -> None:
    session = gate.session(login(gate, "  ANNA "), "192.0.2.8")

    assert session is not None
    assert session.principal == Principal("anna", Role.OPERATOR, "password", address="192.0.2.8")
    assert session.principal.may(Role.VIEWER) and not session.principal.may(Role.ADMIN)


@pytest.mark.parametrize(("name", "password"), [("anna", "something else entirely"), ("bert", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(gate: Gate, name: str, password: str) -> None:
    with pytest.raises(AccessDenied, match="the name or the password is wrong") as refused:
        login(gate, name, password)

    assert refused.value.retry_after_seconds is None


def test_an_unknown_name_costs_the_same_work(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    hasher = passwords._hasher()

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            compared.append(kept.split("$")[3])
            return hasher.verify(kept, password)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    for name in ("anna", "bert"):
        with pytest.raises(AccessDenied):
            login(gate, name, "wrong password")

    assert len(compared) == 2 and compared[0] == compared[1]


def test_nothing_that_was_typed_in_is_kept(gate: Gate, store: Store) -> None:
    cookie = login(gate)
    with pytest.raises(AccessDenied):
        login(gate, "my-password-in-the-wrong-field", "and-a-wrong-one")

    kept = everything(store)
    for secret in (cookie, PASSWORD, "my-password-in-the-wrong-field", "and-a-wrong-one"):
        assert secret not in kept


def test_too_many_failures_of_a_name_from_one_place_make_it_wait(gate: Gate, clock: Clock, store: Store) -> None:
    for _ in range(LIMITS["name and address"]):
        with pytest.raises(AccessDenied, match="wrong"):
            login(gate, password="guessed again")

    clock.pass_by(minutes=5)
    with open_store(store.url) as second, pytest.raises(AccessDenied, match="too many") as refused:
        Gate(second, clock=clock).login("anna", PASSWORD, HOME)  # another console, and the right password
    assert refused.value.retry_after_seconds == pytest.approx(600)
    assert login(gate, address="198.51.100.1"), "others are not locked out"

    clock.pass_by(seconds=600)
    assert login(gate)


def test_one_place_that_tries_many_names_has_to_wait(gate: Gate) -> None:
    for number in range(LIMITS["address"]):
        with pytest.raises(AccessDenied, match="wrong"):
            login(gate, f"user{number}", "guessed again", f"2001:db8::{number}")

    with pytest.raises(AccessDenied, match="too many"):
        login(gate, "anna", PASSWORD, "2001:db8::ffff")


def test_right_logins_are_no_failures(gate: Gate) -> None:
    for _ in range(LIMITS["address"] + 5):
        assert login(gate)


def test_whoever_goes_on_trying_does_not_fill_the_log(gate: Gate) -> None:
    for _ in range(LIMITS["name and address"] + 20):
        with pytest.raises(AccessDenied):
            login(gate, password="guessed again")

    actions = [entry.action for entry in gate.log.entries()]
    assert actions.count("login.refused") == LIMITS["name and address"]
    assert actions.count("login.throttled") == 1


def test_old_failures_are_forgotten(gate: Gate, clock: Clock, store: Store) -> None:
    with pytest.raises(AccessDenied):
        login(gate, "bert", "wrong password")
    clock.pass_by(seconds=WINDOW.total_seconds() + 1)
    login(gate)

    assert store.db.rows("SELECT failures FROM hub_login_attempts WHERE failures > 0") == []  # type: ignore[attr-defined]


def test_a_hash_of_older_parameters_is_renewed_at_login(
    gate: Gate, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from argon2 import PasswordHasher

    stronger = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: stronger)
    login(gate)

    ((kept,),) = store.db.rows("SELECT password FROM hub_users")  # type: ignore[attr-defined]
    assert "t=2" in kept
    assert login(gate)


def test_the_default_hash_is_argon2id_with_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kept = passwords.hashed(PASSWORD)

    assert kept.startswith("$argon2id$") and "m=65536" in kept
    assert passwords.matches(kept, PASSWORD) and not passwords.matches(kept, PASSWORD + "!")


def test_a_password_is_the_same_however_the_keyboard_composed_it(gate: Gate) -> None:
    gate.people.add_user(ADMIN, "zoë", Role.VIEWER, "caffè latte macchiato")

    assert login(gate, "zoe\u0308", "caffe\u0300 latte macchiato")


@pytest.mark.parametrize(
    "password", ["short", "", "aaaaaaaaaaaaaaaaaaaa", "annaannaannaanna", "x" * 2000, "with\nseveral\nlines in it"]
)
def test_passwords_that_are_easy_to_guess_are_refused(gate: Gate, password: str) -> None:
    with pytest.raises(UsageError):
        gate.people.set_password(ADMIN, "anna", password)


# -- sessions ----------------------------------------------------------------------------------------------------


def test_a_login_ends_the_session_the_browser_came_with(gate: Gate) -> None:
    before = login(gate)
    after = gate.login("anna", PASSWORD, HOME, previous=before).cookie

    assert gate.session(before) is None and gate.session(after) is not None


def test_a_session_ends_when_it_is_idle(gate: Gate, clock: Clock) -> None:
    cookie = login(gate)
    for _ in range(5):
        clock.pass_by(minutes=90)
        assert gate.session(cookie) is not None
    clock.pass_by(minutes=121)
    assert gate.session(cookie) is None


def test_a_session_ends_however_much_it_is_used(gate: Gate, clock: Clock) -> None:
    cookie = login(gate)
    for _ in range(11):
        clock.pass_by(minutes=65)
        gate.session(cookie)
    clock.pass_by(minutes=4)
    assert gate.session(cookie) is not None
    clock.pass_by(minutes=1)
    assert gate.session(cookie) is None


def test_logout_ends_it_everywhere(gate: Gate, second_store: Store, clock: Clock) -> None:
    cookie = login(gate)
    gate.logout(cookie)

    assert Gate(second_store, clock=clock).session(cookie) is None
    gate.logout(cookie)
    gate.logout("nonsense")


@pytest.mark.parametrize(
    "change",
    [
        lambda gate: gate.people.set_role(ADMIN, "anna", Role.ADMIN),
        lambda gate: gate.people.set_password(ADMIN, "anna", PASSWORD + " and more"),
        lambda gate: gate.people.remove_user(ADMIN, "anna"),
    ],
)
def test_all_sessions_of_a_user_end_with_role_or_password(gate: Gate, change: Callable[[Gate], int]) -> None:
    cookies = [login(gate), login(gate)]
    gate.people.add_user(ADMIN, "bert", Role.VIEWER, PASSWORD)
    other = login(gate, "bert")

    assert change(gate) == 2
    assert [gate.session(cookie) for cookie in cookies] == [None, None]
    assert gate.session(other) is not None


def test_a_password_that_changes_while_it_is_checked_opens_nothing(
    gate: Gate, second_store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = passwords.matches

    def slow(kept: str | None, password: str) -> bool:
        monkeypatch.setattr(passwords, "matches", right)
        Gate(second_store, clock=clock).people.set_password(ADMIN, "anna", PASSWORD + " and more")
        return right(kept, password)

    monkeypatch.setattr(passwords, "matches", slow)
    with pytest.raises(AccessDenied, match="wrong"):
        login(gate)
    assert second_store.db.rows("SELECT 1 FROM hub_sessions") == []  # type: ignore[attr-defined]


def test_a_request_that_changes_something_must_come_from_a_page_of_ours(gate: Gate) -> None:
    one, other = gate.login("anna", PASSWORD, HOME), gate.login("anna", PASSWORD, HOME)

    assert gate.csrf_is_right(one, one.csrf)
    for sent in (other.csrf, "", None, one.cookie, "ü" * 64):
        assert not gate.csrf_is_right(one, sent)
    again = gate.session(one.cookie)
    assert again is not None and again.csrf == one.csrf


@pytest.mark.parametrize("cookie", [None, "", "x", "ü" * 50, "x" * 5000, "' OR 1=1 --" * 5])
def test_a_made_up_cookie_is_nobodys(gate: Gate, cookie: str | None) -> None:
    assert gate.session(cookie) is None


def test_an_issuers_person_has_a_session_too(gate: Gate) -> None:
    session = gate.admit("anna", Role.VIEWER, HOME)
    gate.people.set_role(ADMIN, "anna", Role.ADMIN)

    kept = gate.session(session.cookie)
    assert kept is not None and kept.principal.via == "oidc", "a local user of the same name is somebody else"


# -- tokens ------------------------------------------------------------------------------------------------------


def make_token(gate: Gate, name: str = "feed", role: Role = Role.VIEWER, days: int | None = 30) -> str:
    return gate.people.create_token(ADMIN, name, role, ["odata"], None if days is None else timedelta(days=days))


def test_a_token_lets_a_program_in_for_its_scope(gate: Gate, store: Store) -> None:
    token = make_token(gate)
    principal = gate.bearer(token, HOME, "odata")

    assert token.startswith("hub_") and token not in everything(store)
    assert principal == Principal("feed", Role.VIEWER, "token", frozenset({"odata"}), HOME)
    assert principal.may(Role.VIEWER, "odata") and not principal.may(Role.VIEWER, "api")
    assert gate.bearer(token, HOME, "api") is None
    assert gate.basic("feed", token, HOME) == principal
    assert gate.basic("other", token, HOME) is None


def test_a_token_ends(gate: Gate, clock: Clock) -> None:
    token, lasting = make_token(gate), make_token(gate, "lasting", days=None)
    clock.pass_by(days=30)
    assert gate.bearer(token, HOME) is None
    assert gate.bearer(lasting, HOME) is not None

    gate.people.revoke_token(ADMIN, "lasting")
    assert gate.bearer(lasting, HOME) is None
    with pytest.raises(UsageError, match="no token"):
        gate.people.revoke_token(ADMIN, "lasting")


def test_the_last_use_of_a_token_is_known_to_the_minute(gate: Gate, clock: Clock) -> None:
    token, began = make_token(gate), clock.now
    assert gate.people.tokens()[0].used_at is None
    gate.bearer(token, HOME)
    clock.pass_by(seconds=59)
    gate.bearer(token, HOME)
    assert gate.people.tokens()[0].used_at == began
    clock.pass_by(seconds=1)
    gate.bearer(token, HOME)
    assert gate.people.tokens()[0].used_at == clock.now


@pytest.mark.parametrize("token", [None, "", "hub_", "hub_" + "x" * 43, "other_" + "x" * 43])
def test_a_made_up_token_lets_nobody_in(gate: Gate, token: str | None) -> None:
    make_token(gate)

    assert gate.bearer(token, HOME) is None


def test_names_are_taken_once(gate: Gate) -> None:
    make_token(gate)
    with pytest.raises(UsageError, match="token `feed` already"):
        make_token(gate, "FEED")
    with pytest.raises(UsageError, match="user `anna` already"):
        gate.people.add_user(ADMIN, "ANNA", Role.VIEWER, PASSWORD)
    with pytest.raises(UsageError, match="no user `bert`"):
        gate.people.set_role(ADMIN, "bert", Role.VIEWER)


# -- nobody to ask -----------------------------------------------------------------------------------------------


def test_without_users_everybody_on_this_machine_is_admin(store: Store) -> None:
    gate = Gate(store, ConsoleSettings())

    visitor = gate.visitor("127.0.0.1", "localhost:8080")
    assert visitor is not None and visitor.role is Role.ADMIN and visitor.via == "this machine"
    assert gate.visitor("::1", "[::1]:8080") is not None
    assert gate.visitor("192.0.2.7", "127.0.0.1:8080") is None
    for header in ("attacker.example:8080", "", "127.0.0.1.attacker.example", "a b", "[", "localhost\r\nx: y"):
        assert gate.visitor("127.0.0.1", header) is None, header
    gate.require_guarded()

    gate.people.add_user(ADMIN, "anna", Role.VIEWER, PASSWORD)
    assert gate.visitor("127.0.0.1", "localhost:8080") is None


@pytest.mark.parametrize(
    "settings",
    [{"host": "0.0.0.0"}, {"trusted_proxies": ["127.0.0.1"]}, {"public_url": "https://hub.example.com"}],
)
def test_what_others_can_reach_needs_somebody_who_can_log_in(store: Store, settings: dict[str, object]) -> None:
    gate = Gate(store, ConsoleSettings.model_validate(settings))

    assert gate.visitor("127.0.0.1", "localhost:8080") is None
    with pytest.raises(ConfigError, match="hub user add"):
        gate.require_guarded()
    gate.people.add_user(ADMIN, "anna", Role.ADMIN, PASSWORD)
    gate.require_guarded()


def test_an_identity_provider_is_a_login(store: Store) -> None:
    oidc = OidcSettings.model_validate(
        {"issuer": "https://id.example.com", "client_id": "hub", "client_secret": "a secret of the issuer"}
    )
    gate = Gate(store, ConsoleSettings(host="0.0.0.0", oidc=oidc))

    gate.require_guarded()
    assert not gate.is_open


# -- the audit log -----------------------------------------------------------------------------------------------


def test_every_change_is_noted_with_who_when_and_from_where(gate: Gate, clock: Clock) -> None:
    session = gate.login("anna", PASSWORD, HOME)
    make_token(gate)
    gate.audit(session.principal, "record.look", "contacts shop:17", {"fields": 3})
    newest = gate.log.entries()[0]

    assert (newest.who, newest.role, newest.via, newest.address) == ("anna", "operator", "password", HOME)
    assert (newest.at, newest.action, newest.subject) == (clock.now, "record.look", "contacts shop:17")
    assert json.loads(newest.detail) == {"fields": 3}
    actions = [entry.action for entry in gate.log.entries()]
    assert actions == ["record.look", "token.create", "login", "user.add"]
    assert [entry.action for entry in gate.log.entries(who="anna", action="login")] == ["login"]
    assert gate.log.entries(since=clock.now + timedelta(seconds=1)) == []
    older = gate.log.entries(before=newest.id, limit=1)
    assert [entry.action for entry in older] == ["token.create"]


def test_the_log_holds_no_personal_data_and_no_secret(gate: Gate, store: Store) -> None:
    from hub import log

    log.hide("the-canary-secret")
    for _ in range(2):
        detail = {"note": "the-canary-secret, JANE.DOE@example.com"}
        gate.audit(ADMIN, "record.look", "customers shop:jane.doe@example.com", detail)

    kept = everything(store)
    assert "the-canary-secret" not in kept and "jane.doe" not in kept.casefold()
    first, second = gate.log.entries(action="record.look")
    assert first.subject == second.subject and first.subject.startswith("customers shop:e-mail#")
    assert first.subject.removeprefix("customers shop:") in first.detail


@pytest.mark.parametrize("statement", ["UPDATE hub_audit SET who = 'nobody'", "DELETE FROM hub_audit"])
def test_the_log_cannot_be_changed(gate: Gate, store: Store, statement: str) -> None:
    with pytest.raises(StoreError):
        store.db.rows(statement)  # type: ignore[attr-defined]

    assert [entry.who for entry in gate.log.entries()] == ["root"]


def test_old_lines_are_removed_with_a_line_that_says_so(gate: Gate, store: Store, clock: Clock) -> None:
    today = clock.now
    for days in (900, 401, 399, 100):
        clock.now = today - timedelta(days=days)
        gate.audit(ADMIN, "record.look", f"golden/C{days}", {})
    clock.now = today

    assert gate.log.kept(400).text == "Lines are kept for 400 days (`retention: audit_days`)."
    assert gate.log.prune(ADMIN, 400) == 2
    assert gate.log.prune(ADMIN, 400) == 0, "and no line where nothing was removed"

    (pruned,) = gate.log.entries(action="audit.prune")
    before = today - timedelta(days=400)
    assert json.loads(pruned.detail) == {"removed": 2, "before": before.isoformat(), "keep_days": 400}
    assert [entry.subject for entry in gate.log.entries(action="record.look")] == ["golden/C100", "golden/C399"]
    assert f"Those before {before:%Y-%m-%d %H:%M} UTC were removed, 2 the last time." in gate.log.kept(400).text


def test_what_is_young_stays_whatever_somebody_asks_for(gate: Gate, store: Store, clock: Clock) -> None:
    today = clock.now
    clock.now = datetime.now(UTC) - timedelta(days=89)
    gate.audit(ADMIN, "record.look", "golden/C1", {})
    clock.now = today
    with pytest.raises(StoreError):
        gate.log.prune(ADMIN, 1)

    assert gate.log.entries(action="record.look") and not gate.log.entries(action="audit.prune")


def test_a_change_that_fails_leaves_no_line(gate: Gate) -> None:
    before = len(gate.log.entries())
    with pytest.raises(UsageError):
        gate.people.remove_user(ADMIN, "nobody")

    assert len(gate.log.entries()) == before


# -- what roles mean ---------------------------------------------------------------------------------------------


def test_roles_compare_by_what_they_may() -> None:
    assert Role.VIEWER < Role.OPERATOR < Role.ADMIN
    assert sorted(Role, reverse=True) == [Role.ADMIN, Role.OPERATOR, Role.VIEWER]
    assert Role.ADMIN >= Role.ADMIN and not Role.VIEWER > Role.OPERATOR and Role.VIEWER <= "viewer"


def test_a_refusal_says_what_is_missing() -> None:
    viewer = Principal("anna", Role.VIEWER, "token", frozenset({"odata"}))
    viewer.require(Role.VIEWER, "odata")
    with pytest.raises(AccessDenied, match="the role operator"):
        viewer.require(Role.OPERATOR, "odata")
    with pytest.raises(AccessDenied, match="the scope `api`"):
        viewer.require(Role.VIEWER, "api")


def test_a_session_is_found_quickly(gate: Gate) -> None:
    cookie = login(gate)
    began = time.process_time()
    for _ in range(100):
        gate.session(cookie)

    assert time.process_time() - began < 1.0, "a page asks for it each time"
