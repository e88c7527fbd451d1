"""The 98 inclusion and 98 consistency proofs of transparency-dev/merkle, right and wrong ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.errors import ProofError
from ledger.merkle import check_consistency, check_inclusion


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def cases(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    files = sorted(folder.rglob("*.json"))
    assert len(files) == 98, f"{folder.name} should hold 98 proofs"
    return [(str(file.relative_to(folder)), json.loads(file.read_bytes())) for file in files]


def accepts(check: Callable[..., None], *arguments: object) -> bool:
    try:
        check(*arguments)
    except ProofError:
        return False
    return True


def test_every_inclusion_vector_is_judged_as_its_authors_say(vectors: Path) -> None:
    for name, case in cases(vectors / "merkle/testdata/inclusion"):
        leaf, root = decoded(case["leafHash"]), decoded(case["root"])
        proof = [decoded(text) for text in case["proof"] or ()]

        accepted = accepts(check_inclusion, leaf, case["leafIdx"], case["treeSize"], proof, root)

        assert accepted is not case["wantErr"], f"{name}: {case['desc']}"


def test_every_consistency_vector_is_judged_as_its_authors_say(vectors: Path) -> None:
    for name, case in cases(vectors / "merkle/testdata/consistency"):
        root1, root2 = decoded(case["root1"]), decoded(case["root2"])
        proof = [decoded(text) for text in case["proof"] or ()]

        accepted = accepts(check_consistency, case["size1"], root1, case["size2"], root2, proof)

        assert accepted is not case["wantErr"], f"{name}: {case['desc']}"
