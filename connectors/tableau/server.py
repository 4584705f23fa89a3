"""Tableau Server and Cloud, by tableauserverclient: one sign-in a run, each extract overwritten or updated by key.

Overwriting may be repeated, and takes changed columns; appending has no key, so that a retry would double rows. An
update keeps its id when it is sent again, so that the server executes it once; were it executed twice after all, rows
would take the place of those with the same keys.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.tableau.config import ServerSettings
from hub.sdk import AuthError, ConfigError, HubError, PluginError, SourceChanged, SourceUnavailable
from hub.sdk.connector import Json

if TYPE_CHECKING:
    from connectors.tableau.extracts import Delta

_TIMEOUT_SECONDS = 60
_LOGIN = ("401000", "401001", "401002", "401003")
_UPDATES_SINCE = "3.13"
_TRIES = 3
_WAIT_SECONDS = 2.0
_MEGABYTE = 1_000_000
_NOT_IN_FILTERS = set(",&:[]")


class NotUpdated(Exception):
    """Why a data source cannot be updated, and has to be overwritten: in words that fit behind "since"."""


class TableauServer:
    """A signed-in session. Use it as a context manager."""

    def __init__(self, settings: ServerSettings) -> None:
        try:
            import tableauserverclient
        except ImportError as error:
            raise PluginError(
                "publishing to Tableau needs the library tableauserverclient.",
                fix="Install it: pip install 'b2b-hub[tableau]'.",
            ) from error
        self._tsc: Any = tableauserverclient
        self._settings = settings
        self._project = ""

    def __enter__(self) -> TableauServer:
        settings, tsc = self._settings, self._tsc
        with self._told("sign-in"):
            self._server = tsc.Server(
                settings.url, use_server_version=False, http_options={"timeout": _TIMEOUT_SECONDS}
            )
            self._server.auth.sign_in(
                tsc.PersonalAccessTokenAuth(
                    settings.token_name, settings.token_secret.get_secret_value(), site_id=settings.site
                )
            )
            self._server.use_server_version()
            self._project = self._project_id()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):  # the session ends by itself; what was published is there
            self._server.auth.sign_out()

    @property
    def version(self) -> str:
        """Of the REST API, as the server tells it."""
        return str(self._server.version)

    @property
    def updates(self) -> bool:
        """Whether the server can change data in place."""
        return bool(self._server.check_at_least_version(_UPDATES_SINCE))

    def publish(self, name: str, path: Path) -> Json:
        """Publish one file as a data source, in the place of the one before; wait until it is processed. Returns what
        `update` is to be told later."""
        tsc, title = self._tsc, f"{self._settings.prefix}{name}"
        item = tsc.DatasourceItem(self._project, name=title)
        with self._told(title):
            job = self._server.datasources.publish(item, str(path), tsc.Server.PublishMode.Overwrite, as_job=True)
            self._server.jobs.wait_for_job(job, timeout=self._settings.wait_seconds)
            return self._known(job.datasource_id or self._found(title))

    def update(self, name: str, known: Json, delta: Delta) -> Json:
        """Change a data source that holds what was published last; wait until that is done. Returns like `publish`.
        Raises NotUpdated where it is not that, or Tableau does not take the changes."""
        title = f"{self._settings.prefix}{name}"
        with self._told(title):
            self._require(title, known)
            if delta.payload is None:
                return known
            if delta.payload.stat().st_size > self._settings.payload_mb * _MEGABYTE:
                raise NotUpdated(f"what changed takes more than {self._settings.payload_mb} MB (`payload_mb`)")
            try:
                job = self._asked(known["id"], delta)
                self._server.jobs.wait_for_job(job, timeout=self._settings.wait_seconds)
            except self._tsc.JobFailedException as error:
                raise NotUpdated(f"Tableau could not apply the changes ({_notes(error)})") from error
            return self._known(known["id"])

    def _require(self, title: str, known: Json) -> None:
        """Refuse to change what is not the data source that we know, as we left it."""
        if not self.updates:
            raise NotUpdated(f"the server is too old for updates (REST API {self.version})")
        if not known.get("id") or known.get("place") != self._place:
            raise NotUpdated("it is not known what was published there before")
        try:
            item = self._server.datasources.get_by_id(known["id"])
        except self._tsc.ServerResponseError as error:
            if error.code.startswith("404"):
                raise NotUpdated("its data source is gone") from error
            raise
        if item.name != title or item.project_id != self._project:
            raise NotUpdated("its data source was renamed or moved")
        if str(item.updated_at) != known.get("updated_at"):
            raise NotUpdated("somebody else has changed its data source")

    def _asked(self, source: str, delta: Delta) -> Any:
        """Send the changes, again under the same id where it is unclear whether they have arrived; the server's job."""
        request = os.urandom(16).hex()
        for left in reversed(range(_TRIES)):
            try:
                return self._server.datasources.update_hyper_data(
                    source, request_id=request, actions=list(delta.actions), payload=str(delta.payload)
                )
            except self._tsc.ServerResponseError as error:
                if error.code.startswith(("401", "403", "429")):
                    raise
                raise NotUpdated(f"Tableau refuses the changes ({error.code}, {_short(error)})") from error
            except Exception as error:  # 5xx, pages of a proxy, time-outs, broken connections: it may have arrived
                if getattr(error, "code", None) == 413:
                    raise NotUpdated("the server takes no update of that size") from error
                if not left:
                    raise
                time.sleep(_WAIT_SECONDS)
        raise AssertionError("the last try returns or raises")

    def _known(self, source: str) -> Json:
        """What tells later that a data source is as we left it."""
        if not source:
            return {}
        item = self._server.datasources.get_by_id(source)
        return {"id": source, "updated_at": str(item.updated_at), "place": self._place}

    def _found(self, title: str) -> str:
        """The id of a data source in our project; empty where it is not seen."""
        narrow = not _NOT_IN_FILTERS & set(title)
        every = self._server.datasources.filter(name=title) if narrow else self._tsc.Pager(self._server.datasources)
        return next((str(each.id) for each in every if each.name == title and each.project_id == self._project), "")

    @property
    def _place(self) -> str:
        said = repr((self._settings.url, self._settings.site, self._project))
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()

    def _project_id(self) -> str:
        """The project by its path. Raises ConfigError with those there are."""
        projects = {str(each.id): each for each in self._tsc.Pager(self._server.projects)}
        paths = {_path(each, projects): known for known, each in projects.items()}
        wanted = self._settings.project
        if wanted not in paths:
            seen = ", ".join(f"`{path}`" for path in sorted(paths)[:10]) or "none"
            raise ConfigError(
                f"there is no project `{wanted}` that the token's user sees.",
                fix=f"Create it, or give the user the right to publish there. Seen: {seen}.",
            )
        return paths[wanted]

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Everything that the library raises, as one of our errors. Its texts hold no secret; addresses are ours."""
        tsc = self._tsc
        try:
            yield
        except (HubError, NotUpdated):
            raise
        except (tsc.ServerResponseError, tsc.FailedSignInError) as error:
            raise self._refused(what, str(error.code), _short(error)) from error
        except tsc.JobFailedException as error:
            raise SourceChanged(
                f"{what}: Tableau could not process the extract: {_notes(error)}.",
                fix="Look at the job in Tableau (Site status, Jobs).",
            ) from error
        except tsc.JobCancelledException as error:
            raise SourceUnavailable(f"{what}: somebody cancelled the job in Tableau.") from error
        except TimeoutError as error:
            raise SourceUnavailable(
                f"{what}: Tableau has not processed it within {self._settings.wait_seconds} seconds.",
                fix="Look at the job in Tableau (Site status, Jobs), or raise `wait_seconds`.",
            ) from error
        except Exception as error:  # requests' own errors, time-outs, pages of a proxy
            raise SourceUnavailable(
                f"{what}: {self._settings.url} did not answer as Tableau does ({type(error).__name__}).",
                fix="Look at `server: url`, and whether the server is up.",
            ) from error

    def _refused(self, what: str, code: str, said: str) -> HubError:
        text = f"{what}: Tableau refuses it ({code}, {said})."
        if code in _LOGIN or code.startswith("401"):
            return AuthError(
                text,
                fix="Make a new access token for the hub alone: one ends after 15 days without use, or a year.",
            )
        if code.startswith("403"):
            return AuthError(text, fix="Give the token's user the right to publish into the project.")
        if code.startswith("5") or code.startswith("429"):
            return SourceUnavailable(text)
        return SourceChanged(text)


def _path(project: Any, projects: Mapping[str, Any]) -> str:
    """The names from the topmost project that is seen down to this one; a parent may be hidden from the user."""
    parent = projects.get(str(project.parent_id))
    return f"{_path(parent, projects)}/{project.name}" if parent else str(project.name)


def _short(error: Any) -> str:
    """What Tableau says of a refusal."""
    return f"{error.summary}: {error.detail}"[:200].strip(": ")


def _notes(error: Any) -> str:
    """What Tableau says of a job."""
    job = getattr(error, "job", None)
    told = [
        *(getattr(error, "notes", None) or []),
        *(each["text"] for each in getattr(job, "status_notes", None) or []),
    ]
    return "; ".join(map(str, told))[:300] or "it does not say why"
