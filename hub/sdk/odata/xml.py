"""XML from a server we do not trust, read by the standard library.

expat (under ElementTree) is enough for `$metadata` and error bodies: it loads no external entity, and it is there
without lxml's or defusedxml's weight. What makes XML dangerous are document type declarations, since they alone can
define entities that grow or reach out. OData uses none, so a document that has one is refused at its first byte, before
anything in it is read.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers import expat

_PROLOG_STEP = b">"


class NotXml(ValueError):
    """The text says what was wrong; never a piece of the document."""


class _RootReached(Exception):
    """The prolog is over without a document type declaration; none can follow."""


def parse_xml(body: bytes) -> Element:
    """The root element. NotXml where the document is malformed or declares a document type."""
    _refuse_doctype(body)
    try:
        return fromstring(body)  # noqa: S314  without a document type nothing in it can grow or reach out
    except (ParseError, LookupError, ValueError) as error:
        raise NotXml(f"the XML is malformed ({type(error).__name__})") from None


def _refuse_doctype(body: bytes) -> None:
    """Feed expat tag by tag, so that no more than the beginning of a declaration is ever seen by it."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _doctype
    parser.StartElementHandler = _root
    start = 0
    try:
        while start < len(body):
            end = body.find(_PROLOG_STEP, start) + 1 or len(body)
            parser.Parse(body[start:end], False)
            start = end
    except _RootReached:
        return
    except NotXml:
        raise
    except (expat.ExpatError, LookupError, ValueError):
        raise NotXml("the XML is malformed") from None
    raise NotXml("the XML is cut off")


def _doctype(name: str, system_id: str | None, public_id: str | None, has_subset: bool) -> None:
    raise NotXml("the XML declares a document type, which OData never does")


def _root(name: str, attributes: dict[str, str]) -> None:
    raise _RootReached


def local(tag: str) -> str:
    """`{namespace}Name` -> Name."""
    return tag.rpartition("}")[2]
