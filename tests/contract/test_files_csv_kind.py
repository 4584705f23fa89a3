"""Kind `csv`: a folder with one file for each entity, mapped by its column names."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.exports import NOW, Exports

from connectors.files.naming import entity_named, map_for
from hub.errors import SourceChanged, SourceUnavailable
from hub.sdk import At, Connector, Finding, Mode, ReadRequest, apply, entities


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    return Exports(tmp_path)


def records(connector: Connector, name: str) -> dict[str, list[object]]:  # type: ignore[type-arg]
    stream = next(stream for stream in connector.discover() if stream.name == name)
    [page] = connector.read(ReadRequest(stream, None, NOW))
    mapped = apply(stream.maps, page.rows)
    assert mapped.rejects == []
    return mapped.batches[0].lists()


def problems(connector: Connector) -> list[Finding]:  # type: ignore[type-arg]
    return [finding for finding in connector.check() if not finding.ok]


def test_every_file_named_like_an_entity_is_a_stream(exports: Exports) -> None:
    exports.write("Customers.csv", "ID,Name\n1,Ann\n")
    exports.write("order-lines.csv", "id,order id\n1,2\n")
    exports.write("stock.csv.gz", "sku,location\nA,B\n")
    exports.write("notes.txt", "hello\n")
    streams = exports.plain().discover()
    assert [stream.name for stream in streams] == ["customers", "order_lines", "stock_levels"]
    assert {stream.mode for stream in streams} == {Mode.SNAPSHOT}


def test_case_blanks_and_dashes_do_not_matter(exports: Exports) -> None:
    exports.write("orders.csv", "Id;Customer-ID;Order Date;TOTAL\n1;C7;31.12.2024;1.234,50\n")
    connector = exports.plain(decimal=",", date_format="%d.%m.%Y", timezone="Europe/Berlin")
    columns = records(connector, "orders")
    assert columns["source_id"] == ["1"]
    assert columns["customer_source_id"] == ["C7"]
    assert columns["ordered_at"] == [1_735_599_600_000_000]
    assert columns["total"] == [1_234_500_000]


@pytest.mark.parametrize(
    ("entity", "headers", "column", "header"),
    [
        ("customers", ["customer_id", "vat_id"], "source_id", "customer_id"),
        ("customers", ["id", "vat_id"], "tax_id", "vat_id"),
        ("customers", ["id", "updated_at"], "source_updated_at", "updated_at"),
        ("orders", ["id", "customer_id"], "customer_source_id", "customer_id"),
        ("orders", ["id", "Cust.No", "customerId"], "customer_source_id", "customerId"),
        ("order_lines", ["id", "sku"], "product_source_id", "sku"),
        ("order_lines", ["id", "product_id", "sku"], "product_source_id", "product_id"),
        ("products", ["sku", "price"], "source_id", "sku"),
        ("products", ["sku", "price"], "list_price", "price"),
        ("products", ["product_id", "product_name", "unit_price"], "name", "product_name"),
        ("customers", ["customer_id", "company_name", "contact_name"], "name", "company_name"),
        ("customers", ["customer_id", "name", "company_name"], "name", "name"),
    ],
)
def test_usual_names_are_understood(entity: str, headers: list[str], column: str, header: str) -> None:
    assert map_for(entities.ENTITIES[entity], headers).fields[column] == At(header)


def test_a_file_without_a_key_of_its_own_has_its_natural_one(exports: Exports) -> None:
    exports.write("stock.csv", "sku,location,on_hand,unit_cost,updated_at\nA,B,3,1.50,2024-05-01T00:00:00Z\n")
    columns = records(exports.plain(), "stock_levels")
    assert (columns["source_id"], columns["product_source_id"], columns["on_hand"]) == (["A:B"], ["A"], [3_000_000])


def test_lines_without_numbers_are_told_apart_by_their_product_and_never_by_their_order_alone(exports: Exports) -> None:
    exports.write("order_details.csv", "order_id,product_id,quantity\n1,A,2\n1,B,3\n")
    columns = records(exports.plain(), "order_lines")
    assert columns["source_id"] == ["1:A", "1:B"]
    exports.write("order_details.csv", "order_id,quantity\n1,2\n1,3\n")
    with pytest.raises(SourceChanged, match=r"order_details.csv: there is no column `id`"):
        records(exports.plain(), "order_lines")


@pytest.mark.parametrize(
    ("name", "entity"),
    [("Orders", "orders"), ("order", "orders"), ("OrderLines", "order_lines"), ("inventory", "stock_levels")],
)
def test_names_of_files(name: str, entity: str) -> None:
    assert entity_named(name) == entity


def test_streams_named_in_yaml_must_be_there(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\n1,Ann\n")
    connector = exports.plain(streams=["orders"])
    assert [stream.name for stream in connector.discover()] == ["orders"]
    [finding] = problems(connector)
    assert "orders.csv is not in" in finding.detail


def test_check_names_what_is_not_used(exports: Exports) -> None:
    exports.write("customers.csv", "id,name,shoe size\n1,Ann,40\n")
    exports.write("gossip.csv", "id\n1\n")
    assert [(finding.subject, finding.detail, finding.severity) for finding in problems(exports.plain())] == [
        ("gossip.csv", "its name is none of an entity, so it is not read.", "warning"),
        ("customers", "the column `shoe size` is none that customers has.", "warning"),
    ]


def test_check_knows_what_the_admin_maps(exports: Exports) -> None:
    exports.write("customers.csv", "id,name,shoe size,hat\n1,Ann,40,7\n")
    fields = {"customers": {"segment": "shoe size", "extras": ["hat"]}}
    assert problems(exports.plain(fields=fields)) == []


def test_a_file_without_a_key_is_not_read(exports: Exports) -> None:
    exports.write("customers.csv", "name\nAnn\n")
    connector = exports.plain()
    with pytest.raises(SourceChanged, match=r"customers.csv: there is no column `id`"):
        list(connector.read(ReadRequest(connector.discover()[0], None, NOW)))


def test_check_tells_a_file_without_a_key(exports: Exports) -> None:
    exports.write("customers.csv", "name\nAnn\n")
    details = [finding.detail for finding in problems(exports.plain())]
    assert "there is no column `id`, which customers.source_id needs." in details


def test_two_files_of_one_entity_are_refused(exports: Exports) -> None:
    exports.write("customers.csv", "id\n1\n")
    exports.write("clients.csv", "id\n2\n")
    with pytest.raises(SourceChanged, match=r"clients.csv and customers.csv are both customers"):
        exports.plain().discover()


def test_an_empty_folder_says_what_belongs_there(exports: Exports) -> None:
    [finding] = problems(exports.plain())
    assert finding.detail == f"no file in {exports.folder} is named like an entity."
    assert "customers.csv" in finding.fix
    with pytest.raises(SourceUnavailable, match="no file in"):
        exports.plain().discover()
