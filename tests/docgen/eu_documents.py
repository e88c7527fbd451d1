"""Builds and judges documents of the EU pack about the example system."""

from pathlib import Path

from docgen.build import BuiltDocument, build_document
from docgen.gaps import gaps
from docgen.packs import Pack, load_pack
from docgen.requirements import RequirementStatus
from tests.docgen.builders import SYSTEM, VERSION, HandLedger

PACK = load_pack("eu_tech_docs")
HOME = Path(__file__).parents[2] / "templates" / "eu_tech_docs"
CASES = {"serious-incident-report": "I-2"}


def build(
    ledger: HandLedger, document: str, version: str = VERSION, *, pack: Pack = PACK, language: str = "en"
) -> BuiltDocument:
    """The document about the example system."""
    case = {"item": CASES[document]} if document in CASES else {}
    return build_document(ledger, pack, document, system=SYSTEM, version=version, language=language, **case)


def judged(ledger: HandLedger, document: str, version: str = VERSION) -> dict[str, RequirementStatus]:
    """The statuses of its points."""
    case = {"item": CASES[document]} if document in CASES else {}
    found = gaps(ledger, PACK, document, system=SYSTEM, version=version, **case)
    return {status.id: status for status in found}
