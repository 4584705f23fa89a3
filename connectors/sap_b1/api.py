"""The Service Layer of one company: its session, its version of the protocol, its pages."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sap_b1.config import SapB1Config
from connectors.sap_b1.login import B1Auth
from connectors.sap_b1.refusals import CODES
from hub.sdk import Context, HttpSource
from hub.sdk.connector import Json
from hub.sdk.odata import KeysetPages, Metadata, ODataPage, ODataSource, Query, Version

_VERSIONS = {"v1": Version.V3, "v2": Version.V4}


class B1Api:
    """Safe to use from several threads."""

    def __init__(self, config: SapB1Config, context: Context) -> None:
        self.root = f"b1s/{config.protocol}"
        self.auth = B1Auth(config, self.root)
        self.http = HttpSource(config, context, auth=self.auth)
        self._size = config.page_size
        version = _VERSIONS[config.protocol]
        prefer = (f"odata.maxpagesize={config.page_size}",)
        self.source = ODataSource(self.http, version, root=self.root, typed=False, prefer=prefer, codes=CODES)
        self._typed = ODataSource(self.http, version, root=self.root, codes=CODES)

    def metadata(self) -> Metadata:
        """What this release has; asked for once."""
        return self._typed.metadata()

    def pages(self, query: Query, key: str, resume: Json | None = None) -> Iterator[ODataPage]:
        """All rows in the order of their key. The Service Layer's own links count rows, so that what is deleted
        meanwhile would hide others; and where `$top` fits a page there is no link at all, though more may follow."""
        return self.source.pages(query, KeysetPages(self._size, (key,), short_is_last=True), resume=resume)

    def close(self) -> None:
        self.http.close()
