"""The conformance kit for Salesforce."""

from __future__ import annotations

from typing import ClassVar

from connectors.salesforce.source import SalesforceConnector
from hub.testing import ConnectorContract


class TestSalesforce(ConnectorContract):
    connector = SalesforceConnector
    settings: ClassVar = {"client_id": "hub", "client_secret": "planted-5ec1e7-0123456789abcdef"}
    page_rows = 5
    reading_posts = (r"/jobs/query$",)
