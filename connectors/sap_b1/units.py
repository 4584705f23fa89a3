"""Units of measure. Business One lets everybody name them freely, so only common names and codes are known here.

What is not known leaves the column `unit` empty, and a note tells the admin, who names it under `units`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_CODES = {
    "C62": "C62 H87 PC PCS PCE PIECE PIECES ST STK STÜCK PZ UN UND UNIT UNITS U NOS QTY",
    "EA": "EA EACH",
    "PR": "PR PAIR PAIRS PAAR",
    "SET": "SET SETS",
    "DZN": "DZN DZ DOZEN DOZENS",
    "KGM": "KGM KG KGS KILO KILOGRAM KILOGRAMS",
    "GRM": "GRM G GR GRAM GRAMS",
    "TNE": "TNE T TO TON TONS TONNE TONNES",
    "LBR": "LBR LB LBS POUND POUNDS",
    "ONZ": "ONZ OZ OUNCE OUNCES",
    "LTR": "LTR L LT LITER LITERS LITRE LITRES",
    "MLT": "MLT ML",
    "GLL": "GLL GAL GALLON GALLONS",
    "MTR": "MTR M METER METERS METRE METRES",
    "CMT": "CMT CM",
    "MMT": "MMT MM",
    "FOT": "FOT FT FOOT FEET",
    "INH": "INH IN INCH INCHES",
    "MTK": "MTK M2 SQM",
    "MTQ": "MTQ M3 CBM",
    "HUR": "HUR H HR HRS HOUR HOURS STD",
    "MIN": "MIN MINUTE MINUTES",
    "DAY": "DAY DAYS TAG TAGE",
    "MON": "MON MONTH MONTHS",
    "XBX": "XBX BX BOX BOXES",
    "XCT": "XCT CT CTN CARTON CARTONS KARTON",
    "XCS": "XCS CS CASE CASES",
    "XPX": "XPX PAL PALLET PALLETS PALETTE",
    "XPK": "XPK PK PAC PACK PACKS PACKAGE",
    "XBG": "XBG BG BAG BAGS",
    "XRO": "XRO RO ROLL ROLLS ROLLE",
    "XBO": "XBO BTL BOTTLE BOTTLES",
}
UNITS: Mapping[str, str] = {theirs: ours for ours, words in _CODES.items() for theirs in words.split()}
NO_UNIT = frozenset({"", "MANUAL"})
"""Business One's own unit group `Manual` names no unit."""


class Units:
    """The company's units. `unknown` collects names that nobody knows."""

    def __init__(self, more: Mapping[str, str]) -> None:
        self._known = {**UNITS, **more}
        self.unknown: set[str] = set()

    def code(self, *names: object) -> str | None:
        """The code of the first name that is known; None where none is."""
        given = [name.strip() for name in names if isinstance(name, str) and name.strip().upper() not in NO_UNIT]
        for name in given:
            found = self._known.get(name.upper())
            if found is not None:
                return found
        self.unknown.update(given[:1])
        return None

    def notes(self) -> Iterable[str]:
        """What an admin should know."""
        for name in sorted(self.unknown):
            yield f"nobody knows the unit `{name[:40]}`: name its code under `units`, such as `{{{name[:40]}: XCT}}`"
