"""A made-up B2B world in four systems, with the truth: which records are one company.

Names, forms, tax numbers and addresses follow eleven countries' habits; each system writes them in its own way, leaves
some out and gets some wrong. There are branches, VAT groups, siblings on one domain, and namesakes in one country. `noisy`
makes everything worse; `dirty` adds placeholder tax numbers and shared mail hosts, as real exports have them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

SYSTEMS = ("crm", "erp", "shop", "legacy")

_SURNAMES = {
    "DE": "Müller Schmidt Schneider Fischer Weber Becker Hoffmann Schäfer Köhler Krüger Jäger Vogel Brandt Lange Böhm Günther Kühn Winkler Lorenz Seidel Heinrich Haas Graf Roth Ziegler Kaiser Fuchs Wolff Beck Arnold Ebert Kraus",
    "FR": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel Garcia Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Martinez Legrand Garnier",
    "GB": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker Robinson Thompson White Hughes Edwards Green Hall Wood Harris Clarke Jackson Turner Hill Cooper Ward Morris Moore Baker Harrison",
    "US": "Anderson Bennett Carter Dawson Ellis Foster Garrison Hayes Irving Jensen Keller Lawson Mitchell Norris Owens Parker Quinn Reynolds Sawyer Tucker Underwood Vance Watson York Zimmerman Franklin Monroe Barrett Holloway Chandler",
    "IT": "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De Luca Mancini Costa Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone",
    "ES": "García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina",
    "PL": "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Jankowski Mazur Kwiatkowski Krawczyk Piotrowski Grabowski Nowakowski Pawłowski Michalski Król Wieczorek Jabłoński",
    "SE": "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson Jansson Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Lindström Lindqvist Lindgren Berg Axelsson Bergström",
    "NL": "de Jong Jansen de Vries van Dijk Bakker Janssen Visser Smit Meijer de Boer Mulder de Groot Bos Vos Peters Hendriks van Leeuwen Dekker Brouwer de Wit Dijkstra Smits de Graaf van der Meer Kuipers Veenstra Postma",
    "JP": "Tanaka Suzuki Takahashi Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi Matsumoto Inoue Kimura Hayashi Shimizu Saito Mori Abe Ikeda Hashimoto Ishikawa Ogawa Okada Hasegawa Fujita Goto Kondo",
    "AT": "Gruber Huber Bauer Wagner Pichler Steiner Moser Mayer Hofer Leitner Berger Fuchs Eder Fischer Schmid Winkler Weber Schwarz Maier Schneider Reiter Mayr Wimmer Egger Brunner Lang Baumgartner Auer Binder Lechner Haider",
}
_TRADES = {
    "DE": "Maschinenbau Bau Elektrotechnik Werkzeuge Logistik Spedition Metallbau Kunststofftechnik Verpackungen Software Medizintechnik Textil Lebensmittel Möbel Druckerei Anlagenbau Handel Consulting Immobilien Automation",
    "FR": "Bâtiment Transports Mécanique Électricité Emballages Plastiques Conseil Distribution Textiles Menuiserie Logistique Informatique Boulangerie Automobiles Ingénierie Matériaux Services Industrie Énergie Imprimerie",
    "GB": "Engineering Logistics Construction Electrical Packaging Plastics Consulting Foods Textiles Joinery Software Motors Printing Materials Services Industries Energy Supplies Tools Properties",
    "US": "Manufacturing Logistics Builders Electric Packaging Plastics Consulting Foods Apparel Cabinets Software Motors Printing Materials Services Industries Energy Supply Tool Realty",
    "IT": "Meccanica Trasporti Costruzioni Elettronica Imballaggi Plastica Consulenza Alimentari Tessuti Arredamenti Informatica Motori Stampa Materiali Servizi Industrie Energia Forniture Utensili Immobiliare",
    "ES": "Mecánica Transportes Construcciones Electricidad Embalajes Plásticos Consultores Alimentación Textiles Muebles Informática Motores Imprenta Materiales Servicios Industrias Energía Suministros Herramientas",
    "PL": "Budownictwo Transport Mechanika Elektronika Opakowania Tworzywa Doradztwo Spożywcze Tekstylia Meble Informatyka Motoryzacja Drukarnia Materiały Usługi Przemysł Energia Hurtownia Narzędzia",
    "SE": "Bygg Transport Mekanik Elektronik Förpackning Plast Konsult Livsmedel Textil Möbler Data Motor Tryckeri Material Service Industri Energi Verktyg Fastigheter",
    "NL": "Bouw Transport Techniek Elektro Verpakkingen Kunststoffen Advies Voeding Textiel Meubelen Software Motoren Drukkerij Materialen Diensten Industrie Energie Gereedschap Vastgoed",
    "JP": "Seisakusho Kogyo Denki Shoji Unyu Kensetsu Plastics Foods Textile Kagaku Software Motors Printing Materials Service Sangyo Energy Koki Fudosan",
    "AT": "Bau Elektrotechnik Holzbau Transporte Metalltechnik Kunststoff Verpackung Software Textil Tischlerei Druck Handel Immobilien Anlagenbau Werkzeugbau Gastro Installationen",
}
_FORMS = {
    "DE": ("GmbH", "GmbH", "GmbH & Co. KG", "AG", "KG", "e.K.", "UG (haftungsbeschränkt)"), "FR": ("SARL", "SAS", "SA", "EURL"),
    "GB": ("Limited", "Ltd", "PLC", "LLP"), "US": ("Inc.", "LLC", "Corp.", "Inc."), "IT": ("S.r.l.", "S.p.A.", "S.n.c."),
    "ES": ("S.L.", "S.A.", "S.L.U."), "PL": ("Sp. z o.o.", "S.A.", "Sp. j."), "SE": ("AB", "AB", "HB"), "NL": ("B.V.", "N.V.", "V.O.F."),
    "JP": ("K.K.", "Co., Ltd.", "G.K."), "AT": ("GmbH", "AG", "OG", "e.U."),
}  # fmt: skip
_LONG = {
    "GmbH": ("Gesellschaft mit beschränkter Haftung", "Ges.m.b.H.", "G.m.b.H.", "gmbh", "Gmbh", "GMBH"), "AG": ("Aktiengesellschaft", "A.G."),
    "GmbH & Co. KG": ("GmbH & Co KG", "GmbH und Co. KG", "GmbH+Co.KG", "GMBH & CO. KG"), "SARL": ("S.A.R.L.", "Sarl", "S.à r.l."),
    "SAS": ("S.A.S.",), "SA": ("S.A.",), "Limited": ("Ltd", "Ltd.", "LTD"), "Ltd": ("Limited", "Ltd.", "LIMITED"), "PLC": ("plc", "P.L.C."),
    "Inc.": ("Inc", "Incorporated", ", Inc.", "INC"), "Corp.": ("Corporation", "Corp", "CORP."), "LLC": ("L.L.C.", "Llc"),
    "S.r.l.": ("Srl", "SRL", "S.R.L."), "S.p.A.": ("SpA", "SPA", "S.P.A."), "S.L.": ("SL", "S.L", "Sociedad Limitada"), "S.A.": ("SA", "S.A"),
    "Sp. z o.o.": ("Sp. z o. o.", "SP. Z O.O.", "spółka z o.o.", "Sp.z o.o."), "AB": ("Aktiebolag", "ab"), "B.V.": ("BV", "B.V", "bv"),
    "K.K.": ("KK", "Kabushiki Kaisha", "Co., Ltd."), "e.K.": ("e. K.", "eK"), "N.V.": ("NV",), "Co., Ltd.": ("Co.,Ltd", "CO., LTD."),
}  # fmt: skip
_PLACES = {
    "DE": (("Köln", "50667"), ("München", "80331"), ("Hamburg", "20095"), ("Stuttgart", "70173"), ("Düsseldorf", "40210"), ("Nürnberg", "90402"), ("Bremen", "28195"), ("Ulm", "89073"), ("Kassel", "34117")),
    "FR": (("Paris", "75002"), ("Lyon", "69001"), ("Marseille", "13001"), ("Lille", "59000"), ("Nantes", "44000"), ("Strasbourg", "67000")),
    "GB": (("London", "EC1A 1BB"), ("Leeds", "LS1 4AP"), ("Manchester", "M1 1AE"), ("Bristol", "BS1 5TR"), ("Glasgow", "G1 1XQ"), ("Sheffield", "S1 2BJ")),
    "US": (("Austin", "73301"), ("Chicago", "60601"), ("Denver", "80202"), ("Portland", "97201"), ("Columbus", "43085"), ("Tampa", "33602"), ("Springfield", "62701")),
    "IT": (("Milano", "20121"), ("Torino", "10121"), ("Bologna", "40121"), ("Roma", "00184"), ("Verona", "37121")),
    "ES": (("Madrid", "28001"), ("Barcelona", "08001"), ("Valencia", "46001"), ("Sevilla", "41001"), ("Bilbao", "48001")),
    "PL": (("Warszawa", "00-001"), ("Kraków", "30-001"), ("Wrocław", "50-001"), ("Gdańsk", "80-001"), ("Poznań", "60-001")),
    "SE": (("Stockholm", "111 20"), ("Göteborg", "411 03"), ("Malmö", "211 20"), ("Lund", "222 21"), ("Uppsala", "753 20")),
    "NL": (("Amsterdam", "1012 AB"), ("Rotterdam", "3011 AA"), ("Utrecht", "3511 AB"), ("Eindhoven", "5611 AB")),
    "JP": (("Osaka", "530-0001"), ("Tokyo", "100-0005"), ("Nagoya", "450-0002"), ("Kyoto", "600-8216")),
    "AT": (("Wien", "1010"), ("Graz", "8010"), ("Linz", "4020"), ("Salzburg", "5020"), ("Innsbruck", "6020")),
}  # fmt: skip
_STREETS = {
    "DE": "Hauptstraße Bahnhofstraße Gartenweg Industriestraße Schulstraße Lindenallee Marktplatz Ringstraße Bergstraße Goethestraße",
    "AT": "Hauptstraße Bahnhofstraße Wienerstraße Industriestraße Schulgasse Lindengasse Hauptplatz Ringstraße",
    "FR": "rue_de_la_Paix avenue_Victor_Hugo rue_du_Moulin boulevard_Pasteur rue_des_Écoles place_de_la_Gare", "GB": "High_Street Station_Road Church_Lane Mill_Road Park_Avenue Victoria_Street",
    "US": "Main_Street Oak_Avenue Elm_Street Industrial_Drive Commerce_Way 2nd_Avenue", "IT": "Via_Roma Via_Garibaldi Corso_Italia Via_Verdi Viale_Europa", "ES": "Calle_Mayor Avenida_de_la_Constitución Calle_Real Paseo_del_Prado",
    "PL": "ul._Polna ul._Leśna ul._Słoneczna ul._Krótka ul._Szkolna", "SE": "Storgatan Kungsgatan Drottninggatan Industrigatan Skolgatan", "NL": "Dorpsstraat Kerkstraat Stationsweg Molenweg Industrieweg", "JP": "Chuo Honmachi Sakaemachi Umeda",
}  # fmt: skip
_CODES = {
    "DE": "49",
    "FR": "33",
    "GB": "44",
    "US": "1",
    "IT": "39",
    "ES": "34",
    "PL": "48",
    "SE": "46",
    "NL": "31",
    "JP": "81",
    "AT": "43",
}
_TLD = {
    "DE": "de",
    "FR": "fr",
    "GB": "co.uk",
    "US": "com",
    "IT": "it",
    "ES": "es",
    "PL": "pl",
    "SE": "se",
    "NL": "nl",
    "JP": "co.jp",
    "AT": "at",
}
_SYLLABLES = "al an ar bel bor cas cor dan del dor el en fal fin gal gen hal hel in ka kor lan len lor mar mel mon nav nel nor o pal pen ral ren ros sal sel sol tan tel tor u val ven vi wal xen yar zan zor".split()
_FAMILY_ENDS = {
    "DE": "mann er ner hofer meier bach inger", "AT": "er inger hofer ner egger", "FR": "ard eau in ier ot ette", "GB": "son ton ley ford well ham",
    "US": "son ton ley ford well ham er", "IT": "ini elli etti one ucci ato", "ES": "ez ero ano illa al", "PL": "ski cki icz ak czyk", "SE": "son berg strom lund qvist",
    "NL": "sma stra man veld huis", "JP": "moto mura yama da zawa",
}  # fmt: skip
_ENDS = "tec tek med sys line gen plast chem form flex tron log net pro dyn therm lux fab mat".split()
_FREE = ("gmail.com", "gmx.de", "outlook.com", "yahoo.com", "web.de", "orange.fr")
_PLACEHOLDERS = ("00000000", "111111111", "999999999", "123456789", "DE999999999", "N/A")
_HOSTS = ("mailbox-kunden.net", "firmen-post.com", "einkauf-verbund.org")
"""Hosts that many companies share, and that no list knows."""


@dataclass(frozen=True)
class Company:
    entity: str
    country: str
    core: str
    form: str
    tax: str
    domain: str
    phone: str
    street: str
    city: str
    postal: str
    duns: str
    trade_name: str = ""


@dataclass(frozen=True)
class World:
    """`records`: columns of `hub.identity.records.COLUMNS`; `truth`: `id` and the `company` it is."""

    records: pa.Table
    truth: pa.Table


def world(records: int, *, noisy: bool = False, dirty: bool = False, seed: int = 1) -> World:
    """About `records` records of 0.45 times as many companies."""
    dice = random.Random(f"{seed} {noisy} {dirty}")
    rows: list[dict[str, Any]] = []
    truth: dict[str, str] = {}
    for company in _companies(dice):
        if len(rows) >= records:
            break
        for row in _records(dice, company, noisy, dirty, len(rows)):
            rows.append(row)
            truth[row["id"]] = company.entity
    rows = rows[:records]
    dice.shuffle(rows)
    ids = [row["id"] for row in rows]
    known = pa.table({"id": ids, "company": [truth[each] for each in ids]})
    return World(pa.Table.from_pylist(rows, schema=_SCHEMA), known)


_NAMES = (
    "id", "source", "name", "legal_name", "email", "phone", "website", "tax_id", "duns", "street", "city", "postal_code", "country",
    "parent_id",
)  # fmt: skip
_SCHEMA = pa.schema([(name, pa.string()) for name in _NAMES])


def _companies(dice: random.Random) -> Iterator[Company]:
    number = 0
    while True:
        number += 1
        company = _company(dice, f"c{number}")
        yield company
        luck = dice.random()
        if luck < 0.04:  # a namesake in the same country
            twin = _company(dice, f"c{number}n", company.country)
            yield replace(twin, core=company.core, form=company.form)
        elif luck < 0.055:  # a VAT group: everything else differs
            for member in range(dice.randint(1, 3)):
                yield replace(_company(dice, f"c{number}g{member}", company.country), tax=company.tax)
        elif luck < 0.075:  # siblings on one domain, each with its own name and number
            word = dice.choice(_TRADES[company.country].split())
            sister = _company(dice, f"c{number}s", company.country)
            yield replace(sister, core=f"{company.core.split()[0]} {word}", domain=company.domain)
        elif luck < 0.095:  # a branch
            branch = _company(dice, f"c{number}b", company.country)
            mark = {
                "DE": "Niederlassung",
                "AT": "Niederlassung",
                "FR": "succursale",
                "ES": "Sucursal",
                "IT": "Filiale",
            }.get(company.country, "Branch")
            yield replace(
                company,
                entity=branch.entity,
                form=f"{company.form} {mark} {branch.city}",
                phone=branch.phone,
                street=branch.street,
                city=branch.city,
                postal=branch.postal,
            )


def _company(dice: random.Random, entity: str, country: str = "") -> Company:
    country = country or dice.choices(list(_FORMS), (24, 12, 12, 18, 8, 6, 6, 4, 5, 3, 4))[0]
    core = _core(dice, country)
    city, postal = dice.choice(_PLACES[country])
    if postal.isdigit() and dice.random() < 0.7:
        postal = postal[:-2] + f"{dice.randrange(100):02d}"
    street = dice.choice(_STREETS[country].split()).replace("_", " ")
    house = dice.randint(1, 180)
    before = country in ("FR", "GB", "US")
    host = "".join(
        letter
        for letter in _ascii(core).lower().replace(" ", dice.choice(("", "-", "")))
        if letter.isalnum() or letter == "-"
    )
    if dice.random() < 0.15:
        host = "".join(word[:3] for word in _ascii(core).lower().split()) + str(dice.randrange(10, 999))
    host = host.strip("-") + (f"{dice.randrange(100)}" if dice.random() < 0.3 else "")
    return Company(
        entity, country, core, dice.choice(_FORMS[country]), _tax(dice, country), f"{host}{entity[1:] if dice.random() < 0.5 else '-' + entity}.{dice.choice((_TLD[country], 'com'))}",
        f"+{_CODES[country]} {dice.randint(20, 99)} {dice.randint(1_000_000, 9_999_999)}",
        f"{house} {street}" if before else f"{street} {house}", city, postal, f"{dice.randrange(10**8, 10**9)}",
        _brand(dice) if dice.random() < 0.06 else "",
    )  # fmt: skip


def _core(dice: random.Random, country: str) -> str:
    trade = dice.choice(_TRADES[country].split())
    surnames = [name.replace("_", " ") for name in _SURNAMES[country].split()]
    surname, other = (dice.choice(surnames) if dice.random() < 0.3 else _family(dice, country) for _ in range(2))
    luck = dice.random()
    if luck < 0.25:
        return f"{surname} {trade}"
    if luck < 0.35:
        return f"{surname} & {other} {trade}"
    if luck < 0.45:
        return f"{surname} {other}"
    if luck < 0.6:
        return _brand(dice)
    if luck < 0.9:
        return f"{_brand(dice)} {trade}"
    return f"{dice.choice('ABCDEFGHIKLMNPRSTVW')}{dice.choice('ABCDEFGHIKLMNPRSTVW')}{dice.choice('ABCDEFGHIKLMNPRSTVW')} {_brand(dice)}"


def _family(dice: random.Random, country: str) -> str:
    """A surname of the long tail: the shorter the list of names, the more namesakes a million records would have."""
    end = dice.choice(_FAMILY_ENDS.get(country, "on er ett ard in is").split())
    return ("".join(dice.choice(_SYLLABLES) for _ in range(dice.randint(2, 3))) + end).capitalize()


def _brand(dice: random.Random) -> str:
    return (
        "".join(dice.choice(_SYLLABLES) for _ in range(dice.randint(2, 3))) + dice.choice((*_ENDS, "", "", ""))
    ).capitalize()


def _ascii(text: str) -> str:
    from anyascii import anyascii

    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        text = text.replace(umlaut, letters)
    return str(anyascii(text))


def _tax(dice: random.Random, country: str) -> str:
    """A number that its register could have given out."""
    if country == "US":
        return f"{dice.choice((10, 20, 26, 36, 45, 58, 77, 91, 94))}-{dice.randrange(10**6, 10**7)}"
    if country == "DE":
        body, product = f"{dice.randrange(10**7, 10**8)}", 10
        for digit in body:
            product = 2 * ((int(digit) + product) % 10 or 10) % 11
        return f"DE{body}{(11 - product) % 10}"
    if country == "GB":
        body = f"{dice.randrange(10**6, 10**7)}"
        rest = sum(int(digit) * weight for digit, weight in zip(body, range(8, 1, -1), strict=True)) % 97
        return f"GB{body}{97 - rest:02d}"
    if country in ("FR", "IT", "SE"):
        size = {"FR": 8, "IT": 10, "SE": 9}[country]
        body = f"{dice.randint(1, 100):03d}".zfill(3)
        body = (
            f"{dice.randrange(10 ** (size - 1), 10**size)}"
            if country != "IT"
            else f"{dice.randrange(10**6, 10**7)}0{dice.randint(10, 95)}"
        )
        total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body)))
        body += str(-total % 10)
        return {
            "FR": f"FR{(int(body) * 100 + 12) % 97 if country == 'FR' else 0:02d}{body}",
            "IT": f"IT{body}",
            "SE": f"SE{body}01",
        }[country]
    if country == "PL":
        while True:
            body = f"{dice.randrange(10**8, 10**9)}"
            check = (
                sum(int(digit) * weight for digit, weight in zip(body, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
            )
            if check < 10:
                return f"PL{body}{check}"
    if country == "JP":
        body = f"{dice.randrange(10**11, 10**12)}"
        total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(body)))
        return f"{9 - total % 9}{body}"
    return {
        "ES": f"ESB{dice.randrange(10**7, 10**8)}",
        "NL": f"NL{dice.randrange(10**8, 10**9)}B01",
        "AT": f"ATU{dice.randrange(10**7, 10**8)}",
    }[country]


def _records(dice: random.Random, company: Company, noisy: bool, dirty: bool, start: int) -> Iterator[dict[str, Any]]:
    systems = [system for system in SYSTEMS if dice.random() < 0.52] or [dice.choice(SYSTEMS)]
    if dice.random() < 0.04:
        systems.append(dice.choice(systems))
    for place, system in enumerate(systems):
        yield _record(dice, company, system, 2.2 if noisy else 1.0, dirty, f"{system}:{start + place}")


def _record(dice: random.Random, company: Company, system: str, noise: float, dirty: bool, key: str) -> dict[str, Any]:
    def lucky(chance: float) -> bool:
        return dice.random() < chance

    missing = {"crm": 0.5, "erp": 0.12, "shop": 0.75, "legacy": 0.4}[system]
    tax = None if lucky(min(0.93, missing * (1 + (noise - 1) * 0.25))) else _written_tax(dice, company, noise)
    mail, site = (
        f"{dice.choice(('info', 'office', 'buchhaltung', 'sales', 'einkauf'))}@{company.domain}",
        f"www.{company.domain}",
    )
    if lucky(0.25 if system == "shop" else 0.05 * noise):
        mail = f"{_ascii(company.core).lower().replace(' ', '.')[:12]}{dice.randrange(1000)}@{dice.choice(_FREE)}"
    street, city, postal = company.street, company.city, company.postal
    if lucky(0.03 * noise):  # moved, or another site
        moved = _company(dice, "", company.country)
        street, city, postal = moved.street, moved.city, moved.postal
    phone = company.phone if lucky(0.8) else company.phone[:-3] + f"{dice.randrange(1000):03d}"
    if lucky(0.06 * noise):
        phone = _company(dice, "", company.country).phone
    if dirty:
        tax = dice.choice(_PLACEHOLDERS[:4]) if lucky(0.005) else tax
        if company.country == "DE" and lucky(0.01):
            tax = "DE811907980"  # a real number that somebody typed wherever one was wanted
        mail = f"kunde{dice.randrange(10**6)}@{dice.choice(_HOSTS)}" if lucky(0.01) else mail
    name = _mangled(dice, company, system, noise)
    return {
        "id": key, "source": system, "name": name, "legal_name": f"{company.core} {company.form}" if system == "erp" and lucky(0.3) else None,
        "email": None if lucky(0.3 * noise**0.3) else mail, "phone": None if lucky(0.35) else _written_phone(dice, phone),
        "website": site if system == "crm" and lucky(0.5) and not mail.endswith(_HOSTS) else None, "tax_id": tax,
        "duns": company.duns if system in ("crm", "erp") and lucky(0.15) else None,
        "street": None if lucky(0.25) else _written_street(dice, street, noise), "city": None if lucky(0.12 * noise**0.5) else _slip(dice, city, 0.02 * noise),
        "postal_code": None if lucky(0.25) else postal, "country": None if lucky(0.03 * noise) else company.country, "parent_id": None,
    }  # fmt: skip


def _mangled(dice: random.Random, company: Company, system: str, noise: float) -> str:
    core, form = company.core, company.form
    branch = ""
    for mark in (" Niederlassung", " succursale", " Sucursal", " Filiale", " Branch"):
        if mark in form:
            form, rest = form.split(mark)
            branch = mark + rest
    form = dice.choice(_LONG[form]) if form in _LONG and dice.random() < 0.4 else form
    if company.trade_name and dice.random() < 0.3:
        return f"{core} {form}{branch}, {dice.choice(('trading as', 'formerly', 'dba'))} {company.trade_name}"
    if dice.random() < 0.03 * noise and len(form) > 3:
        form = _slip(dice, form, 1.0)
    if dice.random() < {"crm": 0.45, "erp": 0.08, "shop": 0.6, "legacy": 0.25}[system]:
        form = ""
    core = _slip(_dice := dice, core, 0.05 * noise)
    core = _slip(dice, core, 0.02 * noise)
    if dice.random() < 0.1:
        core = core.replace("&", dice.choice(("und", "and", "+")))
    if system == "legacy" and dice.random() < 0.8:
        core = _ascii(core)
    if dice.random() < 0.04 * noise and len(core.split()) > 1:
        words = core.split()
        words[-1] = words[-1][: max(4, len(words[-1]) // 2)] + "."
        core = " ".join(words)
    if dice.random() < 0.03 * noise and len(core.split()) == 2:
        core = " ".join(reversed(core.split()))
    name = f"{core} {form}".strip().replace(" ,", ",") + branch
    if system == "erp" and dice.random() < 0.4:
        name = name.upper()[:40]
    return name


def _slip(dice: random.Random, text: str, chance: float) -> str:
    if dice.random() >= chance or len(text) < 5:
        return text
    place = dice.randrange(1, len(text) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if kind == 2:
        return text[:place] + dice.choice("abcdefghiklmnoprstu") + text[place + 1 :]
    return text[:place] + text[place] + text[place:]


def _written_tax(dice: random.Random, company: Company, noise: float) -> str:
    tax = company.tax
    if dice.random() < 0.02 * noise:
        place = dice.randrange(len(tax) - 5, len(tax))
        tax = (
            tax[:place]
            + str((int(tax[place]) + dice.randint(1, 9)) % 10 if tax[place].isdigit() else 7)
            + tax[place + 1 :]
        )
    if dice.random() < 0.006 * noise:
        tax = _tax(dice, company.country)
    luck = dice.random()
    if luck < 0.2:
        return tax[:2] + " " + tax[2:5] + " " + tax[5:8] + " " + tax[8:]
    return tax[2:] if luck < 0.35 and tax[:2].isalpha() and company.country not in ("AT", "ES") else tax


def _written_phone(dice: random.Random, phone: str) -> str:
    luck = dice.random()
    code, rest = phone.split(" ", 1)
    if luck < 0.3:
        return "00" + code[1:] + rest.replace(" ", "")
    if luck < 0.5 and code not in ("+1", "+39", "+34", "+48"):
        return "0" + rest.replace(" ", "/")
    return phone.replace(" ", "-") if luck < 0.7 else phone


def _written_street(dice: random.Random, street: str, noise: float) -> str:
    if dice.random() < 0.35:
        street = (
            street.replace("straße", "str.")
            .replace("Street", "St")
            .replace("Avenue", "Ave")
            .replace("Road", "Rd")
            .replace("rue ", "R. ")
        )
    return _slip(dice, street, 0.03 * noise)
