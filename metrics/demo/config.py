"""The demo's configuration: what an admin would write for these exports. Good as a template, too."""

from __future__ import annotations

from pathlib import Path

HUB = """\
# The demo's hub: a made-up company with an ERP in Germany, a web shop in the United States, and a bank's rates.
store: sqlite:///hub.db
reporting_currency: EUR
time_zone: Europe/Berlin

# Two shops and two systems call some articles by longer names.
identity:
  sku_patterns:
    - {source: magento, strip_suffix: "/A B"}
    - {source: oracle_scm, strip_suffix: " O'Ring"}

# The same warehouses as several systems list them. The first tells the stock, so that goods count once.
warehouses:
  Berlin: ["sap/1010:101A", sap_b1/01, magento/default, salesforce, "shopify/gid://shopify/Location/600000"]
  Lyon: ["sap/1710:101A", sap_b1/02, magento/hub_lyon, "shopify/gid://shopify/Location/600001"]
"""

ERP = """\
# The ERP's exports: semicolons, decimal commas, German dates, an old encoding, and German headers.
kind: files
folder: exports/erp
encoding: cp1252
delimiter: ";"
decimal: ","
thousands: "."
date_format: ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
timezone: Europe/Berlin

streams:
  customers:
    files: kunden.csv
    entities:
      - entity: customers
        fields:
          source_id: KUNDENNR
          number: KUNDENNR
          name: FIRMA
          kind: {const: company}
          city: ORT
          country: LAND
          industry: BRANCHE
          created_at: ANGELEGT

  products:
    files: artikel.csv
    entities:
      - entity: products
        fields:
          source_id: ARTIKEL
          sku: ARTIKEL
          name: BEZEICHNUNG
          category: WARENGRUPPE
          kind: {const: goods}
          list_price: LISTENPREIS
          unit_cost: EINKAUFSPREIS
          currency: {const: EUR}

  orders:
    files: auftraege.csv
    entities:
      - entity: orders
        fields:
          source_id: AUFTRAG
          number: AUFTRAG
          customer_source_id: KUNDENNR
          ordered_at: DATUM
          status: {path: STATUS, values: {offen: open, erledigt: completed, storniert: cancelled}}
          source_status: STATUS
          channel: {const: sales}
          currency: WAEHRUNG

  order_lines:
    files: positionen.csv
    entities:
      - entity: order_lines
        fields:
          source_id: {join: [AUFTRAG, POS]}
          order_source_id: AUFTRAG
          line_number: POS
          product_source_id: ARTIKEL
          sku: ARTIKEL
          quantity: MENGE
          unit_price: PREIS
          discount_rate: {path: RABATT, percent: true}
          unit_cost: EK_PREIS

  # One file a month: the hub keeps every change, so that average stock is weighted by time.
  stock:
    files: bestand_*.csv
    mode: incremental
    entities:
      - entity: stock_levels
        fields:
          source_id: {join: [ARTIKEL, LAGER]}
          product_source_id: ARTIKEL
          on_hand: BESTAND
          counted_at: STAND
          source_updated_at: STAND
"""

SHOP = """\
# The web shop's exports: one file of order items becomes orders and order lines. In US dollars.
kind: files
folder: exports/shop

streams:
  customers:
    files: customers.csv
    entities:
      - entity: customers
        fields:
          source_id: id
          name: company
          kind: {const: company}
          city: city
          country: country_code
          industry: industry
          created_at: created_at

  products:
    files: products.csv
    entities:
      - entity: products
        fields: {source_id: sku, sku: sku, name: title, category: department, kind: {const: goods}}

  orders:
    files: order_items.csv
    entities:
      - entity: orders
        fields:
          source_id: order_id
          number: order_id
          customer_source_id: customer_id
          ordered_at: placed_at
          status: state
          channel: {const: web}
          currency: currency
      - entity: order_lines
        fields:
          source_id: {join: [order_id, item]}
          order_source_id: order_id
          line_number: item
          product_source_id: sku
          sku: sku
          quantity: qty
          unit_price: unit_price
          discount: discount
          unit_cost: unit_cost
          currency: currency

  refunds:
    files: refunds.csv
    entities:
      - entity: returns
        fields:
          source_id: refund_id
          number: refund_id
          order_source_id: order_id
          customer_source_id: customer_id
          sku: sku
          product_source_id: sku
          quantity: qty
          refund: amount
          currency: currency
          returned_at: refunded_at
          reason: reason
          status: {const: completed}

  campaigns:
    files: campaigns.csv
    entities:
      - entity: marketing_spend
        fields:
          source_id: campaign
          campaign: campaign
          channel: channel
          spent_on: day
          amount: amount
          currency: currency
"""

BANK = """\
# Exchange rates: one column a currency, as central banks publish them.
kind: files
folder: exports/bank

streams:
  rates:
    files: rates.csv
    unpivot: {keep: Date, name: currency, value: rate}
    entities:
      - entity: fx_rates
        fields:
          source_id: {join: [Date, currency]}
          base_currency: {const: EUR}
          currency: currency
          rate_on: Date
          rate: rate
"""

FILES = {
    "hub.yaml": HUB,
    "connectors/erp.yaml": ERP,
    "connectors/web-shop.yaml": SHOP,
    "connectors/bank.yaml": BANK,
}


def write_config(folder: Path) -> Path:
    """Write the configuration under `folder`, unless somebody has changed it. Returns the configuration's folder."""
    for name, content in FILES.items():
        path = folder / "config" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return folder / "config"
