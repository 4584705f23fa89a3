"""The company's exports as they come in real life: each system with its own words, signs and mistakes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from metrics.demo.company import Company, Order

_GERMAN = {"cancelled": "storniert", "open": "offen", "completed": "erledigt"}
Rows = list[list[Any]]


def write_exports(company: Company, folder: Path) -> list[Path]:
    """Write all files under `folder`, and return their paths. A file with the same content is not touched."""
    files = {
        "erp/kunden.csv": (_erp_customers(company), "cp1252", ";"),
        "erp/artikel.csv": (_erp_products(company), "cp1252", ";"),
        "erp/auftraege.csv": (_erp_orders(company), "cp1252", ";"),
        "erp/positionen.csv": (_erp_lines(company.erp_orders), "cp1252", ";"),
        "shop/customers.csv": (_shop_customers(company), "utf-8", ","),
        "shop/products.csv": (_shop_products(company), "utf-8", ","),
        "shop/order_items.csv": (_shop_items(company), "utf-8", ","),
        "shop/refunds.csv": (_shop_refunds(company), "utf-8", ","),
        "shop/campaigns.csv": (_campaigns(company), "utf-8", ","),
        "bank/rates.csv": (_rates(company), "utf-8", ","),
    }
    for month, levels in company.stock.items():
        files[f"erp/bestand_{month:%Y-%m}.csv"] = (_erp_stock(month, levels), "cp1252", ";")
    return [_write(folder / name, *content) for name, content in files.items()]


def _erp_customers(company: Company) -> Rows:
    rows: Rows = [["KUNDENNR", "FIRMA", "ORT", "LAND", "BRANCHE", "ANGELEGT"]]
    rows += [
        [c.number, _latin(c.name), _latin(c.city), c.country, c.industry, _day(c.since)] for c in company.erp_customers
    ]
    rows[7][3] = "Absurdistan"  # no such country
    rows[19][5] = "31.02.2024"  # no such day
    rows.append(rows[12].copy())  # exported twice
    rows.append(["", "Ohne Nummer GmbH", "Köln", "DE", "Machinery", "01.03.2024"])  # no key
    return rows


def _erp_products(company: Company) -> Rows:
    rows: Rows = [["ARTIKEL", "BEZEICHNUNG", "WARENGRUPPE", "LISTENPREIS", "EINKAUFSPREIS"]]
    rows += [[p.number, p.name, p.category, _comma(p.price), _comma(p.cost)] for p in company.products]
    return rows


def _erp_orders(company: Company) -> Rows:
    rows: Rows = [["AUFTRAG", "KUNDENNR", "DATUM", "STATUS", "WAEHRUNG"]]
    rows += [
        [o.number, o.customer.number, f"{o.at:%d.%m.%Y %H:%M}", _GERMAN[o.status], "EUR"] for o in company.erp_orders
    ]
    rows[33][4] = "EURO"  # four letters
    rows[58][2] = "30.02.2024 09:15"  # no such day
    rows[71][3] = "schwebend"  # a status that nobody has mapped
    return rows


def _erp_lines(orders: Iterable[Order]) -> Rows:
    rows: Rows = [["AUFTRAG", "POS", "ARTIKEL", "MENGE", "PREIS", "RABATT", "EK_PREIS"]]
    for order in orders:
        for place, line in enumerate(order.lines, 1):
            rows.append(
                [order.number, place * 10, line.product.number, f"{line.quantity},0", _comma(line.price),
                 f"{line.discount_percent},00", _comma(line.product.cost)]
            )  # fmt: skip
    rows[101][3] = "zwölf"  # a word for a number
    rows[202] = rows[202][:4]  # cut off
    return rows


def _erp_stock(month: date, levels: dict[str, int]) -> Rows:
    rows: Rows = [["ARTIKEL", "LAGER", "BESTAND", "STAND"]]
    rows += [
        [number, "Hauptlager", f"{on_hand:,}".replace(",", "."), _day(month)] for number, on_hand in levels.items()
    ]
    return rows


def _shop_customers(company: Company) -> Rows:
    rows: Rows = [["id", "company", "city", "country_code", "industry", "created_at"]]
    rows += [[c.number, c.name, c.city, c.country, c.industry, f"{c.since}T00:00:00Z"] for c in company.shop_customers]
    rows[4][1] = '=HYPERLINK("http://example.invalid";"Acme")'  # a formula as a name: shown as text everywhere
    rows[5][1] = "<b>Bold & Sons</b> Inc."
    return rows


def _shop_products(company: Company) -> Rows:
    rows: Rows = [["sku", "title", "department"]]
    rows += [[p.number, p.name, p.category] for p in company.products]
    return rows


def _shop_items(company: Company) -> Rows:
    rows: Rows = [
        [
            "order_id",
            "customer_id",
            "placed_at",
            "state",
            "item",
            "sku",
            "qty",
            "unit_price",
            "discount",
            "unit_cost",
            "currency",
        ]
    ]
    rates = company.rates
    for order in company.shop_orders:
        for place, line in enumerate(order.lines, 1):
            discount = (line.price * line.quantity * line.discount_percent / 100).quantize(Decimal("0.01"))
            cost = (line.product.cost * _rate(rates, order.at.date())).quantize(Decimal("0.01"))
            rows.append(
                [order.number, order.customer.number, f"{order.at:%Y-%m-%dT%H:%M:%S}-05:00", order.status, place,
                 line.product.number, line.quantity, line.price, discount, cost, "USD"]
            )  # fmt: skip
    rows[45][10] = "U$D"  # no such currency
    rows[77][7] = "12.99 each"  # a word in a price
    return rows


def _shop_refunds(company: Company) -> Rows:
    rows: Rows = [["refund_id", "order_id", "customer_id", "sku", "qty", "amount", "currency", "refunded_at", "reason"]]
    for refund in company.refunds:
        line = refund.order.lines[refund.line]
        paid = line.price * refund.quantity * (100 - line.discount_percent) / 100
        rows.append(
            [refund.number, refund.order.number, refund.order.customer.number, line.product.number, refund.quantity,
             paid.quantize(Decimal("0.01")), "USD", f"{refund.at:%Y-%m-%dT%H:%M:%S}-05:00", refund.reason]
        )  # fmt: skip
    return rows


def _campaigns(company: Company) -> Rows:
    rows: Rows = [["campaign", "channel", "day", "amount", "currency"]]
    rows += [[f"{channel} {day:%Y-%m}", channel, day, amount, "USD"] for day, channel, amount in company.spend]
    return rows


def _rates(company: Company) -> Rows:
    others = company.other_rates
    rows: Rows = [["Date", "USD", *others]]
    rows += [[day, rate, *(found[day] for found in others.values())] for day, rate in company.rates.items()]
    return rows


def _rate(rates: dict[date, Decimal], day: date) -> Decimal:
    """The rate of the day, or the last one before."""
    while day not in rates and day > min(rates):
        day -= timedelta(days=1)
    return rates.get(day) or next(iter(rates.values()))


def _write(path: Path, rows: Sequence[Sequence[Any]], encoding: str, delimiter: str) -> Path:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    content = target.getvalue().encode(encoding)
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def _comma(amount: Decimal) -> str:
    """1234.5 as 1.234,50"""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _latin(text: str) -> str:
    """What an old ERP keeps of a name."""
    return text.encode("cp1252", "replace").decode("cp1252").replace("?", "L")
