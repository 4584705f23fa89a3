"""The services of S/4HANA that are read, and what an admin must switch on for each."""

from __future__ import annotations

from dataclasses import dataclass

from hub.sdk.odata import Version

_ROOT = "sap/opu/odata/sap"
_MODERN_ROOT = "sap/opu/odata4/sap"


@dataclass(frozen=True)
class Service:
    """One OData service.

    scenario  communication scenario that opens it in the cloud; empty where none is published
    roles     authorization that reads what it shows, on-premise
    optional  a system without it can be read all the same
    modern    below the root of version 4; empty: it is of version 2
    """

    name: str
    scenario: str
    roles: str
    suffix: str = ""
    optional: bool = False
    modern: str = ""

    @property
    def version(self) -> Version:
        return Version.V4 if self.modern else Version.V2

    @property
    def root(self) -> str:
        if self.modern:
            return f"{_MODERN_ROOT}/{self.modern}"
        return f"{_ROOT}/{self.name}{self.suffix}"

    @property
    def remedy(self) -> str:
        """What an admin does where the service is not there, or shut."""
        cloud = (
            f"In the cloud, set up a communication arrangement for {self.scenario}"
            if self.scenario
            else "In the cloud, publish it"
        )
        transaction = "/IWFND/V4_ADMIN" if self.modern else "/IWFND/MAINT_SERVICE"
        return (
            f"{cloud}; on-premise, activate {self.name} in {transaction} and give the user S_SERVICE for it and "
            f"{self.roles} (display). Or list under `streams:` those you want, without this one."
        )


PARTNERS = Service("API_BUSINESS_PARTNER", "SAP_COM_0008", "B_BUPA_RLT, F_KNA1_APP and F_LFA1_APP")
PRODUCTS = Service("API_PRODUCT_SRV", "SAP_COM_0009", "M_MATE_STA, M_MATE_WRK and M_MATE_BUK")
SALES_ORDERS = Service("API_SALES_ORDER_SRV", "SAP_COM_0109", "V_VBAK_AAT and V_VBAK_VKO")
STOCK = Service("API_MATERIAL_STOCK_SRV", "SAP_COM_0164", "M_MSEG_WWA")
DELIVERIES = Service("API_OUTBOUND_DELIVERY_SRV", "SAP_COM_0106", "V_LIKP_VST", suffix=";v=0002")
PURCHASE_ORDERS = Service("API_PURCHASEORDER_PROCESS_SRV", "SAP_COM_0053", "M_BEST_EKO and M_BEST_WRK")
RETURNS = Service("API_CUSTOMER_RETURN_SRV", "SAP_COM_0157", "V_VBAK_AAT and V_VBAK_VKO")
BILLING = Service("API_BILLING_DOCUMENT_SRV", "SAP_COM_0120", "V_VBRK_FKA and V_VBRK_VKO")
RECEIPTS = Service("API_MATERIAL_DOCUMENT_SRV", "SAP_COM_0108", "M_MSEG_BWE and M_MSEG_WWE", optional=True)
PLANTS = Service("API_PLANT_SRV", "", "M_MATE_WRK", optional=True)
STORAGE_LOCATIONS = Service("API_STORAGELOCATION_SRV", "", "M_MATE_WRK", optional=True)

MODERN_PRODUCTS = Service(
    "CE_PRODUCT_0002", PRODUCTS.scenario, PRODUCTS.roles, modern="api_product/srvd_a2x/sap/product/0002"
)
MODERN_SALES_ORDERS = Service(
    "CE_SALESORDER_0001",
    SALES_ORDERS.scenario,
    SALES_ORDERS.roles,
    modern="api_salesorder/srvd_a2x/sap/salesorder/0001",
)
MODERN_PURCHASE_ORDERS = Service(
    "CE_PURCHASEORDER_0001", PURCHASE_ORDERS.scenario, PURCHASE_ORDERS.roles,
    modern="api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001",
)  # fmt: skip

MODERN = (MODERN_PRODUCTS, MODERN_SALES_ORDERS, MODERN_PURCHASE_ORDERS)
SERVICES = (PARTNERS, PRODUCTS, SALES_ORDERS, STOCK, DELIVERIES, PURCHASE_ORDERS, RETURNS, BILLING, RECEIPTS, PLANTS,
            STORAGE_LOCATIONS)  # fmt: skip
