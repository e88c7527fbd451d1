"""The zip around a bundle: no byte of it is trusted before it was counted."""

from __future__ import annotations

import io

from ledger.bundle.container import Container
from ledger.bundle.packing import ContainerWriter
from ledger.errors import BadInput
from tests.fuzz.refusing import clear


def _packed(**files: bytes) -> bytes:
    target = io.BytesIO()
    writer = ContainerWriter(target)
    for name, data in files.items():
        writer.add(name.replace("__", "/").replace("_json", ".json"), data)
    writer.finish()
    return target.getvalue()


SEEDS = (
    _packed(bundle_json=b"{}\n", checkpoint=b"note" * 100),
    _packed(bundle_json=b"{}\n"),
)
MOST = 1 << 20


def check(data: bytes) -> None:
    """Read every member; what comes out is as long as was said, and not out of all proportion to the file."""
    try:
        container = Container(io.BytesIO(data), len(data))
        for name, member in container.members.items():
            if member.size > MOST:
                continue
            assert len(container.read(name)) == member.size == container.measure(name)[0]
            assert member.size <= 1_000 * max(1, member.packed)
    except BadInput as refused:
        clear(refused)
