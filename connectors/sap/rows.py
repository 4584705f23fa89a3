"""Rows made ready for the maps: ids without leading zeros, and what needs the settings to be known. In place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from connectors.sap.config import SapConfig
from connectors.sap.values import default_of, each, is_set, main_address, street_of
from connectors.sap.zones import Zones, day_of

Row = dict[str, Any]
Deleted = dict[str, list[str]]


def bare(value: Any) -> Any:
    """An id without leading zeros, where all of it is digits: `0000004711` is `4711`, and `0E12` stays."""
    if isinstance(value, str) and value[:1] == "0" and value.isdecimal():
        return value.lstrip("0")
    return value


def renamed(rows: Iterable[Row], names: Mapping[str, str], within: Mapping[str, str]) -> None:
    """Rows of version 4 get the names of version 2; `within` are those in their lists."""
    for row in rows:
        for theirs, ours in names.items():
            if theirs in row:
                row[ours] = row.pop(theirs)
        for value in row.values():
            if isinstance(value, list):
                renamed((inner for inner in value if isinstance(inner, dict)), within, within)


def unpadded(rows: Iterable[Row], ids: Mapping[str, tuple[str, ...]]) -> None:
    """Ids as other services write them, too. An id of zeros only stands for none."""
    for row in rows:
        for path, names in ids.items():
            for inner in each(row, path) if path else (row,):
                if isinstance(inner, dict):
                    _unpad(inner, names)


def _unpad(row: Row, names: tuple[str, ...]) -> None:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value[:1] == "0":
            row[name] = bare(value)


class Preparation:
    """What becomes of the rows of each stream, by its name."""

    def __init__(self, config: SapConfig, today: Callable[[], date]) -> None:
        self._zones = Zones(config.time_zone, config.time_zones)
        self._language = config.language
        self._keeps_flagged = config.keep_flagged
        self._today = today
        self._by_stream: Mapping[str, Callable[[Row, Deleted], None]] = {
            "partners": self._partner,
            "products": self._product,
            "deliveries": self._delivery,
            "receipts": self._receipt,
        }

    def ready(self, stream: str, rows: list[Row]) -> Deleted:
        """Make the rows ready; tells which records are flagged for deletion, by canonical entity."""
        deleted: Deleted = {}
        prepare = self._by_stream.get(stream)
        if prepare is not None:
            for row in rows:
                prepare(row, deleted)
        return deleted

    def changed_day(self, row: Row) -> date | None:
        """The day of the last change, or of the creation where there was none."""
        return day_of(row.get("LastChangeDate")) or day_of(row.get("CreationDate"))

    @property
    def zones(self) -> Zones:
        return self._zones

    # -- partners ------------------------------------------------------------------------------------------------------

    def _partner(self, row: Row, deleted: Deleted) -> None:
        created = self._zones.moment(row.get("CreationDate"), row.get("CreationTime"))
        changed = self._zones.moment(row.get("LastChangeDate"), row.get("LastChangeTime"))
        row["created_at"], row["changed_at"] = created, changed or created
        row["main_address"] = _main(row, self._today())
        if not self._keeps_flagged:
            archived = is_set(row.get("IsMarkedForArchiving"))
            self._hide(row, "Customer", "customers", archived, deleted)
            self._hide(row, "Supplier", "suppliers", archived, deleted)

    def _hide(self, row: Row, name: str, entity: str, archived: bool, deleted: Deleted) -> None:
        """A party that is flagged for deletion is none any more: the maps leave out what has no number."""
        key, party = row.get(name), row.get(f"to_{name}")
        flagged = archived or (isinstance(party, dict) and is_set(party.get("DeletionIndicator")))
        if flagged and isinstance(key, str) and key:
            deleted.setdefault(entity, []).append(key)
            row[name] = ""

    def contact(self, row: Row, partners: Mapping[str, Row]) -> None:
        """A contact with what its two partners say."""
        company, person = row.get("BusinessPartnerCompany"), row.get("BusinessPartnerPerson")
        ends, until = str(row.get("ValidityEndDate") or ""), day_of(row.get("ValidityEndDate"))
        row["key"] = ":".join(map(str, filter(None, (row.get("RelationshipNumber"), company, person, ends[:10]))))
        row["company"] = partners.get(str(company), {})
        row["person"] = known = partners.get(str(person), {})
        over = until is not None and until < self._today()
        row["state"] = "inactive" if over or is_set(known.get("IsMarkedForArchiving")) else "active"

    # -- products ------------------------------------------------------------------------------------------------------

    def _product(self, row: Row, deleted: Deleted) -> None:
        texts = {text.get("Language"): text.get("ProductDescription") for text in each(row, "to_Description")}
        row["description"] = texts.get(self._language) or texts.get("EN") or next(iter(texts.values()), None)
        key = row.get("Product")
        if is_set(row.get("IsMarkedForDeletion")) and not self._keeps_flagged and isinstance(key, str):
            deleted.setdefault("products", []).append(key)
            row["is_flagged"] = True

    # -- deliveries ----------------------------------------------------------------------------------------------------

    def _delivery(self, row: Row, deleted: Deleted) -> None:
        moment, leaves = self._zones.moment, row.get("Shippinglocationtimezone")
        arrives = row.get("Receivinglocationtimezone") or leaves
        row["planned_at"] = moment(row.get("PlannedGoodsIssueDate"), row.get("GoodsIssueTime"), leaves)
        row["issued_at"] = moment(row.get("ActualGoodsMovementDate"), row.get("ActualGoodsMovementTime"), leaves)
        row["due_at"] = moment(row.get("DeliveryDate"), row.get("DeliveryTime"), arrives)
        proven = row.get("OverallProofOfDeliveryStatus") == "C"
        row["proven_at"] = (
            moment(row.get("ProofOfDeliveryDate"), row.get("ConfirmationTime"), arrives) if proven else None
        )
        row["created_at"] = moment(row.get("CreationDate"), row.get("CreationTime"))

    def _receipt(self, row: Row, deleted: Deleted) -> None:
        row["created_at"] = self._zones.moment(row.get("CreationDate"), row.get("CreationTime"))


def _main(row: Row, today: date) -> Row:
    address = main_address(row, today)
    if not isinstance(address, dict):
        return {}
    return {
        **address,
        "street": street_of(address),
        "email": default_of(each(address, "to_EmailAddress"), "IsDefaultEmailAddress", "EmailAddress"),
        "phone": default_of(
            each(address, "to_PhoneNumber"), "IsDefaultPhoneNumber", "InternationalPhoneNumber", "PhoneNumber"
        ),
    }
