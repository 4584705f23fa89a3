"""Business Central's own codes: who must act, and what is worth another try."""

from __future__ import annotations

from hub.sdk import AuthError, ConfigError, SourceChanged, SourceUnavailable, Throttled
from hub.sdk.odata import Meaning

_APP = (
    "Enter the app on the page Microsoft Entra Applications in Business Central, with state Enabled and the permission "
    "sets of the README, then run `hub check`."
)
_LATER = "The next run tries again."
_SLOW = "Lower `document_page_size` if it happens again: one request may take eight minutes."

CODES = {
    "authentication_invalidcredentials": Meaning(AuthError, _APP),
    "authentication_usernotfound": Meaning(AuthError, _APP),
    "authorization_requestdenied": Meaning(AuthError, _APP),
    "authorization_insufficientpermissions": Meaning(AuthError, _APP),
    "internal_companynotfound": Meaning(ConfigError, "Correct `company`; `hub check` lists those that there are."),
    "internal_datanotfoundfilter": Meaning(SourceChanged, "Report it to the connector's author."),
    "application_toomanyrequests": Meaning(Throttled, _LATER, again=True),
    "internal_tenantunavailable": Meaning(SourceUnavailable, _LATER, again=True),
    "internal_servererror": Meaning(SourceUnavailable, _LATER, again=True),
    "internal_clienterror": Meaning(SourceUnavailable, _LATER, again=True),
    "request_entitychanged": Meaning(SourceUnavailable, _LATER, again=True),
    "application_operationtimeout": Meaning(SourceUnavailable, _SLOW, again=True),
    "application_dialogexception": Meaning(
        SourceChanged, "Report it: the API asked a question that only a user can answer."
    ),
}
"""In lower case -> what it means."""
