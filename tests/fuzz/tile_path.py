"""Paths of tiles, and entry bundles."""

from __future__ import annotations

from ledger.errors import FormatError
from ledger.tiles import TilePath, format_bundle, format_tile_path, parse_bundle, parse_tile_path
from tests.fuzz.refusing import clear

SEEDS = (
    b"tile/0/000",
    b"tile/63/x001/x234/067.p/255",
    b"tile/entries/x999/999",
    format_tile_path(TilePath(5, 2**63 - 1, 1)).encode(),
    format_bundle([b"", b"leaf", b"x" * 300]),
)


def check(data: bytes) -> None:
    """Parse as a path, and as a bundle of as many entries as there may be, and write again."""
    try:
        text = data.decode()
        assert format_tile_path(parse_tile_path(text)) == text
    except FormatError as refused:
        clear(refused)
    except UnicodeDecodeError:
        pass
    for width in (1, 2, 3, 256):
        try:
            entries = parse_bundle(data, width)
        except FormatError:
            continue
        assert format_bundle(entries) == data
