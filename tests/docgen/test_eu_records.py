"""Registration sheets, descriptions and records of the EU pack: complete, loud about gaps, nothing made up."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from docgen.build import BuiltDocument, build_document
from docgen.escape import parse_shifted
from docgen.gaps import gaps
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, system_body
from tests.docgen.eu_documents import PACK
from tests.docgen.eu_file_ledger import bare_ledger
from tests.docgen.eu_records_ledger import MORE, records_ledger
from tests.docgen.test_build import words
from tests.docgen.test_eu_documents import HOSTILE, _poisoned

POPULATION: Mapping[str, list[str]] = {
    "registration-annex-viii-a": [f"AnnexVIII-A-{n}" for n in range(1, 14)],
    "registration-annex-viii-b": [f"AnnexVIII-B-{n}" for n in (1, 2, 3, 4, 5, 6, 8)],
    "registration-annex-viii-c": [f"AnnexVIII-C-{n}" for n in range(1, 6)],
    "log-description": ["Art12-1", *(f"Art12-2-{x}" for x in "abc"), *(f"Art12-3-{x}" for x in "abcd"),
                        "Art19-1", "Art19-2"],
    "quality-management-index": [*(f"Art17-1-{x}" for x in "abcdefghijklm"), "Art17-2", "Art17-3", "Art17-4",
                                 "Art63-1"],
    "notified-body-application": [*(f"AnnexVII-3.1-{x}" for x in "abcdef"), *(f"AnnexVII-4.2-{x}" for x in "abc"),
                                  "AnnexVII-4.3", "AnnexVII-4.7", "AnnexVII-5"],
    "authorised-representative-mandate": ["Art22-1", "Art22-2", "Art22-3", *(f"Art22-3-{x}" for x in "abcde"),
                                          "Art22-4"],
    "transparency-record": ["Art50-1", "Art50-2", "Art50-3", "Art50-4-i", "Art50-4-ii", "Art50-5"],
    "gpai-technical-documentation": [*(f"AnnexXI-S1-1-{x}" for x in "abcdef"), *(f"AnnexXI-S1-2-{x}" for x in "abcde"),
                                     *(f"AnnexXI-S2-{n}" for n in (1, 2, 3))],
    "gpai-downstream-information": [*(f"AnnexXII-1-{x}" for x in "abcdefgh"), *(f"AnnexXII-2-{x}" for x in "abc")],
    "training-content-summary": ["PTS-0", *(f"PTS-{n}" for n in (
        "1.1", "1.2", "1.3", "2.1", "2.2.1", "2.2.2", "2.3", "2.4", "2.5", "2.6", "3.1", "3.2", "3.3"))],
}  # fmt: skip
# The mandate has not ended, so nothing about its end is due.
NOT_PROVIDED: Mapping[str, set[str]] = {"authorised-representative-mandate": {"Art22-4"}}
# A register entry alone states the intended purpose and the name.
BY_ENTRY_ALONE = {"AnnexVIII-B-5"}
everywhere = pytest.mark.parametrize("document", POPULATION)


def build(ledger: HandLedger, document: str, language: str = "en") -> BuiltDocument:
    return build_document(ledger, PACK, document, language=language, **about(document))


def about(document: str) -> dict[str, Any]:
    return {"system": SYSTEM, "version": VERSION} if PACK.document(document).about == "system" else {}


@cache
def full(document: str, language: str = "en") -> BuiltDocument:
    return build(records_ledger(), document, language)


@cache
def bare(document: str, language: str = "en") -> BuiltDocument:
    return build(bare_ledger(), document, language)


@everywhere
def test_its_points_are_the_items_of_the_law(document: str) -> None:
    spec = PACK.document(document)

    assert [point.id for point in spec.points] == POPULATION[document] == list(spec.data["requirements"])


@everywhere
@pytest.mark.parametrize("make", [full, bare])
def test_each_point_has_one_section_with_its_requirement(document: str, make: Any) -> None:
    markdown = parse_shifted(make(document).markdown)

    for point in PACK.document(document).points:
        assert markdown.count(f"{{id={point.id}}}") == 1
        assert f"{point.cite}: {point.requirement.say('en')}" in markdown


@everywhere
def test_a_full_ledger_provides_every_point(document: str) -> None:
    open_ones = {one.id: f"{one.status}: {one.reason}" for one in full(document).statuses if one.status != "provided"}

    assert open_ones.keys() == NOT_PROVIDED.get(document, set()), open_ones


@everywhere
def test_with_a_register_entry_alone_each_gap_says_how_to_close_it(document: str) -> None:
    built = bare(document)

    text = words(built.data)
    assert {one.id for one in built.statuses if one.status == "provided"} <= BY_ENTRY_ALONE
    for status in built.statuses:
        for item in status.items:
            if item.open and item.required:
                assert f"{item.what}: {item.reason}." in text
                assert item.record in text


@everywhere
def test_no_point_is_provided_without_the_entries_it_rests_on(document: str) -> None:
    for point in POPULATION[document]:
        if point in NOT_PROVIDED.get(document, ()) or point in BY_ENTRY_ALONE | {"AnnexVIII-A-7", "AnnexVIII-B-8"}:
            continue
        ledger = records_ledger()
        for _ in range(8):  # what is left may still answer in another way
            status = next(one for one in gaps(ledger, PACK, document, **about(document)) if one.id == point)
            rests_on = {fact.index for fact in status.entries}
            if status.status != "provided" or not rests_on:
                break
            ledger.held = [_emptied(entry) if entry.index in rests_on else entry for entry in ledger.held]
        assert status.status != "provided", point


def _emptied(entry: Any) -> Any:
    """The register entry with what is required only; every other entry as if it were of a kind nobody asks for."""
    if entry.kind == "ai_system" and "functions" in entry.data:
        return replace(entry, data=system_body(entry.data["system_version"], provider={"party_id": "bank"}))
    return replace(entry, kind="objective", data={"objective_id": "O", "objective": "x", "status": "set"})


@everywhere
@pytest.mark.parametrize("make", [full, bare])
def test_german_says_the_same_of_every_point(document: str, make: Any) -> None:
    english, german = make(document), make(document, "de")

    assert [one.status for one in german.statuses] == [one.status for one in english.statuses]
    assert german.cited == english.cited
    assert _headings(german) == _headings(english)
    said = parse_shifted(german.markdown)
    parts = [part.strip() for text in PACK.texts["en"].values() for part in re.split(r"\{\w+\}", text)]
    assert [part for part in parts if len(part.split()) >= 4 and part in said] == []


def _headings(built: BuiltDocument) -> list[str]:
    return re.findall(r"\{id=([^}]*)\}", parse_shifted(built.markdown))


class TestWhatEachSays:
    def test_logs_need_no_protection_against_alteration_by_article_12(self) -> None:
        assert "It does not ask that logs are protected against alteration." in words(full("log-description").data)

    def test_a_retention_below_six_months_is_said_to_be_short(self) -> None:
        ledger = records_ledger()
        for place, entry in enumerate(ledger.held):
            if entry.kind == "ai_system" and entry.data.get("logging"):
                logging = {**entry.data["logging"], "retention_days": 183}
                ledger.held[place] = replace(entry, data={**entry.data, "logging": logging})

        assert "Shorter than six months" in words(build(ledger, "log-description").data)
        assert "Shorter than six months" not in words(full("log-description").data)

    def test_points_7_and_9_of_section_b_are_named_as_deleted(self) -> None:
        text = words(full("registration-annex-viii-b").data)

        assert "were deleted by Regulation (EU) 2026/1744" in text
        assert "Open legal question OQ-3" in text

    def test_what_the_public_does_not_read_is_marked(self) -> None:
        text = words(full("registration-annex-viii-a").data)

        marked = sum(bool(point.data["restricted"]) for point in PACK.document("registration-annex-viii-a").points)
        assert text.count("Left out in the non-public section of the EU database") == marked == 6

    def test_what_was_not_checked_against_the_law_is_said_to_be_so(self) -> None:
        for document in ("authorised-representative-mandate", "training-content-summary"):
            unchecked = [point for point in PACK.document(document).points if point.data["unverified"]]
            assert unchecked
            assert words(full(document).data).count("Not checked against the text of the law") == len(unchecked)

    def test_a_kind_of_source_that_was_not_used_is_said_not_to_be(self) -> None:
        ledger = records_ledger()
        for place, entry in enumerate(ledger.held):
            if entry.kind == "dataset_lineage":
                kept = [one for one in entry.data["sources"] if one["type"] != "crawled"]
                ledger.held[place] = replace(entry, data={**entry.data, "sources": kept})

        built = build(ledger, "training-content-summary")
        assert "No: no source of this kind" in words(built.data)
        assert next(one for one in built.statuses if one.id == "PTS-2.3").status == "provided"
        assert "No: no source of this kind" not in words(full("training-content-summary").data)

    def test_without_training_data_nothing_is_said_about_sources(self) -> None:
        text = words(bare("training-content-summary").data)

        assert "No training data are recorded, so nothing can be said." in text
        assert "No: no source of this kind" not in text

    def test_duties_of_article_50_that_classification_ruled_out_are_not_due(self) -> None:
        ledger = records_ledger()
        for place, entry in enumerate(ledger.held):
            if entry.kind == "classification":
                ledger.held[place] = replace(entry, data={**entry.data, "transparency_duties": ["50(3)"]})
        ledger.held = [one for one in ledger.held if one.kind not in ("document", "communication")]

        found = {
            one.id: one.status for one in gaps(ledger, PACK, "transparency-record", **about("transparency-record"))
        }
        assert found["Art50-3"] == "not provided"
        assert found["Art50-4-i"] == found["Art50-4-ii"] == "not due yet"

    def test_a_model_without_systemic_risk_owes_nothing_of_section_2(self) -> None:
        ledger = records_ledger()
        for place, entry in enumerate(ledger.held):
            if entry.kind == "ai_system":
                ledger.held[place] = replace(entry, data={**entry.data, "risk_classes": ["gpai"]})
        ledger.held = [one for one in ledger.held if one.kind != "evaluation"]

        document = "gpai-technical-documentation"
        found = {one.id: one.status for one in gaps(ledger, PACK, document, **about(document))}
        assert found["AnnexXI-S2-1"] == found["AnnexXI-S2-2"] == "not due yet"
        assert "gpai_systemic" in MORE["risk_classes"]

    def test_the_index_of_quality_management_takes_every_version_of_every_system(self) -> None:
        built = full("quality-management-index")

        assert "All entries of the organisation" in words(built.data)
        assert "The system and the organisations around it" not in words(built.data)


@everywhere
def test_hostile_text_prints_as_itself_and_changes_no_section(document: str) -> None:
    ledger = records_ledger()
    for place, entry in enumerate(ledger.held):
        if entry.kind != "ledger":
            ledger.held[place] = replace(entry, data=_poisoned(entry))

    built = build(ledger, document)

    assert words(built.data).count(HOSTILE.split("\n", maxsplit=1)[0]) > 5
    assert "9872" not in re.sub(r"[0-9a-f]{8,}", "", words(built.data))
    points = ("Art", "Annex", "PTS")
    here, there = ([id_ for id_ in _headings(one) if id_.startswith(points)] for one in (built, full(document)))
    assert here == there
