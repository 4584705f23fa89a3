"""Names of countries, looked up in pycountry. Loaded only when a source writes anything but alpha-2 codes."""

from __future__ import annotations

import gettext
import re
import unicodedata
from functools import cache

import pycountry

from hub.convert.codes import COUNTRY_CODES

_LANGUAGES = (
    "de", "fr", "es", "it", "nl", "pt", "pt_BR", "pl", "sv", "da", "nb", "nn", "fi", "cs", "sk", "hu", "ro", "sl", "hr",
    "tr", "el", "ru", "uk", "bg", "et", "lv", "lt", "is", "ga", "ja", "ko", "zh_CN", "zh_TW", "ar", "he", "id", "vi",
    "th",
)  # fmt: skip

_USUAL = {
    "UK": "GB", "U.K.": "GB", "Great Britain": "GB", "Britain": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB",
    "Northern Ireland": "GB", "Großbritannien": "GB", "Vereinigtes Königreich": "GB", "USA": "US", "U.S.A.": "US",
    "U.S.": "US",
    "United States of America": "US", "America": "US", "Eire": "IE", "Republic of Ireland": "IE", "RSA": "ZA",
    "UAE": "AE", "U.A.E.": "AE", "VAE": "AE", "BRD": "DE", "Deutschland": "DE", "Holland": "NL",
    "The Netherlands": "NL",
    "EL": "GR", "Hellas": "GR", "Czechia": "CZ", "Czech Republic": "CZ", "Tschechien": "CZ", "Slovak Republic": "SK",
    "Russia": "RU",
    "South Korea": "KR", "Korea": "KR", "ROK": "KR", "North Korea": "KP", "DPRK": "KP", "Taiwan": "TW", "Macau": "MO",
    "Macao": "MO", "Hongkong": "HK", "Hong Kong SAR": "HK", "PRC": "CN", "Mainland China": "CN", "Turkey": "TR",
    "Türkiye": "TR", "Vietnam": "VN", "Laos": "LA", "Burma": "MM", "Ivory Coast": "CI", "Cape Verde": "CV",
    "Swaziland": "SZ", "Macedonia": "MK", "FYROM": "MK", "East Timor": "TL", "Palestine": "PS", "Vatican": "VA",
    "Vatican City": "VA", "Brunei": "BN", "Micronesia": "FM", "Kosovo": "XK", "XKX": "XK", "DR Congo": "CD",
    "DRC": "CD",
    "Congo-Kinshasa": "CD", "Congo-Brazzaville": "CG", "Democratic Republic of the Congo": "CD",
    "Republic of the Congo": "CG", "Saint Martin": "MF", "Virgin Islands": "VI", "Falkland Islands": "FK", "KSA": "SA",
    "Россия": "RU", "Rusia": "RU", "Russie": "RU", "Rusland": "RU", "Rosja": "RU", "한국": "KR", "Nordirland": "GB",
    "Inglaterra": "GB", "Angleterre": "GB", "Inghilterra": "GB", "Schottland": "GB", "Moldawien": "MD",
    "Weißrussland": "BY", "Elfenbeinküste": "CI", "Bosnien": "BA", "Bosnia": "BA", "Mazedonien": "MK",
    "Vatikanstadt": "VA", "Swasiland": "SZ", "Kapverden": "CV", "Oesterreich": "AT", "Tuerkei": "TR", "Daenemark": "DK",
    "Lëtzebuerg": "LU", "Shqipëria": "AL", "Channel Islands": "JE", "Canary Islands": "ES",
    "Azores": "PT", "Madeira": "PT",
}  # fmt: skip
"""What people write beside ISO's names. The Channel Islands have no code of their own: Jersey's stands for both."""


def country_of(text: str) -> str | None:
    """The alpha-2 code of a country given as code or name; None where it is not known."""
    upper = text.upper()
    if upper in COUNTRY_CODES:
        return upper
    key = _key(text)
    return _english().get(key) or _translated().get(key)


def _key(name: str) -> str:
    """The same for spellings of one name: no accents, case, points or articles; `Korea, Republic of` turned."""
    name = " ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("&", " and ")
    words = re.sub(r"[^\w]+", " ", plain.replace(".", "").replace("'", "").replace("’", "")).split()
    return " ".join("saint" if word == "st" else word for word in words if word != "the")


@cache
def _english() -> dict[str, str]:
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        codes[country.alpha_3.casefold()] = codes[country.numeric] = country.alpha_2
        for field in ("name", "official_name", "common_name"):
            if hasattr(country, field):
                codes[_key(getattr(country, field))] = country.alpha_2
    return codes | {_key(name): code for name, code in _USUAL.items()}


@cache
def _translated() -> dict[str, str]:
    """Names in other languages; one that means different countries in different languages is left out."""
    found: dict[str, set[str]] = {}
    for language in _LANGUAGES:
        words = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for country in pycountry.countries:
            for field in ("name", "official_name", "common_name"):
                if hasattr(country, field):
                    found.setdefault(_key(words.gettext(getattr(country, field))), set()).add(country.alpha_2)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1 and name}
