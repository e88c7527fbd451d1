"""The pack iso42001 in each of its languages: the same keys and values to fill in, and nothing left in English."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from docgen.build import build_document
from docgen.packs import load_pack
from tests.docgen.statement_ledger import EXCLUSION, MemoryLedger, complete_ledger

PACK = load_pack("iso42001")
FOLDER = Path(str(PACK.folder)) / "texts"
FILES = ("", *sorted(f"/{file.stem}" for file in (FOLDER / "en").glob("*.toml")))
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return found


def texts(language: str, file: str) -> dict[str, str]:
    return flat(tomllib.loads((FOLDER / f"{language}{file}.toml").read_text(encoding="utf-8")))


def full_ledger() -> MemoryLedger:
    """A ledger whose statement prints nearly every sentence of the pack."""
    ledger = complete_ledger()
    ledger.system("fraud-watch")
    ledger.control("A.2.2")
    ledger.control("A.4.4", **EXCLUSION)
    ledger.control("X.1", source="own", title="Zweiter Blick", justification="n/a")
    ledger.add("nonconformity", nonconformity_id="N1", finding="Lücke", requirement="A.6.2.8", status="open")
    ledger.policy({"decision": 365})
    return ledger


def test_every_language_has_the_same_files() -> None:
    for language in PACK.languages:
        assert tuple(sorted(f"/{file.stem}" for file in (FOLDER / language).glob("*.toml"))) == FILES[1:]


@pytest.mark.parametrize("file", FILES)
def test_every_text_is_there_in_german_with_the_same_values(file: str) -> None:
    english, german = texts("en", file), texts("de", file)

    assert german.keys() == english.keys()
    for key, text in english.items():
        assert set(_PLACEHOLDER.findall(german[key])) == set(_PLACEHOLDER.findall(text)), key


def test_every_title_and_requirement_is_translated() -> None:
    for spec in PACK.documents:
        for point in spec.points:
            assert point.requirement.say("en") != point.requirement.say("de"), point.id


@pytest.mark.parametrize("ledger", [MemoryLedger(), full_ledger()], ids=["empty", "full"])
def test_no_english_sentence_of_the_pack_stands_in_a_german_statement(ledger: MemoryLedger) -> None:
    if not ledger.held:
        ledger.policy({})
    german = build_document(ledger, PACK, "statement-of-applicability", language="de").markdown
    english = [part for text in PACK.texts["en"].values() for part in _PLACEHOLDER.split(text)[::2]]

    left = [part for part in english if len(part.split()) >= 3 and part.strip() in german]

    assert left == []


def test_both_languages_say_the_same_about_every_control() -> None:
    ledger = full_ledger()
    built = {
        language: build_document(ledger, PACK, "statement-of-applicability", language=language)
        for language in PACK.languages
    }

    assert built["en"].cited == built["de"].cited
    assert [one.status for one in built["en"].statuses] == [one.status for one in built["de"].statuses]
    assert built["en"].content_digest != built["de"].content_digest


def test_every_control_has_its_hints_in_every_language() -> None:
    points = PACK.document("statement-of-applicability").points
    for language in PACK.languages[1:]:
        hints = PACK.data["hints"][language]
        assert list(hints) == [point.id for point in points]
        for point in points:
            own = hints[point.id]
            assert own["because"]
            assert own["unless"]
            assert len(own["shows"]) == len(point.data["usual"]), point.id
