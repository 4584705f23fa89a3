"""The console in a real browser: login, a sync with live progress, a mended record, a match, the keyboard alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from support.console import PASSWORD, ConsoleHub

CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists():
    pytest.skip("there is no chromium", allow_module_level=True)

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
T = TypeVar("T")
ALIKE = "source_id,name,country,city,postal_code,street,source_updated_at\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> ConsoleHub:
    made = ConsoleHub(tmp_path_factory.mktemp("browser"))
    shop = made.folder / "shop"
    shop.mkdir()
    (made.config / "connectors" / "shop.yaml").write_text("kind: csv\nfolder: shop\nschedule: every 1h\n")
    (shop / "customers.csv").write_text(
        ALIKE + "S1,Northwind Corporation,DE,Berlin,10115,Hauptstr. 1,2024-01-01T00:00:00Z\n"
        "S2,Contoso Pumps,DE,Koeln,50667,Ring 2,2024-01-01T00:00:00Z\n"
    )
    (made.folder / "data" / "customers.csv").write_text(
        ALIKE + "C1,Northwind Corp. GmbH,DE,Berlin,10115,Hauptstr. 1,2024-01-01T00:00:00Z\n"
        "C2,Fabrikam,DE,Bonn,53111,Weg 3,2024-01-01T00:00:00Z\n"
    )
    settings(made)
    assert made.hub("sync") == 1
    for role in ("operator", "viewer", "admin"):
        made.add_user(role, role)
    return made


def settings(hub: ConsoleHub, port: int = 18999) -> None:
    """Even sure pairs are asked about, so that there is a question."""
    (hub.config / "hub.yaml").write_text(
        "store: sqlite:///hub.db\ntime_zone: Europe/Berlin\nidentity: {link_score: 40, review_score: 2}\n"
        f"run: {{spread_seconds: 0}}\nconsole: {{port: {port}}}\n"
    )


@pytest.fixture(scope="module")
def address(hub: ConsoleHub) -> Iterator[str]:
    """`hub run` as a process, which brings the console along."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings(hub, port)
    log = (hub.folder / "run.log").open("wb")
    command = [sys.executable, "-m", "hub", "--config", str(hub.config), "run"]
    daemon = subprocess.Popen(command, stdout=log, stderr=log, cwd=Path(__file__).parents[2], env={**os.environ})
    try:
        import httpx

        def ready() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
            except httpx.HTTPError:
                return False

        wait(ready, 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        daemon.terminate()
        daemon.wait(40)
        log.close()
    assert b"Traceback" not in (hub.folder / "run.log").read_bytes()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")  # here, since every worker imports this file
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A page whose scripts and styles all ran, or the test fails."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(20_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def wait(what: Callable[[], T], seconds: float = 20) -> T:
    ends = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)
    return found


def log_in(page: Any, name: str = "operator") -> None:
    page.goto("/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def test_a_sync_is_asked_for_and_its_end_is_seen_without_a_reload(hub: ConsoleHub, page: Any) -> None:
    log_in(page)
    page.goto("/systems/shop")
    with (hub.folder / "shop" / "customers.csv").open("a") as file:
        file.write("S3,Adventure Works,DE,Bonn,53113,Weg 9,2024-01-02T00:00:00Z\n")
    page.evaluate("window.still = true")
    page.locator(".head").get_by_role("button", name="Sync now").click()
    page.get_by_text("shop is synced now.").wait_for()
    page.evaluate("window.still = true")
    page.locator('[data-fresh="streams"]').get_by_text("3 / 3").wait_for()
    assert page.evaluate("window.still"), "the page followed by itself"
    page.locator('[data-fresh="runs"]').get_by_role("link", name="shop/customers").first.click()
    page.get_by_text("It adds up").wait_for()
    page.locator("#log").scroll_into_view_if_needed()
    page.get_by_text("run started").wait_for()


def test_a_refused_record_is_mended_and_stored(page: Any) -> None:
    log_in(page)
    page.get_by_role("link", name="Look at the records").click()
    page.get_by_role("link", name="erp/orders O2").click()
    field = page.get_by_label("total")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("20.00")
    page.get_by_role("button", name="Save and try again").first.click()
    page.get_by_text("It is mended: the record is stored.").wait_for()


def test_a_match_is_accepted(page: Any) -> None:
    log_in(page)
    page.get_by_role("link", name="Matches").click()
    page.locator("tbody a").first.click()
    page.get_by_role("heading", name="Are these two one?").wait_for()
    page.get_by_role("button", name="They are one").click()
    page.get_by_text("They are one from now on.").wait_for()
    page.get_by_text("No question is open.").wait_for()
    page.get_by_role("link", name="What people decided").click()
    page.get_by_role("cell", name="operator").wait_for()


def test_the_keyboard_alone(page: Any) -> None:
    page.goto("/login")
    assert page.evaluate("document.activeElement.id") == "name"
    page.keyboard.type("viewer")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"erp", "shop", "All runs"} <= reached


def test_a_phone_has_its_menu_and_nothing_wider_than_its_screen(browser: Any, address: str) -> None:
    context = browser.new_context(
        base_url=address, viewport={"width": 390, "height": 844}, color_scheme="dark", locale="zh-CN"
    )
    page = context.new_page()
    page.goto("/login")
    page.locator("#name").fill("operator")
    page.locator("#password").fill(PASSWORD)
    page.locator("button.main").click()
    page.get_by_role("button", name="菜单").click()
    page.get_by_role("link", name="隔离区").wait_for()
    page.keyboard.press("Escape")
    for path in ("/", "/systems/erp", "/runs/1", "/quarantine", "/matches", "/reconcile"):
        page.goto(path)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} px wider than the screen"
    context.close()


CHECKS = (Path(__file__).parents[1] / "support" / "page_checks.js").read_text(encoding="utf-8")
PAGES = (
    "/", "/systems/erp", "/runs/1", "/quarantine", "/quarantine/1", "/numbers", "/access", "/audit", "/erase",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_readable_and_named(browser: Any, address: str, scheme: str) -> None:
    context = browser.new_context(base_url=address, color_scheme=scheme, locale="en-US")
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    for path in PAGES:
        page.goto(path)
        for check in ("contrast", "nameless", "headings", "tables", "landmarks"):
            assert page.evaluate(f"{CHECKS}.{check}()") == [], f"{path}: {check}"
    context.close()
