"""The conformance kit for Acme ERP."""

from b2b_hub_acme.connector import AcmeConnector

from hub.testing import ConnectorContract


class TestAcme(ConnectorContract):
    connector = AcmeConnector
    settings = {"page_size": 5}
