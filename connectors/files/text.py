"""The text of a file as UTF-8 bytes, whatever its encoding, from any place on.

What cannot be decoded goes on as bytes that are not UTF-8, so that the one row it stands in is refused later, and not
the whole file here. A byte order mark beats the setting: it is part of the file. Without both it is UTF-8.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import cached_property

from connectors.files.unpack import Part, raw_chunks
from hub.sdk import PluginError, SourceChanged

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 1 << 18


class Text:
    """One part, opened when asked. Offsets count UTF-8 bytes after the byte order mark."""

    def __init__(self, part: Part, encoding: str | None, *, max_bytes: int) -> None:
        self.part = part
        self._setting = encoding
        self._max_bytes = max_bytes

    @cached_property
    def _sample(self) -> bytes:
        sample = b""
        for chunk in raw_chunks(self.part, max_bytes=self._max_bytes):
            sample += chunk
            if len(sample) >= _SAMPLE_BYTES:
                break
        return sample

    @cached_property
    def _mark(self) -> int:
        """Length of the byte order mark."""
        return next((len(mark) for mark, _ in _BOMS if self._sample.startswith(mark)), 0)

    @cached_property
    def encoding(self) -> str:
        """The codec's own name for the encoding to read with."""
        if self._mark:
            return next(encoding for mark, encoding in _BOMS if self._sample.startswith(mark))
        if self._setting is None:
            return "utf-8"
        return _guessed(self._sample, self.part.name) if self._setting == "auto" else codecs.lookup(self._setting).name

    @cached_property
    def _lone_returns(self) -> bool:
        """Whether lines end with a carriage return alone, as old Macintosh exports do."""
        head = b"".join(self._decoded(iter([self._sample]), final=False))
        return b"\r" in head[:-1] and b"\n" not in head

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """The text from an offset on."""
        if self.encoding == "utf-8":
            chunks = self._raw(self._mark + start)
        else:
            chunks = _after(start, self._decoded(self._raw(self._mark), final=True))
        for chunk in chunks:
            yield chunk.replace(b"\r", b"\n") if self._lone_returns else chunk

    def position(self, offset: int) -> int | None:
        """Where an offset lies in the file's own bytes; None where it cannot be told without decoding all before it."""
        return self._mark + offset if self.encoding == "utf-8" else None

    def _raw(self, start: int) -> Iterator[bytes]:
        return raw_chunks(self.part, start=start, max_bytes=self._max_bytes)

    def _decoded(self, chunks: Iterator[bytes], *, final: bool) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="surrogateescape")
        try:
            for chunk in chunks:
                yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
            if final:
                yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")
        except UnicodeError as error:
            raise SourceChanged(
                f"the text is not {self.encoding}.",
                fix="Correct `encoding`, or try `encoding: auto`.",
                where=self.part.name,
            ) from error


def _after(start: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        before, done = done, done + len(chunk)
        if done > start:
            yield chunk[max(0, start - before) :]


def _guessed(sample: bytes, name: str) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    try:
        from charset_normalizer import from_bytes
    except ImportError as error:
        raise PluginError(
            "`encoding: auto` needs the package charset-normalizer.",
            fix="Install b2b-hub[encoding], or name the encoding, e.g. `cp1252`.",
            where=name,
        ) from error
    best = from_bytes(sample).best()
    if best is None:
        raise SourceChanged("the encoding cannot be told.", fix="Name it, e.g. `encoding: cp1252`.", where=name)
    return codecs.lookup(best.encoding).name
