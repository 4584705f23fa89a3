"""Pages of records to pages of features, on several processes where there are many."""

from __future__ import annotations

import itertools
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TYPE_CHECKING

from hub.identity.records import features

if TYPE_CHECKING:
    import pyarrow as pa

PAGE = 20_000
"""Rows that are worth another process."""


def feature_pages(pages: Iterable[pa.Table | pa.RecordBatch], processes: int) -> Iterator[pa.RecordBatch]:
    """Features of all records, in order. One page is done in this process; starting others would take longer."""
    slices = _slices(pages)
    first = list(itertools.islice(slices, 2))
    slices = itertools.chain(first, slices)
    if len(first) < 2 or processes < 2:
        yield from map(features, slices)
        return
    # A fork would inherit DuckDB's locks without its threads.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[pa.RecordBatch]] = deque()
        for page in slices:
            waiting.append(pool.submit(_features_of, _packed(page)))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _packed(page: pa.Table | pa.RecordBatch) -> bytes:
    """A page as bytes of its own: pickled, a slice would travel with all of the page that it is cut from."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, page.schema) as stream:
        stream.write(page)
    return bytes(sink.getvalue())


def _features_of(packed: bytes) -> pa.RecordBatch:
    import pyarrow as pa

    return features(pa.ipc.open_stream(packed).read_all())


def _slices(pages: Iterable[pa.Table | pa.RecordBatch]) -> Iterator[pa.Table | pa.RecordBatch]:
    """Pages of at most `PAGE` rows."""
    for page in pages:
        if page.num_rows <= PAGE:
            yield page
        else:
            for start in range(0, page.num_rows, PAGE):
                yield page.slice(start, PAGE)
