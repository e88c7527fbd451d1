"""The EU declaration of conformity: never with a gap, only after what it declares was done, and twice the same."""

import json
from dataclasses import replace
from typing import Any

import pytest

from docgen.build import build_document
from docgen.digest import slot_text
from docgen.errors import DocgenError
from docgen.markdown import parse_markdown
from docgen.tree import Slot, walk
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, change_body
from tests.docgen.eu_documents import CASES, PACK, build, judged
from tests.docgen.eu_file_ledger import ABOUT, bare_ledger, file_ledger, issue
from tests.docgen.test_build import words

DOCUMENT = "declaration-of-conformity"


def without(kind: str, **members: Any) -> HandLedger:
    """The full ledger without the entries of a kind that have these members."""
    ledger = file_ledger()
    ledger.held = [
        replace(entry, subject="another-system")
        if entry.kind == kind and all(entry.data.get(name) == value for name, value in members.items())
        else entry
        for entry in ledger.held
    ]
    return ledger


class TestItIsRefused:
    def test_without_the_technical_documentation_approved(self) -> None:
        with pytest.raises(DocgenError, match="requires technical-documentation, approved or published"):
            build(without("publication", document="technical-documentation"), DOCUMENT)

    def test_for_an_empty_ledger(self) -> None:
        with pytest.raises(DocgenError):
            build(bare_ledger(), DOCUMENT)

    @pytest.mark.parametrize(
        ("kind", "members", "point"),
        [
            ("audit", {"audit_type": "internal_control"}, "Annex V, point 4"),
            ("approval", {"scope": "declaration"}, "Annex V, point 3"),
            ("impact_assessment", {}, "Annex V, point 5"),
            ("classification", {}, "Annex V, point 4"),
        ],
    )
    def test_with_a_point_open_that_it_names(self, kind: str, members: dict[str, Any], point: str) -> None:
        with pytest.raises(DocgenError, match="is never printed with gaps") as refused:
            build(without(kind, **members), DOCUMENT)

        assert point in str(refused.value)
        assert f"aims docs gaps {DOCUMENT}" in str(refused.value)

    def test_after_a_change_that_the_approval_did_not_know(self) -> None:
        ledger = file_ledger()
        ledger.add("model_change", {**change_body(), "change_id": "later", **ABOUT})

        assert judged(ledger, DOCUMENT)["Art47-4"].status == "stale"
        with pytest.raises(DocgenError, match=r"Article 47\(4\)"):
            build(ledger, DOCUMENT)

    def test_while_a_nonconformity_is_open(self) -> None:
        ledger = file_ledger()
        found = {"nonconformity_id": "NC-1", "finding": "a limit was missed", "requirement": "Art15-1",
                 "status": "open", "grade": "major"}  # fmt: skip
        ledger.add("nonconformity", {**ABOUT, **found})

        assert judged(ledger, DOCUMENT)["AnnexV-4"].status == "not provided"

    def test_while_one_of_an_earlier_version_is_open(self) -> None:
        ledger = file_ledger()
        found = {"nonconformity_id": "NC-0", "finding": "f", "requirement": "r", "status": "open", "grade": "minor"}
        ledger.add("nonconformity", {**found, "system_version": "1.0"})

        assert judged(ledger, DOCUMENT)["AnnexV-4"].status == "not provided"

    def test_when_the_internal_control_did_not_find_all_conforming(self) -> None:
        ledger = without("audit")
        held = {"audit_id": "IC-2", "audit_type": "internal_control", "status": "held",
                "result": "conforming_with_findings"}  # fmt: skip
        ledger.approve(ledger.add("audit", {**ABOUT, **held}), scope="process", **ABOUT)

        assert judged(ledger, DOCUMENT)["AnnexV-4"].status == "not provided"


def test_a_certificate_takes_the_place_of_internal_control() -> None:
    ledger = without("audit")
    certificate = {"number": "C-1", "certificate_type": "technical_documentation_assessment", "state": "issued",
                   "body": "Example Body", "party": "body", "procedure": "Annex VII",
                   "valid_until": "2030-01-01"}  # fmt: skip
    ledger.add("certificate", {**ABOUT, **certificate})

    found = judged(ledger, DOCUMENT)
    assert found["AnnexV-4"].status == "provided"
    assert found["AnnexV-7"].status == "provided"


def test_once_published_its_form_is_provided() -> None:
    ledger = file_ledger()
    issue(ledger, DOCUMENT)

    assert judged(ledger, DOCUMENT)["Art47-1"].status == "provided"


class TestTwin:
    def test_it_says_what_the_word_file_says_word_for_word(self) -> None:
        built = build(file_ledger(), DOCUMENT)

        assert built.twin is not None
        said = " ".join(_texts(json.loads(built.twin)["sections"])).split()
        for slot in walk(parse_markdown(built.markdown).blocks):
            if isinstance(slot, Slot):
                spoken = [word for word in slot_text(slot).split() if not word.startswith(("#", "[#"))]
                assert set(spoken) - set(said) <= {word for word in spoken if len(word) == 8 or word.endswith("]")}

    def test_it_names_the_same_content_digest_ledger_and_entries(self) -> None:
        built = build(file_ledger(), DOCUMENT)

        assert built.twin is not None
        twin = json.loads(built.twin)
        assert twin["format"] == "aims-document-v1"
        assert twin["content_digest"] == built.content_digest
        assert twin["ledger"]["root"] == built.checkpoint.root.hex()
        assert twin["about"] == {"system": "credit-scoring", "name": "Credit scoring", "version": "1.1"}
        assert set(_entries(twin)) == set(built.cited)

    def test_each_point_of_annex_v_is_a_section_with_its_fields(self) -> None:
        twin = json.loads(build(file_ledger(), DOCUMENT).twin or b"")

        sections = {one["id"]: one for one in twin["sections"]}
        fields = {one["label"]: one["value"] for one in sections["AnnexV-8"]["content"][0]["fields"]}
        assert fields["Place of issue"] == "Musterstadt"
        assert fields["For and on behalf of"] == "Bank AG"
        assert fields["Name"] == "Mara Vorlage"

    def test_it_is_the_same_bytes_for_the_same_ledger(self) -> None:
        assert build(file_ledger(), DOCUMENT).twin == build(file_ledger(), DOCUMENT).twin

    def test_other_documents_have_none(self) -> None:
        assert build(file_ledger(), "internal-control-record").twin is None


def test_the_cover_does_not_say_that_it_is_no_declaration() -> None:
    english = words(build(file_ledger(), DOCUMENT).data)
    german = words(build(file_ledger(), DOCUMENT, language="de").data)

    assert "not an EU declaration of conformity" not in english
    assert "As a draft it declares nothing." in english
    assert "Als Entwurf erklärt sie nichts." in german


@pytest.mark.parametrize("audience", ["authority", "deployer", "public"])
def test_everybody_gets_all_of_it_with_the_name_of_who_signs(audience: str) -> None:
    built = build_document(
        file_ledger(), PACK, DOCUMENT, system=SYSTEM, version=VERSION, language="en", audience=audience
    )

    assert "Mara Vorlage" in words(built.data)
    assert built.cited == build(file_ledger(), DOCUMENT).cited


@pytest.mark.parametrize("document", ["risk-management-file", "serious-incident-report", "deployer-file"])
def test_what_is_not_for_deployers_and_the_public_is_not_in_their_editions(document: str) -> None:
    item = {"item": CASES[document]} if document in CASES else {}
    for audience in ("deployer", "public"):
        built = build_document(
            file_ledger(document), PACK, document, system=SYSTEM, version=VERSION, audience=audience, **item
        )
        assert built.cited == ()


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def _entries(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [*value.get("entries", []), *(one for inner in value.values() for one in _entries(inner))]
    return [one for inner in value for one in _entries(inner)] if isinstance(value, list) else []
