"""A stand-in for Acme ERP: strict about tokens, parameters and page sizes, as the real one is."""

from datetime import datetime
from typing import Any

from hub.sdk.simulator import Company, Refuse, Request, Response, Route, Simulator, Table, form_of, json_answer

_STATES = {"open": "new", "paid": "packed", "shipped": "sent", "completed": "done", "cancelled": "void"}
_PARAMETERS = {"per_page", "cursor", "updated_since", "updated_until"}


class AcmeSimulator(Simulator):
    """`size` orders, and as many customers."""

    page_rows = 250

    def fill(self) -> list[Table]:
        self.company = Company(self.seed, customers=max(1, self.size))
        customers = [self.customer(number, self.tick()) for number in range(self.size)]
        orders = [self.order(number, self.tick()) for number in range(self.size)]
        return [
            Table("customers", "customers", customers, make=self.customer),
            Table("orders", "orders", orders, make=self.order, amount="total", currency="currency"),
        ]

    def customer(self, number: int, at: datetime) -> dict[str, Any]:
        made = self.company.customer(number)
        return {
            "id": f"C{number}",
            "name": made.legal_name,
            "vat": made.tax_id,
            "currency": made.currency,
            "contact": {"email": made.email, "phone": made.phone},
            "address": {"city": made.city, "country": made.country},
            "updated_at": at.isoformat(),
        }

    def order(self, number: int, at: datetime) -> dict[str, Any]:
        made = self.company.order(number)
        return {
            "id": f"O{number}",
            "number": f"2025-{number:06d}",
            "customer_id": f"C{made.customer.number}",
            "state": _STATES[made.status],
            "ordered_at": at.isoformat(),
            "currency": made.currency,
            "total": made.total,
            "lines": [
                {
                    "position": line.number,
                    "sku": line.product.sku,
                    "quantity": line.quantity,
                    "unit_price": line.unit_price,
                    "total": line.total,
                }
                for line in made.lines
            ],
            "updated_at": at.isoformat(),
        }

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/v1/status", self.status),
            Route("/v1/deletions", self.deletions),
            Route("/v1/{name}", self.rows),
        ]

    async def token(self, request: Request) -> Response:
        grant = self.desk.grant(await form_of(request))
        return json_answer(grant) if grant else json_answer({"error": "invalid_client"}, 401)

    async def status(self, request: Request) -> Response:
        self.require_bearer(request, {"message": "Unknown token."})
        return json_answer({"version": "1.4"})

    async def deletions(self, request: Request) -> Response:
        self.require_bearer(request, {"message": "Unknown token."})
        since = datetime.fromisoformat(request.query_params["since"])
        gone = self.table(request.query_params["kind"]).tombstones
        return json_answer({"deletions": [{"id": key} for key, moment in gone if moment >= since]})

    async def rows(self, request: Request) -> Response:
        self.require_bearer(request, {"message": "Unknown token."})
        asked = request.query_params
        if unknown := set(asked) - _PARAMETERS:
            raise Refuse(400, {"message": f"Unknown parameters: {sorted(unknown)}"})
        table, size = self.table(request.path_params["name"]), int(asked["per_page"])
        if not 1 <= size <= self.page_rows:
            raise Refuse(400, {"message": f"per_page must be between 1 and {self.page_rows}."})
        since, until = asked.get("updated_since", ""), asked.get("updated_until", "9")
        found = [row for row in table.rows if since <= row["updated_at"] <= until]
        after = asked.get("cursor")
        start = sum(key_of(row) <= after for row in found) if after else 0
        rows = self.window(request, found, start, size)
        more = start + size < len(found)
        return json_answer({table.name: rows, "total": len(found), "next_cursor": key_of(rows[-1]) if more else None})

    def table(self, name: str) -> Table:
        if name not in self.tables:
            raise Refuse(404, {"message": "No such collection."})
        return self.tables[name]


def key_of(row: dict[str, Any]) -> str:
    """The place of a row in the order of changes."""
    return f"{row['updated_at']} {row['id']}"
