"""docs/FORMAT.md says what the code does: its example, its tables, its numbers."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledger import admission, disclosure, envelope, leaf, note, statement, strictjson
from ledger.authority import Authority
from ledger.kinds import KINDS, schema_bytes
from ledger.policy import ROLES
from ledger.store import schema
from ledger.store.append import MAX_CLOCK_BACK
from ledger.verdicts import REMEDIES, Finding, Place, Report, Verdict
from tests.docs import worked_example
from tests.docs.pages import blocks, read
from tests.second import parsing
from tests.second.state import apply, keyid_of, parse_public_key, verify_signature

PAGE = "docs/FORMAT.md"


@pytest.fixture(scope="module")
def page() -> str:
    return read(PAGE)


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """The named blocks of the worked example."""
    return {block.name: block.code.removesuffix("\n") for block in blocks(PAGE) if block.name}


def digests_after(page: str, words: str) -> list[str]:
    return re.findall(rf"{words}: `([0-9a-f]{{64}})`", page)


# The worked example, from the page alone, with the second reader


def test_statements_and_leaves_have_the_digests_that_the_page_gives(page: str, example: dict[str, str]) -> None:
    for index in range(3):
        raw = example[f"leaf-{index}"].encode()
        read_leaf = parsing.parse_leaf(raw)

        assert read_leaf.payload == example[f"statement-{index}"].encode()
        assert sha256(read_leaf.payload).hexdigest() == digests_after(page, "Its digest")[index]
        assert parsing.leaf_hash(raw).hex() == digests_after(page, "Its leaf hash")[index]


def test_leaves_are_chained_and_counted(example: dict[str, str]) -> None:
    first, second, third = (example[f"leaf-{index}"].encode() for index in range(3))
    links = [parsing.parse_leaf(raw).links for raw in (first, second, third)]

    assert [link["prev"] for link in links] == [
        parsing.ZEROS,
        parsing.leaf_hash(first).hex(),
        parsing.leaf_hash(second).hex(),
    ]
    assert [(link["nth"], link["nth_prev"]) for link in links] == [
        (0, parsing.ZEROS),
        (1, parsing.leaf_hash(first).hex()),
        (0, parsing.ZEROS),
    ]


def test_keys_and_signatures_are_those_of_the_seeds(page: str, example: dict[str, str]) -> None:
    rows = re.findall(r"^\| (\w+) \| 32 bytes `(..)` \| `([0-9a-f]{64})` \| `(\S+)` \|$", page, re.MULTILINE)
    keys = {name: (parse_public_key(spki), keyid) for name, _, keyid, spki in rows}
    message = parsing.parse_leaf(example["leaf-2"].encode()).signed

    assert {name: keyid_of(public) for name, (public, _) in keys.items()} == {n: k for n, (_, k) in keys.items()}
    verify_signature(keys["pipeline"][0], base64.b64decode(example["signature"]), message)
    assert f"{len(message)} bytes" in page
    assert sha256(message).hexdigest() in page


def test_the_key_history_of_the_example_is_valid(example: dict[str, str]) -> None:
    state = None
    for index in range(2):
        entry = parsing.parse_leaf(example[f"leaf-{index}"].encode())
        state = apply(state, index, parsing.parse_statement(entry.payload), entry)

    assert state is not None
    assert {key.principal: (key.start, key.roles) for key in state.keys.values()} == {
        "admin-1": (0, {"admin"}),
        "pipeline-1": (2, {"pipeline"}),
    }


def test_the_disclosure_opens_the_body(page: str, example: dict[str, str]) -> None:
    body = json.loads(example["statement-2"])["data"]

    opened, unresolved = parsing.open_body(body, [example["disclosure"]])

    assert (opened["affected_person"]["name"], unresolved) == ("Ann Example", {})
    assert f"`{parsing.disclosure_digest(example['disclosure'])}`" in page


def test_the_append_line_is_the_leaf_without_its_place(example: dict[str, str]) -> None:
    line = json.loads(example["line"])

    assert line["envelope"] == json.loads(example["leaf-2"])["envelope"]
    assert line["disclosures"] == [example["disclosure"]]


def test_root_and_checkpoint_are_those_of_the_leaves(page: str, example: dict[str, str]) -> None:
    hashes = [parsing.leaf_hash(example[f"leaf-{index}"].encode()) for index in range(3)]
    (vkey,) = set(re.findall(r"vkey: `(\S+)`", page))
    name, key_id, public_key = parsing.parse_vkey(vkey)

    text, ((signer, signed_with, signature),) = parsing.parse_note(example["checkpoint"].encode() + b"\n")
    verify_signature(public_key, signature, text.encode())

    assert (signer, signed_with) == (name, key_id)
    assert parsing.parse_checkpoint(text) == (name, 3, parsing.root(hashes))
    assert parsing.root(hashes).hex() in page
    assert parsing.node(hashes[0], hashes[1]).hex() in page


# The same, from the code


def test_the_example_on_the_page_is_what_the_code_makes(page: str) -> None:
    _, _, rest = page.partition(worked_example.BEGIN)
    found, _, _ = rest.partition(worked_example.END)

    assert found.strip() == worked_example.example().strip(), "python -m tests.docs.worked_example --write"


def test_the_door_takes_the_example(example: dict[str, str]) -> None:
    authority: Authority | None = None
    for index in range(2):
        parsed = leaf.parse_leaf(example[f"leaf-{index}"].encode())
        said = statement.parse_statement(parsed.envelope.payload)
        admission.check_schema(said)
        authority = admission.advance(authority, index, said, [s.keyid for s in parsed.envelope.signatures])
    line = admission.read_line(example["line"].encode())
    assert authority is not None

    signed = admission.judge(
        authority, 2, line.statement, [s.keyid for s in line.envelope.signatures], lambda _: frozenset()
    )

    assert [(by.principal, by.roles) for by in signed] == [("pipeline-1", ("pipeline",))]


# Its tables and numbers


def test_every_verdict_is_listed_with_its_exit_code(page: str) -> None:
    rows = dict(re.findall(r"^\| `([a-z ,-]+)` \| .+ \| ([0-9–]) \|$", page, re.MULTILINE))

    assert rows == {verdict.value: exit_of(verdict) for verdict in Verdict}
    assert REMEDIES.keys() >= set(Verdict) - {Verdict.ERASED}


def exit_of(verdict: Verdict) -> str:
    """What a report with this verdict alone ends with, as the page writes it."""
    finding = Finding(verdict, Place(0), "")
    report = Report("o", 1, bytes(32), 1, "", "full", "", counts=((verdict, 1),), findings=(finding,))
    return str(report.exit_code) if report.exit_code else "–"


def test_every_table_of_the_database_is_described_with_its_columns(page: str, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with engine.begin() as connection:
        schema.migrate(connection)
        found = sa.inspect(connection)
        columns = {name: {c["name"] for c in found.get_columns(name)} for name in found.get_table_names()}
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    engine.dispose()
    section = page.partition("## 12 Database")[2].partition("## 13")[0]

    described: dict[str, set[str]] = {"alembic_version": {"version_num"}, "progress": {"id", "indexed"}}
    for names, row in re.findall(r"^\| (`[^|]+`) \| (.+) \|$", section, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", names):
            described[name] = set(re.findall(r"`([a-z_]+)`", row)) - {"erasure", "system_version"}
    described["head"].add("id")

    assert described == columns
    assert f"`version_num` = `{version}`" in section


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (statement.MAX_STATEMENT_BYTES, "A JSON object of at most {} bytes"),
        (statement.MAX_SOURCE, "at most {} characters"),
        (admission.MAX_LINE_BYTES, "strict JSON, at most {} bytes"),
        (leaf.MAX_LEAF_BYTES, "at most {} bytes, exactly:"),
        (envelope.MAX_SIGNATURES, "1 to {} objects of exactly"),
        (envelope.MAX_SIGNATURE_TEXT, "at most {} characters. The signature"),
        (note.MAX_NOTE_SIZE, "at most {} bytes, 1 to"),
        (note.MAX_SIGNATURES, "1 to {} signatures"),
        (strictjson.MAX_DEPTH, "nesting deeper than {},"),
        (admission.MAX_CLOCK_AHEAD // 1_000_000, "at most {} s after its leaf time"),
        (MAX_CLOCK_BACK // 1_000_000, "behind it by at most {} s"),
        (disclosure.SALT_SIZE, "base64url of {} random bytes"),
    ],
)
def test_limits_are_those_of_the_code(page: str, value: int, words: str) -> None:
    assert words.format(f"{value:,}") in " ".join(page.split())


def test_roles_and_state_bodies_are_those_of_the_schemas(page: str) -> None:
    section = page.partition("## 9 Keys and policy")[2].partition("## 10")[0]

    assert ", ".join(f"`{role}`" for role in ROLES) in " ".join(section.split())
    for kind in ("ledger", "key"):
        actions: Any = json.loads(schema_bytes(kind))["properties"]["action"]["enum"]
        assert [action for action in actions if f"`{action}`" not in section] == []


def test_only_approvals_and_erasures_have_a_statement_of_their_own() -> None:
    having = {kind for kind in KINDS if "statement" in json.loads(schema_bytes(kind))["properties"]}

    assert having == {"approval", "erasure"}
