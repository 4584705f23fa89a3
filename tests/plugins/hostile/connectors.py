"""Connectors that do one thing wrong each, as people really do. The kit must catch every one of them.

Each is Acme's connector with one fault; `catches` names the checks that must fail for it.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from b2b_hub_acme.connector import AcmeConfig, AcmeConnector
from b2b_hub_acme.maps import CUSTOMERS, ORDERS
from pydantic import Field

from hub.sdk import (
    Context,
    FieldMap,
    Finding,
    HubError,
    Mode,
    Page,
    ReadRequest,
    Refusal,
    SourceUnavailable,
    Stream,
    at,
)

HOSTILE: dict[type[AcmeConnector], tuple[str, ...]] = {}
C = TypeVar("C", bound=type[AcmeConnector])


def catches(*checks: str) -> Callable[[C], C]:
    """The checks that must fail for this connector."""

    def register(connector: C) -> C:
        HOSTILE[connector] = checks
        return connector

    return register


# -- settings and maps ---------------------------------------------------------------------------------------------


class SilentConfig(AcmeConfig):
    region: str = "eu"


@catches("settings_are_described_and_strict")
class DescribesNothing(AcmeConnector):
    config_model = SilentConfig


class LooseConfig(AcmeConfig, extra="ignore"):
    pass


@catches("settings_are_described_and_strict")
class IgnoresMisspeltSettings(AcmeConnector):
    config_model = LooseConfig


class OpenConfig(AcmeConfig):
    webhook_token: str = Field("", description="Sent with every request.")


@catches("secrets_are_secret")
class KeepsASecretAsText(AcmeConnector):
    config_model = OpenConfig


@catches("settings_never_print_secrets")
class PrintsItsSecret(AcmeConnector):
    def __repr__(self) -> str:
        return f"Acme({self.config.client_secret.get_secret_value()})"


class TrustingConfig(AcmeConfig):
    token_url: str = Field("", description="Where to log in.")


@catches("addresses_must_be_safe")
class LogsInAnywhere(AcmeConnector):
    config_model = TrustingConfig


@catches("kind_is_folder_and_entry_point")
class HasAnotherKind(AcmeConnector):
    kind = "acme_erp"


@catches("streams_are_named_and_ordered")
class NamesTwoStreamsAlike(AcmeConnector):
    streams = (AcmeConnector.streams[0], AcmeConnector.streams[0])


@catches("streams_are_named_and_ordered")
class DependsOnNothing(AcmeConnector):
    streams = (Stream("customers", (CUSTOMERS,), depends_on=("companies",)),)


def without(fields: FieldMap, column: str) -> FieldMap:
    return FieldMap(fields.entity, {name: source for name, source in fields.fields.items() if name != column})


@catches("maps_fill_what_is_required")
class ForgetsTheKey(AcmeConnector):
    streams = (Stream("customers", (without(CUSTOMERS, "source_id"),)),)


@catches("maps_fill_what_is_required")
class LetsStaleRowsWin(AcmeConnector):
    streams = (Stream("customers", (without(CUSTOMERS, "source_updated_at"),)),)


@catches("maps_fill_what_is_required")
class InventsAColumn(AcmeConnector):
    streams = (Stream("customers", (FieldMap(CUSTOMERS.entity, {**CUSTOMERS.fields, "shoe_size": at("vat")}),)),)


# -- reading -------------------------------------------------------------------------------------------------------


@catches("pages_have_no_edges", "the_sources_count_is_what_comes")
class LosesTheLastRowOfAPage(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.rows = page.rows[: self.config.page_size - 1]
            yield page


@catches("pages_have_no_edges")
class SaysNothingOfAnEmptySource(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        yield from (page for page in super().read(request) if len(page.rows))


@catches("every_row_becomes_a_record_or_a_reject")
class MapsAMisspeltStatus(AcmeConnector):
    streams = (Stream("orders", (FieldMap(ORDERS.entity, {**ORDERS.fields, "status": at("state")}),)),)


@catches("two_reads_are_the_same", "incremental_equals_full")
class NumbersRowsByItself(AcmeConnector):
    numbers = itertools.count()
    streams = (Stream("customers", (FieldMap(CUSTOMERS.entity, {**CUSTOMERS.fields, "source_id": at("number")}),)),)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.rows = [{**row, "number": next(self.numbers)} for row in page.rows]
            yield page


@catches("since_is_inclusive")
class AsksForLaterThanSince(AcmeConnector):
    def _filter(self, request: ReadRequest) -> dict[str, Any]:
        after = request.since + timedelta(microseconds=1) if request.since else None
        return {**super()._filter(request), "updated_since": after.isoformat() if after else None}


@catches("the_cursor_is_the_latest_stamp", "incremental_equals_full")
class TakesTheClockAsCursor(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.cursor = datetime(2026, 6, 1, tzinfo=UTC)
            yield page


@catches("the_cursor_is_the_latest_stamp")
class HasNoCursor(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.cursor = None
            yield page


@catches("a_stopped_read_goes_on_after_any_page")
class ResumesAPageTooLate(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        pages = super().read(request)
        if request.resume is not None:
            next(pages, None)
        yield from pages


@catches("a_stopped_read_goes_on_after_any_page")
class RemembersItsPlaceInMemory(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.resume = {"at": object()}
            yield page


@catches("the_sources_count_is_what_comes")
class CountsWrongly(AcmeConnector):
    def count(self, request: ReadRequest) -> int | None:
        return 7


@catches("only_reading_requests_are_sent")
class MarksRowsAsRead(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            self.http.request("DELETE", "status", judge=lambda answer: None if answer.status < 300 else ignored())
            yield page


def ignored() -> Refusal:
    return Refusal(SourceUnavailable("never mind.", fix="Nothing."), again=False)


@catches("check_finds_a_healthy_source_healthy")
class ChecksNothing(AcmeConnector):
    def check(self) -> Iterator[Finding]:
        yield from ()


@catches("check_finds_a_healthy_source_healthy")
class WarnsWithoutARemedy(AcmeConnector):
    def check(self) -> Iterator[Finding]:
        yield Finding("quota", False, "low", severity="warning")


# -- changes -------------------------------------------------------------------------------------------------------


@catches("deletes_are_seen")
class NeverSeesADelete(AcmeConnector):
    def _deleted(self, request: ReadRequest) -> list[str]:
        return []


@catches("incremental_equals_full")
class ReadsEverythingOnce(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        if request.since is None:
            yield from super().read(request)
        else:
            yield Page([])


@catches("nothing_new_changes_nothing")
class CallsADeltaASnapshot(AcmeConnector):
    streams = (Stream("customers", (CUSTOMERS,), mode=Mode.SNAPSHOT),)
    seen = False

    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.state = {"seen": True}
            if request.state:
                page.rows = page.rows[:1]
            yield page


# -- faults --------------------------------------------------------------------------------------------------------


class OwnClient(AcmeConnector):
    """Talks to the source by itself, as a quick script would."""

    def read(self, request: ReadRequest) -> Iterator[Page]:
        name, cursor = request.stream.name, ""
        while cursor is not None:
            params = {"per_page": self.config.page_size, "updated_until": request.until.isoformat(), "cursor": cursor}
            body = self.ask(f"v1/{name}", params)
            yield Page(self.rows_of(body, name), cursor=None)
            cursor = body.get("next_cursor")

    def ask(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        return dict(self.http.get(path.removeprefix("v1/"), params))

    def rows_of(self, body: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return list(body[name])


@catches(
    "429_with_retry_after_is_waited_for",
    "429_without_retry_after_is_got_over",
    "503_is_got_over",
    "a_timeout_is_got_over",
    "truncated_json_is_got_over",
    "a_lasting_503_is_unavailable",
    "a_lasting_timeout_is_unavailable",
    "a_lasting_401_is_an_auth_error",
    "an_expired_login_is_renewed_or_told",
)
class TriesOnce(OwnClient):
    def ask(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        client = httpx.Client(transport=self.context.transport, base_url=self.config.base_url)
        login = {"grant_type": "client_credentials", "client_id": self.config.client_id}
        login["client_secret"] = self.config.client_secret.get_secret_value()
        token = client.post("/oauth/token", data=login).json()["access_token"]
        answer = client.get(path, params=params, headers={"Authorization": f"Bearer {token}"})
        return dict(answer.raise_for_status().json())


@catches("429_with_retry_after_is_waited_for")
class TriesAgainAtOnce(TriesOnce):
    def ask(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        for _ in range(5):
            try:
                return super().ask(path, params)
            except httpx.HTTPError:
                continue
        raise SourceUnavailable("Acme does not answer.", fix="Try later.")


@catches(
    "a_lasting_401_is_an_auth_error",
    "a_lasting_503_is_unavailable",
    "a_lasting_timeout_is_unavailable",
    "a_web_page_is_no_empty_source",
    "lasting_truncation_is_an_error",
    "rows_that_moved_are_no_empty_source",
)
class SwallowsErrors(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        try:
            yield from super().read(request)
        except HubError:
            yield Page([])


@catches("rows_that_moved_are_no_empty_source")
class TakesMissingRowsForNone(OwnClient):
    def rows_of(self, body: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return list(body.get(name, []))


@catches("a_source_that_repeats_itself_is_found_out")
class FollowsATokenForEver(OwnClient):
    pass


@catches("new_fields_change_nothing")
class RefusesNewFields(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            if any("field_of_next_year" in row for row in page.rows):
                raise KeyError("field_of_next_year")
            yield page


@catches("a_spoilt_row_stops_no_other")
class StumblesOverABadStamp(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.cursor = max((datetime.fromisoformat(row["updated_at"]) for row in page.rows), default=None)
            yield page


@catches("a_spoilt_row_stops_no_other")
class DropsBadRowsQuietly(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.rows = [row for row in page.rows if isinstance(row["id"], str)]
            yield page


@catches("the_secret_appears_nowhere")
class LogsItsSecret(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        logging.getLogger(__name__).debug("login with %s", self.config.client_secret.get_secret_value())
        yield from super().read(request)


@catches("the_secret_appears_nowhere")
class PutsItsSecretIntoTheOrigin(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        for page in super().read(request):
            page.origin = f"https://acme?secret={self.config.client_secret.get_secret_value()}"
            yield page


@catches("the_secret_appears_nowhere")
class RepeatsTheVendorsWords(AcmeConnector):
    def __init__(self, config: AcmeConfig, context: Context) -> None:
        super().__init__(config, context)
        self.http._judge = lambda answer: (  # type: ignore[assignment]
            Refusal(SourceUnavailable(answer.body.decode(), fix="Try later.")) if answer.status >= 400 else None
        )
        self.http.redact = str  # type: ignore[method-assign, assignment]


@catches("a_lasting_503_is_unavailable")
class SaysNothingOfWhatToDo(AcmeConnector):
    def read(self, request: ReadRequest) -> Iterator[Page]:
        try:
            yield from super().read(request)
        except HubError as error:
            raise SourceUnavailable(error.problem) from error
