"""The OData 4.0 feed: canonical tables, golden records and snapshots for Power BI, Excel, Tableau and programs."""

from hub.console.odata.mounting import mount

__all__ = ["mount"]
