"""Business One's words and ours. Enumerations come by name; old releases send the letter of the database."""

from __future__ import annotations

PARTY_KINDS = {
    "cCompany": "company", "cGovernment": "company", "cPrivate": "person", "cEmployee": "person", "*": None,
}  # fmt: skip
ADDRESS_ROLES = {"bo_BillTo": "billing", "bo_ShipTo": "shipping", "*": "other"}
METHODS = {
    "bis_MovingAverage": "moving_average", "bis_Standard": "standard", "bis_FIFO": "fifo", "*": None,
}  # fmt: skip
"""`bis_SNB` values each batch or serial number by itself."""
STOCKED = {"tYES": True, "tNO": False, "*": None}
