"""The EU pack in German: every text, its values, and the terms of the Regulation's German version."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import pytest
import yaml

from docgen.escape import parse_shifted
from docgen.status import STATUS_WORDS
from tests.docgen.builders import started
from tests.docgen.eu_documents import HOME, PACK, build
from tests.docgen.eu_ledger import full_ledger
from tests.docgen.test_build import words

FILES = ("", *sorted(f"/{file.stem}" for file in (HOME / "texts" / "en").glob("*.toml")))
TERMS = yaml.safe_load((HOME / "glossary.yaml").read_text(encoding="utf-8"))["term"]
# Words for fixed values, which English prints as they are; so only German has them in a file of their own.
GERMAN_ONLY = "/words"


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return found


def texts(language: str, file: str) -> dict[str, str]:
    return flat(tomllib.loads((HOME / "texts" / f"{language}{file}.toml").read_text(encoding="utf-8")))


def german() -> Iterator[tuple[str, str]]:
    """Every German text of the pack, with where it is."""
    for file in sorted((HOME / "texts").glob("de*")):
        for one in [file] if file.is_file() else sorted(file.glob("*.toml")):
            for key, text in flat(tomllib.loads(one.read_text(encoding="utf-8"))).items():
                if not key.startswith("word."):
                    yield f"{one.name}: {key}", text
    for spec in PACK.documents:
        yield spec.id, f"{spec.title.say('de')} {spec.subtitle.say('de')}"
        for point in spec.points:
            yield point.id, f"{point.place.say('de')} {point.title.say('de')} {point.requirement.say('de')}"


def forbidden(text: str, term: Mapping[str, Any]) -> list[str]:
    for right in term.get("but_de", ()):
        text = text.replace(right, "")
    return [word for word in term.get("not_de", ()) if re.search(rf"\b{re.escape(word)}", text)]


def test_the_pack_speaks_german_and_english_first() -> None:
    assert PACK.languages == ("en", "de")
    assert {f"/{file.stem}" for file in (HOME / "texts" / "de").glob("*.toml")} == {*FILES[1:], GERMAN_ONLY}


@pytest.mark.parametrize("file", FILES)
def test_every_text_is_there_in_german_with_the_same_values(file: str) -> None:
    english, translated = texts("en", file), texts("de", file)
    shared = texts("de", GERMAN_ONLY)

    assert {key for key in translated if not key.startswith("word.")} <= english.keys()
    for key, text in english.items():
        if key in translated:
            assert set(re.findall(r"\{(\w+)\}", translated[key])) == set(re.findall(r"\{(\w+)\}", text)), key
        else:
            assert key.startswith("word."), key
            assert key in shared or key in PACK.texts["de"], key


def test_titles_requirements_and_places_are_translated() -> None:
    same_in_both = {"Status", "Form"}
    for spec in PACK.documents:
        assert spec.title.say("en") != spec.title.say("de")
        for point in spec.points:
            title = point.title.say("de")
            assert title != point.title.say("en") or title in same_in_both, point.id
            assert point.requirement.say("en") != point.requirement.say("de"), point.id
            assert point.cite == point.place.say("en")
            assert not re.search(r"Article|Annex|point|Section", point.place.say("de")), point.id
            assert re.findall(r"\d+", point.place.say("de")) == re.findall(r"\d+", point.cite) or "subp" in point.cite


@pytest.mark.parametrize("term", TERMS, ids=[term["en"] for term in TERMS])
def test_german_texts_use_the_terms_of_the_regulation(term: Mapping[str, Any]) -> None:
    assert [(place, wrong) for place, text in german() if (wrong := forbidden(text, term))] == []


def test_a_wrong_term_would_be_found() -> None:
    deployer = next(term for term in TERMS if term["en"] == "deployer")

    assert forbidden("Der Nutzer bewahrt Protokolle auf.", deployer) == ["Nutzer"]
    assert forbidden("Nutzerdaten der Betreiber", deployer) == []


def test_the_glossary_names_each_term_once_in_each_language() -> None:
    assert len({term["en"] for term in TERMS}) == len({term["de"] for term in TERMS}) == len(TERMS)


@pytest.mark.parametrize("ledger", [started, full_ledger], ids=["bare", "full"])
def test_no_english_sentence_of_the_pack_stands_in_the_german_technical_documentation(ledger: Any) -> None:
    held = ledger()
    if not held.held:
        held.add(
            "ledger", {"action": "created", "founder": "x", "policy": {"roles": {}}}, subject="ledger", valid=False
        )
    built = build(held, "technical-documentation", language="de")
    english = [part for text in PACK.texts["en"].values() for part in re.split(r"\{\w+\}", text)]

    said = parse_shifted(built.markdown)

    assert [
        part for part in english if len(part.split()) >= 3 and part.strip() in said and part.strip() not in STATUS_WORDS
    ] == []
    assert re.findall(r"\b20\d\d-\d\d-\d\d\b", re.sub(r"`[^`]*`", "", said)) == []


def test_a_test_not_yet_due_is_said_to_be_so_in_german() -> None:
    ledger = full_ledger()
    ledger.held = [entry for entry in ledger.held if entry.data.get("evaluation_id") != "cybersecurity-1.1"]

    said = {
        language: parse_shifted(build(ledger, "technical-documentation", language=language).markdown)
        for language in PACK.languages
    }

    assert "It is due on 2026-12-31" in said["en"]
    assert "Er ist fällig am 31.12.2026" in said["de"]


def test_a_text_in_another_language_only_is_a_translation_missing() -> None:
    ledger = full_ledger()
    told = {"document": "technical-documentation", "section": "AnnexIV-3", "language": "en", "text": "Our words."}
    ledger.add("narrative", told)

    german_one = build(ledger, "technical-documentation", language="de")
    status = next(one for one in german_one.statuses if one.id == "AnnexIV-3")
    assert status.status == "translation missing"
    assert f"in en (SHA-256 {sha256(b'Our words.').hexdigest()[:16]}), nicht in de" in status.reason
    assert "Our words." not in words(german_one.data)

    ledger.add("narrative", {**told, "language": "de", "text": "Unsere Worte."})
    translated = build(ledger, "technical-documentation", language="de")
    assert next(one for one in translated.statuses if one.id == "AnnexIV-3").status == "provided"
    assert "Unsere Worte." in words(translated.data)


def test_a_translation_is_suspect_once_the_text_that_its_writer_had_before_them_is_replaced() -> None:
    ledger = full_ledger()
    told = {"document": "technical-documentation", "section": "AnnexIV-3", "language": "en", "text": "Our words."}
    source = ledger.add("narrative", told)
    ledger.add("narrative", {**told, "language": "de", "text": "Unsere Worte.", "seen": [source.statement]})
    ledger.add("narrative", {**told, "text": "Other words."}, refs=(("supersedes", source),))

    status = next(
        one for one in build(ledger, "technical-documentation", language="de").statuses if one.id == "AnnexIV-3"
    )
    assert status.status == "stale"
    assert "ersetzt" in status.reason
