"""Builds and judges documents of the EU pack, also in German before the pack as a whole speaks it."""

import re
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

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


@cache
def german_pack() -> Pack:
    """The pack in both languages: as shipped, or a copy in which what has no German yet speaks English."""
    if "de" in PACK.languages:
        return PACK
    home = Path(tempfile.mkdtemp()) / "eu_tech_docs"
    shutil.copytree(HOME, home)
    if not (home / "texts" / "de.toml").exists():
        shutil.copy(home / "texts" / "en.toml", home / "texts" / "de.toml")
    listed = (home / "pack.toml").read_text(encoding="utf-8").replace('languages = ["en"]', 'languages = ["en", "de"]')
    plain = re.sub(r'\{ en = ("[^"]*") \}', r"\1", listed)
    (home / "pack.toml").write_text(plain, encoding="utf-8")
    for file in ("annex_iv.yaml", "law.yaml"):
        table = yaml.safe_load((home / file).read_text(encoding="utf-8"))
        (home / file).write_text(yaml.safe_dump(_spoken(table)), encoding="utf-8")
    return load_pack(home)


def _spoken(value: Any) -> Any:
    """`value` with every text that has no German saying it in English."""
    if isinstance(value, dict):
        return {"de": value.get("en"), **value} if "en" in value else {k: _spoken(v) for k, v in value.items()}
    return [_spoken(inner) for inner in value] if isinstance(value, list) else value
