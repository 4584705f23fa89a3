"""Names of companies and people in a form that can be compared: words, legal forms, numerals, branch, other names."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from hub.identity import forms, words
from hub.identity.texts import latin, plain

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}
_WORD = re.compile(r"[a-z0-9]+")
_DASH = re.compile(r" [-/] ")
_BLANKS = re.compile(r"[\s,;:(\[)\]-]+")
_INITIALS = re.compile(r"\b(\w)[./](?=\w\b)")
_JOINED = re.compile(r"(?<=\b\w) ?& ?(?=\w\b)")
_DOTTED_END = re.compile(r"(?:\b\w\.){2,4}\W*$")
_OWNER = re.compile(rf"(?<=\S)[\s,;:(–-]+(?:{'|'.join(words.OWNER)})\b[.:]*\s+\S.*$", re.IGNORECASE)
_DEPARTMENT = re.compile(r"\s*(?:\s[-–/]\s|[,;:(])\s*([^-–/,;:()]{2,25})\)?\s*$")
_ACRONYM = re.compile(r"^([A-Z]{2,6}) [-–] (.+)$|^(.+?)(?: [-–] | ?\()([A-Z]{2,6})\)?$")
_STATUS = re.compile(
    r"[\s,(–-]+(?:in (?:administration|liquidation|insolvenz|abwicklung|liquidazione|receivership|konkurs|liquidatie)"
    r"|i\.\s?[lia]\.|en liquidaci[oó]n|en liquidation|w likwidacji|w upad[lł]o[sś]ci|v likvid[aá]cii?|under konkurs)"
    r"\)?\s*$",
    re.IGNORECASE,
)
"""What becomes of a company, behind its name."""
_BEFORE_STATUS = frozenset(["in", "en", "w", "v", "under"])
_SET_OFF = frozenset("-–/,;:(")
_LONG = 28
"""Signs from which on a field may have cut a name off."""
_AND_CO = re.compile(r"\b(?:und|and|u|et|y|e|og|och)\.? (?=(?:co|cie|company|cia|comp)\b)")


class Name(NamedTuple):
    """One name of a record. `words` are plain, without legal form and connecting words; never empty. `forms` are codes
    of `hub.identity.forms`; `branch` is what follows a word for a branch, the word itself where nothing follows."""

    words: tuple[str, ...]
    forms: tuple[str, ...] = ()
    numerals: tuple[str, ...] = ()
    branch: str | None = None

    @property
    def text(self) -> str:
        return " ".join(self.words)


@lru_cache(maxsize=1 << 14)
def company_names(raw: str) -> tuple[Name, ...]:
    """The name itself, then former and trade names that stand beside it. Empty where the text says nothing."""
    main, others = _apart(latin(raw))
    parsed = [_name(part) for part in (main, *others)]
    return tuple(dict.fromkeys(name for name in parsed if name))


def person_name(raw: str) -> Name | None:
    """A person's name; words in order of the alphabet, since systems put either first."""
    text = raw.partition("@")[0]
    if ", " in text:
        text = " ".join(reversed(text.split(", ", 1)))
    found = sorted(_WORD.findall(plain(text).replace("'", "")))
    kept = tuple(word for word in found if word not in _TITLES)
    return Name(kept) if kept and "".join(kept) not in words.PLACEHOLDERS else None


_DEGREES = frozenset(["ing", "dr", "dipl", "prof", "mgr"])
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "mlle", "sr", "sra", "jr", "dipl", "ing", "mag"]
)


@cache
def _other_marks() -> tuple[str, ...]:
    return (*words.FORMER, *words.TRADING)


@cache
def _first_words(marks: tuple[str, ...]) -> frozenset[str]:
    """First words of marks: a text without any of them is not searched with the long pattern."""
    first = [latin(mark.split()[0]) for mark in marks]
    return frozenset(word for mark in first for word in (mark, mark.rstrip(".")))


@cache
def _other_name() -> re.Pattern[str]:
    marks = "|".join(re.escape(latin(mark.strip())) for mark in _other_marks())
    return re.compile(rf"(?:^|[\s,;(\-–/（])(?:{marks})(?=[\s:.])[:.]?\s*", re.IGNORECASE)


@cache
def _branch() -> re.Pattern[str]:
    marks = [latin(mark) for mark in words.BRANCH]
    sure = [mark for mark in marks if len(mark) > 4 and mark not in ("plant", "depot", "agence", "standort")]
    unsure = [mark for mark in marks if mark not in sure and mark.isascii()]
    unspaced = [mark for mark in marks if not mark.isascii() and len(mark) <= 3]
    either = "|".join(map(re.escape, sure))
    rare = "|".join(map(re.escape, unsure))
    return re.compile(
        rf"(?<=\S)[\s,(\-–/]+(?:niederlass[a-z]*|{either})(?:\b|(?<=\.))\W*(.*)$"
        rf"|(?<=\S)\s*[,(\-–/]\s*(?:{rare})\b\W*(.*)$|(?<=\S)({'|'.join(unspaced)})$",
        re.IGNORECASE,
    )


def _apart(raw: str) -> tuple[str, list[str]]:
    """The text before a mark like `formerly`, and the names after such marks or after a legal form and a dash."""
    if not _SET_OFF.isdisjoint(raw) and (found := _ACRONYM.match(raw)) and (acronym := _acronym(*found.groups(""))):
        return acronym
    if " - " in raw or " / " in raw:
        left, right = _DASH.split(raw, maxsplit=1)
        tokens = _tokens(left)
        cut = len(tokens) > 1 and len(_cut_end(tokens, [], forms.phrases(), forms.longest())) < len(tokens)
        if cut and not _branch().search(raw):
            return left, [right]
    if raw.isascii() and _first_words(_other_marks()).isdisjoint(_words_of(raw)):
        return raw, []
    pieces = _other_name().split(raw)
    main, others = pieces[0].rstrip(" ([（,-–"), [piece.strip(" )]）,.") for piece in pieces[1:]]
    return (main, [other for other in others if other]) if main else (raw, [])


def _acronym(before: str, rest: str, name: str, after: str) -> tuple[str, list[str]] | None:
    """The long name, and the short one beside it, where that is made of the long one's first letters."""
    short, long = before or after, rest or name
    initials = iter(word[0] for word in re.findall(r"\w+", plain(long)))
    return (long, [short]) if all(letter in initials for letter in short.lower()) else None


@lru_cache(maxsize=2)
def _words_of(raw: str) -> frozenset[str]:
    """Words as they are written, in lower case."""
    return frozenset(_BLANKS.split(raw.lower()))


def _name(raw: str) -> Name | None:
    branch = None
    if not _words_of(raw).isdisjoint(words.OWNER) or "inh." in raw.lower():
        raw = _OWNER.sub("", raw)
    if "i." in raw or "I." in raw or not _words_of(raw).isdisjoint(_BEFORE_STATUS):
        raw = _STATUS.sub("", raw)
    if (
        not _SET_OFF.isdisjoint(raw)
        and (found := _DEPARTMENT.search(raw))
        and "_".join(_WORD.findall(plain(found[1]))) in words.DEPARTMENTS
    ):
        raw = raw[: found.start()]
    may_be = not raw.isascii() or not _first_words(words.BRANCH).isdisjoint(_words_of(raw))
    if may_be and (found := _branch().search(raw)):
        branch = " ".join(_WORD.findall(plain(next(filter(None, found.groups()), "")))) or "branch"
        raw = raw[: found.start()]
    text, coded = forms.in_script(raw.lower()) if not raw.isascii() else (raw, [])
    tokens = _tokens(text)
    dotted = text[-1:] == "." and bool(_DOTTED_END.search(text))
    tokens, shown = _without_forms(tokens, joined="&" in text[:4], long=len(raw) >= _LONG, dotted=dotted)
    kept = _usual(tokens)
    if not kept or "".join(kept) in words.PLACEHOLDERS:
        return None
    numerals = tuple(sorted({_numeral(word) for word in kept if word.isdigit() or word in _ROMAN}))
    return Name(kept, tuple(sorted({*coded, *shown})), numerals, branch)


def _numeral(word: str) -> str:
    return _ROMAN.get(word, word.lstrip("0") or "0")


def _tokens(text: str) -> list[str]:
    """Words of a plain text; letters that stand alone in a row are one word (`S. p. A.`, `A & B`)."""
    low = plain(text)
    if not low.isalnum():
        low = low.replace("f.lli", "fratelli").replace("'", "").replace("’", "").replace("`", "")
        if "." in low or "/" in low:
            low = _INITIALS.sub(r"\1", low)
        if "&" in low:
            low = _JOINED.sub("", low)
        if " co" in low or " ci" in low:
            low = _AND_CO.sub("", low)
    merged: list[str] = []
    alone = False
    for word in _WORD.findall(low):
        single = len(word) == 1 and word.isalpha()
        if single and alone:
            merged[-1] += word
        else:
            merged.append(word)
        alone = single
    return merged


def _without_forms(tokens: list[str], *, joined: bool, long: bool, dotted: bool) -> tuple[list[str], list[str]]:
    found: list[str] = []
    table, longest = forms.phrases(), forms.longest()
    tokens = _without_partners(tokens)
    tokens = _cut_end(tokens, found, table, longest)
    if not found and len(tokens) > 1:
        tokens = _cut_spoilt(tokens, found, long=long, dotted=dotted)
    sure = not found or len(tokens[0]) > 2 or tokens[0] in ("sc", "pt") or found == ["abpubl"]
    if len(tokens) > 1 and tokens[0] in forms.FIRST and sure and not joined:
        tokens = _cut_start(tokens, found, table, longest)
    tokens = _cut_middle(tokens, found, table, longest)
    if not found and len(tokens) > 1 and len(tokens[-1]) > 3:
        code = forms.with_slips(tokens[-1])
        if code:
            return tokens[:-1], [code]
    return tokens, found


def _without_partners(tokens: list[str]) -> list[str]:
    """Without the partners' names that stand behind a partnership's form (`snc di Rossi e Bianchi`)."""
    for place in range(1, len(tokens) - 1):
        if tokens[place] == "sc" or (tokens[place] in ("snc", "sas") and tokens[place + 1] == "di"):
            return tokens[: place + 1]
    return tokens


def _cut_spoilt(tokens: list[str], found: list[str], *, long: bool, dotted: bool) -> list[str]:
    """Without a form at the end that a short field cut off, or that has a wrong letter among its dots."""
    if long and (cut := forms.cut_off(tokens)):
        found.append(cut[1])
        return tokens[: -cut[0]]
    if dotted and (code := forms.dotted_with_slips(tokens[-1])):
        found.append(code)
        return tokens[:-1]
    return tokens


def _cut_end(tokens: list[str], found: list[str], table: dict[tuple[str, ...], str], longest: int) -> list[str]:
    size = min(longest, len(tokens) - 1)
    while size > 0:
        code = table.get(tuple(tokens[-size:]))
        if code:
            found.append(code)
            tokens = tokens[:-size]
            size = min(longest, len(tokens) - 1)
        else:
            size -= 1
    return tokens


def _cut_start(tokens: list[str], found: list[str], table: dict[tuple[str, ...], str], longest: int) -> list[str]:
    for size in range(min(longest, len(tokens) - 1), 0, -1):
        code = table.get(tuple(tokens[:size]))
        if code:
            found.append(code)
            return tokens[size:]
    return tokens


def _cut_middle(tokens: list[str], found: list[str], table: dict[tuple[str, ...], str], longest: int) -> list[str]:
    for start in range(1, len(tokens)):
        if tokens[start] not in _middle_starts():
            continue
        for size in range(min(longest, len(tokens) - start), 0, -1):
            code = table.get(tuple(tokens[start : start + size]))
            if code in forms.ANYWHERE and tokens[start] not in ("limitada", "private", "pt"):
                found.append(code)
                return tokens[:start] + tokens[start + size :]
    return tokens


@cache
def _middle_starts() -> frozenset[str]:
    return frozenset(phrase[0] for phrase, code in forms.phrases().items() if code in forms.ANYWHERE)


@cache
def _spellings() -> dict[str, str]:
    return {plain(variant): plain(word) for variant, word in words.SPELLINGS.items()}


@lru_cache(maxsize=1 << 16)
def usual(word: str) -> str:
    """One word for its abbreviations, translations and plural."""
    word = words.NUMBERS.get(word) or _spellings().get(word, word)
    if len(word) > 4 and word[-1] == "s" and word[-2] not in "sui":
        word = word[:-1]
        return _spellings().get(word, word)
    return word


def _usual(tokens: list[str]) -> tuple[str, ...]:
    if len(tokens) > 1 and tokens[0] in _DEGREES:
        tokens = tokens[1:]
    kept = [usual(word) for word in tokens if word not in words.CONNECTORS]
    return tuple(kept or tokens)


def without_city(name: Name, city: str) -> Name | None:
    """The name without the company's own city, which some systems add; None where it has none, or little is left."""
    own = city.split()
    if len(name.words) < len(own) + 2 or not set(own) <= set(name.words):
        return None
    return name._replace(words=tuple(word for word in name.words if word not in own))


_UNALIKE = re.compile("[\u0590-\u08ff\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def in_other_script(raw: str) -> bool:
    """Whether a name is in a script of which people make other Latin letters than we do: all but Greek and Cyrillic."""
    return not raw.isascii() and bool(_UNALIKE.search(raw))
