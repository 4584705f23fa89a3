"""Texts from public code lists: countries (ISO 3166-1), currencies (ISO 4217), units (UN/CEFACT Recommendation 20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.convert.base import Bound, Converter, refused
from hub.convert.text import plain_text
from hub.model.kinds import Column, Kind

COUNTRY_CODES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()  # noqa: SIM905
)
"""Alpha-2 codes in force, and XK, which everybody uses for Kosovo."""

CURRENCY_CODES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT
    XSU XTS XUA XXX YER ZAR ZMW ZWG ZWL
    ADP AFA ALK AON AOR ARA ARP ARY ATS AYM AZM BAD BEC BEF BEL BGJ BGK BGL BOP BRB BRC BRE BRN BRR BUK BYB BYR CHC CNX
    CSD CSJ CSK CYP DDM DEM ECS ECV EEK ESA ESB ESP FIM FRF GEK GHC GHP GNE GNS GQE GRD GWE GWP HRD IEP ILP ILR ISJ ITL
    LAJ LSM LTL LTT LUC LUF LUL LVL LVR MGF MLF MRO MTL MTP MVQ MXP MZE MZM NIC NLG PEH PEI PES PLZ PTE RHD ROK ROL RUR
    SDD SDP SIT SKK SRG STD SUR TJR TMM TPE TRL UAK UGS UGW USS UYN UYP VEB VEF VNC XEU XFO XFU XRE YDD YUD YUM YUN ZAL
    ZMK ZRN ZRZ ZWC ZWD ZWN ZWR
    """.split()  # noqa: SIM905
)
"""Codes in force, then withdrawn ones, which old orders and rates still carry."""

_UNIT_WORDS = {
    word: code
    for code, words in {
        "C62": "pc pcs pce piece pieces unit units un u st stk stck stuck stueck stück szt pz pza pieza pezzo pièce "
        "pièces piece(s) pc(s) item items no nos qty stk. st. pcs. pc. buc ks db kpl kpl. шт",
        "EA": "each ea.",
        "PR": "pair pairs paar paire par",
        "SET": "sets satz kit kits",
        "DZN": "dz doz dozen dutzend dzd",
        "KGM": "kg kgs kilo kilos kilogram kilograms kilogramm kilogramme",
        "GRM": "g gr gram grams gramm gramme",
        "MGM": "mg",
        "TNE": "t to ton tons tonne tonnes tonnen",
        "LBR": "lb lbs pound pounds pfund",
        "ONZ": "oz ounce ounces",
        "MTR": "m meter meters metre metres mtr.",
        "CMT": "cm",
        "MMT": "mm",
        "KMT": "km",
        "FOT": "ft foot feet",
        "INH": "inch inches zoll",
        "YRD": "yd yard yards",
        "MTK": "m2 m² qm sqm",
        "FTK": "sqft sq.ft ft2 ft²",
        "MTQ": "m3 m³ cbm",
        "CMQ": "cm3 cm³",
        "LTR": "l lt ltr. liter liters litre litres",
        "MLT": "ml",
        "CLT": "cl",
        "HLT": "hl",
        "GLL": "gal gallon gallons",
        "HUR": "h hr hrs hour hours std stunde stunden",
        "MIN": "minute minutes minuten",
        "SEC": "s sek second seconds",
        "DAY": "d days tag tage",
        "WEE": "wk week weeks woche wochen",
        "MON": "mo month months monat monate",
        "ANN": "yr year years jahr jahre",
        "KWH": "",
        "P1": "% percent",
        "XPK": "pk pack packs package packages packung pkg pkt pac paket",
        "XBX": "bx box boxes schachtel",
        "XCT": "ctn carton cartons karton kar",
        "XCS": "cs case cases",
        "XPX": "pallet pallets palette paletten pal.",
        "XBG": "bag bags beutel sack",
        "XBO": "bottle bottles flasche flaschen btl",
        "XCA": "can cans dose dosen",
        "XRO": "roll rolls rolle rollen rol",
        "XTU": "tube tubes",
    }.items()
    for word in [*words.split(), code.casefold()]
}
"""`pc` and its kin are C62; `STK` is taken as the German piece, not as Recommendation 20's cigarette."""


def _build_country(column: Column, options: Mapping[str, Any]) -> Bound:
    return Bound(_country, memo=True)


def _country(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:03d}"
    text = plain_text(value)
    if text is None or text in COUNTRY_CODES:
        return text
    from hub.convert.countries import country_of

    code = country_of(text)
    if code is None:
        raise refused(f"{_quoted(text)} is not a country that ISO 3166-1 knows; list it under `values`", "vocabulary")
    return code


def _build_currency(column: Column, options: Mapping[str, Any]) -> Bound:
    return Bound(_currency, memo=True)


def _currency(value: Any) -> str | None:
    text = plain_text(value)
    if text is None or text in CURRENCY_CODES:
        return text
    if text.upper() in CURRENCY_CODES:
        return text.upper()
    if len(text) != 3:
        raise refused(
            f"{_quoted(text)} has {len(text)} characters, an ISO 4217 code has 3; list it under `values`", "currency"
        )
    raise refused(f"{_quoted(text)} is not an ISO 4217 code; list it under `values`", "currency")


def _build_unit(column: Column, options: Mapping[str, Any]) -> Bound:
    return Bound(_unit, memo=True)


def _unit(value: Any) -> str | None:
    text = plain_text(value)
    if text is None:
        return None
    code = _UNIT_WORDS.get(text.casefold())
    if code is None:
        from hub.convert.unit_codes import UNIT_CODES

        code = text.upper()
        if code not in UNIT_CODES:
            raise refused(
                f"{_quoted(text)} is not a unit of UN/CEFACT Recommendation 20; list it under `values`", "vocabulary"
            )
    return code


def _quoted(text: str) -> str:
    """A code-like word may be shown, since that is what somebody has to add to `values`; a longer text may not."""
    return f"`{text}`" if len(text) <= 40 and text.isprintable() else "a long text"


COUNTRY = Converter(
    "country",
    Kind.TEXT,
    "ISO 3166-1 alpha-2, from that, alpha-3, numeric codes or names in English and major languages.",
    _build_country,
)
CURRENCY = Converter(
    "currency", Kind.TEXT, "ISO 4217 code, in force or withdrawn. Symbols need `values`.", _build_currency
)
UNIT = Converter(
    "unit", Kind.TEXT, "UN/CEFACT Recommendation 20 code, from that or a common word (`pcs`, `Stk`, `kg`).", _build_unit
)
