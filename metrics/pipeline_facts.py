"""Opportunities, their stages and leads as facts."""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table, Value
from metrics.dimensions import DIMENSIONS, attached
from metrics.order_facts import REASONS
from metrics.order_parts import sold_orders

PIPELINE_REASONS = {
    "open": Reason("still open", by_rule=True),
    "closed": Reason("already won or lost", by_rule=True),
    "no_status": Reason("neither open nor won nor lost"),
    "no_date": Reason("no date it belongs to"),
    "no_amount": Reason("no amount; it counts as 0"),
    "no_chance": Reason("no probability; its amount weighs nothing"),
    "no_rate": REASONS["no_rate"],
    "no_currency": REASONS["no_currency"],
    "backwards": Reason("closed before it was opened"),
}
_COLUMNS = ("source", "source_id", "customer_source_id", "stage", "owner", "lead_source")


def build_open(scope: Scope) -> Table:
    """One row for each opportunity, with its amount and amount x chance, on the day it should be decided."""
    import ibis

    deals = scope.table("opportunities")
    deals = deals.mutate(day=deals.expected_close_on)
    rated = scope.with_rate(deals, deals.currency, scope.as_of)
    amount = rated.amount.coalesce(0)
    nothing = ibis.null("string")
    return rated.select(
        *_COLUMNS, "day",
        kind=ibis.literal("opportunity"),
        entity=ibis.literal("opportunities"),
        amount=scope.converted(rated, amount),
        weighted=scope.converted(rated, amount * rated.probability.coalesce(0)),
        is_late=(rated.day < scope.as_of).fill_null(False),
        left_out=_unless(rated, "open", "closed").coalesce(scope.rate_problem(rated)),
        assumed=ibis.ifelse(rated.amount.isnull(), "no_amount", nothing).coalesce(
            ibis.ifelse(rated.probability.isnull(), "no_chance", nothing), scope.currency_assumed(rated)
        ),
    )  # fmt: skip


def _unless(deals: Table, wanted: str, otherwise: str) -> Value:
    import ibis

    nothing = ibis.null("string")
    return ibis.ifelse(deals.status.isnull(), "no_status", nothing).coalesce(
        ibis.ifelse((deals.status == "open") == (wanted == "open"), nothing, otherwise)
    )


def build_closed(scope: Scope) -> Table:
    """One row for each opportunity, on the day it was won or lost, with the days that took."""
    import ibis

    deals = scope.table("opportunities")
    deals = deals.mutate(day=scope.local_day(deals.closed_at), opened=scope.local_day(deals.created_at))
    rated = scope.with_rate(deals, deals.currency, deals.day)
    days = rated.day.delta(rated.opened, unit="day")
    nothing = ibis.null("string")
    return rated.select(
        *_COLUMNS, "day", "loss_reason",
        kind=ibis.literal("opportunity"),
        entity=ibis.literal("opportunities"),
        is_won=rated.status == "won",
        amount=scope.converted(rated, rated.amount.coalesce(0)),
        cycle_days=ibis.ifelse(days >= 0, days, None),
        left_out=_unless(rated, "closed", "open").coalesce(
            ibis.ifelse(rated.day.isnull(), "no_date", nothing), scope.rate_problem(rated)
        ),
        assumed=ibis.ifelse(rated.amount.isnull(), "no_amount", nothing).coalesce(
            ibis.ifelse(days < 0, "backwards", nothing), scope.currency_assumed(rated)
        ),
    )  # fmt: skip


def build_stages(scope: Scope) -> Table:
    """One row for each opportunity and stage it was in: when it first came, what it did next, how it ended."""
    import ibis

    moves = scope.table("opportunity_stages")
    deals = scope.table("opportunities").select(
        "customer_source_id", "owner", "lead_source", deal_source="source", deal_id="source_id", outcome="status"
    )
    joined = moves.left_join(deals, [moves.source == deals.deal_source, moves.opportunity_source_id == deals.deal_id])
    deal = ["source", "opportunity_source_id"]
    again = ibis.row_number().over(group_by=[*deal, "stage"], order_by=["entered_at", "source_id"])
    rows = _changes(joined.mutate(visit=again), deal)
    rows = rows.mutate(day=scope.local_day(rows.entered_at))
    seconds = scope.seconds(rows.left_at) - scope.seconds(rows.entered_at)
    nothing = ibis.null("string")
    return rows.select(
        "source", "source_id", "customer_source_id", "stage", "owner", "lead_source", "day", "outcome",
        kind=ibis.literal("stage"),
        entity=ibis.literal("opportunity_stages"),
        moved_on=(rows.left_at.notnull() & (rows.next_status.coalesce("open") != "lost")).cast("int64"),
        has_left=rows.left_at.notnull().cast("int64"),
        stage_seconds=seconds,
        left_out=ibis.ifelse(rows.stage.isnull(), "no_stage", nothing).coalesce(
            ibis.ifelse(rows.entered_at.isnull(), "no_date", nothing), ibis.ifelse(rows.visit > 0, "again", nothing)
        ),
        assumed=nothing,
    )  # fmt: skip


def _changes(moves: Table, deal: list[str]) -> Table:
    """Joins when each stage was left and for what: the next row of another stage or status, since many systems write a
    row for every change of an amount, too. A last row without a status has that of the opportunity."""
    import ibis

    in_order = ibis.window(group_by=deal, order_by=["entered_at", "source_id"])
    stage, status = moves.stage.coalesce(""), moves.status.coalesce("")
    rows = moves.mutate(
        hub_repeats=((stage == stage.lag().over(in_order)) & (status == status.lag().over(in_order))).fill_null(False)
    )
    changes = ibis.window(group_by=[*deal, "hub_repeats"], order_by=["entered_at", "source_id"])
    is_last = rows.source_id.lead().over(changes).isnull()
    rows = rows.mutate(hub_ended_as=rows.status.coalesce(is_last.ifelse(rows.outcome, None)))
    return rows.mutate(left_at=rows.entered_at.lead().over(changes), next_status=rows.hub_ended_as.lead().over(changes))


def build_leads(scope: Scope) -> Table:
    """One row for each lead, on the day it came: whether it was converted, and whether its customer ordered."""
    import ibis

    leads = attached(DIMENSIONS["customer"], scope, scope.table("leads"))
    leads = leads.mutate(day=scope.local_day(leads.created_at), converted_on=scope.local_day(leads.converted_at))
    orders = sold_orders(scope)
    orders = orders.filter(orders.left_out.isnull() & orders.customer_id.notnull())
    buyers = orders.group_by(buyer=orders.customer_id).aggregate(last_order=orders.day.max())
    joined = leads.left_join(buyers, leads.customer_id == buyers.buyer)
    converted = (joined.status == "converted") | joined.converted_at.notnull()
    days = joined.converted_on.delta(joined.day, unit="day")
    nothing = ibis.null("string")
    return joined.select(
        "source", "source_id", "owner", "lead_source", "day",
        kind=ibis.literal("lead"),
        entity=ibis.literal("leads"),
        converted=converted.fill_null(False).cast("int64"),
        disqualified=(joined.status == "disqualified").fill_null(False).cast("int64"),
        ordered=(converted & (joined.last_order >= joined.day)).fill_null(False).cast("int64"),
        convert_days=ibis.ifelse(converted & (days >= 0), days, None),
        left_out=ibis.ifelse(joined.day.isnull(), "no_date", nothing),
        assumed=nothing,
    )  # fmt: skip


_DEALS = ("source", "customer", "country", "industry", "segment", "stage", "owner", "lead_source")
_CALENDAR = ("day", "month", "quarter", "year")
_STAGE_REASONS = {
    "no_stage": Reason("no stage"),
    "no_date": PIPELINE_REASONS["no_date"],
    "again": Reason("the opportunity was in that stage before", by_rule=True),
}
OPEN_DEALS = Facts("open_deals", "open opportunities", build_open, (*_DEALS, *_CALENDAR), PIPELINE_REASONS, dated=False)
CLOSED_DEALS = Facts(
    "closed_deals", "closed opportunities", build_closed, (*_DEALS, *_CALENDAR, "loss_reason"), PIPELINE_REASONS
)
STAGES = Facts("stages", "stages of opportunities", build_stages, (*_DEALS, *_CALENDAR), _STAGE_REASONS)
LEADS = Facts(
    "leads", "leads", build_leads, ("source", "owner", "lead_source", *_CALENDAR),
    {"no_date": Reason("no date it was created on")},
)  # fmt: skip
