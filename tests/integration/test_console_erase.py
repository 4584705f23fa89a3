"""Erasing a person in the console: looked at first, confirmed by the id, on both databases; and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.clean_store import prepared_url
from support.console import Client, ConsoleHub, csrf_of, log_in

from hub.access import Gate
from hub.store import open_store

ADA = ("Ada Lovelace", "ada@example.org")


class EitherHub(ConsoleHub):
    """The same on another database."""

    store_url = ""

    @property
    def url(self) -> str:
        return self.store_url


def hub_on(kind: str, folder: Path) -> EitherHub:
    made = EitherHub(folder / "project")
    made.store_url = prepared_url(kind, folder)
    (made.config / "hub.yaml").write_text(f"store: {made.store_url}\nconsole: {{port: 18999}}\n")
    assert made.hub("sync") == 1
    for role in ("operator", "admin"):
        made.add_user(role, role)
    return made


@pytest.fixture(params=["sqlite", "postgres"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EitherHub]:
    made = hub_on(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EitherHub]:
    """One in which nobody is erased."""
    made = hub_on("sqlite", tmp_path_factory.mktemp("still"))
    yield made
    made.close()


def held(hub: EitherHub) -> str:
    """All that is held of customers, as one text."""
    with open_store(hub.url) as store:
        return str(list(store.db.rows("SELECT source_id, name, email FROM customers ORDER BY 1")))  # type: ignore[attr-defined]


def audited(hub: EitherHub) -> list[tuple[str, str, str]]:
    with open_store(hub.url) as store:
        found = Gate(store).log.entries()[::-1]
    return [(each.who, each.action, each.subject) for each in found if each.action.startswith("erase")]


def step(client: Client, path: str, **data: Any) -> Any:
    token = csrf_of(client.get("/erase").text)
    return client.post(path, data={"csrf": token, "what": "customer", "id": "erp:C1", **data})


def test_a_person_is_looked_at_then_erased(hub: EitherHub) -> None:
    with hub.client() as client:
        log_in(client, "admin")
        seen = step(client, "/erase/look")
        assert seen.status_code == 200
        assert "What would be removed" in seen.text and "customers: emptied" in seen.text
        assert "since the books need them" in seen.text
        assert all(word in held(hub) for word in ADA), "a look changes nothing"

        wrong = step(client, "/erase", confirm="erp:C2")
        assert wrong.status_code == 400
        assert "the id that was typed is another one" in wrong.text and "Erase for good" in wrong.text
        assert all(word in held(hub) for word in ADA)

        done = step(client, "/erase", confirm=" erp:C1 ")
        assert done.status_code == 200
        assert "erp:C1 is erased." in done.text and "What remains, and why" in done.text
    assert not any(word in held(hub) for word in ADA)
    assert "Turing" in held(hub)
    assert audited(hub) == [
        ("admin", "erase.preview", "customer erp:C1"), ("admin", "erase.preview", "customer erp:C1"),
        ("admin", "erase", "customers erp:C1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "company", "told"),
    [
        ("erp:C9", False, "there is no record erp:C9 among the customers."),
        ("erp:C2", False, "erp:C2 is a company"),
        ("nobody", True, "that is neither a golden customer nor a record."),
    ],
)
def test_who_cannot_be_erased_is_told_on_the_page(still: EitherHub, name: str, company: bool, told: str) -> None:
    with still.client() as client:
        log_in(client, "admin")
        for path in ("/erase/look", "/erase"):
            data = {"id": name, "confirm": name} | ({"company": "true"} if company else {})
            answer = step(client, path, **data)
            assert answer.status_code == 400
            assert told in answer.text
    assert not [each for each in audited(still) if name in each[2]]


def test_only_admins_may(still: EitherHub) -> None:
    with still.client() as client:
        token = log_in(client, "operator")
        assert client.get("/erase").status_code == 403
        answer = client.post("/erase", data={"csrf": token, "what": "customer", "id": "erp:C1", "confirm": "erp:C1"})
        assert answer.status_code == 403
        assert "Erase a person" not in client.get("/").text
    with still.client() as client:
        client.headers["Authorization"] = f"Bearer {still.token('reader', 'operator')}"
        person = {"id": "erp:C1", "confirm": "erp:C1"}
        assert client.post("/api/v1/erase", json=person).status_code == 403
        assert client.post("/api/v1/erase/preview", json=person).status_code == 403
    assert all(word in held(still) for word in ADA)


def test_programs_say_the_id_twice_too(hub: EitherHub) -> None:
    with hub.client() as client:
        client.headers["Authorization"] = f"Bearer {hub.token('dpo', 'admin')}"
        seen = client.post("/api/v1/erase/preview", json={"id": "erp:C1"}).json()
        assert seen["done"] is False
        assert seen["records"] == [{"entity": "customers", "source": "erp", "id": "C1", "link": None}]
        assert seen["removed"]["customers: emptied"] == 1
        assert any("backups" in text for text in seen["remains"])

        refused = client.post("/api/v1/erase", json={"id": "erp:C1", "confirm": "C1"})
        assert (refused.status_code, refused.json()["error"]["fix"]) == (409, "Type it exactly as it stands there.")
        assert client.post("/api/v1/erase", json={"id": "erp:C1"}).status_code == 422
        assert all(word in held(hub) for word in ADA)

        assert client.post("/api/v1/erase", json={"id": "erp:C1", "confirm": "erp:C1"}).json()["done"] is True
    assert not any(word in held(hub) for word in ADA)


def test_it_is_told_in_chinese(still: EitherHub) -> None:
    with still.client() as client:
        log_in(client, "admin")
        client.cookies.set("hub_language", "zh")
        assert "customers 中没有记录 erp:C9。" in step(client, "/erase/look", id="erp:C9").text
        seen = step(client, "/erase/look").text
        assert "因为账簿需要它们" in seen and "将删除的内容" in seen
