"""The SDK as a pipeline uses it: open, record, attach, read back, verify; and what stays true around it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ledger as package
from ledger import AimsError, Entry, Ledger, OutcomeUnknown, Refused, Rollback, StoreError
from ledger.errors import BadInput, Conflict, FormatError, ProofError, SchemaError, clip
from ledger.kinds import AiDecision, ModelIdentity, Person
from ledger.merkle import leaf_hash
from tests.ledger.harness import SUBJECT, Harness, decision, decision_about, oversight, signer, source_of

NewHarness = Callable[..., Harness]


def test_a_typed_event_in_a_few_lines(harness: Harness, tmp_path: Path) -> None:
    harness.close()
    model_file = tmp_path / "model.joblib"
    model_file.write_bytes(b"weights")

    with Ledger.open(
        harness.path, checkpoint_signer=signer("checkpoint"), clock=harness.clock, state=harness.state
    ) as ledger:
        model = ledger.attach(model_file, role="model")
        receipt = ledger.record(
            AiDecision(
                decision_id="decision-1",
                model=ModelIdentity(model_id="scorecard", version="1.0"),
                replayed=False,
                artefacts=[model],
                affected_person=Person(id="applicant-1", name="Jane Roe"),
            ),
            signers=signer("pipeline"),
            subject="credit-scoring",
        )
        entry = ledger.entry(receipt.statement[:12])

    assert (receipt.state, receipt.duplicate) == ("checkpointed", False)
    assert entry.index == receipt.index
    assert entry.data["affected_person"] == {"id": "applicant-1", "name": "Jane Roe"}
    assert entry.data["artefacts"][0]["name"] == "model.joblib"
    assert entry.short == receipt.leaf_hash.hex()[:8]
    harness.check()


def test_an_entry_says_everything_that_is_known_of_it(harness: Harness) -> None:
    receipt = harness.record("ai_decision", decision_about("Jane Roe", system_version="1.1"), by=["pipeline"])

    entry = harness.entry(receipt.index)

    assert isinstance(entry, Entry)
    assert (entry.kind, entry.subject, entry.version, entry.source) == (
        "ai_decision",
        SUBJECT,
        "1.1",
        source_of("pipeline"),
    )
    assert (entry.statement, entry.recorded) == (receipt.statement, receipt.time)
    assert entry.leaf_hash == receipt.leaf_hash == leaf_hash(harness.ledger.leaf(receipt.index))
    assert [(s.principal, s.roles) for s in entry.signers] == [("pipeline-1", ("pipeline",))]
    assert entry.erased == ()
    assert "_sd" not in json.dumps(dict(entry.data))


@pytest.mark.parametrize("place", [-1, 7, 10**18, 2**63])
def test_an_entry_that_is_not_there_is_refused(harness: Harness, place: int) -> None:
    with pytest.raises(AimsError, match=rf"entry {place}: the ledger has entries 0 to 6"):
        harness.entry(place)


def test_entries_come_in_pages_and_in_order(harness: Harness) -> None:
    harness.append(*(harness.line("ai_decision", decision(n)) for n in range(1_200)))

    forward = [entry.index for entry in harness.ledger.entries()]
    backward = [entry.index for entry in harness.ledger.entries(newest_first=True)]

    assert forward == list(range(1_207))
    assert backward == forward[::-1]
    assert [e.index for e in harness.ledger.entries(kinds={"ai_decision"}, start=600, limit=700)] == list(
        range(600, 1_207)
    )
    assert [e.index for e in harness.ledger.entries(newest_first=True, limit=3, size=1_000)] == [999, 998, 997]


def test_reading_to_a_size_does_not_see_what_came_later(harness: Harness) -> None:
    size = harness.ledger.size
    entries = harness.ledger.entries(size=size)
    first = next(entries)
    harness.record("ai_decision", decision(1))

    assert first.index == 0
    assert len(list(entries)) == size - 1


def test_the_authority_is_that_of_now(harness: Harness) -> None:
    assert "new-1" not in {key.principal for key in harness.ledger.authority.keys.values()}

    harness.enrol("new", "pipeline")

    assert "new-1" in {key.principal for key in harness.ledger.authority.keys.values()}


def test_a_key_is_enrolled_with_its_holders_name_sealed(harness: Harness) -> None:
    receipt = harness.ledger.enroll(
        signer("new"), principal="new-1", roles=["pipeline"], sources=[source_of("new")], admins=signer("admin"),
        principal_name="Jane Roe",
    )  # fmt: skip

    assert harness.entry(receipt.index).data["principal_name"] == "Jane Roe"
    assert b"Jane" not in harness.ledger.leaf(receipt.index)
    harness.record("ai_decision", decision(1), by="new")
    harness.check()


def test_enrolling_needs_the_new_holder_and_an_admin(harness: Harness) -> None:
    with harness.nothing_stored(), pytest.raises(Refused) as caught:
        harness.ledger.enroll(
            signer("new"), principal="new-1", roles=["pipeline"], sources=[source_of("new")], admins=signer("pipeline")
        )
    assert caught.value.rule == "role not allowed"


def test_a_signer_that_is_not_enrolled_is_refused_before_anything_is_signed(harness: Harness) -> None:
    with harness.nothing_stored(), pytest.raises(Refused, match="not enrolled") as caught:
        harness.ledger.record(decision(1), kind="ai_decision", signers=signer("stranger"), subject=SUBJECT)
    assert caught.value.rule == "unknown key"


def test_lines_are_taken_from_any_iterable_once(harness: Harness) -> None:
    lines = (harness.line("ai_decision", decision(n)) for n in range(3))

    assert [r.index for r in harness.ledger.append(lines)] == [7, 8, 9]
    harness.check()


def test_two_ledgers_do_not_share_anything(new_harness: NewHarness) -> None:
    first, second = new_harness(), new_harness(roles=["overseer"])

    first.record("ai_decision", decision(1))
    with pytest.raises(Refused, match="not enrolled"):
        second.record("ai_decision", decision(1))
    second.record("oversight_action", oversight(), by="overseer")

    first.check()
    second.check()


def test_what_fails_to_open_leaves_nothing_open(tmp_path: Path, harness: Harness) -> None:
    harness.close()
    harness.sql("UPDATE alembic_version SET version_num = '9999'")

    for _ in range(3):
        with pytest.raises(StoreError):
            Ledger.open(harness.path)
    # A connection left open would keep the write-ahead log's files beside the database.
    assert not harness.path.with_name("ledger.db-wal").exists()
    assert not harness.path.with_name("ledger.db-shm").exists()


def test_a_closed_ledger_opens_again_when_it_is_used(harness: Harness) -> None:
    harness.close()

    harness.record("ai_decision", decision(1))

    harness.check()


# The package


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = "import sys, ledger; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not {"sqlalchemy", "alembic", "pydantic", "cryptography"}.intersection(loaded)


def test_every_public_name_is_there_and_nothing_else_is_said_to_be() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match=r"^module 'ledger' has no attribute 'absent'$"):
        _ = package.absent  # type: ignore[attr-defined]


# Errors


@pytest.mark.parametrize(
    ("error", "parents", "code"),
    [
        (FormatError("a", "b", "c"), (BadInput,), 2),
        (SchemaError("risk", "", "absent"), (BadInput,), 2),
        (Refused("rule", "no"), (BadInput,), 2),
        (Conflict("s", "i", 3, "other content"), (BadInput,), 2),
        (ProofError("no"), (), 1),
        (StoreError("no"), (), 2),
        (Rollback("no"), (StoreError,), 1),
        (OutcomeUnknown("?"), (), 3),
    ],
)
def test_the_tree_of_errors_and_its_exit_codes(error: AimsError, parents: tuple[type, ...], code: int) -> None:
    assert isinstance(error, AimsError)
    assert all(isinstance(error, parent) for parent in parents)
    assert error.exit_code == code
    assert str(error).isprintable()


@pytest.mark.parametrize(
    "text", ["a\nb", "\x1b[31mred", "\u202eevil", "x" * 10_000, "\x00", "\ud800", "\r\n", "tab\there"]
)
def test_what_a_stranger_sent_can_not_steer_a_terminal(text: str) -> None:
    shown = clip(text)

    assert shown.isprintable()
    assert len(shown) <= 80
    assert str(FormatError("what", text, "less")).isprintable()
