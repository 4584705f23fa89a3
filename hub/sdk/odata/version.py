"""The versions of OData that differ on the wire."""

from __future__ import annotations

from enum import StrEnum


class Version(StrEnum):
    """V2: SAP Gateway. V3: SAP Business One's older Service Layer. V4: Dynamics, RAP services, Business One `v2`."""

    V2 = "2"
    V3 = "3"
    V4 = "4"
