"""Metrics that the admin wrote in `config/metrics/*.yaml`: read and checked, SQL and all, before any is computed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import ConfigError
from hub.settings.own_metrics import FOLDER, OwnMetric
from hub.settings.yaml_source import Place

if TYPE_CHECKING:
    from hub.sdk.metric import Metric
    from hub.settings.mistakes import Mistake
    from hub.settings.validate import Part

_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Written:
    """One definition as it stands in its file."""

    id: str
    definition: OwnMetric
    part: Part


def own_metrics(config_dir: Path, taken: frozenset[str] = frozenset()) -> list[Metric]:
    """The metrics, by file and place in it. `taken` are ids of others. Raises ConfigError with all mistakes."""
    files = sorted((config_dir / FOLDER).glob("*.y*ml")) if (config_dir / FOLDER).is_dir() else []
    if not files:
        return []
    from metrics.own_check import check
    from metrics.own_facts import metric_of

    mistakes: list[Mistake] = []
    written = list(_read(files, config_dir, taken, mistakes))
    metrics = [metric_of(each, checked) for each, checked in check(written, mistakes)]
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        told = tuple(dict.fromkeys(str(mistake) for mistake in sorted(mistakes)))
        raise ConfigError(f"{count} in metrics of your own; nothing was computed.", mistakes=told)
    return metrics


def _read(
    files: list[Path], config_dir: Path, taken: frozenset[str], mistakes: list[Mistake]
) -> Iterator[Written]:  # fmt: skip
    """Every definition that has the right form, once."""
    from hub.settings.mistakes import Mistake as Found
    from hub.settings.validate import Part, validate
    from hub.settings.yaml_source import SourceMistake, read_document

    seen: set[str] = set()
    for path in files:
        try:
            document = read_document(path)
        except SourceMistake as mistake:
            mistakes.append(Found(path, mistake.place, mistake.problem))
            continue
        except OSError as error:
            mistakes.append(Found(path, Place(), f"cannot be read: {error.strerror}."))
            continue
        if path.suffix == ".yml":
            mistakes.append(Found(path, Place(), "ends in .yml. Rename it to .yaml."))
        mistakes += [
            Found(path, second, f"{key[-1]} stands twice; the first is in line {first.line}.")
            for key, second, first in document.repeated
        ]
        if not isinstance(document.data, dict):
            if document.data is not None:
                mistakes.append(Part(document).mistake("expected metrics by id, each with its definition below."))
            continue
        for name in document.data:
            part = Part(document, (name,))
            problem = _problem_of_id(str(name), taken, seen)
            if problem:
                mistakes.append(part.mistake(problem, key=True))
            seen.add(str(name))
            outcome = validate(OwnMetric, part, base=config_dir.resolve().parent, resolve=False, given={})
            mistakes += outcome.mistakes
            if outcome.settings and not problem:
                yield Written(str(name), outcome.settings, part)


def _problem_of_id(name: str, taken: frozenset[str], seen: set[str]) -> str:
    if not _ID.fullmatch(name):
        return f"{name[:60]!r} is no id: small letters, digits and _, beginning with a letter."
    if name in taken:
        return f"there is a metric `{name}` already. Give yours another id."
    return f"`{name}` is defined twice." if name in seen else ""
