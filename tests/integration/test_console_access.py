"""Who gets what in the console: every route by every role, changes only when they are meant, personal data masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from support.console import PASSWORD, SECRET_NAMES, Client, ConsoleHub, csrf_of, log_in

from hub.access import Role
from hub.console.desk import Console, Permission
from hub.console.headers import LARGEST_BODY, POLICY

ROLES = ("viewer", "operator", "admin")
OPEN = {
    "GET /login", "POST /login", "GET /login/oidc", "GET /login/oidc/answer", "POST /logout", "POST /preferences",
    "GET /healthz", "GET /readyz",
}  # fmt: skip
"""Routes for people who have not logged in: a new one must be added here, by somebody who means it."""
ADMIN = {
    "/configuration",
    "/access",
    "/audit",
    "/erase",
    "/api/v1/configuration",
    "/api/v1/erase",
    "/api/v1/users",
    "/api/v1/tokens",
    "/api/v1/audit",
}
"""Where only admins get in, and below."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHub]:
    made = ConsoleHub(tmp_path_factory.mktemp("console"))
    assert made.hub("sync") == 1
    for role in ROLES:
        made.add_user(role, role)
    yield made
    made.close()


@pytest.fixture(scope="module")
def clients(hub: ConsoleHub) -> Iterator[dict[str, Client]]:
    with ExitStack() as stack:
        known = {role: stack.enter_context(hub.client()) for role in (*ROLES, "nobody")}
        for role in ROLES:
            log_in(known[role], role)
        yield known


def routes(app: Any) -> list[tuple[str, str]]:
    """Method and path of all routes of ours. Mounted parts (the feed, static files) guard themselves."""
    return sorted(
        (method, route.path) for route in app.routes if isinstance(route, APIRoute) for method in route.methods
    )


def filled(path: str) -> str:
    """The path with something for its parameters that is not there."""
    return re.sub(r"\{\w+\}", "999999", path)


def test_every_route_says_who_may_use_it(hub: ConsoleHub) -> None:
    console: Console = hub.app.state.console
    known = {f"{method} {path}" for method, path in routes(console.app)}
    assert known == set(console.permissions), "a route without a permission, or a permission without a route"
    assert {name for name, asked in console.permissions.items() if asked.role is None} == OPEN


def test_what_only_admins_see_is_for_admins(hub: ConsoleHub) -> None:
    console: Console = hub.app.state.console
    for name, asked in console.permissions.items():
        path = name.partition(" ")[2]
        below = any(path == each or path.startswith(f"{each}/") for each in ADMIN)
        assert (asked.role is Role.ADMIN) == below, name
        if name not in OPEN and not name.startswith("GET "):
            assert asked.role in (Role.OPERATOR, Role.ADMIN), f"{name}: viewers change nothing"
            assert asked.guarded, f"{name}: a change without a CSRF token"


def test_every_route_by_every_role(clients: dict[str, Client]) -> None:
    console: Console = clients["nobody"].app.state.console
    for method, path in routes(console.app):
        asked = console.permissions[f"{method} {path}"]
        if path.endswith(("/events", "/logout")):
            continue
        least = 0 if asked.role is None else asked.role.rank
        for role in {"nobody", *ROLES[max(least - 1, 0) : least + 1]}:
            client = clients[role]
            require_right_answer(client, role, method, path, asked)


def require_right_answer(client: Client, role: str, method: str, path: str, asked: Permission) -> None:
    """Those who may not are refused before anything is looked at; those who may meet the CSRF check, or an answer."""
    may = asked.role is None or (role != "nobody" and Role(role) >= asked.role)
    answer = client.request(method, filled(path))
    said = f"{role}: {method} {path} -> {answer.status_code}"
    is_api = path.startswith(("/api/", "/metrics"))
    if not may and role == "nobody":
        if is_api:
            assert answer.status_code == 401, said
            assert answer.headers["www-authenticate"] == "Bearer"
        else:
            assert answer.status_code == 303, said
            assert answer.headers["location"].startswith("/login"), said
    elif not may:
        assert answer.status_code == 403, said
        assert "needs the role" in answer.text, said
    elif asked.guarded:
        assert answer.status_code in (400, 403, 422), f"{said}: a change without a CSRF token went through"
    else:
        assert answer.status_code not in (401, 403, 500), said


def test_every_answer_forbids_what_pages_do_not_need(clients: dict[str, Client]) -> None:
    for path in ("/", "/login", "/static/console.css", "/api/v1/status", "/nowhere", "/healthz"):
        headers = clients["viewer"].get(path).headers
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert "unsafe" not in POLICY


def test_pages_have_no_inline_script_or_style(clients: dict[str, Client]) -> None:
    for path in (
        "/",
        "/systems/erp",
        "/runs/1",
        "/quarantine",
        "/quarantine/1",
        "/numbers",
        "/access",
        "/configuration",
    ):
        html = clients["admin"].get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html), path
        assert not re.search(r"(src|href)=\"https?://", html), f"{path}: something from elsewhere"


@pytest.mark.parametrize("token", [None, "", "x" * 64])
def test_a_change_without_the_right_token_changes_nothing(clients: dict[str, Client], token: str | None) -> None:
    before = [line["paused"] for line in clients["viewer"].get("/api/v1/status").json()]
    data = {"why": "hello"} if token is None else {"why": "hello", "csrf": token}
    answer = clients["operator"].post("/systems/erp/pause", data=data)
    assert answer.status_code == 403
    assert "too old" in answer.text
    headers = {} if token is None else {"x-csrf-token": token}
    assert clients["operator"].post("/api/v1/pause", json={"source": "erp"}, headers=headers).status_code == 403
    states = clients["viewer"].get("/api/v1/status").json()
    assert [line["paused"] for line in states] == before


def test_anothers_token_is_not_ones_own(clients: dict[str, Client]) -> None:
    theirs = csrf_of(clients["admin"].get("/").text)
    assert clients["operator"].post("/systems/erp/pause", data={"csrf": theirs}).status_code == 403


def test_viewers_never_see_personal_data(clients: dict[str, Client]) -> None:
    console: Console = clients["viewer"].app.state.console
    for method, path in routes(console.app):
        if method != "GET" or path.endswith("/events") or path.startswith(("/numbers/", "/reconcile/")):
            continue
        for filler in ("1", "erp") if "{" in path else ("",):
            text = clients["viewer"].get(re.sub(r"\{\w+\}", filler, path)).text
            assert not [name for name in SECRET_NAMES if name in text], path


def test_operators_see_it_and_each_look_is_noted(clients: dict[str, Client]) -> None:
    assert "Grace Hopper" in clients["operator"].get("/quarantine/1").text
    assert "Grace Hopper" in clients["operator"].get("/api/v1/quarantine/1").text
    looks = clients["admin"].get("/api/v1/audit", params={"who": "operator", "action": "quarantine.look"}).json()
    assert len(looks) >= 2
    assert {look["subject"] for look in looks} == {"quarantine/1"}
    assert not [name for name in SECRET_NAMES if name in str(looks)]


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(hub: ConsoleHub) -> None:
    with hub.client() as client:
        token = csrf_of(client.get("/login").text)
        said = set()
        for name, password in (("admin", "wrong"), ("nobody-at-all", PASSWORD)):
            answer = client.post("/login", data={"csrf": token, "name": name, "password": password})
            assert answer.status_code == 401
            said.add(re.sub(r'value="[^"]*"', "", answer.text))
        assert len(said) == 1
        assert client.get("/").status_code == 303


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
def test_a_login_leads_to_pages_of_ours_only(hub: ConsoleHub, path: str) -> None:
    with hub.client() as client:
        token = csrf_of(client.get("/login").text)
        answer = client.post("/login", data={"csrf": token, "name": "viewer", "password": PASSWORD, "next": path})
        assert answer.headers["location"] == "/"


def test_logging_out_ends_the_session(hub: ConsoleHub) -> None:
    with hub.client() as client:
        token = log_in(client, "viewer")
        cookie = client.cookies["hub_session"]
        assert client.post("/logout", data={"csrf": token}).status_code == 303
        client.cookies.set("hub_session", cookie)
        assert client.get("/").headers["location"] == "/login"


def test_tokens_open_the_api_and_no_pages(hub: ConsoleHub) -> None:
    with hub.client() as client:
        headers = {"Authorization": f"Bearer {hub.token('robot', 'operator')}"}
        assert client.get("/api/v1/status", headers=headers).status_code == 200
        assert client.post("/api/v1/pause", json={"source": "erp"}, headers=headers).status_code == 200
        assert client.post("/api/v1/resume", json={"source": "erp"}, headers=headers).status_code == 200
        assert client.get("/", headers=headers).status_code == 403
        assert client.get("/api/v1/users", headers=headers).status_code == 403
        assert client.get("/metrics", headers=headers).status_code == 403, "that is another scope"
        wrong = {"Authorization": "Bearer hub_nonsense"}
        assert client.get("/api/v1/status", headers=wrong).status_code == 401
        metrics = {"Authorization": f"Bearer {hub.token('prometheus', 'viewer', 'metrics')}"}
        assert "hub_stream_held_records" in client.get("/metrics", headers=metrics).text
        assert client.get("/api/v1/status", headers=metrics).status_code == 403


def test_large_requests_are_refused(clients: dict[str, Client]) -> None:
    assert clients["nobody"].post("/login", content=b"x" * (LARGEST_BODY + 1)).status_code == 413


def test_without_users_this_machine_is_admin_and_nobody_else(tmp_path: Path) -> None:
    hub = ConsoleHub(tmp_path)
    hub.hub("sync")
    with hub.client() as client:
        page = client.get("/")
        assert page.status_code == 200
        assert "everybody on this machine is admin" in page.text
        assert client.get("/access").status_code == 200
        assert client.post("/systems/erp/pause", data={"why": "a page elsewhere"}).status_code == 403
        evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert client.post("/api/v1/pause", json={"source": "erp"}, headers=evil).status_code == 403
        assert client.post("/api/v1/pause", json={"source": "erp"}).status_code == 200, "a program of this machine"
    with hub.client("rebound.example") as client:
        assert client.get("/").status_code == 303, "a name of somebody else's that leads to this machine"
    with hub.client(address="10.0.0.9") as client:
        assert client.get("/").status_code == 303
    hub.close()


def test_somebody_whom_the_provider_vouches_for_comes_in(tmp_path: Path) -> None:
    from support.issuer import ADDRESS, CLIENT, REDIRECT, SECRET, Issuer

    from hub.access.oidc import Oidc

    hub = ConsoleHub(tmp_path)
    hub.hub("sync")
    (hub.folder / "secret").write_text(SECRET)
    oidc = f"{{issuer: '{ADDRESS}', client_id: {CLIENT}, client_secret: '${{file:secret}}', roles: {{ops: operator}}}}"
    (hub.config / "hub.yaml").write_text(f"store: sqlite:///hub.db\nconsole: {{oidc: {oidc}}}\n")
    issuer = Issuer()
    issuer.claims = {"preferred_username": "Anna", "groups": ["ops"]}
    state = hub.app.state
    state.oidc = Oidc(state.console.settings.oidc, REDIRECT, transport=issuer.transport)
    with hub.client() as client:
        assert client.get("/runs").headers["location"] == "/login?next=/runs"
        assert "Log in with single sign-on" in client.get("/login?next=/runs").text
        begun = client.get("/login/oidc?next=/runs")
        assert begun.status_code == 303
        answer = client.get("/login/oidc/answer", params=issuer.login(begun.headers["location"]))
        assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
        assert "anna" in client.get("/").text
        assert client.get("/access").status_code == 403
        again = client.get("/login/oidc/answer", params={"state": "x", "code": "y"})
        assert again.status_code == 403, "an answer that this browser did not ask for"
    hub.close()
