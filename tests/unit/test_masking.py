"""Personal data as each role sees it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import Role
from hub.access.masking import (
    COMPANY_MARKS,
    MASK,
    is_about_a_person,
    mask_page,
    mask_raw,
    mask_row,
    mask_rows,
    may_be_a_person_sql,
    personal_columns,
)
from hub.model.catalog import ENTITIES

JANE = {
    "source": "shop", "source_id": "17", "kind": "person", "name": "Jane Doe", "email": "jane@example.com",
    "phone": "+1 555 0100", "street": "1 Elm Street", "city": "Springfield", "country": "US", "segment": None,
}  # fmt: skip
ACME = {**JANE, "source_id": "18", "kind": "company", "name": "Acme GmbH"}


def test_a_viewer_sees_that_something_is_there_but_not_what() -> None:
    assert mask_row("customers", JANE, Role.VIEWER) == {
        **JANE, "name": MASK, "email": MASK, "phone": MASK, "street": MASK
    }  # fmt: skip


def test_a_company_has_a_name_and_an_address_but_its_mailbox_may_be_somebodys() -> None:
    assert mask_row("customers", ACME, Role.VIEWER) == {**ACME, "email": MASK, "phone": MASK}
    assert mask_row("golden_customers", ACME, Role.VIEWER)["name"] == "Acme GmbH"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_who_works_with_the_data_sees_it(role: Role) -> None:
    assert mask_rows("customers", [JANE, ACME], role) == [JANE, ACME]
    assert mask_raw({"mail": "jane@example.com"}, role) == {"mail": "jane@example.com"}


@pytest.mark.parametrize(
    ("row", "person"),
    [
        ({"kind": "person", "name": "Acme GmbH"}, True),
        ({"kind": "company", "name": "Jane Doe"}, False),
        ({"name": "Jane Doe"}, True),
        ({"name": "Acme Trading Ltd."}, False),
        ({"name": "Acme", "duns": "123456789"}, False),
        ({"name": "Acme", "employees": 0}, False),
        ({"name": "", "legal_name": ""}, True),
        ({}, True),
    ],
)
def test_where_nobody_says_what_it_is_the_careful_guess_counts(row: dict[str, Any], person: bool) -> None:
    assert is_about_a_person(row) is person


@given(
    st.fixed_dictionaries(
        {"kind": st.sampled_from([None, "person", "company"]), "name": st.just("Jane Doe"),
         "employees": st.sampled_from([None, 0, 7])}
        | {name: st.sampled_from([None, "", "x"]) for name in COMPANY_MARKS if name != "employees"}
    )
)  # fmt: skip
def test_databases_decide_as_we_do(row: dict[str, Any]) -> None:
    """But for legal forms, which only we know."""
    values = ", ".join(f"? AS {name}" for name in row)
    with closing(sqlite3.connect(":memory:")) as database:
        condition = may_be_a_person_sql("c")
        ((person,),) = database.execute(f"SELECT {condition} FROM (SELECT {values}) AS c", list(row.values()))
    assert bool(person) is is_about_a_person(row)


def test_pages_of_a_store_are_masked_column_by_column() -> None:
    columns = ["source_id", "name", "title", "extras"]
    page = [("1", "Jane Doe", "Buyer", '{"birthday": "1980-01-01"}'), ("2", None, None, None)]

    assert mask_page("contacts", columns, page, Role.VIEWER) == [("1", MASK, "Buyer", MASK), ("2", None, None, None)]
    assert mask_page("contacts", columns, page, Role.OPERATOR) == page


def test_a_raw_row_shows_its_fields_only() -> None:
    raw = {"id": 7, "lines": [{"who": "Jane"}, None], "billing": {"mail": "jane@example.com", "vip": True}}

    assert mask_raw(raw, Role.VIEWER) == {
        "id": MASK, "lines": [{"who": MASK}, None], "billing": {"mail": MASK, "vip": MASK}
    }  # fmt: skip
    assert mask_raw("a line that could not be parsed", Role.VIEWER) == MASK
    assert mask_raw(None, Role.VIEWER) is None


@given(st.recursive(st.text(min_size=5) | st.integers(10_000) | st.none(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.just("field"), inner)))  # fmt: skip
def test_no_value_of_a_raw_row_gets_through(raw: Any) -> None:
    shown = json.dumps(mask_raw(raw, Role.VIEWER), ensure_ascii=False)

    assert not set(shown.replace("field", "").replace("null", "")) - set('{}[]": ,' + MASK)


def test_the_model_knows_what_is_personal() -> None:
    assert {"name", "first_name", "last_name", "email", "phone", "mobile", "extras"} <= personal_columns("contacts")
    assert {"name", "email", "phone", "street", "tax_id"} <= personal_columns("customers")
    assert {"name", "street", "postal_code", "phone", "email"} <= personal_columns("addresses")
    assert personal_columns("orders") == personal_columns("products") == personal_columns("unknown") == frozenset()


def test_every_column_that_looks_personal_is_marked() -> None:
    """Whoever adds a column of this kind to the model has to say what it is."""
    looks = {"email", "phone", "mobile", "first_name", "last_name", "street", "street2", "postal_code"}
    of_ours = {"locations", "suppliers"}  # our own places, and companies: there only the mailbox may be somebody's
    forgotten = [
        f"{entity.name}.{column.name}"
        for entity in ENTITIES.values()
        for column in entity.columns
        if column.name in looks and not column.personal
        and not (entity.name in of_ours and column.name not in {"email", "phone"})
    ]  # fmt: skip
    assert forgotten == []
