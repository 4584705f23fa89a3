"""A REST connector as anybody would write it: numbered pages of 1,000 rows, several in flight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from hub.sdk import (
    Connector,
    Context,
    FieldMap,
    HttpConnectorConfig,
    HttpSource,
    Mode,
    NumberedPages,
    Page,
    ReadRequest,
    Stream,
    at,
    const,
    entities,
    hookimpl,
    joined,
)

CUSTOMERS = FieldMap(entities.Customer, {
    "source_id": at("id"), "source_updated_at": at("updated_at"), "name": at("name"), "email": at("email"),
    "tax_id": at("vat_id"), "industry": at("industry"), "country": at("country"), "created_at": at("created_at"),
})  # fmt: skip
ORDERS = FieldMap(entities.Order, {
    "source_id": at("id"), "source_updated_at": at("updated_at"), "customer_source_id": at("customer_id"),
    "ordered_at": at("ordered_at"), "status": at("status"), "currency": at("currency"), "total": at("total"),
})  # fmt: skip
LINES = FieldMap(entities.OrderLine, {
    "source_id": at("id"), "order_source_id": at("order_id"), "product_source_id": at("sku"), "sku": at("sku"),
    "quantity": at("quantity"), "unit_price": at("unit_price"), "unit_cost": at("unit_cost"),
})  # fmt: skip
STOCK = FieldMap(entities.StockLevel, {
    "source_id": joined("sku", "location"), "source_updated_at": at("updated_at"), "product_source_id": at("sku"),
    "location_source_id": at("location"), "on_hand": at("on_hand"), "unit_cost": at("unit_cost"),
    "currency": const("EUR"),
})  # fmt: skip

PAGES = NumberedPages(rows_at="rows", size=1000, total_at="total")


class BenchRest(Connector[HttpConnectorConfig]):
    kind = "bench_rest"
    title = "Benchmark server"
    config_model = HttpConnectorConfig
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("customers", (CUSTOMERS,), Mode.SNAPSHOT),
        Stream("orders", (ORDERS,), Mode.SNAPSHOT),
        Stream("order_lines", (LINES,), Mode.SNAPSHOT),
        Stream("stock", (STOCK,), Mode.SNAPSHOT),
    )

    def __init__(self, config: HttpConnectorConfig, context: Context) -> None:
        super().__init__(config, context)
        self.http = HttpSource(config, context, doubles=True)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        for fetched in self.http.pages(request.stream.name, PAGES, resume=request.resume):
            yield Page(fetched.rows, resume=fetched.resume, total=fetched.total, origin=fetched.origin)

    def close(self) -> None:
        self.http.close()


@hookimpl
def hub_connectors() -> list[type[BenchRest]]:
    return [BenchRest]
