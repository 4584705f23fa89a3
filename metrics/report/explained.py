"""Every figure of a report explained within its file: a bounded part of what `hub explain` tells of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import MONEY, Metric
from metrics import text
from metrics.base import Request
from metrics.explain.links import Links
from metrics.explain.many import Bounds, Keys, Wanted
from metrics.report.asking import command_of
from metrics.report.changes import changes
from metrics.report.cited import Asked, Cited, Held, Source, Summed, asked_of
from metrics.report.content import Content
from metrics.report.entries import Entry, entries
from metrics.report.evidence import evidence_of
from metrics.report.examples import dangling
from metrics.report.figures import Figure
from metrics.report.findings import Finding
from metrics.report.headlines import figures, parts_in_short
from metrics.report.sections import sections
from metrics.trust import DANGLING
from metrics.workbench import Workbench

if TYPE_CHECKING:
    from hub.store.base import Store

MOST_BYTES = 8_000_000
"""Of all explanations in one file. The figures behind that have their values and commands, but no records."""
_FURTHER = Bounds(records=5, left_out=1, rates=4)
"""For figures that are only reached through another one."""


@dataclass
class Explained:
    """What the file knows: the document that its script reads, and the place of each figure in it."""

    document: dict[str, Any]
    places: dict[Source, int] = field(default_factory=dict)
    headlines: Mapping[str, Source] = field(default_factory=dict)
    moves: Mapping[str, Source] = field(default_factory=dict)
    evidence: Mapping[str, Source] = field(default_factory=dict)
    """By the titles of headlines, and by what findings are about."""

    def place(self, source: Source) -> int | None:
        return self.places.get(source)

    def output_behind(self, finding: Finding) -> str:
        """The output that a finding is, where it is one of a metric."""
        source = self.evidence.get(finding.about)
        return source.output if isinstance(source, Cited) else ""

    def script(self) -> str:
        """The document as JSON that is safe within a `script` element."""
        told = json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))
        for letter in "<>&\u2028\u2029":
            told = told.replace(letter, f"\\u{ord(letter):04x}")
        return told

    def of(self, figure: Figure) -> int | None:
        """The place of a headline."""
        return self.places.get(self.headlines.get(figure.title))

    def moved(self, figure: Figure) -> int | None:
        """The place of how a headline changed."""
        return self.places.get(self.moves.get(figure.title))

    def behind(self, finding: Finding) -> int | None:
        """The place of what a finding counts."""
        return self.places.get(self.evidence.get(finding.about))


def explained(bench: Workbench, store: Store, content: Content, links: Links) -> Explained:
    """Take every figure that the report shows apart."""
    headlines, moves = _headlines(content), changes(content)
    evidence = evidence_of(bench, store, content)
    told = [*headlines.values(), *moves.values(), *sources_in_short(content), *evidence.values()]
    shown = dict.fromkeys([*(source for source in told if source), *_cited(content)])
    further = dict.fromkeys(
        source for each in shown for source in _behind(content, each) if source and source not in shown
    )
    wanted = [*_wanted(bench, content, shown, Bounds()), *_wanted(bench, content, further, _FURTHER)]
    found: dict[Source, Entry] = {}
    apart = entries(bench.engine, store, [each for _, each in wanted])
    by_asked: dict[tuple[Asked, Keys], Entry] = {}
    for (asked, _), those in zip(wanted, apart, strict=True):
        for keys, entry in those.items():
            by_asked.setdefault((asked, keys), entry)
    for source in (*shown, *further):
        if isinstance(source, Cited) and (source.asked, source.keys) in by_asked:
            found[source] = by_asked[source.asked, source.keys]
    made = _File(bench, content, links, found).written([*shown, *further])
    made.headlines, made.moves, made.evidence = headlines, moves, evidence
    return made


def _headlines(content: Content) -> dict[str, Source]:
    """The headlines that are the whole of a metric, by title."""
    found: dict[str, Source] = {}
    for figure in figures(content):
        if figure.source and figure.value is not None:
            name, output = figure.source
            result = content.results[name]
            if not result.metric.always:
                found[figure.title] = Cited(asked_of(content, name, ()), (), output)
    return found


def sources_in_short(content: Content) -> list[Source]:
    """What the first sentences of the report cite."""
    return [source for line in parts_in_short(content) for _, source in line]


def _cited(content: Content) -> Iterator[Source]:
    for section in sections(content):
        for row in section.table.cited:
            yield from (source for source in row if source)


def _behind(content: Content, source: Source) -> Iterable[Source]:
    """Figures that a figure is the sum of, where the report has them: rows of a class, systems of a month."""
    if isinstance(source, Summed):
        return [each for _, each in source.rows if not isinstance(each, Held)]
    return [each for _, each in _parts(content, source)]


def _parts(content: Content, source: Source) -> list[tuple[str, Cited]]:
    """The revenue of a month by system, as the chart draws it."""
    result = content.results.get("months")
    if result is None or content.chosen or not isinstance(source, Cited) or source.asked.by != ("month",):
        return []
    if source.asked.metric != result.metric.id:
        return []
    asked, place = asked_of(content, "months"), [column.name for column in result.columns]
    month, system = place.index("month"), place.index("source")
    return [
        (str(row[system]), Cited(asked, (row[month], row[system]), source.output))
        for row in result.rows
        if row[month] == source.keys[0]
    ]


def _wanted(
    bench: Workbench, content: Content, sources: Iterable[Source], bounds: Bounds
) -> list[tuple[Asked, Wanted]]:
    """The questions that these figures answer, each with all the rows that are shown."""
    keys: dict[Asked, dict[Keys, None]] = {}
    for source in sources:
        if isinstance(source, Cited):
            keys.setdefault(source.asked, {})[source.keys] = None
    return [
        (asked, Wanted(_request(bench, content, asked), tuple(rows), bounds)) for asked, rows in keys.items()
    ]  # fmt: skip


def _request(bench: Workbench, content: Content, asked: Asked) -> Request:
    start, end = asked.span or (content.start, content.end)
    found = bench.catalogue.request(
        asked.metric, by=asked.by, start=start, end=end, defaults=bench.defaults, given=dict(asked.given),
        only=content.only,
    )  # fmt: skip
    return found if asked.by else replace(found, by=())


class _File:
    """Puts the document together."""

    def __init__(self, bench: Workbench, content: Content, links: Links, found: dict[Source, Entry]) -> None:
        self.bench, self.content, self.links, self.found = bench, content, links, found
        self.metrics: dict[str, dict[str, Any]] = {}
        self.figures: list[dict[str, Any]] = []
        self.places: dict[Source, int] = {}
        self.rows: dict[tuple[Asked, Keys], int] = {}
        self.size = 0

    def written(self, sources: Sequence[Source]) -> Explained:
        for source in sources:
            if isinstance(source, Cited) and source in self.found:
                self._add(source)
        for source in sources:
            if isinstance(source, Summed):
                self.places[source] = len(self.figures)
                self.figures.append(self._summed(source))
        for source in list(self.places):
            if isinstance(source, Cited) and (parts := self._parts(source)):
                self.figures[self.places[source]].setdefault("parts", {})[source.output] = parts
        document = {"metrics": self.metrics, "figures": self.figures}
        return Explained(document, self.places)

    def _add(self, source: Cited) -> None:
        """A row of a metric is told once, for all its outputs."""
        row = (source.asked, source.keys)
        if row not in self.rows:
            metric = self.bench.catalogue[source.asked.metric]
            self.metrics.setdefault(metric.id, self._metric(metric))
            entry = self._linked(self._with_examples(source, self.found[source]))
            entry |= {"metric": metric.id, "by": [*source.asked.by],
                      "command": command_of(self.content, metric, source.asked, source.keys)}  # fmt: skip
            self.size += len(json.dumps(entry))
            if self.size > MOST_BYTES:
                entry |= {"records": [], "full": True, "asides": [{**each, "records": []} for each in entry["asides"]]}
            self.rows[row] = len(self.figures)
            self.figures.append(entry)
        self.places[source] = self.rows[row]

    def _with_examples(self, source: Cited, entry: Entry) -> Entry:
        """References are counted by field: some of the records that have those that lead nowhere."""
        if source.asked.metric != DANGLING.id or not int(entry["outputs"].get("dangling") or 0):
            return entry
        by = dict(zip(source.asked.columns, source.keys, strict=True))
        if not by.get("entity") or not by.get("field"):
            return entry
        request = _request(self.bench, self.content, source.asked)
        rows = dangling(self.bench.engine, request, by["entity"], by["field"], by.get("source"))
        told = [[by["entity"], name, key, "record", None, None, [to], "", None] for name, key, to in rows]
        return (
            {**entry, "values": ["leads_to"], "records": told, "total": int(entry["outputs"]["dangling"])}
            if told
            else entry
        )

    def _metric(self, metric: Metric) -> dict[str, Any]:
        return {
            "title": metric.title, "formula": metric.formula, "rule": metric.exclusions, "source": metric.source,
            "outputs": {
                output.name: [output.title, self.content.currency if output.unit == MONEY else output.unit]
                for output in metric.outputs
            },
        }  # fmt: skip

    def _linked(self, entry: Entry) -> Entry:
        """The entry with what its records are called and where their systems show them."""
        return {
            **entry,
            "records": [self._record(record) for record in entry["records"]],
            "asides": [
                {**each, "records": [self._record(record) for record in each["records"]]} for each in entry["asides"]
            ],
        }

    def _record(self, record: Sequence[Any]) -> list[Any]:
        entity, source, source_id, kind, number, day, values, rate, parent = record
        link = self.links.of(source, entity, source_id) if entity and source_id else None
        link = link or (self.links.of(source, *parent) if parent else None)
        name = "/".join(part for part in (source, entity, source_id) if part)
        return [text.printable(name, 160), kind, number, day, values, rate, link]

    def _summed(self, source: Summed) -> dict[str, Any]:
        return {
            "title": source.title, "value": source.value, "formula": source.formula, "heads": source.heads,
            "rows": [
                [cells, self.places.get(each), each.output if isinstance(each, Cited) else "", self._page(each)]
                for cells, each in source.rows
            ],
            "count": source.count, "command": source.command, "what": source.what,
        }  # fmt: skip

    def _page(self, source: Source) -> str | None:
        """The address of a record, or of the one that shows it."""
        return self.links.of(source.source, source.entity, source.source_id) if isinstance(source, Held) else None

    def _parts(self, source: Cited) -> list[list[Any]]:
        parts = [(label, each) for label, each in _parts(self.content, source) if each in self.places]
        return [
            [text.printable(label), self.figures[self.places[each]]["outputs"][each.output], self.places[each]]
            for label, each in parts
        ]
