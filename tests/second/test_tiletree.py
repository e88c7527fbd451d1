"""The second reader takes our tree from a static web server, and finds wrong what the program finds wrong."""

from __future__ import annotations

import http.server
import random
import threading
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from ledger.errors import BadInput
from ledger.note import format_vkey
from ledger.tiletree.exporting import export_tiles
from ledger.tiletree.verifying import verify_tiles
from tests.ledger.harness import Harness, decision
from tests.ledger.tiletree.trees import trusting, vkey, write_tree
from tests.second.parsing import Bad
from tests.second.tiletree import check_chain, read_tree


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A static web server that keeps no log."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address under which the test's folder is served."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def over_http(base: str, name: str) -> bytes | None:
    try:
        with urlopen(f"{base}/{name}") as answer:
            return bytes(answer.read())
    except HTTPError as error:
        error.close()
        if error.code != HTTPStatus.NOT_FOUND:
            raise
        return None


def from_folder(folder: Path, name: str) -> bytes | None:
    return (folder / name).read_bytes() if (folder / name).is_file() else None


def test_a_stranger_reads_the_whole_ledger_from_a_web_server(tmp_path: Path, served: str) -> None:
    harness = Harness.create(tmp_path)
    (key,) = harness.ledger.authority.verifier_keys()
    for size in (100, 256, 600):
        first = harness.ledger.size
        harness.append(*(harness.line("ai_decision", decision(i)) for i in range(first, size)))
        export_tiles(harness.ledger, tmp_path / "public")

        entries = read_tree(partial(over_http, f"{served}/public"), format_vkey(key))

        assert entries == [harness.ledger.leaf(i) for i in range(size)]
        check_chain(entries, harness.origin)
    harness.close()


def test_both_readers_agree_on_hundreds_of_spoiled_trees(tmp_path: Path) -> None:
    """Both find nothing wrong, or both find something wrong."""
    folder = tmp_path / "tree"
    write_tree(folder, [b"entry %d" % i for i in range(600)])
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    chance = random.Random(18)

    for _ in range(300):
        file = chance.choice(files)
        before = file.read_bytes()
        at = chance.randrange(len(before))
        harm = chance.choice(("flip", "cut", "longer", "gone", "swap", "nothing"))
        other = chance.choice(files)
        if harm == "flip":
            file.write_bytes(before[:at] + bytes([before[at] ^ 1 << chance.randrange(8)]) + before[at + 1 :])
        elif harm == "cut":
            file.write_bytes(before[:at])
        elif harm == "longer":
            file.write_bytes(before + before[at:])
        elif harm == "gone":
            file.unlink()
        elif harm == "swap":
            file.write_bytes(other.read_bytes())

        assert sound_to_us(folder) is sound_to_them(folder), f"{harm} at {at} of {file}, {other}"

        file.write_bytes(before)


def sound_to_them(folder: Path) -> bool:
    try:
        read_tree(partial(from_folder, folder), vkey())
    except Bad:
        return False
    return True


def sound_to_us(folder: Path) -> bool:
    try:
        return verify_tiles(folder, trusting()).exit_code == 0
    except BadInput:
        return False
