"""Builds and judges documents of the EU pack, also in German before the pack as a whole speaks it."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from docgen.build import BuiltDocument, build_document
from docgen.gaps import gaps
from docgen.packs import Pack, load_pack
from docgen.requirements import RequirementStatus
from tests.docgen.builders import SYSTEM, VERSION, HandLedger

PACK = load_pack("eu_tech_docs")
HOME = Path(__file__).parents[2] / "templates" / "eu_tech_docs"
OWN_TEXTS = "technical-documentation"
CASES = {"serious-incident-report": "I-2"}


def build(
    ledger: HandLedger, document: str, version: str = VERSION, *, pack: Pack = PACK, language: str = "en"
) -> BuiltDocument:
    """The document about the example system."""
    case = {"case": CASES[document]} if document in CASES else {}
    return build_document(ledger, pack, document, system=SYSTEM, version=version, language=language, **case)


def judged(ledger: HandLedger, document: str, version: str = VERSION) -> dict[str, RequirementStatus]:
    """The statuses of its points."""
    case = {"case": CASES[document]} if document in CASES else {}
    found = gaps(ledger, PACK, document, system=SYSTEM, version=version, **case)
    return {status.id: status for status in found}


@cache
def german_pack() -> Pack:
    """The pack in both languages: as shipped, or a copy in which what has no German yet speaks English."""
    if "de" in PACK.languages:
        return PACK
    home = Path(tempfile.mkdtemp()) / "eu_tech_docs"
    shutil.copytree(HOME, home)
    if not (home / "texts" / "de.toml").exists():
        shutil.copy(home / "texts" / "en.toml", home / "texts" / "de.toml")
    listed = (home / "pack.toml").read_text(encoding="utf-8")
    listed = listed.replace('languages = ["en"]', 'languages = ["en", "de"]')
    head, rest = listed.split("[[document]]", 1)
    if "de =" not in rest:
        listed = head
    (home / "pack.toml").write_text(listed, encoding="utf-8")
    if (home / "pack.toml").read_text().count("{ en = ") != (home / "pack.toml").read_text().count("de = "):
        plain = (home / "pack.toml").read_text().replace("{ en = ", "").replace('" }', '"')
        (home / "pack.toml").write_text(plain)
    return load_pack(home)
