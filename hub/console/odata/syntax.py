"""`$filter`, read by the library odata-query into a syntax tree, with its mistakes told in our words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hub.console.odata.errors import ODataError, unsupported, wrong

LONGEST = 60_000
"""Characters of a filter."""
_KNOWN_ELSEWHERE = {"cast", "isof", "case", "matchesPattern"}


def tree(text: str, option: str = "$filter") -> Any:
    """The syntax tree of an expression. Raises ODataError."""
    from odata_query import exceptions
    from odata_query.grammar import ODataLexer, ODataParser

    if len(text) > LONGEST:
        raise wrong(f"{option} is longer than {LONGEST} characters.", option)
    try:
        found = ODataParser().parse(iter(list(_tokens(ODataLexer().tokenize(text.strip())))))
    except ODataError:
        raise
    except exceptions.UnknownFunctionException as error:
        raise _function(error.function_name, option) from None
    except exceptions.ArgumentCountException as error:
        raise wrong(f"The function {error.function_name} takes another number of arguments.", option) from None
    except exceptions.TokenizingException as error:
        raise wrong(f"{option} cannot be read from character {error.token.index + 1} on.", option) from None
    except (exceptions.ODataException, RecursionError, ValueError, TypeError, NotImplementedError, AttributeError):
        raise wrong(f"{option} is not an expression of OData.", option) from None
    if found is None:
        raise wrong(f"{option} is empty or not an expression of OData.", option)
    return found


def _function(name: str, option: str) -> ODataError:
    if name in _KNOWN_ELSEWHERE or name.startswith("geo."):
        return unsupported(f"The function {name} is not supported.", option)
    return wrong(f"There is no function {name[:60]}.", option)


def _tokens(tokens: Iterable[Any]) -> Iterator[Any]:
    """The library's tokens, with its own way to write a list of one: `('a')` becomes `('a',)`. `has` is told apart."""
    waiting: list[int] = []
    depth, after_in = 0, False
    before: Any = None
    for token in tokens:
        if token.type == "(":
            depth += 1
            if after_in:
                waiting.append(depth)
        elif token.type == "," and waiting and waiting[-1] == depth:
            waiting.pop()
        elif token.type == ")":
            if waiting and waiting[-1] == depth:
                waiting.pop()
                yield _comma(token)
            depth -= 1
        elif token.type == "ODATA_IDENTIFIER" and token.value.full_name() == "has" and _is(before, "WS"):
            raise unsupported(
                "The operator has is not supported: nothing here is an enumeration with flags.", "$filter"
            )
        after_in = token.type == "IN"
        before = token
        yield token


def _is(token: Any, kind: str) -> bool:
    return token is not None and token.type == kind


def _comma(like: Any) -> Any:
    from sly.lex import Token  # type: ignore[import-untyped]

    token = Token()
    token.type = token.value = ","
    token.lineno, token.index = like.lineno, like.index
    return token
