"""SAP's unit codes -> UN/CEFACT Recommendation 20: commercial (English), internal, and SAP's own list of ISO codes.

What is not here and is no code of the Recommendation is refused, row by row, until `units:` in the settings names it.
"""

from __future__ import annotations

from collections.abc import Mapping

_CODES = {
    "C62": "ST PC PCE PCS EA1 STK",
    "EA": "EA",
    "PR": "PAA PR PAR NPR",
    "SET": "SET SA",
    "DZN": "DZ DZN",
    "GRO": "GRO",
    "KGM": "KG KGM",
    "GRM": "G GRM",
    "MGM": "MG MGM",
    "TNE": "TO TNE",
    "LBR": "LB LBR",
    "ONZ": "OZ ONZ",
    "LTR": "L LTR",
    "MLT": "ML MLT",
    "CLT": "CL CLT",
    "HLT": "HL HLT",
    "GLL": "GLL GAL",
    "MTR": "M MTR",
    "CMT": "CM CMT",
    "MMT": "MM MMT",
    "KMT": "KM KMT",
    "INH": "IN INH",
    "FOT": "FT FOT",
    "YRD": "YD YRD",
    "MTK": "M2 MTK",
    "MTQ": "M3 MTQ",
    "HUR": "H STD HR HUR",
    "MIN": "MIN",
    "DAY": "TAG DAY",
    "WEE": "WCH WK WEE",
    "MON": "MON",
    "ANN": "JHR YR ANN",
    "KWH": "KWH",
    "P1": "%",
    "E48": "LE AU ACT",
    "XCT": "KAR CAR CT",
    "XPX": "PAL PF",
    "XPK": "PAK PAC PK",
    "XBX": "BX BOX",
    "XCS": "KI CV CS",
    "XBO": "FL BOT BO",
    "XCA": "DOS CAN",
    "XDR": "FAS DR DRM",
    "XBG": "BT BAG SCK BG",
    "XRO": "ROL RO",
    "XCR": "KIS CR",
}
UNITS: Mapping[str, str] = {theirs: ours for ours, codes in _CODES.items() for theirs in codes.split()}

KILOGRAMS = {"KG": "1", "KGM": "1", "G": "0.001", "GRM": "0.001", "MG": "0.000001", "TO": "1000", "TNE": "1000",
             "LB": "0.45359237", "LBR": "0.45359237", "OZ": "0.028349523125", "ONZ": "0.028349523125"}  # fmt: skip
"""Weight units by both codes; others leave a product's weight empty."""
