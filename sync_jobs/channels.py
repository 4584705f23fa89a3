"""The ways to reach people that come with the hub: e-mail, Slack, Teams, and JSON to any address."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, assert_never

from hub.errors import SourceUnavailable
from hub.settings.operations import EmailChannel, SlackChannel, TeamsChannel, WebhookChannel

if TYPE_CHECKING:
    from hub.settings.operations import Channel
    from sync_jobs.alerts import Alert

_TIMEOUT_SECONDS = 15.0


def send(channel: Channel, alert: Alert) -> None:
    """Deliver an alert. Raises SourceUnavailable, without any secret, where that fails."""
    match channel:
        case EmailChannel():
            _mail(channel, alert)
        case SlackChannel():
            _post(channel.url.get_secret_value(), {"text": f"*{_slack(alert.subject)}*\n{_slack(alert.text)}"})
        case TeamsChannel():
            _post(channel.url.get_secret_value(), _card(alert))
        case WebhookChannel():
            token = channel.token.get_secret_value() if channel.token else ""
            _post(channel.url.get_secret_value(), document(alert), token)
        case _:
            assert_never(channel)


def document(alert: Alert) -> dict[str, Any]:
    """The JSON of a webhook: id, event, kind, severity, source, stream, title, detail, fix, opened_at, ended_at."""
    return {
        "id": alert.id, "event": alert.event, "kind": alert.kind, "severity": alert.severity, "source": alert.source,
        "stream": alert.stream, "title": alert.title, "detail": alert.detail, "fix": alert.fix,
        "opened_at": alert.opened_at.isoformat(),
        "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
    }  # fmt: skip


def _slack(text: str) -> str:
    """What Slack would take for a link or a mention is text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _card(alert: Alert) -> dict[str, Any]:
    lines = [{"type": "TextBlock", "text": line, "wrap": True} for line in alert.text.splitlines()]
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [{**lines[0], "weight": "Bolder"}, *lines[1:]]}
    return {
        "type": "message",
        "summary": alert.subject,
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _post(url: str, body: dict[str, Any], token: str = "") -> None:
    import httpx

    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer = httpx.post(url, content=json.dumps(body), headers=headers, timeout=_TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceUnavailable(f"the address does not answer ({type(error).__name__}).") from None
    if answer.status_code >= 300:
        raise SourceUnavailable(f"the address answers {answer.status_code}.")


def _mail(channel: EmailChannel, alert: Alert) -> None:
    import smtplib
    import ssl

    message = EmailMessage()
    message["Subject"] = " ".join(alert.subject.split())
    message["From"] = channel.sender
    message["To"] = ", ".join(channel.to)
    message["Message-ID"] = f"<hub-alert-{alert.id}-{alert.event}@{channel.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(alert.text + "\n")
    context = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(channel.host, channel.port, timeout=_TIMEOUT_SECONDS, context=context)
            if channel.security == "tls"
            else smtplib.SMTP(channel.host, channel.port, timeout=_TIMEOUT_SECONDS)
        ) as server:
            if channel.security == "starttls":
                server.starttls(context=context)
            if channel.user:
                server.login(channel.user, channel.password.get_secret_value() if channel.password else "")
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        raise SourceUnavailable(f"the mail server answers {error.smtp_code}.") from None
    except (OSError, smtplib.SMTPException) as error:
        raise SourceUnavailable(f"the mail server does not take it ({type(error).__name__}).") from None
