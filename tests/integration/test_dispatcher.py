"""Which stream runs when, over weeks: restarts, kills, two daemons, outages, pauses. No clock is waited for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clean_store import prepared_url
from support.time_machine import Made, World, plan

from hub.errors import AuthError, SourceChanged, SourceUnavailable
from hub.sdk.schedule import ScheduleSettings
from hub.store import open_store
from hub.store.operations import EVERY_STREAM, Operations
from sync_jobs.jobs import Cancelled
from sync_jobs.plans import Plan

START = datetime(2026, 3, 16, 6, tzinfo=UTC)
"""Two weeks before Berlin puts its clocks forward."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Make = Callable[..., World]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Make]:
    worlds: list[World] = []

    def make(*plans: Plan, start: datetime = START, **options: object) -> World:
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        made = World(prepared_url("sqlite", folder), start, {each.key: each for each in plans}, **options)  # type: ignore[arg-type]
        worlds.append(made)
        return made

    yield make
    for made in worlds:
        made.close()


def began(world: World, stream: str) -> list[str]:
    return [run.began.strftime("%H:%M") for run in world.made.get(stream, [])]


def every(minutes: int, **options: object) -> ScheduleSettings:
    return ScheduleSettings(every=minutes * MINUTE, **options)  # type: ignore[arg-type]


class TestOneDaemon:
    def test_it_runs_from_start_to_start(self, world: Make) -> None:
        here = world(plan("orders", "every 15m"))
        here.start("a")
        here.run_until(START + HOUR)
        assert began(here, "orders") == ["06:00", "06:15", "06:30", "06:45"]

    def test_a_run_that_takes_longer_is_followed_by_one_for_all_it_missed(self, world: Make) -> None:
        here = world(plan("orders", "every 15m"), length=lambda stream, at: 40 * MINUTE)
        here.start("a")
        here.run_until(START + 2 * HOUR)
        assert began(here, "orders") == ["06:00", "06:40", "07:20"]

    def test_a_restart_neither_misses_nor_doubles(self, world: Make) -> None:
        here = world(plan("orders", "0 * * * *"))
        for number in range(1, 10):
            here.at(START + number * 47 * MINUTE, lambda: here.kill("a"))
            here.at(START + number * 47 * MINUTE, lambda: here.start("a"))
        here.start("a")
        here.run_until(START + 6 * HOUR + 30 * MINUTE)
        done = [run.slot for run in here.made["orders"] if run.status == "ok"]
        assert done == [START + number * HOUR for number in range(1, 7)]

    @pytest.mark.parametrize(
        ("misfire", "slots"), [("once", "06 11 12"), ("skip", "06 12"), ("all", "06 07 08 09 10 11 12")]
    )
    def test_what_was_missed_while_no_hub_ran(self, world: Make, misfire: str, slots: str) -> None:
        here = world(
            plan("orders", ScheduleSettings(cron="0 * * * *", time_zone="UTC", misfire=misfire)), start=START - HOUR
        )  # type: ignore[arg-type]
        here.start("a")
        here.run_until(START + 30 * MINUTE)
        here.kill("a")
        here.at(START + 5 * HOUR + 30 * MINUTE, lambda: here.start("a"))
        here.run_until(START + 6 * HOUR + 30 * MINUTE)
        assert " ".join(run.slot.strftime("%H") for run in here.made["orders"]) == slots

    def test_stock_waits_for_products(self, world: Make) -> None:
        here = world(plan("stock", "0 * * * *", after=("products",), cap=4), plan("products", "0 * * * *", cap=4))
        here.start("a")
        here.run_until(START + 3 * HOUR)
        ends = {run.slot: run.ended for run in here.made["products"]}
        assert here.made["stock"]
        assert all(run.began >= ends[run.slot] for run in here.made["stock"])

    def test_a_system_is_read_by_no_more_than_its_cap(self, world: Make) -> None:
        plans = [plan(f"s{number}", "every 10m", cap=2) for number in range(6)]
        here = world(*plans, length=lambda stream, at: 2 * MINUTE, workers=6)
        here.start("a")
        here.start("b")
        here.run_until(START + HOUR)
        assert here.most_at_once == 2

    def test_a_start_with_a_backlog_is_spread(self, world: Make) -> None:
        plans = [plan(f"s{number}", "0 5 * * *", source=f"erp{number}") for number in range(40)]
        here = world(*plans, workers=40, spread=5 * MINUTE, length=lambda stream, at: 20 * MINUTE)
        here.start("a")
        here.kill("a")
        here.at(START + DAY, lambda: here.start("a"))
        here.run_until(START + DAY + HOUR)
        minutes = Counter(run.began.minute for runs in here.made.values() for run in runs)
        assert sum(minutes.values()) == 40
        assert max(minutes.values()) < 20
        assert set(minutes) <= set(range(6))

    def test_an_edited_rule_begins_anew_and_others_keep_their_place(self, world: Make) -> None:
        here = world(plan("orders", "every 1h"), plan("stock", "every 1h", cap=2))
        here.start("a")
        here.run_until(START + 70 * MINUTE)
        here.plans = {**here.plans, ("erp", "orders"): plan("orders", "every 20m", cap=2)}
        here.daemons["a"].adopt(here.plans)
        here._turn("a")
        here.run_until(START + 130 * MINUTE)
        assert began(here, "orders")[1:] == ["07:00", "07:20", "07:40", "08:00"]
        assert len(began(here, "stock")) == 3


class TestWhoHasToAct:
    def test_an_outage_backs_off_and_ends_with_the_first_success(self, world: Make) -> None:
        until = START + 3 * HOUR
        away = SourceUnavailable("shut.")
        here = world(plan("orders", "every 5m"), fate=lambda stream, at: away if at < until else None)
        here.start("a")
        here.run_until(START + 6 * HOUR)
        failed = [run for run in here.made["orders"] if run.status == "failed"]
        assert len(failed) < 10
        first_good = next(run for run in here.made["orders"] if run.status == "ok")
        assert first_good.began < until + HOUR + 10 * MINUTE
        assert len(began(here, "orders")) > 30, "then it goes on every five minutes"

    def test_a_rare_schedule_is_tried_sooner_after_an_outage(self, world: Make) -> None:
        here = world(
            plan("orders", "0 3 * * *"), fate=lambda stream, at: SourceUnavailable("shut.") if at.hour < 3 else None
        )
        here.start("a")
        here.run_until(START + DAY)
        statuses = [run.status for run in here.made["orders"]]
        assert (statuses[0], statuses[-1], statuses.count("ok")) == ("failed", "ok", 1)

    def test_other_streams_leave_a_system_alone_that_is_away(self, world: Make) -> None:
        plans = [plan(f"s{number}", "every 10m") for number in range(5)]
        here = world(*plans, fate=lambda stream, at: SourceUnavailable("shut."))
        here.start("a")
        here.run_until(START + 2 * HOUR)
        assert sum(map(len, here.made.values())) < 20

    def test_a_refused_login_pauses_and_the_second_one_pauses_the_system(self, world: Make) -> None:
        plans = [plan(f"s{number}", "every 10m") for number in range(5)]
        here = world(*plans, fate=lambda stream, at: AuthError("refused."))
        here.start("a")
        here.run_until(START + DAY)
        assert sum(map(len, here.made.values())) == 2, "each try counts towards locking the account"
        with open_store(here.url) as store:
            whole = Operations(store).schedule("erp", EVERY_STREAM)
            assert whole is not None
            assert whole.paused_by == "credentials"
            assert Operations(store).resume("erp", None) == 2
        here.fate = lambda stream, at: None
        here.run_until(START + 2 * DAY)
        assert all(runs[-1].status == "ok" for runs in here.made.values())

    def test_an_answer_of_another_shape_leaves_the_schedule_as_it_is(self, world: Make) -> None:
        here = world(plan("orders", "every 30m"), fate=lambda stream, at: SourceChanged("odd."))
        here.start("a")
        here.run_until(START + 90 * MINUTE)
        assert began(here, "orders") == ["06:00", "06:30", "07:00"]

    def test_a_run_that_was_stopped_is_gone_on_with(self, world: Make) -> None:
        seven = START + HOUR
        stopped = Cancelled("stopped.")
        here = world(plan("orders", "0 8 * * *"), fate=lambda stream, at: stopped if at < seven + 5 * MINUTE else None)
        here.start("a")
        here.run_until(START + 2 * HOUR)
        made = here.made["orders"]
        assert {run.slot for run in made} == {seven}, "08:00 in Berlin"
        assert made[-1].status == "ok"


class TestPeople:
    def test_a_pause_holds_and_a_resume_makes_up_for_it(self, world: Make) -> None:
        here = world(plan("orders", "every 30m"))
        here.start("a")
        here.run_until(START + 10 * MINUTE)
        with open_store(here.url) as store:
            ops = Operations(store)
            assert ops.pause("erp", "orders", here.now, "ann", "a move")
            here.run_until(START + 5 * HOUR)
            assert began(here, "orders") == ["06:00"]
            ops.resume("erp", "orders")
        here._turn("a")
        here.run_until(START + 5 * HOUR + 10 * MINUTE)
        assert began(here, "orders") == ["06:00", "11:00"]

    def test_a_wish_is_heeded_once(self, world: Make) -> None:
        here = world(plan("orders", "0 3 * * *"))
        here.start("a")
        with open_store(here.url) as store:
            assert Operations(store).want("erp", "orders", START + HOUR)
        here.at(START + HOUR, lambda: here._turn("a"))
        here.run_until(START + 3 * HOUR)
        assert began(here, "orders") == ["07:00"]


def require_policy(found: list[Made], rule_plan: Plan, begin: datetime, end: datetime) -> None:
    """No slot done twice, none lost: each is done itself, or by a later one that was begun after it."""
    done = [run for run in found if run.status == "ok"]
    slots = [run.slot for run in done]
    assert len(slots) == len(set(slots)), "a slot was done twice"
    assert slots == sorted(slots)
    expected, slot = [], rule_plan.rule.first(begin)
    while slot < end:
        expected.append(slot)
        slot = rule_plan.rule.after(slot)
    assert set(slots) <= set(expected), "a run that no schedule names"
    if rule_plan.rule.misfire == "all":
        assert slots == expected[: len(slots)], "a slot was lost"
    elif rule_plan.rule.misfire == "once":
        for each in expected:
            if each < end - 6 * HOUR:
                later = [run for run in done if run.slot >= each]
                assert later, f"{each} was lost"
                assert later[0].slot == each or later[0].began >= each
    else:
        assert all(
            run.began - run.slot < 2 * MINUTE
            or any(other.status == "killed" and other.slot == run.slot for other in found)
            for run in done
        )


PLANS = (
    plan("orders", every(60), cap=3),
    plan("products", ScheduleSettings(cron="30 2 * * *"), cap=3),
    plan("stock", ScheduleSettings(cron="15 */4 * * *", misfire="all"), after=("products",), cap=3),
    plan("prices", ScheduleSettings(cron="0 * * * *", misfire="skip", quiet=("22:00-06:00",)), cap=3),
)
ACTIONS = st.lists(
    st.tuples(st.integers(1, 60 * 60), st.sampled_from(["start", "kill"]), st.sampled_from("ab")), max_size=25
)


def live(world: World, actions: list[tuple[int, str, str]], length: timedelta) -> None:
    for minutes, action, name in actions:
        what = world.start if action == "start" else world.kill
        world.at(world.now + minutes * MINUTE, lambda what=what, name=name: what(name))  # type: ignore[misc]
    world.start("a")
    world.at(world.now + length - 12 * HOUR, lambda: world.start("a"))
    world.run_until(world.now + length)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTIONS, st.integers(1, 90))
def test_whatever_starts_and_dies_no_run_is_missed_or_doubled(
    world: Make, actions: list[tuple[int, str, str]], minutes: int
) -> None:
    here = world(*PLANS, length=lambda stream, at: minutes * MINUTE)
    live(here, actions, 3 * DAY)
    for each in PLANS:
        require_policy(here.made.get(each.stream, []), each, START, START + 3 * DAY)


def test_thirty_days_with_two_daemons_kills_outages_and_a_change_of_the_clock(world: Make) -> None:
    dice = random.Random(7)
    here = world(*PLANS, length=lambda stream, at: dice.randrange(1, 40) * MINUTE)
    actions = [
        (dice.randrange(30 * 24 * 60), dice.choice(["start", "start", "kill"]), dice.choice("ab")) for _ in range(120)
    ]
    live(here, actions, 30 * DAY)
    for each in PLANS:
        require_policy(here.made[each.stream], each, START, START + 30 * DAY)
    assert len(here.made["orders"]) > 400
    night = [run.slot for run in here.made["products"] if run.slot.date() == datetime(2026, 3, 29).date()]
    assert night == [datetime(2026, 3, 29, 1, tzinfo=UTC)] * len(night)
    assert len(here.made["products"]) >= 28
