"""Every failure the hub can explain, in one tree: the class says who has to act.

    HubError
    ├── RowRejected         the data's owner    the run goes on, exit 1
    ├── UsageError          whoever typed it    exit 2
    ├── ConfigError         the admin, in YAML  exit 2
    ├── PluginError         the admin, in pip   exit 3
    ├── AuthError           the admin, at the source's credentials; schedule pauses  exit 4
    ├── AccessDenied        whoever asked: a login or a role that the hub itself refuses  exit 4
    ├── SourceUnavailable   nobody yet: tried again with back-off                    exit 5
    │   └── Throttled       the source named the moment to come back
    ├── SourceChanged       the connector's author: the answer has another shape     exit 6
    │   └── StateExpired    nobody: the hub reads and compares everything
    ├── RunIncomplete       the operator: no proof that all was read                 exit 6
    ├── StoreError          the operator: the hub's own database                     exit 7
    │   ├── StoreBusy       nobody yet: another process holds it
    │   ├── LeaseHeld       nobody: another hub is syncing the stream right now
    │   └── LeaseLost       nobody: another hub took the stream over
    └── MetricUndefined     the analyst: an input is missing; told, never invented

An error carries `problem` (what happened), `fix` (what to do next) and `where` (connector, stream, file:line).
It never carries personal data or a secret. Anything that is not a HubError is a bug of ours: exit 70.
"""

from __future__ import annotations

from typing import ClassVar


class HubError(Exception):
    """A failure we can explain. `str()` is one or two sentences for a person."""

    exit_code: ClassVar[int] = 70
    retryable: ClassVar[bool] = False

    def __init__(self, problem: str, *, fix: str = "", where: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.where = where

    def at(self, where: str) -> HubError:
        """The same error with its place filled in, unless it already names one."""
        self.where = self.where or where
        return self

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{text} {self.fix}" if self.fix else text


class RowRejected(HubError):
    """One value of one row breaks a rule. Raised by converters; becomes a quarantine entry, never a crash."""

    exit_code = 1

    def __init__(self, problem: str, *, rule: str = "type", fix: str = "", where: str = "") -> None:
        super().__init__(problem, fix=fix, where=where)
        self.rule = rule


class UsageError(HubError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class ConfigError(HubError):
    """The configuration is wrong. `mistakes` holds all of them, each with file:line:column."""

    exit_code = 2

    def __init__(self, problem: str, *, fix: str = "", where: str = "", mistakes: tuple[str, ...] = ()) -> None:
        super().__init__(problem, fix=fix, where=where)
        self.mistakes = mistakes

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {mistake}" for mistake in self.mistakes)])


class PluginError(HubError):
    """A plugin or an optional library is missing or broken."""

    exit_code = 3


class AuthError(HubError):
    """The source refused our credentials or our permissions."""

    exit_code = 4


class AccessDenied(HubError):
    """The hub refuses a login, a token, or a wish that the role does not allow. `retry_after_seconds` is set where
    there were too many attempts."""

    exit_code = 4

    def __init__(
        self, problem: str, *, retry_after_seconds: float | None = None, fix: str = "", where: str = ""
    ) -> None:
        super().__init__(problem, fix=fix, where=where)
        self.retry_after_seconds = retry_after_seconds


class SourceUnavailable(HubError):
    """The source does not answer, or not properly, right now."""

    exit_code = 5
    retryable = True


class Throttled(SourceUnavailable):
    """The source asks us to wait. `retry_after_seconds` is None where it did not say how long."""

    def __init__(
        self, problem: str, *, retry_after_seconds: float | None = None, fix: str = "", where: str = ""
    ) -> None:
        super().__init__(problem, fix=fix, where=where)
        self.retry_after_seconds = retry_after_seconds


class SourceChanged(HubError):
    """The source answers in a shape the connector does not know."""

    exit_code = 6


class StateExpired(SourceChanged):
    """The source does not know any more what the last complete run left: an expired delta link. Raised by a connector
    before its first page, it makes the run read everything, repair what differs, and delete what is gone."""


class RunIncomplete(HubError):
    """A run ended without proof that all was read: counts do not balance, or far fewer rows came than there are."""

    exit_code = 6


class StoreError(HubError):
    """The hub's own database failed: gone, full, damaged or of another version."""

    exit_code = 7


class StoreBusy(StoreError):
    """The database is locked by somebody else for longer than we wait."""

    retryable = True


class LeaseHeld(StoreError):
    """Another hub process is syncing the stream. Waiting is for whoever asked, so it is not tried again by itself."""


class LeaseLost(StoreError):
    """Our lease on a stream expired and another process took it; nothing of ours was written since."""


class MetricUndefined(HubError):
    """A metric cannot be computed from what is held. The reason is shown in place of a number."""

    exit_code = 1
