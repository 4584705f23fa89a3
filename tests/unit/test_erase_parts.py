"""What an erasure looks for, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.access.erase.again import Digests, Erased
from hub.access.erase.files import clean
from hub.access.erase.person import names_of, plain
from hub.access.erase.rows import blackened
from hub.model.batch import Batch, Reject
from hub.model.catalog import ENTITIES
from hub.store.erasing_access import BOOKKEEPING
from hub.store.migrations.metadata import schema

DIGESTS = Digests("ab" * 32)
NO_PERSON = {
    "hub_users", "hub_sessions", "hub_api_tokens", "hub_login_attempts", "hub_audit", "hub_erased", "hub_keys",
    "hub_leases", "hub_held", "hub_columns", "hub_changes", "hub_marks", "hub_decision_pairs", "hub_resolutions",
    "hub_daemons",
}  # fmt: skip
"""Tables that hold ids, counts and the hub's own people. Changes are forgotten, pairs are removed by their ids."""


def test_every_table_that_could_mention_somebody_is_looked_through() -> None:
    """Whoever adds a table has to say whether a person may be in it."""
    tables = {name for name in schema().tables if name.startswith("hub_")}

    assert tables == {sought.table for sought in BOOKKEEPING} | NO_PERSON


def test_what_is_looked_through_exists() -> None:
    for sought in BOOKKEEPING:
        columns = schema().tables[sought.table].columns
        assert {*sought.key, *sought.texts, *sought.documents} <= set(columns.keys())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call 5551234567 now", "call [erased] now"),
        ("15551234567", "15551234567"),
        ('{"total": 5551234567, "phone": "5551234567"}', '{"total": 5551234567, "phone": "[erased]"}'),
        ('["say \\"Jane Doe\\"", 5551234567.0]', '["say \\"[erased]\\"", 5551234567.0]'),
        ("JANE DOE and Jane Doeringer", "[erased] and Jane Doeringer"),
        ("<jane@example.com>", "<[erased]>"),
    ],
)
def test_only_whole_words_go_and_numbers_stay_numbers(text: str, left: str) -> None:
    assert blackened(["5551234567", "Jane Doe", "jane@example.com"])(text) == left


def test_names_are_known_in_either_order() -> None:
    assert names_of({"first_name": "Jane", "last_name": "Doe"}) == {"Jane Doe", "Doe Jane", "Doe, Jane"}
    assert names_of({"name": "Jane Doe"}) == {"Jane Doe", "Doe Jane", "Doe, Jane"}
    assert names_of({"name": "Bo", "email": "x"}) == set()
    assert plain("Doe, JANE") == plain("jane doe") == "doe jane"


# -- a source that delivers the person again --------------------------------------------------------------------------


def erased(*records: tuple[str, str, str]) -> Erased:
    """A list on which these (entity, id, what) of the source `shop` stand."""
    return Erased(DIGESTS, {DIGESTS.of(entity, "shop", key): what for entity, key, what in records})


def batch(entity: str, **columns: list[object]) -> Batch:
    return Batch(ENTITIES[entity], dict(columns))


def test_what_a_source_says_of_the_erased_is_left_out() -> None:
    people = batch("customers", source_id=["1", "2"], name=["Jane Doe", "Bert"], country=["DE", "DE"])
    orders = batch("orders", source_id=["O1", "O2"], customer_source_id=["1", "2"], ship_city=["Ulm", "Ulm"],
                   total=[1, 2])  # fmt: skip

    assert erased(("customers", "1", "customers")).apply("shop", [people, orders]) == 2
    assert people.columns == {"source_id": ["1", "2"], "name": [None, "Bert"], "country": ["DE", "DE"]}
    assert orders.columns["ship_city"] == [None, "Ulm"] and orders.columns["total"] == [1, 2]


def test_another_systems_same_id_is_somebody_else() -> None:
    people = batch("customers", source_id=["1"], name=["Bert"])

    assert erased(("customers", "1", "customers")).apply("erp", [people]) == 0
    assert people.columns["name"] == ["Bert"]


def test_of_a_companys_order_only_what_names_the_contact_goes() -> None:
    cases = batch("cases", source_id=["1"], customer_source_id=["acme"], contact_source_id=["K1"],
                  subject=["Jane asks"], reason=["late"])  # fmt: skip
    erased(("contacts", "K1", "contacts")).apply("shop", [cases])

    assert cases.columns["subject"] == [None] and cases.columns["reason"] == ["late"]


def test_an_id_that_is_personal_is_replaced_wherever_it_stands() -> None:
    listed = erased(("customers", "jane@example.com", "customers+id"))
    people = batch("customers", source_id=["jane@example.com"], name=["Jane"])
    orders = batch("orders", source_id=["O1"], customer_source_id=["jane@example.com"])
    listed.apply("shop", [people, orders])

    (pseudonym,) = people.columns["source_id"]
    assert pseudonym.startswith("erased-") and orders.columns["customer_source_id"] == [pseudonym]
    assert listed.ids("shop", "customers", ["jane@example.com", "2"]) == [pseudonym, "2"]


@pytest.mark.parametrize(
    ("source_id", "raw", "hidden"),
    [
        ("1", {"id": "1", "name": "Jane"}, True),
        (None, {"customer_id": 1, "name": "Jane"}, True),
        (None, {"billing": {"customer": {"id": "1"}}}, True),
        ("O1", {"id": "O1", "quantity": 1, "total": "1"}, False),
        ("2", {"id": "2", "name": "Bert"}, False),
    ],
)
def test_a_refused_row_of_the_erased_is_kept_without_what_it_said(
    source_id: str | None, raw: dict[str, object], hidden: bool
) -> None:
    reject = Reject("customers", 0, source_id, "email", "length", "it is too long.", raw)
    (kept,) = erased(("customers", "1", "customers")).rejects("shop", [reject])

    assert ("erased" in kept.raw) is hidden
    assert kept.source_id == source_id and kept.reason == reject.reason


# -- files ------------------------------------------------------------------------------------------------------------


def test_caches_go_logs_are_blackened_and_reports_are_named(tmp_path: Path) -> None:
    state, name = tmp_path / "var", "Jane Doe"
    for path, text in {
        "var/replica/base.parquet": "x", "var/replica/lock.db": "x", "var/identity/customers.duckdb": "x",
        "var/cache/settings.json": f'{{"to": "{name}"}}', "var/cache/other.json": "{}",
        "var/logs/run.txt": f"before {name} after", "var/hub.db": name,
        "reports/may.html": f"<td>{name.upper()}</td>", "reports/june.html": "nobody", "reports/may.pdf": "packed",
        "config/hub.yaml": name,
    }.items():  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    planned = clean(tmp_path, state, state / "hub.db", [name], renamed=False, dry=True)
    assert (state / "replica" / "base.parquet").exists()
    done = clean(tmp_path, state, state / "hub.db", [name], renamed=False, dry=False)

    assert planned.removed == done.removed and planned.blackened == done.blackened
    assert {path.name for path in done.removed} == {"base.parquet", "customers.duckdb", "settings.json"}
    assert (state / "logs" / "run.txt").read_text() == "before ******** after"
    assert {path.name for path, _ in done.remain} == {"may.html", "may.pdf"}
    assert (state / "hub.db").read_text() == name, "the database is cleaned by itself"
