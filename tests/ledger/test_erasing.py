"""Erasing: the value is in no file afterwards, and everything still verifies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.disclosure import Disclosure, parse_disclosure
from ledger.encoding import format_base64url
from ledger.erasing import finish_erasures
from ledger.errors import StoreError
from tests.ledger.erasures import NAME, PERSON, WHY, attach, disclosures, erasure, hold, refuse, traces
from tests.ledger.harness import Harness, decision, decision_about, signer

# Gone


@pytest.mark.parametrize("length", [1, 30, 1_500], ids=lambda n: f"{n} times")
def test_an_erased_value_is_in_no_file(harness: Harness, length: int) -> None:
    # A long value lies on overflow pages, which are freed in another way.
    data = decision_about(PERSON, input=[PERSON] * length)
    entry = harness.record("ai_decision", data).index
    texts = disclosures(harness)
    assert traces(harness, PERSON, texts), "else the test below would prove nothing"

    harness.erase(entry)

    assert traces(harness, PERSON, texts) == []
    harness.check()


def test_an_erased_value_is_in_no_file_after_much_else_was_written(harness: Harness) -> None:
    for n in range(20):
        harness.record("ai_decision", decision_about(f"Somebody Else {n}", n))
    entry = harness.record("ai_decision", decision_about(PERSON, 99)).index
    text = disclosures(harness)[-2:]
    harness.append(*(harness.line("ai_decision", decision(n, extra={"a": "x" * 500})) for n in range(200)))
    harness.ledger.rebuild_index()

    harness.erase(entry)
    harness.append(*(harness.line("ai_decision", decision(n)) for n in range(50)))
    harness.close()

    assert traces(harness, PERSON, text) == []
    harness.reopen()
    assert len(disclosures(harness)) == 40, "the others' values are all there"
    harness.check()


def test_what_is_left_says_by_which_entry_it_was_erased(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON, outcome="declined")).index

    done = harness.erase(entry)

    left = harness.entry(entry)
    assert [(gone.path, gone.by_index) for gone in left.erased] == [
        (NAME, done.receipt.index),
        (WHY, done.receipt.index),
    ]
    assert left.data["affected_person"] == {"id": "applicant-1"}
    assert left.data["outcome"] == "declined"
    assert (done.entry, done.members, done.attachments) == (entry, (NAME, WHY), ())
    by = harness.entry(done.receipt.index)
    assert (by.kind, by.data["statement"], by.subject) == ("erasure", left.statement, left.subject)
    assert {s.principal for s in by.signers} == {"compliance-1", "approver-1"}
    assert harness.check().erasures == 1


def test_one_member_goes_and_the_other_stays(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about("Jane Roe")).index

    harness.erase(entry, members=[NAME])

    left = harness.entry(entry)
    assert "name" not in left.data["affected_person"]
    assert left.data["explanation"] == "Jane Roe earns too little"
    assert [gone.path for gone in left.erased] == [NAME]
    harness.check()
    harness.erase(entry, members=[WHY])
    assert "explanation" not in harness.entry(entry).data
    assert harness.check().erasures == 2


def test_the_bytes_of_the_erased_entry_do_not_change(harness: Harness) -> None:
    receipt = harness.record("ai_decision", decision_about(PERSON))
    before = harness.ledger.leaf(receipt.index)

    harness.erase(receipt.index)

    assert harness.ledger.leaf(receipt.index) == before
    harness.check()


def test_the_erasure_itself_does_not_repeat_the_value(harness: Harness) -> None:
    done = harness.erase(harness.record("ai_decision", decision_about(PERSON)).index)

    assert PERSON.encode() not in harness.ledger.leaf(done.receipt.index)
    harness.check()


def test_the_holders_name_in_an_enrolment_is_erased_too(harness: Harness) -> None:
    receipt = harness.ledger.enroll(
        signer("new"), principal="new-1", roles=["pipeline"], sources=["https://bank.example/new"],
        admins=signer("admin"), principal_name=PERSON,
    )  # fmt: skip
    texts = disclosures(harness)

    harness.erase(receipt.index)

    assert traces(harness, PERSON, texts) == []
    harness.record("ai_decision", decision(1), by="new")
    harness.check()


# Attachments and readers


def test_a_personal_attachment_is_erased_with_its_salt(harness: Harness) -> None:
    index, digest, path = attach(harness, personal=True)
    assert traces(harness, PERSON, [])

    done = harness.erase(index, attachments=[digest])

    assert not path.exists()
    assert traces(harness, PERSON, []) == []
    assert done.attachments == (digest,)
    assert harness.check().erasures == 1


def test_an_attachment_that_is_not_personal_is_not_erased(harness: Harness) -> None:
    index, digest, path = attach(harness, personal=False)

    refuse(harness, index, "nothing to erase", f"{digest[:16]} is no personal attachment of it", attachments=[digest])
    refuse(harness, index, "nothing to erase", "abababababababab is no personal attachment", attachments=["ab" * 32])
    assert path.exists()
    harness.check()


def test_a_held_attachment_is_not_erased(harness: Harness) -> None:
    index, digest, path = attach(harness, personal=True)
    hold(harness, attachments=[digest])

    refuse(harness, index, "hold", "legal hold case-7", attachments=[digest])
    assert path.exists()


def test_an_attachment_that_an_entry_of_the_same_batch_calls_not_personal_is_not_erased(harness: Harness) -> None:
    index, digest, path = attach(harness, personal=True)
    artefact = {"name": "f", "role": "evidence", "digest": digest, "size": path.stat().st_size, "attached": True}
    public = harness.line("ai_decision", decision(2, artefacts=[artefact]))
    erased = erasure(harness, index, members=[], attachments=[digest])

    harness.refuse(public, erased, rule="nothing to erase", match="is also attached to entry 8, which does not call")
    assert path.exists()


def test_an_attachment_that_a_crash_left_is_removed_by_finishing(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, digest, path = attach(harness, personal=True)
    data = {
        "statement": harness.entry(index).statement, "attachments": [digest], "legal_basis": "GDPR Art. 17",
        "approved_by": "approver-1",
    }  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr("ledger.client.Ledger.clean_up_erasures", lambda _: True)
        harness.record("erasure", data, by=["compliance", "approver"])
    assert path.exists(), "as after a crash between commit and clean-up"
    assert harness.verify().summary == "1 × erased but present"

    finish_erasures(harness.ledger)

    assert not path.exists()
    harness.check()


def test_an_attachment_that_can_not_be_removed_does_not_make_the_erasure_fail(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The entry is stored: to raise would say that it was not. Finishing tells, and finishes.
    index, digest, path = attach(harness, personal=True)
    unlink = Path.unlink

    def held(self: Path, **options: bool) -> None:
        if self == path:
            raise PermissionError(13, "Permission denied")
        unlink(self, **options)

    data = {
        "statement": harness.entry(index).statement, "attachments": [digest], "legal_basis": "GDPR Art. 17",
        "approved_by": "approver-1",
    }  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", held)
        receipt = harness.record("erasure", data, by=["compliance", "approver"])
        assert harness.entry(receipt.index).kind == "erasure"
        with pytest.raises(StoreError, match=r"^attachment \w{16}: can't be removed from .* \(Permission denied\); ch"):
            finish_erasures(harness.ledger)

    finish_erasures(harness.ledger)
    harness.check()


def test_a_reader_that_keeps_the_log_is_told_of_and_finishing_works_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.backend._BUSY_MS", 50)
    harness.reopen()
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    texts = disclosures(harness)

    with closing(sqlite3.connect(harness.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT COUNT(*) FROM disclosure").fetchone() == (2,)
        with pytest.raises(StoreError, match=r"^erasing: a reader keeps the write-ahead log, .*; end other readers"):
            harness.erase(entry)
        assert harness.entry(entry).erased, "the entry is stored and the rows are gone"
        reader.execute("COMMIT")

    finish_erasures(harness.ledger)
    assert traces(harness, PERSON, texts) == []
    harness.check()


def test_a_disclosure_kept_elsewhere_still_opens_the_digest(harness: Harness) -> None:
    # What erasing can't reach: whoever was given the disclosure before can still show what was said.
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    kept = disclosures(harness)

    harness.erase(entry)

    assert {parse_disclosure(text).value for text in kept} == {PERSON, f"{PERSON} earns too little"}
    idx, digest, _ = harness.rows()["erased"][0]
    text = next(text for text in kept if Disclosure(text).digest == format_base64url(digest))
    harness.sql("INSERT INTO disclosure VALUES (?, ?, ?)", idx, digest, text)
    assert harness.verify(remember=False).summary == "1 × erased but present"
