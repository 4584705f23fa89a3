"""`hub match`: which records are one customer or product, why, and what people say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hub.errors import UsageError
from hub.output import JsonOption, print_json, say, talk

if TYPE_CHECKING:
    from hub.identity.clerk import Clerk
    from hub.identity.run import Outcome
    from hub.session import Session
    from hub.store.base import Store

match = typer.Typer(
    help="One company and one product across all systems: links, questions, decisions.", no_args_is_help=True
)

Entity = Literal["customers", "products"]
WhyOption = Annotated[str, typer.Option("--why", help="Why, for whoever asks later.")]
Records = Annotated[
    list[str], typer.Argument(help="Records as instance/key (sap/4711) or golden records (C000042).", metavar="RECORD…")
]


@match.command("run")
def run_now(
    context: typer.Context,
    *,
    full: Annotated[bool, typer.Option("--full", help="Compare everything again, not only what has changed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look which new and changed records are one, and bring golden records up to date. A sync does it, too."""
    with context.obj.open_store() as store:
        outcome = _resolve(context.obj, store, full=full)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(outcome))
    else:
        _tell(outcome)


@match.command("list")
def list_questions(
    context: typer.Context,
    *,
    text: Annotated[str, typer.Argument(help="With --linked: only names that contain this.", metavar="[TEXT]")] = "",
    entity: Annotated[Entity | None, typer.Option("--entity", help="Only customers, or only products.")] = None,
    linked: Annotated[bool, typer.Option("--linked", help="Golden records instead, the largest first.")] = False,
    decisions: Annotated[bool, typer.Option("--decisions", help="What people decided instead.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """The questions that wait for a person: pairs that may be one. The surest come first."""
    with _clerk(context.obj) as clerk:
        if linked:
            _list_golden(clerk.store, text, entity, limit, as_json=as_json)
        elif decisions:
            _list_decisions(clerk.store, entity, limit, as_json=as_json)
        else:
            _list_reviews(clerk.store, entity, limit, as_json=as_json)


@match.command("show")
def show_one(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="Number of a question, a golden record, a record, or a part of a name.")],
    as_json: JsonOption = False,
) -> None:
    """Why records are one, or may be: every reason in plain words, with the values of both sides."""
    from hub.identity import reasons, tell

    with _clerk(context.obj) as clerk:
        if what.isdecimal():
            review = clerk.review(int(what))
            rows = reasons.rows_of(clerk.store, review.entity, [review.left, review.right])
            linked_from = context.obj.hub_settings.identity.link_score
            _show(
                as_json,
                lambda: tell.review_document(review, rows),
                lambda: tell.review_lines(clerk, review, linked_from),
            )
            return
        group = clerk.group(what if "/" in what or _is_golden(what) else _named(clerk.store, what))
        _show(as_json, lambda: tell.group_document(clerk.store, group), lambda: tell.group_lines(clerk.store, group))


@match.command("accept")
def accept_questions(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(help="Numbers of questions.", metavar="NUMBER…")],
    *,
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Yes, the two are one; so are all records of their golden records. It holds for ever, until you undo it."""

    def decide(clerk: Clerk) -> Iterator[int]:
        for review in [clerk.open_review(number) for number in numbers]:
            if clerk.group(str(review.left), review.entity) != clerk.group(str(review.right), review.entity):
                yield clerk.accept(str(review.left), str(review.right), why)

    _decide(context.obj, decide, as_json=as_json)


@match.command("reject")
def reject_questions(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(help="Numbers of questions.", metavar="NUMBER…")],
    *,
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """No, the two are not one. They will never be linked, nor asked about again, until you undo it."""

    def decide(clerk: Clerk) -> Iterator[int]:
        for review in [clerk.open_review(number) for number in numbers]:
            yield clerk.reject(str(review.left), str(review.right), why)

    _decide(context.obj, decide, as_json=as_json)


@match.command("split")
def split_records(
    context: typer.Context, records: Records, *, why: WhyOption = "", as_json: JsonOption = False
) -> None:
    """Take records out of their golden record: a wrong link. Together they make one of their own, for ever."""
    _decide(context.obj, lambda clerk: iter([clerk.split(records, why)]), as_json=as_json)


@match.command("merge")
def merge_records(
    context: typer.Context, records: Records, *, why: WhyOption = "", as_json: JsonOption = False
) -> None:
    """Make golden records one, with all their records. The oldest number stays."""
    _decide(context.obj, lambda clerk: iter([clerk.merge(records, why)]), as_json=as_json)


@match.command("undo")
def undo_decision(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Number of a decision; `hub match list --decisions` shows them.")],
    *,
    why: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a decision back, whoever made it. It stays on record, with your name."""

    def decide(clerk: Clerk) -> Iterator[int]:
        yield clerk.undo(number, why).id

    _decide(context.obj, decide, as_json=as_json)


@match.command("stats")
def show_stats(context: typer.Context, as_json: JsonOption = False) -> None:
    """Links by rule, open questions, singles, the largest golden records, conflicts."""
    from hub.identity.statistics import statistics, statistics_lines

    with context.obj.open_store() as store:
        document = statistics(store)
    _show(as_json, lambda: document, lambda: statistics_lines(document))


@match.command("evaluate")
def evaluate_links(
    context: typer.Context,
    truth: Annotated[Path, typer.Argument(help="CSV with left, right, same; or with record, cluster.")],
    *,
    entity: Annotated[Entity, typer.Option("--entity", help="What its records are.")] = "customers",
    as_json: JsonOption = False,
) -> None:
    """Compare with what you know to be true: precision, recall and F1 of pairs and of clusters."""
    from hub.identity.statistics import evaluate, evaluation_lines

    with _clerk(context.obj) as clerk:
        document = evaluate(clerk.store, truth, entity)
    _show(as_json, lambda: document, lambda: evaluation_lines(document))


@match.command("export")
def export_csv(
    context: typer.Context,
    target: Annotated[Path | None, typer.Argument(help="File; the terminal where not given.")] = None,
) -> None:
    """Write open questions and all decisions as CSV. Fill in `answer` (same or apart), then import it."""
    import sys

    from hub.identity.csv_trip import export

    with _clerk(context.obj) as clerk:
        if target is None:
            export(clerk.store, sys.stdout)
            return
        try:
            with target.open("w", encoding="utf-8", newline="") as file:
                rows = export(clerk.store, file)
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror}.", fix="Choose another place.") from error
    say(f"wrote {rows:,} rows to {target}")


@match.command("import")
def import_csv(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="File that `hub match export` wrote, with answers.")],
    as_json: JsonOption = False,
) -> None:
    """Heed the answers in a CSV file. What was decided already changes nothing."""
    from dataclasses import asdict

    from hub.identity.csv_trip import take_in

    with _clerk(context.obj) as clerk:
        done = take_in(clerk, source)
        outcome = _resolve(context.obj, clerk.store)
    if as_json:
        print_json(asdict(done))
    else:
        say(f"{done.decided:,} decided, {done.already:,} known already, {done.unanswered:,} without an answer")
        _tell(outcome)
        for line in done.refused:
            talk(line)
    raise typer.Exit(1 if done.refused else 0)


def hub_cli(app: typer.Typer) -> None:
    """Add our commands."""
    app.add_typer(match, name="match")


# -- what they share
@contextmanager
def _clerk(session: Session) -> Iterator[Clerk]:
    from hub.identity.clerk import Clerk, whoami

    with session.open_store() as store:
        yield Clerk(store, whoami())


def _resolve(session: Session, store: Store, *, full: bool = False) -> Outcome:
    from hub.identity.elsewhere import cluster_of
    from hub.identity.run import resolve

    settings, folder = session.hub_settings.identity, session.state_dir / "identity"
    return resolve(store, settings, folder, full=full, cluster=cluster_of(session))


def _decide(session: Session, decide: Callable[[Clerk], Iterator[int]], *, as_json: bool) -> None:
    """Keep decisions, let them take effect, and tell them."""
    from hub.identity.tell import decision_document, decision_line

    with _clerk(session) as clerk:
        numbers = list(decide(clerk))
        _resolve(session, clerk.store)
        made = clerk.store.decisions(ids=numbers)
    if as_json:
        print_json([decision_document(each) for each in made])
        return
    for each in made:
        say(decision_line(each))
        if each.in_force:
            talk(f"Reports follow from now on. `hub match undo {each.id}` takes it back.")
    if not made:
        talk("Nothing to decide: they are one already.")


def _tell(outcome: Outcome) -> None:
    if outcome.kind == "none":
        say("Nothing has changed since the last resolution.")
        return
    for entity, compared in outcome.compared.items():
        told = outcome.counts[entity]
        say(
            f"{entity}: {compared:,} records compared, {told['new']:,} new, {told['moved']:,} moved to another golden"
            f" record, {told['asked']:,} questions open"
        )


def _show(as_json: bool, document: Callable[[], Any], lines: Callable[[], Iterator[str]]) -> None:
    if as_json:
        print_json(document())
        return
    for line in lines():
        say("".join(letter if letter.isprintable() else " " for letter in line))


def _is_golden(what: str) -> bool:
    return len(what) >= 7 and what[0].upper() in "CP" and what[1:].isdecimal()


def _named(store: Store, text: str) -> str:
    """The golden record whose name contains a text; UsageError where it is none, or not one."""
    found = [each for entity in ("customers", "products") for each in store.find_golden(entity, text, 10)]
    if len(found) == 1:
        return found[0][0]
    if not found:
        raise UsageError(f"no name contains `{text[:80]}`.", fix="`hub match list --linked TEXT` searches.")
    listed = ", ".join(f"{golden} ({name})" for golden, name, _ in found[:5])
    raise UsageError(f"several names contain it: {listed}.", fix="Name one by its number.")


def _list_reviews(store: Store, entity: str | None, limit: int, *, as_json: bool) -> None:
    from hub.identity import reasons, tell

    found = store.reviews(entity=entity, limit=limit)
    if as_json:
        rows = {
            name: reasons.rows_of(store, name, {k for r in found for k in (r.left, r.right)})
            for name in {r.entity for r in found}
        }
        print_json([tell.review_document(each, rows[each.entity]) for each in found])
        return
    _table(
        ["question", "score", "rule", "record", "is", "record", "is"],
        tell.review_rows(store, found),
        "No question is open.",
    )
    if found:
        talk("`hub match show NUMBER` gives the reasons; then `hub match accept` or `hub match reject`.")


def _list_golden(store: Store, text: str, entity: str | None, limit: int, *, as_json: bool) -> None:
    names = (entity,) if entity else ("customers", "products")
    found = [each for name in names for each in store.find_golden(name, text, limit)]
    if as_json:
        print_json([{"golden_id": golden, "name": name, "records": records} for golden, name, records in found])
    else:
        _table(["golden record", "name", "records"], [list(each) for each in found], "No golden record fits.")


def _list_decisions(store: Store, entity: str | None, limit: int, *, as_json: bool) -> None:
    from hub.identity.tell import decision_document, decision_line

    found = store.decisions(entity=entity)[-limit:]
    if as_json:
        print_json([decision_document(each) for each in found])
    else:
        _show(
            False, dict, lambda: iter([decision_line(each) for each in found] or ["Nobody has decided anything yet."])
        )


def _table(headers: list[str], rows: list[list[Any]], nothing: str) -> None:
    """Columns side by side."""
    texts = [["-" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headers, *texts, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [headers, *texts]
    ]
    _show(False, dict, lambda: iter(lines if rows else [nothing]))
