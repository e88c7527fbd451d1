"""The small schema validators inside of the two verifiers say what a full one says, of the schemas that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ledger.disclosure import seal
from ledger.kinds import KINDS, erasable_paths, schema_bytes
from tests.bundle.judges import browser, load_verifier
from tests.bundle.primitives import DIGESTS, OFFLINE
from tests.kinds.from_schema import example, judge, places, replaced, without
from tests.programs import program

verifier = load_verifier()
ODD: tuple[Any, ...] = (None, True, 0, -1, 1.5, "", "x", "A" * 400, "😀", [], ["x"], {}, {"a": 1})


@cache
def schema(kind: str) -> Any:
    return verifier.Schema(schema_bytes(kind))


def test_both_know_the_digest_of_every_schema() -> None:
    page = OFFLINE.joinpath("verify.html").read_text()
    table = dict(re.findall(r'^  ([a-z_]+): "([0-9a-f]{64})",$', page, re.MULTILINE))

    assert verifier.SCHEMAS == table == DIGESTS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_bodies_changed_in_every_place_are_judged_as_by_a_full_validator(kind: str) -> None:
    for body in variants(kind):
        assert schema(kind).valid(body) == judge(kind).is_valid(body), json.dumps(body)[:400]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_erasable_members_are_where_the_program_sees_them(kind: str) -> None:
    for body in bodies(kind):
        found, _ = schema(kind).erasable(body)
        assert found == set(erasable_paths(kind, body))

        sealed, _ = seal(body, found, iter(bytes([n]) * 16 for n in range(99)).__next__)
        assert schema(kind).erasable(sealed) == (set(), True)


def test_the_page_judges_bodies_as_verify_py_does(tmp_path: Path) -> None:
    in_page = """([raw, bodies]) => {
        const schema = new Schema(encode(raw));
        return bodies.map(body => {
            const value = strictJson(encode(body), 1 << 24);
            const [places, sound] = schema.erasable(value);
            return [schema.valid(value), [...places].sort(), sound];
        });
    }"""
    with browser(program("chromium"), tmp_path) as opened:
        for kind in sorted(KINDS):
            changed = list(variants(kind))[::3]  # every third: a browser is slow to be handed them
            told = opened.page.evaluate(in_page, [schema_bytes(kind).decode(), [json.dumps(body) for body in changed]])
            for body, (valid, places, sound) in zip(changed, told, strict=True):
                try:
                    expected = schema(kind).erasable(body)
                except (TypeError, AttributeError):
                    expected = None  # of what is not valid anyway
                assert valid == schema(kind).valid(body), json.dumps(body)[:400]
                assert not valid or (set(places), sound) == expected


def bodies(kind: str) -> list[dict[str, Any]]:
    return [example(kind, full=False), example(kind, full=True)]


def variants(kind: str) -> Iterator[Any]:
    """Bodies, and each with one value replaced or left out, at every place."""
    for body in bodies(kind):
        yield body
        for path in filter(None, places(body)):
            yield without(body, path)
            yield from (replaced(body, path, value) for value in ODD)
