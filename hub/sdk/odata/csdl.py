"""`$metadata` (EDMX with CSDL of OData 2, 3 or 4) -> Metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from xml.etree.ElementTree import Element

from hub.errors import SourceChanged
from hub.sdk.odata.metadata import EntitySet, Metadata, Navigation, Property, StructuredType, element_type
from hub.sdk.odata.version import Version
from hub.sdk.odata.xml import NotXml, local, parse_xml

_V4_EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
_DATA_SERVICES = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
_ANNOTATIONS = "{http://www.sap.com/Protocols/SAPData}"
_CAPABILITIES = (("FilterRestrictions", "NonFilterableProperties"), ("SortRestrictions", "NonSortableProperties"))
_UNITS = ("ISOCurrency", "Unit")
_MAX_ANCESTORS = 50


@lru_cache(maxsize=4)
def parse_metadata(body: bytes) -> Metadata:
    """Read a `$metadata` document. SourceChanged where it is none.

    Every stream of a source asks for the same document, which may be megabytes: it is read once in a process.
    """
    try:
        root = parse_xml(body)
    except NotXml as error:
        raise SourceChanged(f"$metadata cannot be read: {error}.", fix="Open it in a browser; report it.") from None
    if local(root.tag) != "Edmx":
        raise SourceChanged("$metadata is no EDMX document.", fix="Check `base_url` and the service's path.")
    return _Reader(root).metadata()


class _Reader:
    """One document. Names of types are made full, whatever alias a schema uses for itself."""

    def __init__(self, root: Element) -> None:
        self.schemas = [each for each in root.iter() if local(each.tag) == "Schema"]
        self.version = _version(root, self.schemas)
        self.aliases = {
            alias: each.get("Namespace", "") for each in self.schemas if (alias := each.get("Alias")) is not None
        }
        self.raw = {
            f"{schema.get('Namespace')}.{each.get('Name')}": each
            for schema, each in self._all("EntityType", "ComplexType")
        }
        self.ends = dict(self._associations())
        self.notes = dict(self._annotations())

    def metadata(self) -> Metadata:
        types = {name: self._structured(name, element) for name, element in self.raw.items()}
        sets = {each.name: each for each in self._sets()}
        return Metadata(self.version, sets, types, dict(self._enums()))

    def _all(self, *names: str) -> Iterator[tuple[Element, Element]]:
        for schema in self.schemas:
            for each in schema:
                if local(each.tag) in names:
                    yield schema, each

    def full(self, name: str) -> str:
        namespace, _, rest = name.rpartition(".")
        return f"{self.aliases[namespace]}.{rest}" if namespace in self.aliases else name

    def _structured(self, name: str, element: Element) -> StructuredType:
        keys: tuple[str, ...] = ()
        properties: dict[str, Property] = {}
        navigations: dict[str, Navigation] = {}
        is_open = False
        for ancestor, each in self._line(name, element):
            own = [child.get("Name", "") for key in _children(each, "Key") for child in key]
            keys = tuple(own) or keys
            is_open = is_open or each.get("OpenType") == "true"
            properties |= {prop.name: prop for prop in self._properties(ancestor, each)}
            navigations |= {nav.name: nav for nav in self._navigations(each)}
        return StructuredType(name, keys, properties, navigations, is_open)

    def _line(self, name: str, element: Element) -> list[tuple[str, Element]]:
        """The type with its ancestors, eldest first."""
        line = [(name, element)]
        while (base := line[0][1].get("BaseType")) and len(line) < _MAX_ANCESTORS:
            above = self.raw.get(self.full(base))
            if above is None or any(above is each for _, each in line):
                break
            line.insert(0, (self.full(base), above))
        return line

    def _properties(self, owner: str, element: Element) -> Iterator[Property]:
        for each in _children(element, "Property"):
            name = each.get("Name", "")
            kind, many = element_type(each.get("Type", "Edm.String"))
            hints = _hints(each)
            unit = self.notes.get((f"{owner}/{name}", "unit"))
            yield Property(
                name,
                self.full(kind),
                many,
                each.get("Nullable", "true") != "false",
                _number(each.get("MaxLength")),
                _number(each.get("Precision")),
                _number(each.get("Scale")),
                {**hints, "unit": next(iter(unit))} if unit else hints,
            )

    def _navigations(self, element: Element) -> Iterator[Navigation]:
        for each in _children(element, "NavigationProperty"):
            name = each.get("Name", "")
            if (typed := each.get("Type")) is not None:
                kind, many = element_type(typed)
            else:
                kind, many = self.ends.get((self.full(each.get("Relationship", "")), each.get("ToRole")), ("", False))
            yield Navigation(name, self.full(kind), many)

    def _associations(self) -> Iterator[tuple[tuple[str, str | None], tuple[str, bool]]]:
        """(association, role) -> (type, many), as OData 2 and 3 describe the ends of a navigation."""
        for schema, each in self._all("Association"):
            for end in _children(each, "End"):
                name = f"{schema.get('Namespace')}.{each.get('Name')}"
                yield (name, end.get("Role")), (end.get("Type", ""), end.get("Multiplicity") == "*")

    def _enums(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        for schema, each in self._all("EnumType"):
            members = _children(each, "Member")
            values = {member.get("Name", ""): member.get("Value", str(at)) for at, member in enumerate(members)}
            yield f"{schema.get('Namespace')}.{each.get('Name')}", values

    def _sets(self) -> Iterator[EntitySet]:
        for schema, container in self._all("EntityContainer"):
            for each in container:
                if local(each.tag) not in {"EntitySet", "Singleton"}:
                    continue
                name, kind = each.get("Name", ""), self.full(each.get("EntityType") or each.get("Type") or "")
                target = f"{schema.get('Namespace')}.{container.get('Name')}/{name}"
                unfilterable, unsortable = (
                    self.notes.get((target, listed), frozenset()) | _listed(each, term, listed)
                    for term, listed in _CAPABILITIES
                )
                yield EntitySet(name, kind, unfilterable, unsortable, _hints(each))

    def _annotations(self) -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
        """(target, what) -> names of properties, from annotations that stand apart from what they describe."""
        for _, each in self._all("Annotations"):
            owner, slash, rest = each.get("Target", "").partition("/")
            target = f"{self.full(owner)}{slash}{rest}"
            for term, listed in _CAPABILITIES:
                if found := _listed(each, term, listed):
                    yield (target, listed), found
            for annotation in _children(each, "Annotation"):
                path = annotation.get("Path")
                if path and _term(annotation) in _UNITS:
                    yield (target, "unit"), frozenset({path})


def _version(root: Element, schemas: list[Element]) -> Version:
    if root.tag.startswith(_V4_EDMX):
        return Version.V4
    for each in root:
        told = each.get(f"{_DATA_SERVICES}MaxDataServiceVersion") or each.get(f"{_DATA_SERVICES}DataServiceVersion")
        if told and told.startswith("3"):
            return Version.V3
    return Version.V3 if any("/2009/11/edm" in each.tag for each in schemas) else Version.V2


def _children(element: Element, name: str) -> list[Element]:
    return [each for each in element if local(each.tag) == name]


def _hints(element: Element) -> dict[str, str]:
    return {
        name.removeprefix(_ANNOTATIONS): value
        for name, value in element.attrib.items()
        if name.startswith(_ANNOTATIONS)
    }


def _term(annotation: Element) -> str:
    return annotation.get("Term", "").rpartition(".")[2]


def _listed(element: Element, term: str, listed: str) -> frozenset[str]:
    """Property paths of one list of a capability record, as `NonFilterableProperties`."""
    return frozenset(
        (path.text or "").strip()
        for annotation in _children(element, "Annotation")
        if _term(annotation) == term
        for value in annotation.iter()
        if local(value.tag) == "PropertyValue" and value.get("Property") == listed
        for path in value.iter()
        if local(path.tag) == "PropertyPath"
    )


def _number(text: str | None) -> int | None:
    """`Variable`, `Floating` and `Max` are no bounds."""
    return int(text) if text is not None and text.isdecimal() else None
