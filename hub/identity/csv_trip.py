"""Questions and decisions as a CSV file that people work on in a spreadsheet, and back.

Open questions have an empty `answer`; whoever fills in `same` or `apart` has decided. Decisions in force stand in the
file with the pairs they are made of, so that they can be taken to another hub. Importing a file as it was exported
changes nothing; a row that is missing takes nothing back (`hub match undo` does).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from hub.errors import UsageError
from hub.identity.clerk import Clerk
from hub.identity.loading import key_of
from hub.identity.reasons import headline, reasons, rows_of
from hub.store.identity import LETTERS, RESOLVED, Decision, Said

if TYPE_CHECKING:
    from hub.store.base import Store

COLUMNS = (
    "what", "number", "entity", "kind", "left", "right", "left_is", "right_is", "rule", "score", "reasons", "answer",
    "who", "at", "why",
)  # fmt: skip
_NEEDED = {"what", "entity", "left", "right", "answer"}
_ANSWERS = {"same": True, "accept": True, "yes": True, "apart": False, "reject": False, "no": False}
_KINDS = ("accept", "reject", "split", "merge")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOST = 1_000_000


@dataclass
class Imported:
    """What an import did. `refused` has a sentence for each row that could not be heeded."""

    decided: int = 0
    already: int = 0
    unanswered: int = 0
    refused: list[str] = field(default_factory=list)


def export(store: Store, file: TextIO) -> int:
    """Write all open questions and all decisions in force; returns how many rows."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    written = 0
    for row in (*_questions(store), *_decided(store)):
        writer.writerow([_safe(value) for value in row])
        written += 1
    return written


def _questions(store: Store) -> Iterator[list[Any]]:
    for entity in RESOLVED:
        asked = store.reviews(entity=entity, limit=_MOST)
        rows = rows_of(store, entity, sorted({key for each in asked for key in (each.left, each.right)}))
        for each in asked:
            left, right = rows.get(each.left), rows.get(each.right)
            score = "" if each.score is None else f"{each.score:.1f}"
            told = " ".join(reasons(each.evidence, left, right))
            yield [
                "question", each.id, entity, "", each.left, each.right, headline(entity, left), headline(entity, right),
                each.rule, score, told, "", "", "", "",
            ]  # fmt: skip


def _decided(store: Store) -> Iterator[list[Any]]:
    for each in store.decisions():
        for said in each.pairs if each.in_force else ():
            answer = "same" if said.same else "apart"
            yield [
                "decision", each.id, each.entity, each.kind, said.left, said.right, "", "", "", "", "", answer,
                each.who, each.at.isoformat(), each.why,
            ]  # fmt: skip


def _safe(value: Any) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def take_in(clerk: Clerk, path: Path) -> Imported:
    """Heed a file that people worked on."""
    done = Imported()
    decisions: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in _rows(path):
        try:
            _require_sound(row)
            if row["what"] == "decision":
                decisions.setdefault(row["number"], []).append((line, row))
            else:
                _answer(clerk, row, done)
        except UsageError as error:
            done.refused.append(f"line {line}: {error}")
    known = {_shape(each) for each in clerk.store.decisions() if each.in_force}
    for rows in decisions.values():
        _take_decision(clerk, [row for _, row in rows], known, done)
    return done


def _require_sound(row: dict[str, str]) -> None:
    if row["what"] not in ("question", "decision"):
        raise UsageError("`what` is neither question nor decision.", fix="Leave the first columns as exported.")
    if row["entity"] not in LETTERS or "/" not in row["left"] or "/" not in row["right"] or row["left"] == row["right"]:
        raise UsageError("it does not name two records.", fix="Write instance/key, as in sap/4711.")
    if row["answer"] and row["answer"].lower() not in _ANSWERS:
        raise UsageError("`answer` is not one of same, apart.", fix="Leave it empty to be asked again.")
    if row["what"] == "decision" and (not row["answer"] or row.get("kind") not in _KINDS):
        raise UsageError("a decision needs its kind and answer.", fix="Leave the rows of decisions as exported.")


def _answer(clerk: Clerk, row: dict[str, str], done: Imported) -> None:
    if not row["answer"]:
        done.unanswered += 1
        return
    why, same = row.get("why", ""), _ANSWERS[row["answer"].lower()]
    one, two = clerk.group(row["left"], row["entity"]), clerk.group(row["right"], row["entity"])
    held_apart = any(
        {said.left, said.right} == {key_of(row["left"]), key_of(row["right"])} and not said.same
        for each in clerk.store.decisions(entity=row["entity"])
        for said in each.pairs
        if each.in_force
    )
    if (one.golden_id == two.golden_id) if same else held_apart:
        done.already += 1
        return
    clerk.accept(row["left"], row["right"], why) if same else clerk.reject(row["left"], row["right"], why)
    done.decided += 1


def _take_decision(clerk: Clerk, rows: Sequence[dict[str, str]], known: set[Any], done: Imported) -> None:
    first = rows[0]
    said = tuple(Said(key_of(row["left"]), key_of(row["right"]), _ANSWERS[row["answer"].lower()]) for row in rows)
    who, why = first.get("who") or clerk.who, first.get("why", "")
    decision = Decision(0, first["entity"], first["kind"], who, why, _moment(first.get("at", "")), said, {})
    if _shape(decision) in known:
        done.already += 1
        return
    clerk.store.decide(decision, {})
    known.add(_shape(decision))
    done.decided += 1


def _shape(decision: Decision) -> Any:
    return decision.entity, decision.kind, frozenset(decision.pairs)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    fix = "Start from `hub match export`, and keep its columns."
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=";" if sample.count(";") > sample.count(",") else ",")
            if missing := _NEEDED - set(reader.fieldnames or ()):
                raise UsageError(f"{path} lacks the columns {', '.join(sorted(missing))}.", fix=fix)
            for row in reader:
                yield reader.line_num, {name: _bare(value or "") for name, value in row.items() if name}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {type(error).__name__}.", fix=fix) from error


def _bare(text: str) -> str:
    """A cell without what protects it from being a formula."""
    text = text.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
