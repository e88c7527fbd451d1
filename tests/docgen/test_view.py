"""A real ledger, read up to its newest signed checkpoint."""

from pathlib import Path

import pytest

from docgen.build import build_document
from docgen.errors import DocgenError
from docgen.packs import load_pack
from docgen.view import view_ledger
from ledger import Ed25519Signer, Founder, Ledger, create_ledger
from ledger.kinds import AiSystem
from ledger.kinds.parts import PartyInRole


def found(folder: Path) -> tuple[Ledger, Ed25519Signer]:
    admin, compliance, checkpoint = (Ed25519Signer.generate() for _ in range(3))
    ledger = create_ledger(
        folder / "ledger.db",
        name="example.org/aims",
        founder="Bank AG",
        admins=[Founder(admin, "admin", ("https://example.org/it",))],
        checkpoint_signer=checkpoint,
        state=folder / "state",
    )
    source = "https://example.org/compliance"
    ledger.enroll(compliance, principal="anna", roles=["compliance"], sources=[source], admins=admin)
    return ledger, compliance


def profile(version: str) -> AiSystem:
    return AiSystem(
        system_version=version,
        name="Credit scoring",
        intended_purpose="Propose whether to grant a loan.",
        provider=PartyInRole(party_id="bank", name="Bank AG"),
        organisation_roles=["provider"],
        status="in_verification",
    )


def test_a_document_rests_on_the_newest_checkpoint_and_its_time_is_that_of_the_last_entry_in_it(
    tmp_path: Path,
) -> None:
    ledger, compliance = found(tmp_path)
    with ledger:
        ledger.record(profile("1.0"), signers=compliance, subject="scoring")
        view = view_ledger(ledger)

        assert view.checkpoint.size == ledger.size
        assert view.checkpoint_time == ledger.entry(ledger.size - 1).recorded
        assert view.origin == ledger.origin
        assert [entry.kind for entry in view.entries(subject="scoring")] == ["ai_system"]


def test_entries_after_the_checkpoint_stay_out(tmp_path: Path) -> None:
    ledger, compliance = found(tmp_path)
    with ledger:
        ledger.record(profile("1.0"), signers=compliance, subject="scoring")
        size = ledger.size
    with Ledger.open(tmp_path / "ledger.db", state=tmp_path / "state") as ledger:
        ledger.record(profile("1.1"), signers=compliance, subject="scoring")
        view = view_ledger(ledger)

        assert view.checkpoint.size == size
        with pytest.raises(DocgenError, match=r"no version '1\.1'; versions named so far: 1\.0"):
            build_document(view, load_pack("eu_tech_docs"), "technical-documentation", system="scoring", version="1.1")


def test_a_document_of_a_real_ledger_is_the_same_twice(tmp_path: Path) -> None:
    ledger, compliance = found(tmp_path)
    with ledger:
        ledger.record(profile("1.0"), signers=compliance, subject="scoring")
        built = [
            build_document(
                view_ledger(ledger), load_pack("eu_tech_docs"), "technical-documentation",
                system="scoring", version="1.0",
            )
            for _ in range(2)
        ]  # fmt: skip

    assert built[0].data == built[1].data
    assert built[0].summary.open == 22
    assert built[0].cited == (2,)
