"""A stand-in for an S/4HANA system: eleven V2 services and three of V4, as strict about names, types, logins and tokens
as the gateway.

User `hub` with the secret as password, or the OAuth2 client `hub` with the secret. Pages have at most `page_rows` rows
and a `__next` link; deletions set flags, or leave nothing at all.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from typing import Any

from connectors.sap.services import MODERN, SERVICES
from connectors.sap.simulation import document_model as documents
from connectors.sap.simulation import model
from connectors.sap.simulation.modern import MODERN_SETS
from connectors.sap.simulation.rows import Rows
from connectors.sap.simulation.tables import System, tables_of
from connectors.sap.simulation.truth import truth_of
from hub.sdk.simulator import Refuse, Request, RequestLimit, Response, Route, Simulator, Table, form_of, json_answer
from hub.sdk.simulator.odata import Dialect, EntitySet, Reason, Service, Version

USER = "hub"
_NAMESPACES = {"API_STORAGELOCATION_SRV": "cds_api_storagelocation_srv"}
SETS: Mapping[str, tuple[EntitySet, ...]] = {
    "API_BUSINESS_PARTNER": model.PARTNER_SETS,
    "API_PRODUCT_SRV": model.PRODUCT_SETS,
    "API_SALES_ORDER_SRV": documents.ORDER_SETS,
    "API_MATERIAL_STOCK_SRV": model.STOCK_SETS,
    "API_OUTBOUND_DELIVERY_SRV": documents.DELIVERY_SETS,
    "API_PURCHASEORDER_PROCESS_SRV": documents.PURCHASE_SETS,
    "API_CUSTOMER_RETURN_SRV": documents.RETURN_SETS,
    "API_BILLING_DOCUMENT_SRV": documents.BILLING_SETS,
    "API_MATERIAL_DOCUMENT_SRV": documents.RECEIPT_SETS,
    "API_PLANT_SRV": model.PLANT_SETS,
    "API_STORAGELOCATION_SRV": model.STORAGE_SETS,
}
_LOGIN_PAGE = "<html><head><title>Logon Error Message</title></head><body>Anmeldung fehlgeschlagen</body></html>"
_COOKIE = "sap-XSRF_S4H_100"
_CODES = {
    Reason.UNKNOWN_PROPERTY: "/IWBEP/CM_MGW_RT/021",
    Reason.UNKNOWN_RESOURCE: "/IWFND/CM_MGW/006",
    Reason.TYPE_MISMATCH: "/IWBEP/CM_MGW_RT/176",
    Reason.SYNTAX: "/IWBEP/CM_MGW_RT/160",
}


def error_body(code: str, message: str) -> Any:
    """An error with the inner details that the gateway adds."""
    details = [{"code": code, "message": message, "propertyref": "", "severity": "error", "target": ""}]
    inner = {
        "application": {"component_id": "", "service_namespace": "/SAP/", "service_id": "", "service_version": "0001"},
        "transactionid": "4711ABCD", "timestamp": "20260105120000.0000000",
        "Error_Resolution": {"SAP_Transaction": "Run transaction /IWFND/ERROR_LOG", "SAP_Note": "See SAP Note 1797736"},
        "errordetails": details,
    }  # fmt: skip
    return {
        "error": {"code": code, "message": {"lang": "en", "value": "An exception was raised."}, "innererror": inner}
    }


class SapSimulator(Simulator):
    """`size` customers, products and purchase orders, `orders` orders, and four rows of stock for each product, where
    `counts` says nothing else.

    client       the one client it has;  denied  services that are shut for the user;  absent  those it does not have
    nested_stock stock can only be read within materials, as some releases have it
    batches      whether `$batch` is taken
    per_second   requests that one may send
    """

    page_rows = 5000
    client = "100"
    denied: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    nested_stock = False
    batches = True
    per_second: float | None = None

    def __init__(self, *, counts: Mapping[str, int] | None = None, **options: Any) -> None:
        self.given = dict(counts or {})
        super().__init__(**options)
        self._limit = RequestLimit(self.per_second) if self.per_second else None

    def fill(self) -> list[Table]:
        names = ("partners", "products", "purchase_orders")
        counts = {name: self.given.get(name, self.size) for name in names}
        counts["orders"] = self.order_count
        counts["contacts"] = self.given.get("contacts", counts["partners"])
        counts["stock"] = self.given.get("stock", 4 * counts["products"]) if counts["products"] else 0
        counts["plants"] = 1 if self.size else 0
        for name in ("deliveries", "returns", "billing"):
            counts[name] = self.given.get(name, counts["orders"])
        rows = Rows(each for sets in SETS.values() for each in sets)
        return list(tables_of(System(self.seed, counts, rows, self.tick, self.placed_at)))

    def routes(self) -> list[Route]:
        found = [Route("/sap/bc/sec/oauth2/token", self.token, methods=["POST"])]
        for service in SERVICES:
            dialect = Dialect(
                _NAMESPACES.get(service.name, service.name), Version.V2, error=error_body, codes=_CODES,
                offset_tokens=True, check=self._check,
            )  # fmt: skip
            made = Service(self, dialect, SETS[service.name], guard=self._guard(service.name))
            found += made.routes(f"/{service.root}")
        for service in MODERN:
            dialect = Dialect(f"com.sap.gateway.srvd_a2x.{service.name.lower()}", default_rows=100)
            made = Service(self, dialect, MODERN_SETS[service.name], guard=self._guard(service.name))
            found += made.routes(f"/{service.root}")
        return found

    def truth(self) -> dict[str, Any]:
        return truth_of(self.tables)

    def error_body(self, status: int, message: str) -> Any:
        return error_body("/IWFND/MED/170" if status == 404 else "SY/530", message)

    # -- who may come in -----------------------------------------------------------------------------------------------

    def _guard(self, service: str) -> Callable[[Request], Mapping[str, str]]:
        def enter(request: Request) -> Mapping[str, str]:
            self._require_pace()
            self._require_login(request)
            if service in self.absent:
                raise Refuse(404, error_body("/IWFND/MED/170", f"No service found for namespace '', name '{service}'"))
            if service in self.denied:
                raise Refuse(403, error_body("/IWFND/CM_CONSUMER/101", "Access denied: no authorization for service"))
            return self._csrf(request)

        return enter

    def _require_pace(self) -> None:
        wait = self._limit.wait_seconds() if self._limit else 0
        if wait:
            raise Refuse(503, error_body("/IWFND/COR/503", "Too many requests"), {"Retry-After": str(wait)})

    def _require_login(self, request: Request) -> None:
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        known = self._knows(told) if scheme == "Basic" else scheme == "Bearer" and self.desk.is_valid(told)
        asked = {request.query_params.get("sap-client"), request.headers.get("sap-client")} - {None}
        if not known or not asked <= {self.client}:
            raise Refuse(401, _LOGIN_PAGE, {"WWW-Authenticate": 'Basic realm="SAP NetWeaver"'})

    def _knows(self, encoded: str) -> bool:
        try:
            user, _, password = b64decode(encoded).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            return False
        return user == USER and hmac.compare_digest(password.encode(), self.desk.client_secret.encode())

    def _csrf(self, request: Request) -> Mapping[str, str]:
        """Whoever posts needs the token of its session, and the cookie that came with it."""
        token = f"csrf-{self.seed}"
        if request.method == "POST":
            if request.headers.get("x-csrf-token") != token or request.cookies.get(_COOKIE) != token:
                raise Refuse(403, "CSRF token validation failed", {"x-csrf-token": "Required"})
            if not self.batches:
                raise Refuse(501, error_body("/IWFND/CM_BEC/501", "Batch processing is not supported"))
            return {}
        if request.headers.get("x-csrf-token", "").lower() == "fetch":
            return {"x-csrf-token": token, "set-cookie": f"{_COOKIE}={token}; path=/sap/opu; HttpOnly"}
        return {}

    async def token(self, request: Request) -> Response:
        """The client logs in by HTTP Basic."""
        form = await form_of(request)
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic" and self._knows(told):
            form |= {"client_id": self.desk.client_id, "client_secret": self.desk.client_secret}
        granted = self.desk.grant(form)
        if granted is None:
            return json_answer({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
        return json_answer(granted)

    def _check(self, found: EntitySet, query: Any, preferences: Mapping[str, str]) -> None:
        if self.nested_stock and found.name == "A_MatlStkInAcctMod":
            raise Refuse(
                501, error_body("/IWBEP/CM_MGW_RT/501", "Method 'MATLSTKINACCTMOD_GET_ENTITYSET' not implemented")
            )
