"""Sales: what may come, what was won, how long that took, and where deals and leads are lost."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Metric, Output, Scope, Table, Value, ratio
from metrics.pipeline_facts import CLOSED_DEALS, LEADS, OPEN_DEALS, STAGES
from metrics.spread import half, middle_two

DAY_SECONDS = 86_400
_RULE = "Deleted opportunities never count; those whose status is not known are left out."


def _pipeline(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "opportunities": facts.count(),
        "pipeline": facts.amount.sum().fill_null(0),
        "weighted": facts.weighted.sum().fill_null(0),
        "overdue": facts.is_late.sum(),
    }


PIPELINE = Metric(
    id="pipeline_value",
    title="Pipeline",
    family="sales",
    unit=MONEY,
    grain="everything open now; by month: the month of the expected decision",
    formula=(
        "pipeline = sum of the amounts of open opportunities; weighted = sum of amount x probability, as the sales "
        "team set it; overdue = open though the expected day of the decision has passed. At today's exchange rates. "
        "The period asked for does not matter."
    ),
    source="Weighted pipeline as in common CRM practice (expected revenue)",
    exclusions=_RULE + " An opportunity without an amount counts as 0, one without a probability weighs 0; both told.",
    undefined_when="no opportunity is open",
    facts=(OPEN_DEALS,),
    measures=_pipeline,
    outputs=(
        Output("opportunities", "Open opportunities", "opportunities"),
        Output("pipeline", "Value", MONEY),
        Output("weighted", "Weighted by probability", MONEY),
        Output("overdue", "Past their expected day", "opportunities"),
    ),
    value="pipeline",
)


def _decided(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "won": facts.is_won.sum(),
        "lost": (~facts.is_won).sum(),
        "won_value": facts.amount.sum(where=facts.is_won).fill_null(0),
        "lost_value": facts.amount.sum(where=~facts.is_won).fill_null(0),
    }


WIN_RATE = Metric(
    id="win_rate",
    title="Win rate",
    family="sales",
    unit="share",
    grain="the whole period",
    formula=(
        "win_rate = won / (won + lost), of the opportunities decided in the period; win_rate_by_value = won_value / "
        "(won_value + lost_value)."
    ),
    source="Won over decided opportunities, by count and by value",
    exclusions=_RULE + " Open opportunities do not count.",
    undefined_when="no opportunity was decided in the period",
    facts=(CLOSED_DEALS,),
    measures=_decided,
    outputs=(
        Output("won", "Won", "opportunities"),
        Output("lost", "Lost", "opportunities"),
        Output("won_value", "Value won", MONEY),
        Output("lost_value", "Value lost", MONEY),
        Output("win_rate", "Win rate", "share", 6, lambda m: ratio(m["won"], m["won"] + m["lost"])),
        Output(
            "win_rate_by_value", "Win rate by value", "share", 6,
            lambda m: ratio(m["won_value"], m["won_value"] + m["lost_value"]),
        ),
    ),
    value="win_rate",
)  # fmt: skip


def _cycle(_: Scope, facts: Table) -> Mapping[str, Value]:
    won = facts.is_won & facts.cycle_days.notnull()
    return {
        "won": won.sum(),
        "won_days": facts.cycle_days.sum(where=won).fill_null(0),
        "middle_two": middle_two(facts.cycle_days, won),
        "lost": (~facts.is_won & facts.cycle_days.notnull()).sum(),
        "lost_days": facts.cycle_days.sum(where=~facts.is_won).fill_null(0),
    }


SALES_CYCLE = Metric(
    id="sales_cycle_length",
    title="Sales cycle length",
    family="sales",
    unit="days",
    grain="the whole period",
    formula=(
        "average_days = days from the day an opportunity was opened to the day it was won, on average over those won "
        "in the period of which both days are known; median_days = their median; average_days_lost = the same of those "
        "lost."
    ),
    source="Days from opening to winning, by common CRM practice",
    exclusions=_RULE + " Open opportunities do not count; those closed before they were opened have no length, told.",
    undefined_when="no opportunity was decided in the period",
    facts=(CLOSED_DEALS,),
    measures=_cycle,
    outputs=(
        Output("won", "Won", "opportunities"),
        Output("average_days", "Average", "days", 4, lambda m: ratio(m["won_days"], m["won"])),
        Output("median_days", "Median", "days", None, lambda m: half(m["middle_two"])),
        Output("average_days_lost", "Average where lost", "days", 4, lambda m: ratio(m["lost_days"], m["lost"])),
    ),
    value="average_days",
)


def _stages(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "entered": facts.count(),
        "moved_on": facts.moved_on.sum(),
        "won": (facts.outcome == "won").sum().fill_null(0),
        "lost": (facts.outcome == "lost").sum().fill_null(0),
        "left": facts.has_left.sum(),
        "stage_seconds": facts.stage_seconds.sum().fill_null(0),
    }


STAGE_CONVERSION = Metric(
    id="stage_conversion",
    title="Stage conversion",
    family="sales",
    unit="share",
    grain="a stage",
    formula=(
        "conversion = moved_on / entered: of the opportunities that entered the stage in the period, those that left "
        "it for anything but a loss; win_share = won / (won + lost) of those that are decided by now; average_days = "
        "time from entering the stage to the next change of stage or status, over those that left it."
    ),
    source="Funnel conversion by stage history",
    exclusions="Deleted records never count; a stage that an opportunity enters again counts once, the first time.",
    undefined_when="no history of stages is held for the period",
    facts=(STAGES,),
    measures=_stages,
    outputs=(
        Output("entered", "Entered", "opportunities"),
        Output("moved_on", "Moved on", "opportunities"),
        Output("conversion", "Conversion", "share", 6, lambda m: ratio(m["moved_on"], m["entered"])),
        Output("won", "Won since", "opportunities"),
        Output("lost", "Lost since", "opportunities"),
        Output("win_share", "Won of decided", "share", 6, lambda m: ratio(m["won"], m["won"] + m["lost"])),
        Output(
            "average_days", "Days in the stage", "days", 4, lambda m: ratio(m["stage_seconds"], m["left"] * DAY_SECONDS)
        ),
    ),
    value="conversion",
    by=("stage",),
)  # fmt: skip


def _leads(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "leads": facts.count(),
        "converted": facts.converted.sum(),
        "disqualified": facts.disqualified.sum(),
        "ordered": facts.ordered.sum(),
        "timed": facts.convert_days.count(),
        "convert_days": facts.convert_days.sum().fill_null(0),
    }


LEAD_CONVERSION = Metric(
    id="lead_conversion",
    title="Lead conversion",
    family="sales",
    unit="share",
    grain="leads that came in the period",
    formula=(
        "conversion = converted / leads; lead_to_order = ordered / leads, where ordered are converted leads whose "
        "customer placed an order that counts, in any system, on the day the lead came or later; average_days = from "
        "the lead's day to its conversion."
    ),
    source="Lead conversion by the cohort of the day a lead came",
    exclusions="Deleted leads never count; disqualified ones do.",
    undefined_when="no lead came in the period",
    facts=(LEADS,),
    measures=_leads,
    outputs=(
        Output("leads", "Leads", "leads"),
        Output("converted", "Converted", "leads"),
        Output("disqualified", "Disqualified", "leads"),
        Output("ordered", "Ordered", "leads"),
        Output("conversion", "Conversion", "share", 6, lambda m: ratio(m["converted"], m["leads"])),
        Output("lead_to_order", "Lead to order", "share", 6, lambda m: ratio(m["ordered"], m["leads"])),
        Output("average_days", "Days to convert", "days", 4, lambda m: ratio(m["convert_days"], m["timed"])),
    ),
    value="conversion",
)

METRICS = (PIPELINE, WIN_RATE, SALES_CYCLE, STAGE_CONVERSION, LEAD_CONVERSION)
