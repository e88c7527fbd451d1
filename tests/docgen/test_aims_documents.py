"""Every document of the pack iso42001: from a full ledger, from a nearly empty one, in each language."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openxml_audit import OpenXmlValidator

from docgen.build import BuiltDocument, build_document
from docgen.escape import parse_shifted
from docgen.gaps import gaps
from docgen.markdown import parse_markdown
from docgen.needs import parse_rules
from docgen.output import Output
from docgen.packs import load_pack
from docgen.reading import read_document
from docgen.tree import Anchor, Cite, Heading, walk, walk_inlines
from tests.docgen.aims_ledger import full_ledger
from tests.docgen.samples import HOSTILE
from tests.docgen.statement_ledger import MemoryLedger

PACK = load_pack("iso42001")
DOCUMENTS = tuple(spec.id for spec in PACK.documents)
OWN = tuple(one for one in DOCUMENTS if one != "statement-of-applicability")


def about(document: str) -> dict[str, str]:
    system = PACK.document(document).about == "system"
    return {"system": "credit-scoring", "version": "1.0"} if system else {}


def built(document: str, ledger: MemoryLedger, language: str = "en") -> BuiltDocument:
    return build_document(ledger, PACK, document, language=language, **about(document))


def nearly_empty() -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.system()
    return ledger


def test_the_pack_has_every_document_of_the_management_system() -> None:
    assert DOCUMENTS[0] == "statement-of-applicability"
    assert set(OWN) == {
        "ai-impact-assessment", "ai-objectives", "ai-policy", "competence-record", "corrective-action-log", "crosswalk",
        "internal-audit-report", "management-review", "risk-register", "roles-and-responsibilities",
        "scope-and-context",
    }  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_full_ledger_answers_every_point(document: str) -> None:
    found = gaps(full_ledger(), PACK, document, **about(document))

    assert [(one.id, one.reason) for one in found if one.open] == []


@pytest.mark.parametrize("document", OWN)
def test_a_nearly_empty_ledger_answers_nothing_and_says_so_point_by_point(document: str) -> None:
    document_built = built(document, nearly_empty())
    said = parse_shifted(document_built.markdown)

    answered = {one.id for one in document_built.statuses if one.status == "provided"}
    assert answered <= {"S-changes"}  # nothing has to be planned
    for one in document_built.statuses:
        for item in one.items:
            assert not (item.open and item.required) or item.what in said


@pytest.mark.parametrize("language", PACK.languages)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_file_is_valid_and_every_citation_has_its_row(document: str, language: str, tmp_path: Path) -> None:
    one = built(document, full_ledger(), language)
    file = tmp_path / "document.docx"
    file.write_bytes(one.data)
    body = parse_markdown(one.markdown)
    inlines = list(walk_inlines(body.blocks))

    assert [str(error) for error in OpenXmlValidator().validate(str(file)).errors] == []
    anchors = [inline.index for inline in inlines if isinstance(inline, Anchor)]
    assert {inline.index for inline in inlines if isinstance(inline, Cite)} == set(anchors)
    assert len(anchors) == len(set(anchors))
    headings = [block.id for block in walk(body.blocks) if isinstance(block, Heading)]
    for point in PACK.document(document).points:
        assert headings.count(point.id) == 1


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_file_reads_back_as_it_was_written(document: str) -> None:
    read = read_document(built(document, full_ledger()).data)

    assert read.carrier is not None
    assert list(read.lines) == list(read.carrier["blocks"])
    assert (read.missing, read.duplicates) == ((), ())
    assert [slot.id for slot in read.slots if slot.problems] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_sibling_in_html_has_the_same_contents(document: str) -> None:
    word = built(document, full_ledger())
    html = build_document(full_ledger(), PACK, document, output=Output("html"), **about(document))

    assert html.content_digest == word.content_digest
    assert html.data.lstrip().lower().startswith(b"<!doctype html>")


@pytest.mark.parametrize("document", OWN)
def test_no_english_sentence_of_the_pack_stands_in_german_documents(document: str) -> None:
    german = parse_shifted(built(document, full_ledger(), "de").markdown)
    english = {part for text in PACK.texts["en"].values() for part in text.split("{")[0].split("\n")}

    left = [part for part in english if len(part.split()) >= 3 and part.strip() in german]

    assert left == []


@pytest.mark.parametrize("document", OWN)
def test_both_languages_judge_alike(document: str) -> None:
    ledger = full_ledger()
    english, german = (gaps(ledger, PACK, document, language=one, **about(document)) for one in ("en", "de"))

    assert [one.status for one in english] == [one.status for one in german]


def hostile(value: Any, *, inside: bool = False) -> Any:
    """The value with every long text replaced by one that looks like code of every kind."""
    if isinstance(value, Mapping):
        return {name: hostile(inner, inside=name != "references") for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hostile(inner, inside=inside) for inner in value]
    return HOSTILE if inside and isinstance(value, str) and " " in value else value


@pytest.mark.parametrize("document", OWN)
def test_hostile_words_print_as_themselves_in_every_document(document: str) -> None:
    ledger = full_ledger()
    ledger.held = [replace(entry, data=hostile(entry.data)) for entry in ledger.held]

    said = parse_shifted(built(document, ledger).markdown)

    # A crosswalk prints the pack's data and no words of the ledger.
    assert HOSTILE in said or document == "crosswalk"


def asked_members() -> Iterator[tuple[str, str, str, tuple[str, ...], str]]:
    """Every member that a point of a document asks for: document, point, kind, fields, words when it is missing."""
    for document in OWN:
        spec = PACK.document(document)
        for point, needs in parse_rules(PACK.id, spec).needs.items():
            for need in needs:
                for entries in need.alternatives if need.required and len(need.alternatives) == 1 else ():
                    for condition in entries.has:
                        fields = tuple(one.field for one in condition.inner) or (condition.field,)
                        fields = fields if condition.test == "one_of" else (condition.field,)
                        lack = PACK.texts["en"][f"lack.{condition.lack}"]
                        yield document, point, entries.select.kinds[0], fields, lack


@pytest.mark.parametrize(("document", "point", "kind", "fields", "lack"), list(asked_members()))
def test_each_member_asked_for_is_missed_by_name(
    document: str, point: str, kind: str, fields: tuple[str, ...], lack: str
) -> None:
    ledger = full_ledger()
    gone = {field.split(".")[0] for field in fields}
    ledger.held = [
        replace(entry, data={name: value for name, value in entry.data.items() if name not in gone})
        if entry.kind == kind
        else entry
        for entry in ledger.held
    ]

    found = next(one for one in gaps(ledger, PACK, document, **about(document)) if one.id == point)

    assert found.status in ("not provided", "stale", "not due yet"), (found.status, found.reason)
    assert any(lack in item.reason for item in found.items), [item.reason for item in found.items]


def test_no_document_is_built_without_saying_what_it_is_not() -> None:
    for language in PACK.languages:
        for document in DOCUMENTS:
            notice = PACK.texts[language].get(f"notice.{document}") or PACK.texts[language]["notice"]
            assert len(notice) > 80, document


# --- the crosswalk ----------------------------------------------------------------------------------


CROSSWALK = PACK.data["crosswalk"]
FRAMEWORKS = ("eu_ai_act", "nist_ai_rmf", "iso27001_2022", "iso9001_2015")


def test_every_pair_is_published_by_a_named_source_or_judged() -> None:
    sources = {one["id"] for one in CROSSWALK["sources"]} | {"judged"}
    pairs = [pair for one in (*CROSSWALK["controls"], *CROSSWALK["clauses"]) for f in FRAMEWORKS for pair in one[f]]

    assert {pair["source"] for pair in pairs} == sources
    assert CROSSWALK["judged"]["by"]
    assert CROSSWALK["judged"]["version"]
    assert {one["id"] for one in CROSSWALK["frameworks"]} == set(FRAMEWORKS)


def test_the_crosswalk_and_the_controls_name_the_same_pairs() -> None:
    points = {point.id: point for point in PACK.document("statement-of-applicability").points}

    assert [one["id"] for one in CROSSWALK["controls"]] == list(points)
    for one in CROSSWALK["controls"]:
        for framework in FRAMEWORKS:
            ours = {(pair["ref"], pair["source"] != "judged") for pair in one[framework]}
            theirs = {(pair["ref"], pair["published"]) for pair in points[one["id"]].data["crosswalk"][framework]}
            assert ours == theirs, (one["id"], framework)


def test_the_articles_are_the_same_pairs_from_the_other_side() -> None:
    forward = {
        (one["id"], pair["ref"].split("(")[0])
        for one in (*CROSSWALK["controls"], *CROSSWALK["clauses"])
        for pair in one["eu_ai_act"]
    }
    backward = {(anchor["id"], one["ref"]) for one in CROSSWALK["articles"] for anchor in one["anchors"]}

    assert backward == forward


def test_an_article_counts_as_published_when_one_of_its_pairs_is() -> None:
    for article in CROSSWALK["articles"]:
        for anchor in article["anchors"]:
            entry = next(one for one in (*CROSSWALK["controls"], *CROSSWALK["clauses"]) if one["id"] == anchor["id"])
            found = {p["source"] for p in entry["eu_ai_act"] if p["ref"].split("(")[0] == article["ref"]}
            assert anchor["source"] in found
            assert anchor["source"] != "judged" or found == {"judged"}


def test_the_printed_crosswalk_marks_each_place_and_shows_what_was_declared() -> None:
    ledger = full_ledger()
    old = next(entry for entry in ledger.held if entry.data.get("control_id") == "A.10.4")
    ledger.control("A.10.4", replaces=old, crosswalk=["GDPR Art. 22"])
    said = parse_shifted(built("crosswalk", ledger).markdown)

    assert "Art. 17(1)(a) *judged*" in said
    assert "GOVERN 1.1 (ms)" in said
    assert "| GDPR Art. 22 |" in said
    assert "A pair never means that two requirements are equal." in said
