"""Logging in as a daemon does: simple-salesforce writes the request, the SDK sends it and renews the token in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.refusals import refused_login
from hub.sdk import AuthError, Credential, HttpSource, HubError, SessionAuth, SourceChanged

if TYPE_CHECKING:
    import requests

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  an address
_SALESFORCE_HOSTS = (".salesforce.com", ".force.com", ".salesforce.mil", ".cloudforce.com")
_CENTRAL = {"login.salesforce.com", "test.salesforce.com"}
_ANY_DOMAIN = "org.my"
"""simple-salesforce wants a domain; the request goes to `login_url` whatever it is."""


class SalesforceAuth(SessionAuth):
    """A bearer token by client credentials, JWT bearer or, for old orgs, user name and password.

    Salesforce tells no life time: a token is used until it is refused, then renewed once for all who wait.
    """

    def __init__(self, config: SalesforceConfig) -> None:
        super().__init__(self._ask)
        self._config = config
        self.login_url = config.login_url or config.base_url

    def instance_url(self) -> str:
        """Where the org lives: as the login told, so that an org that was moved is found again."""
        return str(self.credential().answer["instance_url"])

    def secrets(self) -> Iterable[str]:
        config = self._config
        given = (config.client_secret, config.private_key, config.password, config.security_token)
        return (*super().secrets(), *(secret.get_secret_value() for secret in given if secret is not None))

    def _ask(self, http: HttpSource) -> Credential:
        from simple_salesforce.login import SalesforceLogin

        session = _login_session(http, self.login_url)
        try:
            token, host = SalesforceLogin(session=session, **self._grant())
        except HubError:
            raise
        except Exception as error:  # the key's parser raises what it likes, and none of it may show the key
            raise AuthError(
                f"the login request could not be made ({type(error).__name__}).",
                fix="`private_key` must be an RSA key in PEM, without a passphrase.",
            ) from None
        instance = trusted_instance(host, self._config.base_url)
        return Credential({"Authorization": f"Bearer {token}"}, None, (token,), {"instance_url": instance})

    def _grant(self) -> dict[str, Any]:
        """The arguments by which simple-salesforce tells the flows apart."""
        config = self._config
        if config.private_key is not None:
            return {
                "username": config.username,
                "consumer_key": config.client_id,
                "privatekey": config.private_key.get_secret_value(),
                "domain": audience_of(self.login_url, config.base_url),
            }
        secret = config.client_secret.get_secret_value() if config.client_secret else ""
        client = {"consumer_key": config.client_id, "consumer_secret": secret, "domain": _ANY_DOMAIN}
        if config.password is None:
            return client
        token = config.security_token.get_secret_value() if config.security_token else ""
        return {**client, "username": config.username, "password": config.password.get_secret_value() + token}


def audience_of(login_url: str, base_url: str) -> str:
    """`login` or `test`: whom a JWT is meant for. Sandboxes show in their host names."""
    hosts = {urlsplit(login_url).hostname or "", urlsplit(base_url).hostname or ""}
    is_sandbox = any(host == "test.salesforce.com" or ".sandbox." in host for host in hosts)
    return "test" if is_sandbox else "login"


def trusted_instance(host: str, base_url: str) -> str:
    """The address for data: the one the login names if it is Salesforce's, else `base_url` (a proxy, a simulator).

    SourceChanged where a Salesforce login points elsewhere: the token is not sent there.
    """
    configured = urlsplit(base_url).hostname or ""
    if not _is_salesforce(configured):
        return base_url
    if not _is_salesforce(host.partition(":")[0]):
        raise SourceChanged(
            "the login names an address for data that is not Salesforce's.",
            fix="Set `base_url` to the org's My Domain address, https://NAME.my.salesforce.com.",
        )
    return f"https://{host}"


def _is_salesforce(host: str) -> bool:
    return host in _CENTRAL or host.endswith(_SALESFORCE_HOSTS)


def _login_session(http: HttpSource, login_url: str) -> requests.Session:
    """A session whose only request is the login, sent to `login_url` with the SDK's retries and redaction."""
    from connectors.salesforce.bridge import session_over

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        basic = {name: value for name, value in headers.items() if name.lower() == "authorization"}
        answer = http.request(
            method,
            login_url + TOKEN_PATH,
            form=dict(parse_qsl(body.decode(), keep_blank_values=True)),
            headers=basic,
            elsewhere=True,
            idempotent=True,
            judge=refused_login,
        )
        for name in ("access_token", "instance_url"):
            if not isinstance(answer.data, Mapping) or not isinstance(answer.data.get(name), str):
                raise SourceChanged(f"the token endpoint gave no usable {name}.", fix="Check `login_url`.")
        return answer

    return session_over(send)
