"""The EU pack: every point of Annex IV answered once, from entries or loudly not, and nothing made up."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from docgen.build import BuiltDocument, build_document
from docgen.escape import parse_shifted
from docgen.gaps import gaps
from docgen.labels import Labels
from docgen.packs import Pack, load_pack
from docgen.requirements import RequirementStatus
from docgen.status import STATUS_WORDS
from ledger.entry import Entry
from ledger.errors import SchemaError
from ledger.kinds import validate_body
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, document_body, started, system_body
from tests.docgen.eu_ledger import full_ledger, full_profile
from tests.docgen.test_build import words

PACK = load_pack("eu_tech_docs")
DOCUMENT = "technical-documentation"
IDS = tuple(point.id for point in PACK.document(DOCUMENT).points)
HOSTILE = "R&D <5% {{ 1234*8 }} | pipe **b** _i_ `c` [x](http://evil) <b>\n# H\n- l\n::: note\n:::\n\\ {% raw %} #} €"


def build(ledger: HandLedger, version: str = VERSION, pack: Pack = PACK) -> BuiltDocument:
    return build_document(ledger, pack, DOCUMENT, system=SYSTEM, version=version)


@cache
def full() -> BuiltDocument:
    return build(full_ledger())


def by_id(built: BuiltDocument) -> dict[str, RequirementStatus]:
    return {status.id: status for status in built.statuses}


def judged(ledger: HandLedger) -> dict[str, RequirementStatus]:
    return {one.id: one for one in gaps(ledger, PACK, DOCUMENT, system=SYSTEM, version=VERSION)}


def read(markdown: str) -> str:
    """The Markdown with every value back in clear."""
    return parse_shifted(markdown)


class TestPopulation:
    def test_it_is_the_23_points_of_annex_iv_in_their_order(self) -> None:
        labels = [point.data["label"] for point in PACK.document(DOCUMENT).points]

        assert labels == [f"1({x})" for x in "abcdefgh"] + [f"2({x})" for x in "abcdefgh"] + list("3456789")
        for point, label in zip(PACK.document(DOCUMENT).points, labels, strict=True):
            assert point.cite == f"Annex IV, point {label}"
            assert point.id == "AnnexIV-" + label.replace("(", "-").rstrip(")")

    def test_its_population_is_written_down_apart_from_its_points(self) -> None:
        assert PACK.document(DOCUMENT).data["requirements"] == IDS

    @pytest.mark.parametrize("make", [started, full_ledger])
    def test_each_point_has_one_section_with_its_requirement_and_status(self, make: Callable[[], HandLedger]) -> None:
        markdown = read(build(make()).markdown)

        for point in PACK.document(DOCUMENT).points:
            assert markdown.count(f"{{id={point.id}}}") == 1
            assert f"{point.cite}: {point.requirement.say('en')}" in markdown


@cache
def bare() -> BuiltDocument:
    return build(started())


class TestNothingRecorded:
    def test_a_register_entry_alone_still_gives_a_complete_document(self) -> None:
        built = build(started())

        assert built.summary.total == 23
        assert (built.summary.open, built.summary.not_due_yet, built.summary.provided) == (22, 1, 0)
        assert built.cited == (0,)

    def test_each_open_point_has_a_box_that_says_what_is_missing_and_how_to_record_it(self) -> None:
        built = build(started())

        text = words(built.data)
        for status in built.statuses:
            for item in status.items:
                if item.open and item.required:
                    assert f"{item.what}: {item.reason}." in text
                    assert item.record in text
        assert text.count("NOT PROVIDED") + text.count("NO TEST DEFINED") >= 22

    @pytest.mark.parametrize(
        "sentence",
        [
            "there is no earlier version",
            "works with nothing outside itself",
            "no change is planned in advance",
            "no gap is known",
            "nothing relevant is known to be left out",
            "came about by a change",
            "The plan was recorded before",
            "The system is a component of",
            "Judged acceptable",
        ],
    )
    def test_nothing_is_stated_that_no_entry_states(self, sentence: str) -> None:
        assert sentence not in words(bare().data)

    def test_an_empty_list_is_the_statement_that_there_is_none(self) -> None:
        ledger = HandLedger()
        ledger.add("ai_system", system_body(earlier_versions=[], interactions=[], predetermined_changes=[]))

        built = build(ledger)

        text, status = words(built.data), by_id(built)
        assert "The provider states that there is no earlier version." in text
        assert "The provider states that the system works with nothing outside itself." in text
        assert "The provider states that no change is planned in advance." in text
        assert [status[name].status for name in ("AnnexIV-1-b", "AnnexIV-2-f")] == ["provided", "provided"]

    def test_a_contradicted_register_entry_leaves_no_facts_and_says_so(self) -> None:
        ledger = started()
        ledger.add("ai_system", system_body(intended_purpose="Something else."))

        built = build(ledger)

        text = words(built.data)
        assert by_id(built)["AnnexIV-1-a"].status == "conflict"
        assert "Contradictions" in text
        assert text.count("Something else.") == 1


def _marked(pack: Pack) -> Pack:
    """The pack with each text replaced by its values between marks: whatever else prints comes from elsewhere."""

    def mark(text: str) -> str:
        return "⟦" + " ⟧".join("⟦ " + hole for hole in re.findall(r"\{[a-z_]+\}", text)) + "⟧"

    texts = {key: mark(text) if not key.startswith("labels.") else text for key, text in pack.texts["en"].items()}
    return replace(pack, texts=MappingProxyType({"en": MappingProxyType(texts)}))


def _known_words(ledger: HandLedger, built: BuiltDocument) -> set[str]:
    """Every word that may print: from entries, the points' own texts, statuses, and the ledger itself."""
    sources = [json.dumps([[entry.data, entry.kind, entry.subject] for entry in ledger.held], ensure_ascii=False)]
    sources += [f"{one.signers}" for one in ledger.held]
    for status in built.statuses:
        sources += [status.title, status.cite, status.requirement, status.status, status.reason]
        sources += [f"{item.what} {item.reason} {item.record} {item.status}" for item in status.items]
    law = json.dumps(_thawed(PACK.data["law"]), ensure_ascii=False)
    sources += [law, json.dumps([point.data["label"] for point in PACK.document(DOCUMENT).points])]
    spec = PACK.document(DOCUMENT)
    sources += [f"{basis.title.say('en')} {basis.version} {basis.as_of}" for basis in spec.bases]
    sources += [ledger.origin, PACK.id, PACK.version, "yes no", *STATUS_WORDS]
    return set(re.findall(r"[^\W\d_]{3,}", " ".join(sources).replace("_", " ")))


def _thawed(value: Any) -> Any:
    if isinstance(value, MappingProxyType | dict):
        return {key: _thawed(inner) for key, inner in value.items()}
    return [_thawed(inner) for inner in value] if isinstance(value, tuple | list) else value


@pytest.mark.parametrize("make", [started, full_ledger])
def test_templates_hold_no_words_of_their_own(make: Callable[[], HandLedger]) -> None:
    ledger = make()
    built = build(ledger, pack=_marked(PACK))

    known = _known_words(ledger, built)
    charts = " ".join(words for key, words in Labels.of().words.items() if key.startswith("chart"))
    known |= set(re.findall(r"[^\W\d_]{3,}", charts))  # what docgen itself says of a drawing
    strange = []
    for line in read(built.markdown).splitlines():
        printed = " ".join(re.findall(r'"([^"]*)"', line)) if line.startswith(":::") else line
        printed = re.sub(r"\]\([a-z]+:[^)]*\)|\]\(<[^)]*>\)|\]\(#[^)]*\)|\{id=[^}]*\}", "]", printed)  # links of ours
        printed = re.sub(r"\(<image:[^>]*> ", "(", printed)
        printed = re.sub(r"\b[0-9a-f]{8,64}\b", "", printed)
        strange += [word for word in re.findall(r"[^\W\d_]{3,}", printed) if word not in known]

    assert sorted(set(strange) - {"UTC"}) == []


class TestEveryPoint:
    def test_a_full_ledger_provides_all_but_the_declaration(self) -> None:
        words_found = {name: status.status for name, status in by_id(full()).items()}

        assert {name for name, word in words_found.items() if word != "provided"} == {"AnnexIV-8"}
        assert words_found["AnnexIV-8"] == "not due yet"

    @pytest.mark.parametrize("point", [name for name in IDS if name != "AnnexIV-8"])
    def test_a_point_is_no_longer_provided_without_the_entries_it_rests_on(self, point: str) -> None:
        ledger = full_ledger()
        ledger.held = [_bare(entry) if entry.kind == "ai_system" else entry for entry in ledger.held]
        status = judged(ledger)[point]
        for _ in range(2):  # what is left may still answer in another way
            rests_on = {fact.index for fact in status.entries if fact.entry.kind != "ai_system"}
            ledger.held = [_unsaid(entry) if entry.index in rests_on else entry for entry in ledger.held]
            status = judged(ledger)[point]

        assert status.open

    def test_the_declaration_falls_due_with_the_conformity_assessment_and_needs_approval(self) -> None:
        ledger = full_ledger()
        ledger.add("audit", {"audit_id": "A", "audit_type": "internal_control", "status": "held"})
        due = judged(ledger)["AnnexIV-8"].status
        paper = ledger.add("document", document_body("declaration", "declaration_of_conformity"))
        unsigned = judged(ledger)["AnnexIV-8"].status
        ledger.approve(paper, scope="declaration")

        assert (due, unsigned) == ("not provided", "not provided")
        assert judged(ledger)["AnnexIV-8"].status == "provided"

    def test_a_point_declared_not_applicable_shows_who_signed_the_ground(self) -> None:
        ledger = full_ledger()
        body = {"requirement": "AnnexIV-1-f", "ground": "feature_absent", "justification": "It is no component."}
        ledger.add("applicability", body)

        built = build(ledger)

        assert by_id(built)["AnnexIV-1-f"].status == "not applicable"
        assert "It is no component." in words(built.data)
        assert "Ground: feature absent. Signed by compliance (compliance)." in words(built.data)

    def test_the_document_of_the_earlier_version_does_not_know_the_later_one(self) -> None:
        built = build(full_ledger(), "1.0")

        text = words(built.data)
        assert "accuracy-1.0" in text
        assert "accuracy-1.1" not in text
        assert "first version, 1.0" in text
        assert by_id(built)["AnnexIV-9"].items[1].status == "not due yet"

    def test_results_stand_per_version_and_group_with_cases_and_intervals(self) -> None:
        text = words(full().data)

        assert "0.8, n = 300\n0.75 – 0.85 (95\u00a0%)" in text
        assert "sex: female" in text
        assert "0.7777, n = 93" in text

    def test_the_caveat_stands_beside_the_results_it_belongs_to(self) -> None:
        text = words(full().data)

        table = text.index("Results of bias-1.1 per group")
        caveat = text.index("The sex code merges groups.", table)
        assert "Numbers per sex say little." in text[table : caveat + 200]
        assert text[table:caveat].count("Plan ") == 0

    def test_law_and_dates_are_data_and_open_questions_are_shown(self) -> None:
        text = words(full().data)

        assert "from 2027-12-02" in text
        assert "Regulation (EU) 2026/1744" in text
        assert "Open legal question OQ-1" in text
        assert "This is not settled." in text


def _bare(entry: Entry) -> Entry:
    """The register entry with nothing but what is required, and no name of the provider."""
    return replace(entry, data=system_body(entry.data["system_version"], provider={"party_id": "bank"}))


def _unsaid(entry: Entry) -> Entry:
    """The entry as if it were about another system."""
    return replace(entry, subject="another-system")


class TestHostileText:
    def poisoned(self) -> tuple[HandLedger, int]:
        """The full ledger with hostile text in every member that takes free text, and how many there are."""
        ledger, count = full_ledger(), 0
        for place, entry in enumerate(ledger.held):
            if entry.kind == "ledger":
                continue
            data: dict[str, Any] = json.loads(json.dumps(entry.data))
            for holder, key in list(_strings(data)):
                before = holder[key]
                holder[key] = HOSTILE
                try:
                    validate_body(entry.kind, data)
                    count += 1
                except SchemaError:
                    holder[key] = before
            ledger.held[place] = replace(entry, data=data)
        return ledger, count

    def test_it_prints_as_itself_in_every_place_and_changes_nothing_around_it(self) -> None:
        ledger, count = self.poisoned()

        built = build(ledger)

        text = words(built.data)
        first = HOSTILE.split("\n", maxsplit=1)[0]
        assert count > 150
        assert text.count(first) > 150
        assert "9872" not in re.sub(r"[0-9a-f]{8,}", "", text)
        assert [status.status for status in built.statuses].count("provided") >= 15

    def test_headings_and_sections_are_those_of_the_clean_document(self) -> None:
        ledger, _ = self.poisoned()

        def headings(markdown: str) -> list[str]:
            return re.findall(r"\{id=([^}]*)\}", read(markdown))

        assert headings(build(ledger).markdown) == headings(full().markdown)


def _strings(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        if isinstance(inner, str):
            yield value, key
        else:
            yield from _strings(inner)


def test_a_profile_of_the_version_is_needed_and_the_document_says_how_to_record_it() -> None:
    ledger = HandLedger()
    ledger.add("ai_system", full_profile("1.0"))
    ledger.add("risk", {"risk_id": "R", "hazard": "h", "status": "assessed", "system_version": "1.1"})

    text = words(build(ledger).data)

    assert "No entry registers this version of the system" in text
    assert "aims record ai_system ai_system.yaml --system credit-scoring@1.1 --as KEY" in text
