"""What facts say about a product: its kind, its prices, and what it costs on a day."""

from __future__ import annotations

from hub.sdk.metric import Scope, Table, Value
from metrics.unit_parts import per_base, with_units

_FIRST, _LAST = "0001-01-01", "9999-12-31"


def with_product(scope: Scope, table: Table, day: Value | None = None, *, across: bool = False) -> Table:
    """The rows with their product's kind, prices and cost on `day`, or on the day looked back from: never what holds
    only later, or no longer. `listed_cost` is a cost list's, by one base unit; `product_cost` the one in the product's
    record; `cost_ended`: costs are listed, and none holds on that day. `across`: a product that its own system knows no
    cost of has that of another system's record of it."""
    import ibis

    on = scope.as_of if day is None else day.coalesce(ibis.literal(_LAST).cast("date") - ibis.interval(days=1))
    table = table.mutate(hub_cost_day=on)
    own = scope.shared("priced_products", _priced_products)
    products = scope.shared("costed_products", _costed_products) if across else own
    joined = table.left_join(
        products,
        [
            table.source == products.p_source,
            table.product_source_id == products.p_id,
            table.hub_cost_day >= products.holds_from,
            table.hub_cost_day < products.holds_until,
        ],
        rname="product_{name}",
    )
    return without(joined, "hub_cost_day", "holds_from", "holds_until")


def without(table: Table, *names: str) -> Table:
    """The table without some of its columns: `drop` writes several in any order, and kept SQL must be one text."""
    return table.select(*(name for name in table.columns if name not in names))


def _priced_products(scope: Scope) -> Table:
    """Products that are held, or that have a cost: a row for each time that one of the listed costs holds."""
    import ibis

    products = scope.table("products")
    products = products.select(
        "sku", "list_price", "price_quantity", p_source="source", p_id="source_id", product_kind="kind",
        product_cost="unit_cost", product_currency="currency",
    )  # fmt: skip
    costs = _listed_costs(scope)
    joined = products.outer_join(costs, [products.p_source == costs.c_source, products.p_id == costs.c_id])
    is_later = joined.is_before.fill_null(False) & joined.product_cost.notnull()
    return joined.select(
        "sku", "list_price", "price_quantity", "product_kind", "product_cost", "product_currency",
        cost_currency=ibis.ifelse(is_later, ibis.null("string"), joined.cost_currency),
        listed_cost=ibis.ifelse(is_later, None, joined.listed_cost),
        p_source=joined.p_source.coalesce(joined.c_source),
        p_id=joined.p_id.coalesce(joined.c_id),
        cost_ended=joined.c_id.notnull() & joined.listed_cost.isnull(),
        holds_from=joined.holds_from.coalesce(ibis.literal(_FIRST).cast("date")),
        holds_until=joined.holds_until.coalesce(ibis.literal(_LAST).cast("date")),
    )  # fmt: skip


def _costed_products(scope: Scope) -> Table:
    """`priced_products`, in which those without any cost have the costs of another record of the same golden product
    that counts in the same unit: one with a cost list first, then by system and key."""
    import ibis

    priced = scope.shared("priced_products", _priced_products)
    found = _golden_costs(scope, priced)
    donors = found.filter(found.has_cost)
    first = ibis.row_number().over(
        group_by=["golden_id", "base_unit"], order_by=[ibis.desc(donors.has_list), donors.k_source, donors.k_id]
    )
    donors = donors.mutate(place=first).filter(lambda t: t.place == 0)
    donors = donors.select("golden_id", "base_unit", d_source="k_source", d_id="k_id")
    lacking = found.filter(~found.has_cost).select("k_source", "k_id", "golden_id", "base_unit")
    pairs = lacking.join(donors, ["golden_id", "base_unit"]).select("k_source", "k_id", "d_source", "d_id")
    costs = priced.select(
        "product_cost", "product_currency", "cost_currency", "listed_cost", "cost_ended", "holds_from",
        "holds_until", g_source="p_source", g_id="p_id",
    )  # fmt: skip
    given = pairs.join(costs, [pairs.d_source == costs.g_source, pairs.d_id == costs.g_id])
    bare = priced.select("sku", "list_price", "price_quantity", "product_kind", "p_source", "p_id")
    lent = bare.join(given, [bare.p_source == given.k_source, bare.p_id == given.k_id])
    rest = priced.anti_join(pairs, [priced.p_source == pairs.k_source, priced.p_id == pairs.k_id])
    return rest.union(lent.select(*priced.columns))


def _golden_costs(scope: Scope, priced: Table) -> Table:
    """Products with a golden record, each with its unit (pieces where it tells none) and whether it has a cost."""
    links, products = scope.table("product_identities"), scope.table("products")
    known = priced.group_by(k_source=priced.p_source, k_id=priced.p_id).aggregate(
        has_list=priced.listed_cost.notnull().any(),
        has_cost=(priced.listed_cost.notnull() | priced.product_cost.notnull()).any(),
    )
    links = links.select("golden_id", l_source="source", l_id="source_id")
    units = products.select(u_source="source", u_id="source_id", base_unit=products.unit.coalesce("C62"))
    joined = known.join(links, [known.k_source == links.l_source, known.k_id == links.l_id])
    joined = joined.join(units, [joined.k_source == units.u_source, joined.k_id == units.u_id])
    return joined.select("k_source", "k_id", "golden_id", "base_unit", "has_list", "has_cost")


def _listed_costs(scope: Scope) -> Table:
    """The costs of each product with the days between which each holds, preferably those for all locations.

    Of those that hold on a day, the one that began last counts. A time in which none holds any more has no
    `listed_cost`. Before the first of them (`is_before`) it is the best guess where the product itself has no cost."""
    import ibis

    costs = _in_turn(scope)
    listed = costs.filter((costs.ends > costs.begins).fill_null(True))
    gaps = costs.filter(_is_earlier(costs.ends, costs.next_begins))
    gaps = gaps.mutate(since=_later(gaps.begins, gaps.ends), until=gaps.next_begins)
    first = costs.filter((costs.turn == 0) & costs.begins.notnull())
    held = _costs(listed, listed.begins, _earlier(listed.ends, listed.next_begins))
    before = _costs(first, ibis.null("date"), first.begins).mutate(is_before=ibis.literal(True))
    return held.union(before.select(*held.columns), _in_gaps(costs, gaps).select(*held.columns))


def _in_turn(scope: Scope) -> Table:
    """Listed costs, one for a day on which any begins, with the day on which the next one does, and the first on which
    they hold no longer: the day after one within which they end."""
    import ibis

    costs = with_units(scope, scope.table("product_costs"))
    last = scope.local_day(costs.valid_to)
    goes_on = scope.seconds(costs.valid_to) > scope.day_seconds(last)
    costs = costs.mutate(
        begins=scope.local_day(costs.valid_from),
        ends=ibis.ifelse(goes_on, (last + ibis.interval(days=1)).cast("date"), last),
        general=costs.location_source_id.isnull().max().over(group_by=["source", "product_source_id"]),
    )
    costs = costs.filter(costs.location_source_id.isnull() | ~costs.general)
    rank = ibis.row_number().over(
        group_by=["source", "product_source_id", "begins"],
        order_by=[ibis.desc(costs.valid_from), costs.source_id],
    )
    costs = costs.mutate(place=rank).filter(lambda t: t.place == 0)
    in_turn = ibis.window(group_by=["source", "product_source_id"], order_by=ibis.asc("begins", nulls_first=True))
    return costs.select(
        "currency", "begins", "ends",
        c_source="source", c_id="product_source_id",
        listed_cost=per_base(scope, costs, costs.cost, costs.per_quantity.coalesce(1)),
        turn=ibis.row_number().over(in_turn),
        next_begins=costs.begins.lead().over(in_turn),
    )  # fmt: skip


def _in_gaps(costs: Table, gaps: Table) -> Table:
    """Times after a cost ended and before the next one begins: an earlier one may still hold, or hold for a part."""
    import ibis

    gaps = gaps.select("c_source", "c_id", "since", "until")
    lasting = costs.filter(costs.next_begins.notnull() & (costs.ends.isnull() | (costs.ends > costs.next_begins)))
    lasting = lasting.select("begins", "ends", "currency", "listed_cost", l_source="c_source", l_id="c_id")
    of_product = [gaps.c_source == lasting.l_source, gaps.c_id == lasting.l_id]
    cuts = gaps.join(lasting, of_product)
    cuts = cuts.filter((cuts.ends > cuts.since) & (cuts.ends < cuts.until).fill_null(True))
    starts = gaps.union(cuts.select("c_source", "c_id", "until", since=cuts.ends).select(*gaps.columns), distinct=True)
    in_turn = ibis.window(group_by=["c_source", "c_id", "until"], order_by="since")
    starts = starts.mutate(until=starts.since.lead().over(in_turn).coalesce(starts.until))
    joined = starts.left_join(
        lasting,
        [
            starts.c_source == lasting.l_source,
            starts.c_id == lasting.l_id,
            (lasting.begins <= starts.since).fill_null(True),
            (lasting.ends > starts.since).fill_null(True),
        ],
    )
    newest = ibis.row_number().over(
        group_by=["c_source", "c_id", "since"], order_by=ibis.desc(joined.begins, nulls_first=False)
    )
    joined = joined.mutate(place=newest).filter(lambda t: t.place == 0)
    return _costs(joined, joined.since, joined.until)


def _costs(rows: Table, since: Value, until: Value) -> Table:
    import ibis

    return rows.select(
        "c_source", "c_id", "listed_cost", cost_currency="currency", holds_from=since, holds_until=until,
        is_before=ibis.literal(False),
    )  # fmt: skip


def _is_earlier(day: Value, other: Value) -> Value:
    """Whether a day comes before another one, which may never come."""
    return day.notnull() & (other.isnull() | (day < other))


def _earlier(day: Value, other: Value) -> Value:
    """The earlier of two days, either of which may never come."""
    import ibis

    return ibis.ifelse(_is_earlier(day, other), day, other)


def _later(day: Value, other: Value) -> Value:
    """The later of two days, the first of which may be ever since."""
    import ibis

    return ibis.ifelse((day > other).fill_null(False), day, other)
