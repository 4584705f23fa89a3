"""PUBLIC: OData services for simulators, V2 and V4, as strict as the vendors' own.

    class Erp(Simulator):
        def fill(self): return [EntityTable("orders", "orders", rows, key="id", stamp="changedAt", ...)]

        def routes(self):
            sets = [EntitySet("Orders", "Order", properties("id Guid key\\n number String(20)"), table="orders")]
            self.service = Service(self, Dialect("Erp"), sets, guard=self.enter)
            return self.service.routes("/odata/v4")

Rows hold Python's values (see `values`); the service writes them as the version wants. `Simulator.page_rows` is the
largest page. Tables must be `EntityTable`s, and who edits their rows by hand says so by `changed`.
"""

from hub.sdk.simulator.odata.data import EntityTable
from hub.sdk.simulator.odata.dialect import Dialect, v2_error, v4_error
from hub.sdk.simulator.odata.model import EntitySet, Navigation, Property, properties
from hub.sdk.simulator.odata.query import Expand, Query
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.service import Service
from hub.sdk.simulator.odata.values import Version

__all__ = [
    "Dialect",
    "EntitySet",
    "EntityTable",
    "Expand",
    "Navigation",
    "ODataRefusal",
    "Property",
    "Query",
    "Reason",
    "Service",
    "Version",
    "properties",
    "v2_error",
    "v4_error",
]
