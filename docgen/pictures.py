"""Pictures that documents show: bytes with a known format and size, nothing fetched from anywhere."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from docgen.tree import Table

__all__ = ["MAX_BYTES", "MAX_PIXELS", "Picture", "pixel_size"]

MAX_BYTES = 20 * 1024 * 1024
"""A file of more is refused: Word opens it slowly, and mail servers do not let the document pass."""
MAX_PIXELS = 20_000

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG file's bytes; `width_mm` on the page, or None for as wide as the text at most.

    `drawn` is the canonical form of what a drawing shows, empty for other pictures.  Another version
    of the drawing library gives other bytes for the same drawing, so `digest` is of `drawn` where
    there is one: what a document says does not change with a library.  Where nothing could be drawn,
    `data` is empty and `stand_in` says the same as a table.
    """

    data: bytes
    width_mm: float | None = None
    drawn: bytes = b""
    stand_in: Table | None = None

    @property
    def digest(self) -> str:
        """Hex SHA-256 of what the picture shows: of `drawn`, or of the file's bytes."""
        return hashlib.sha256(self.drawn or self.data).hexdigest()


def pixel_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG or JPEG file.

    Raises:
        ValueError: the bytes are neither, or more of either than a document should hold.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"{len(data)} bytes, expected at most {MAX_BYTES}; save it smaller")
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
    elif data.startswith(_JPEG):
        width, height = _jpeg_size(data)
    else:
        raise ValueError("neither a PNG nor a JPEG file")
    if not width or not height:
        raise ValueError("a picture without extent")
    if width > MAX_PIXELS or height > MAX_PIXELS:
        raise ValueError(f"{width} by {height} pixels, expected at most {MAX_PIXELS} each way; save it smaller")
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte before the marker
            place += 1
            continue
        # Start-of-frame markers C0..CF, without DHT (C4), JPG (C8) and DAC (CC).
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
    raise ValueError("a JPEG file without a frame")
