"""The size of a picture is read from its bytes, or the bytes are refused."""

import struct

import pytest

from docgen.markdown import parse_markdown
from docgen.pictures import Picture, pixel_size
from docgen.word import write_word
from tests.docgen.samples import info, png
from tests.docgen.wordfile import WordFile

APP0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
TABLE = b"\xff\xc4" + struct.pack(">H", 19) + bytes(17)  # DHT: its marker lies among those of frames


def jpeg(width: int, height: int, before: bytes = APP0 + TABLE) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + before + b"\xff" + frame + b"\xff\xd9"


def test_sizes_of_png_and_jpeg_are_read() -> None:
    assert pixel_size(png(61, 42)) == (61, 42)
    assert pixel_size(jpeg(640, 480)) == (640, 480)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "neither a PNG nor a JPEG"),
        (b"GIF89a" + bytes(40), "neither a PNG nor a JPEG"),
        (png()[:20], "neither a PNG nor a JPEG"),
        (png(0, 5), "without extent"),
        (jpeg(5, 0), "without extent"),
        (b"\xff\xd8" + APP0 + b"\xff\xd9", "without a frame"),
        (b"\xff\xd8" + APP0 + TABLE[:6], "without a frame"),
        (b"\xff\xd8\xff", "without a frame"),
    ],
)
def test_other_bytes_are_refused(data: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        pixel_size(data)


def test_a_jpeg_is_embedded_with_its_proportions() -> None:
    made = write_word(parse_markdown("![a](image:p)"), info(), pictures={"p": Picture(jpeg(400, 100), width_mm=100)})
    file = WordFile(made)

    assert "word/media/image1.jpeg" in file.parts
    assert file.values("//wp:extent/@cx | //wp:extent/@cy") == [str(100 * 36000), str(25 * 36000)]
