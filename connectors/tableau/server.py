"""Tableau Server and Cloud, by tableauserverclient: one sign-in a run, each extract overwritten as a whole.

Overwriting may be repeated, and takes changed columns; appending has no key, so that a retry would double rows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.tableau.config import ServerSettings
from hub.sdk import AuthError, ConfigError, HubError, PluginError, SourceChanged, SourceUnavailable

_TIMEOUT_SECONDS = 60
_LOGIN = ("401000", "401001", "401002", "401003")


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

    def publish(self, name: str, path: Path) -> str:
        """Publish one file as a data source, in the place of the one before; wait until it is processed. Returns its
        id, where the server tells."""
        tsc, settings = self._tsc, self._settings
        item = tsc.DatasourceItem(self._project, name=f"{settings.prefix}{name}")
        with self._told(item.name):
            job = self._server.datasources.publish(item, str(path), tsc.Server.PublishMode.Overwrite, as_job=True)
            self._server.jobs.wait_for_job(job, timeout=settings.wait_seconds)
        return str(getattr(job, "datasource_id", "") or "")

    def _project_id(self) -> str:
        """The project by its path. Raises ConfigError with those there are."""
        projects = list(self._tsc.Pager(self._server.projects))
        parent: str | None = None
        for part in self._settings.project.split("/"):
            found = [each for each in projects if each.name == part and each.parent_id == parent]
            if not found:
                names = ", ".join(sorted({each.name for each in projects})[:10]) or "none"
                raise ConfigError(
                    f"there is no project `{self._settings.project}` that the token's user sees.",
                    fix=f"Create it, or give the user the right to publish there. Seen: {names}.",
                )
            parent = str(found[0].id)
        return parent or ""

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Everything that the library raises, as one of our errors. Its texts hold no secret; addresses are ours."""
        tsc = self._tsc
        try:
            yield
        except HubError:
            raise
        except (tsc.ServerResponseError, tsc.FailedSignInError) as error:
            raise self._refused(what, str(error.code), f"{error.summary}: {error.detail}") from error
        except tsc.JobFailedException as error:
            raise SourceChanged(
                f"{what}: Tableau could not process the extract: {_notes(error)}.",
                fix="Look at the job in Tableau (Site status, Jobs).",
            ) from error
        except tsc.JobCancelledException as error:
            raise SourceUnavailable(f"{what}: somebody cancelled the job in Tableau.") from error
        except Exception as error:  # requests' own errors, time-outs, pages of a proxy
            raise SourceUnavailable(
                f"{what}: {self._settings.url} did not answer as Tableau does ({type(error).__name__}).",
                fix="Look at `server: url`, and whether the server is up.",
            ) from error

    def _refused(self, what: str, code: str, said: str) -> HubError:
        text = f"{what}: Tableau refuses it ({code}, {said[:200].strip(': ')})."
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


def _notes(error: Any) -> str:
    """What Tableau says of a job."""
    job = getattr(error, "job", None)
    told = [
        *(getattr(error, "notes", None) or []),
        *(each["text"] for each in getattr(job, "status_notes", None) or []),
    ]
    return "; ".join(map(str, told))[:300] or "it does not say why"
