"""The documents of the pack iso42001 for those outside: what they see, and whose names they do not."""

import io
import re
import zipfile

import pytest

from docgen.build import build_document
from docgen.digest import content_lines
from docgen.escape import parse_shifted
from docgen.life.rules import publish_rules
from docgen.markdown import parse_markdown
from docgen.packs import load_pack
from docgen.tree import plain_text, walk
from tests.docgen.aims_ledger import full_ledger
from tests.docgen.statement_ledger import EXCLUSION, MemoryLedger

PACK = load_pack("iso42001")
SOA = "statement-of-applicability"


def edition(document: str, audience: str, ledger: MemoryLedger | None = None) -> str:
    """The words of the Word file that this audience gets."""
    data = build_document(ledger or full_ledger(), PACK, document, audience=audience).data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())


@pytest.mark.parametrize("audience", ["deployer", "public"])
def test_owners_of_controls_are_named_by_role_only_outside(audience: str) -> None:
    said = edition(SOA, audience)

    assert "Mia Muster" not in said


def test_inside_owners_are_named() -> None:
    assert "Mia Muster" in edition(SOA, "internal")
    assert "AI officer" in edition(SOA, "deployer")


def test_the_public_extract_says_scope_counts_and_exclusions_and_no_justification_of_the_rest() -> None:
    ledger = full_ledger()
    old = next(entry for entry in ledger.held if entry.data.get("control_id") == "A.4.4")
    ledger.control("A.4.4", replaces=old, **EXCLUSION)
    said = edition(SOA, "public", ledger)

    assert "AI in consumer lending." in said
    assert "found no use of this in any of our systems" in said
    assert "Clerks notice odd refusals" not in said


def test_the_public_reads_the_policy_and_not_who_approved_it() -> None:
    said = edition("ai-policy", "public")

    assert "We lend by what people can repay." in said
    assert "The policy was sent to all." in said
    assert "board" not in said


@pytest.mark.parametrize(
    "document",
    ["competence-record", "internal-audit-report", "management-review", "corrective-action-log", "risk-register"],
)
def test_records_of_the_inside_are_not_for_deployers(document: str) -> None:
    inside, outside = edition(document, "authority"), edition(document, "deployer")

    assert len(outside) < len(inside)
    for words in ("Mia Muster", "A run was late.", "It works.", "Good applicants", "Applicants are refused"):
        assert words not in outside


def test_every_document_is_looked_at_again_within_a_year() -> None:
    for spec in PACK.documents:
        assert publish_rules(PACK, spec).review_days == 365, spec.id


def test_nothing_in_the_contents_of_a_statement_says_whether_it_is_approved() -> None:
    # Approving must not change what was approved, and a draft must not read as approved.
    body = parse_markdown(build_document(full_ledger(), PACK, SOA).markdown)
    said = " ".join(content_lines(body, {})) + " ".join(
        plain_text(block.children) for block in walk(body.blocks) if hasattr(block, "children")
    )

    assert "Not approved" not in parse_shifted(said)
    assert "NOT APPROVED" not in parse_shifted(said)
