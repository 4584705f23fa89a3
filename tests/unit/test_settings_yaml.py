"""YAML is read as people mean it, with the place of each value; what is no settings file is told, quickly."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from hub.settings.yaml_source import MAX_BYTES, Document, Place, SourceMistake, parse, read_document

FILE = Path("x.yaml")


def data(text: str) -> Any:
    return parse(text, FILE).data


def mistake(text: str) -> SourceMistake:
    with pytest.raises(SourceMistake) as caught:
        parse(text, FILE)
    return caught.value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("012", "012"), ("0123456", "0123456"), ("+49", "+49"), ("0x1F", "0x1F"), ("0o17", "0o17"),
        ("12:30", "12:30"), ("1:30:00", "1:30:00"), ("1_000", "1_000"), ("1e3", "1e3"), ("1.10", "1.10"),
        (".inf", ".inf"), ("2024-01-31", "2024-01-31"), ("2024-01-31 10:00:00", "2024-01-31 10:00:00"),
        ("every 15m", "every 15m"), ("123456789012345678901", "123456789012345678901"),
        ("0", 0), ("17", 17), ("-5", -5), ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("'17'", "17"), ('"true"', "true"), ("''", ""), ("!!str 17", "17"),
    ],
)  # fmt: skip
def test_scalars_are_what_people_mean(written: str, meant: Any) -> None:
    value = data(f"a: {written}")["a"]
    assert value == meant
    assert type(value) is type(meant)


def test_keys_are_texts() -> None:
    assert data("{1: a, true: b, no: c, 2024-01-01: d, null: e}") == {
        "1": "a", "true": "b", "no": "c", "2024-01-01": "d", "null": "e",
    }  # fmt: skip


def test_every_value_and_key_has_its_place() -> None:
    document = parse("a: 1\nb:\n  - x\n  - c: y\n", FILE)
    assert document.place(("b",), key=True) == Place(2, 1)
    assert document.place(("b", 0)) == Place(3, 5)
    assert document.place(("b", 1, "c"), key=True) == Place(4, 5)
    assert document.place(("b", 1, "c")) == Place(4, 8)
    assert document.place(("b", 1, "missing", "deeper")) == Place(4, 5), "the nearest thing that is there"


def test_columns_count_characters_not_bytes() -> None:
    assert parse("{ä€: ö, b: c}", FILE).place(("b",), key=True) == Place(1, 9)


def test_anchors_and_merges_work_and_point_to_where_the_text_stands() -> None:
    document = parse("a: &x\n  k: 5\n  l: [1, 2]\nb: *x\nc:\n  <<: *x\n  k: 6\n", FILE)
    assert document.data == {"a": {"k": 5, "l": [1, 2]}, "b": {"k": 5, "l": [1, 2]}, "c": {"k": 6, "l": [1, 2]}}
    assert document.place(("b", "k")) == Place(2, 6)
    document.data["b"]["l"].append(3)
    assert document.data["a"]["l"] == [1, 2], "an alias is a copy"


def test_a_repeated_key_is_noted_with_both_places() -> None:
    assert parse("a: 1\nb: 2\na: 3\n", FILE).repeated == [(("a",), Place(3, 1), Place(1, 1))]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n"])
def test_an_empty_file_is_nothing(text: str) -> None:
    assert data(text) is None


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a:\n\tb: 1", Place(2, 1), "a tab. Indent with spaces."),
        ("a: b: c", Place(1, 5), "Quote a value that holds `: `"),
        ("a: [1, 2\nb: 3", Place(2, 2), "began in line 1"),
        ('a: "x', Place(1, 6), "not valid YAML"),
        ("a: %x", Place(1, 4), "Quote a value that begins with %"),
        ("a: @x", Place(1, 4), "Quote a value that begins with %"),
        ('a: "C:\\dir"', Place(1, 7), "single quotes"),
        ("a:\n  b\n c: 1", Place(3, 3), "not valid YAML"),
        ("a: 1\nb 2\nc: 3", Place(3, 1), "needs a `:`"),
        ("a: *x", Place(1, 4), "`*x` names no anchor above"),
        ("a: &x [*x]", Place(1, 8), "`*x` names no anchor above"),
        ("? [a]\n: b", Place(1, 3), "a list as a key"),
        ("a: 1\n---\nb: 2", Place(2, 1), "a second document"),
        ("a: !!python/object/apply:os.system [id]", Place(1, 4), "Tags are not used here"),
        ("a: !secret x", Place(1, 4), "Tags are not used here"),
        ("a: \x00", Place(1, 4), "a control character (U+0000)"),
        ("a: \x1b[2J", Place(1, 4), "a control character (U+001B)"),
        ("a: \ud800", Place(1, 4), "UTF-8"),
        ("<<: 5", Place(1, 1), "`<<` takes a mapping"),
    ],
)
def test_what_is_not_readable_is_told_with_its_place(text: str, place: Place, says: str) -> None:
    found = mistake(text)
    assert says in found.problem
    assert found.place == place


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
            for before, name in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "a: &x {}\n" + "b: *x\n" * 60_000,
        "? " * 50_000,
        "a: '" + "x" * MAX_BYTES + "'",
        "&a " * 50_000,
        "#" * MAX_BYTES + "\n",
    ],
    ids=["billion laughs", "lists", "mappings", "dashes", "many aliases", "keys", "long text", "anchors", "comment"],
)  # fmt: skip
def test_a_bomb_costs_little(text: str) -> None:
    started = time.process_time()
    with pytest.raises(SourceMistake):
        parse(text, FILE)
    assert time.process_time() - started < 10, "unfolded, it would take for ever"


def test_a_merge_bomb_is_stopped_too() -> None:
    text = "a: &a {x: 1}\n" + "".join(
        f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 20)}], {name}1: *{before}, {name}2: *{before}}}\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "more than" in mistake(text).problem


def test_files_are_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\nb: 1\r\n")
    document = read_document(path)
    assert document.data == {"a": "é", "b": 1}
    assert document.place(("a",), key=True) == Place(1, 1)


@pytest.mark.parametrize(
    ("raw", "place", "says"),
    [
        (b"a: 1\nb: caf\xe9\n", Place(2, 7), "the byte 0xE9 is not UTF-8"),
        ("a: 1".encode("utf-16"), Place(1, 1), "UTF-16"),
        (b"x" * (MAX_BYTES + 10), Place(1, 1), "larger than"),
    ],
)
def test_other_encodings_and_huge_files_are_told(tmp_path: Path, raw: bytes, place: Place, says: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(raw)
    with pytest.raises(SourceMistake) as caught:
        read_document(path)
    assert says in caught.value.problem
    assert caught.value.place == place


def test_a_document_without_anything_points_to_its_beginning() -> None:
    assert Document(FILE).place(("a", "b")) == Place(1, 1)
