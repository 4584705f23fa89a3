"""The OData 4.0 feed: canonical tables, golden records and snapshots for Power BI, Excel, Tableau and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from hub.console.desk import Console


def mount(app: FastAPI, console: Console) -> None:
    """Let the console serve the feed below /odata, unless it is switched off."""
    from hub.console.odata.mounting import put_into  # here, so that the command line does not pay for it

    put_into(app, console)
