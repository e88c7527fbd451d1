"""A document built again: the same content for ever, and where not, the entry that explains it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from docgen.build import BuiltDocument, build_document
from docgen.packs import load_pack
from docgen.rebuild import Comparison, compare_with_published, find_publication
from docgen.view import view_ledger
from ledger import Ed25519Signer, Founder, Ledger, create_ledger
from ledger.checkpoint import Checkpoint
from ledger.erasing import erase
from ledger.errors import FormatError, ProofError, Refused
from ledger.past import checkpoint_kept, checkpoint_known_at, checkpoint_of_size
from ledger.times import parse_instant
from tests.docgen.builders import system_body

PACK = load_pack("eu_tech_docs")
SYSTEM, ORGANISATION = "scoring", "management-system"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Office:
    """A ledger with a clock that moves by a day with each entry."""

    ledger: Ledger
    anna: Ed25519Signer
    admin: Ed25519Signer
    days: list[int]

    def record(self, kind: str, data: dict[str, Any], subject: str = SYSTEM) -> int:
        self.days[0] += 1
        return self.ledger.record(data, kind=kind, signers=self.anna, subject=subject).index

    def build(self, checkpoint: Checkpoint | None = None) -> BuiltDocument:
        view = view_ledger(self.ledger, checkpoint)
        return build_document(view, PACK, "instructions-for-use", system=SYSTEM, version="1.1")

    def publish(self, built: BuiltDocument, **more: Any) -> int:
        checkpoint = built.checkpoint
        said = {
            "document": built.document, "version": "1", "language": built.language, "state": "published",
            "system_version": "1.1", "content_digest": built.content_digest,
            "checkpoint": {"size": checkpoint.size, "root": checkpoint.root.hex()},
            "pack": {"name": PACK.id, "version": PACK.version},
        }  # fmt: skip
        return self.record("publication", {**said, **more})

    def compare(self, built: BuiltDocument) -> Comparison:
        publication = find_publication(self.ledger, built, SYSTEM, "1.1")
        assert publication is not None
        return compare_with_published(self.ledger, built, PACK, publication)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    admin, anna, checkpoint = (Ed25519Signer.generate() for _ in range(3))
    days = [0]

    def clock() -> int:
        return round((START + timedelta(days=days[0])).timestamp() * 1_000_000)

    ledger = create_ledger(
        tmp_path / "ledger.db", name="example.org/aims", founder="Bank AG",
        admins=[Founder(admin, "admin", ("https://example.org/it",))],
        checkpoint_signer=checkpoint, state=tmp_path / "state", clock=clock,
    )  # fmt: skip
    source = "https://example.org/compliance"
    ledger.enroll(anna, principal="anna", roles=["compliance", "admin"], sources=[source], admins=admin)
    made = Office(ledger, anna, admin, days)
    made.record("ai_system", system_body("1.1"))
    yield made
    ledger.close()


def register_party(office: Office) -> int:
    """The provider of the system, with the name of a person, who can be forgotten."""
    party = {"party_id": "bank", "name": "Bank AG", "roles": ["provider"], "contact": {"person": "Ada Lovelace"}}
    return office.record("party", {**party, "systems": [SYSTEM]}, ORGANISATION)


class TestCheckpointsOfThePast:
    def test_the_same_checkpoint_gives_the_same_bytes_whatever_came_after(self, office: Office) -> None:
        register_party(office)
        first = office.build()

        for number in range(3):
            office.record("party", {"party_id": f"p-{number}", "name": "P", "roles": ["supplier"]}, ORGANISATION)
        again = office.build(checkpoint_of_size(office.ledger, first.checkpoint.size))

        assert office.build().checkpoint.size > first.checkpoint.size
        assert again.data == first.data
        assert again.content_digest == first.content_digest

    def test_a_time_means_the_newest_checkpoint_recorded_by_then(self, office: Office) -> None:
        register_party(office)
        sizes = [3, 4]
        times = [parse_instant(office.ledger.entry(size - 1).recorded) for size in sizes]

        known = [checkpoint_known_at(office.ledger, times[1] + more).size for more in (-1, 0, 10**15)]

        assert known == [3, 4, 4]

    def test_before_the_first_checkpoint_nothing_was_known(self, office: Office) -> None:
        with pytest.raises(Refused, match=r"^known at 1970-01-01T.*: no checkpoint was there yet; the first is of 1 e"):
            checkpoint_known_at(office.ledger, 0)

    def test_a_size_that_was_never_signed_names_the_nearest(self, office: Office) -> None:
        for number in range(3):
            office.record("party", {"party_id": f"p-{number}", "name": "P", "roles": ["supplier"]}, ORGANISATION)

        with pytest.raises(Refused, match=r"^checkpoint 99: none of that size was signed; the nearest are 5, 6 \('aim"):
            checkpoint_of_size(office.ledger, 99)

    def test_a_checkpoint_that_somebody_kept_is_taken_when_the_ledger_leads_to_it(self, office: Office) -> None:
        note = office.ledger.newest_checkpoint()
        assert note is not None
        register_party(office)

        assert checkpoint_kept(office.ledger, note).size == 3

    def test_a_checkpoint_of_somebody_else_is_refused(self, office: Office, tmp_path: Path) -> None:
        note = office.ledger.newest_checkpoint()
        assert note is not None
        key = Ed25519Signer.generate()
        with create_ledger(
            tmp_path / "other.db", name="example.org/aims", founder="X",
            admins=[Founder(Ed25519Signer.generate(), "admin", ("https://example.org/it",))],
            checkpoint_signer=key, state=tmp_path / "state2",
        ) as other, pytest.raises(Refused, match="expected one of"):  # fmt: skip
            checkpoint_kept(other, note)
        signed, _, _ = note.rpartition(b" ")
        with pytest.raises((FormatError, ProofError)):
            checkpoint_kept(office.ledger, signed + b" " + b"A" * 92 + b"\n")


class TestWhatWasPublished:
    def test_the_same_content_is_said_to_be_the_same(self, office: Office) -> None:
        register_party(office)
        office.publish(office.build())

        found = office.compare(office.build(checkpoint_of_size(office.ledger, 4)))

        assert (found.verdict, found.exit_code) == ("same", 0)
        assert list(found.lines()) == ["content digest is that of the one published as entry #4 (version 1)"]

    def test_an_erasure_explains_a_difference_and_is_named(self, office: Office) -> None:
        party = register_party(office)
        published = office.publish(office.build())
        erased = erase(
            office.ledger, party, legal_basis="GDPR Art. 17(1)(b)", reason="asked for", approved_by="anna",
            signers=[office.anna, office.admin],
        )  # fmt: skip

        found = office.compare(office.build(checkpoint_of_size(office.ledger, 4)))

        assert (found.verdict, found.exit_code) == ("erased", 4)
        why = f"#{party} was erased by #{erased.receipt.index}"
        said = f"content digest differs from the one published as entry #{published} (version 1) because {why}"
        assert list(found.lines()) == [said]

    def test_what_was_erased_before_it_was_published_explains_nothing(self, office: Office) -> None:
        party = register_party(office)
        built = office.build()
        why = {"legal_basis": "GDPR Art. 17", "reason": "asked for", "approved_by": "anna"}
        erase(office.ledger, party, signers=[office.anna, office.admin], **why)
        office.publish(built)

        found = office.compare(office.build(checkpoint_of_size(office.ledger, 4)))

        assert (found.verdict, found.exit_code) == ("differs", 1)

    def test_another_pack_or_tool_is_named(self, office: Office) -> None:
        built = office.build()
        office.publish(
            built, content_digest="ab" * 32, pack={"name": PACK.id, "version": "0.0.1"},
            tools={"aims-ledger": "0.0.9", "nosuch-tool": "3"},
        )  # fmt: skip

        found = office.compare(office.build(built.checkpoint))

        assert (found.verdict, found.exit_code) == ("other version", 4)
        assert found.versions[0].startswith("pack eu_tech_docs 0.0.1, here it is eu_tech_docs ")
        assert found.versions[1].startswith("aims-ledger 0.0.9, here it is ")
        assert found.versions[2] == "nosuch-tool 3, here it is not installed"

    def test_a_difference_that_nothing_explains_does_not_pass(self, office: Office) -> None:
        built = office.build()
        office.publish(built, content_digest="ab" * 32)

        found = office.compare(office.build(built.checkpoint))

        assert (found.verdict, found.exit_code) == ("differs", 1)
        assert "no erasure and no other version explains it" in next(found.lines())

    @pytest.mark.parametrize("other", [{"document": "other"}, {"language": "de"}, {"audience": ["public"]}])
    def test_a_publication_of_something_else_is_not_held_against_it(
        self, office: Office, other: dict[str, Any]
    ) -> None:
        built = office.build()
        office.publish(built, **other)

        assert find_publication(office.ledger, built, SYSTEM, "1.1") is None
        assert find_publication(office.ledger, replace(built, document="other"), SYSTEM, "1.0") is None

    def test_a_version_that_was_given_out_goes_before_a_later_draft(self, office: Office) -> None:
        built = office.build()
        published = office.publish(built)
        office.publish(built, state="in_review", version="2")

        found = find_publication(office.ledger, built, SYSTEM, "1.1")

        assert found is not None
        assert found.index == published
