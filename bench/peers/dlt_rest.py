"""dlt: JSON pages over HTTP. `python dlt_rest.py PORT URL rest_api|arrow WORK_FOLDER`, in dlt's own environment.

`rest_api` is the source as documented; `arrow` is dlt's RESTClient with pages turned into Arrow tables, its fastest
path.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import dlt
import pyarrow as pa
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from dlt.sources.rest_api import rest_api_source

KEYS = {"customers": "id", "orders": "id", "order_lines": "id", "stock": ["sku", "location"]}


def paginator() -> PageNumberPaginator:
    return PageNumberPaginator(base_page=1, total_path=None, stop_after_empty_page=True)


def by_rest_api(base: str) -> Any:
    resources = [
        {
            "name": name,
            "primary_key": key,
            "endpoint": {"path": name, "params": {"limit": 1000}, "data_selector": "rows"},
        }
        for name, key in KEYS.items()
    ]
    return rest_api_source({"client": {"base_url": base, "paginator": paginator()}, "resources": resources})


def by_arrow(base: str) -> list[Any]:
    client = RESTClient(base_url=base, paginator=paginator(), data_selector="rows")

    def pages(name: str) -> Iterator[pa.Table]:
        for page in client.paginate(name, params={"limit": 1000}):
            if page:
                yield pa.Table.from_pylist(list(page))

    return [dlt.resource(pages(name), name=name) for name in KEYS]


def main(port: str, url: str, how: str, work: str) -> None:
    postgres = url.startswith("postgresql")
    destination = dlt.destinations.postgres(url) if postgres else dlt.destinations.sqlalchemy(url)
    pipeline = dlt.pipeline(
        "rest", destination=destination, dataset_name="dlt_rest" if postgres else "main", pipelines_dir=work
    )
    base = f"http://127.0.0.1:{port}"
    source = by_rest_api(base) if how == "rest_api" else by_arrow(base)
    options = {"loader_file_format": "parquet"} if how == "arrow" else {}
    pipeline.run(source, write_disposition="replace", **options).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:5])
