"""What a sealed Word file proves by itself, and every way to make it say something else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docgen.errors import DocgenError
from docgen.proof import Proof, prove_document
from docgen.reading.package import qname
from docgen.word import find_seal, put_seal, take_seal
from ledger.errors import Refused
from ledger.note import VerifierKey, format_vkey
from ledger.verdicts import Verdict
from tests.docgen.proof.published import CITED, Published
from tests.docgen.reading.edited import Edited, p, word
from tests.ledger.harness import oversight, signer


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    made = Published(tmp_path_factory.mktemp("published"))
    yield made
    made.close()


def verdicts(proof: Proof) -> set[Verdict]:
    return {finding.verdict for finding in proof.report.findings}


def edited_sections(proof: Proof) -> list[str]:
    return [section.heading for section in proof.sections if section.edited]


def resealed(office: Published, **members: object) -> bytes:
    """The published file with another seal, as a forger would make it."""
    payload = find_seal(office.data)
    assert payload is not None
    return put_seal(take_seal(office.data), {**payload, **members})


class TestAFileAsItWasPublished:
    def test_it_passes_and_says_by_whom_it_was_published_and_approved(self, office: Published) -> None:
        proof = prove_document(office.data, office.trust())

        assert (proof.exit_code, proof.verdict, proof.whole) == (0, "sound", True)
        assert proof.publication == f"entry {office.entry.index}, signed by compliance-1"
        assert proof.cited == CITED
        assert [section.heading for section in proof.sections] == ["First", "Second", "Register"]
        assert edited_sections(proof) == []
        notes = " ".join(proof.report.notes)
        assert "by approver-1 (a second person than who put it up)" in notes
        assert "cosigned by w at 2026-11-23" in notes

    def test_without_a_trust_file_it_is_only_compared_with_itself(self, office: Published) -> None:
        proof = prove_document(office.data, None)

        assert (proof.exit_code, verdicts(proof)) == (4, {Verdict.FIRST_SIGHT})

    def test_a_key_that_the_trust_file_does_not_have_vouches_for_nothing(self, office: Published) -> None:
        strange = office.trust(key=format_vkey(VerifierKey(office.ledger.origin, signer("stranger").public_key)))

        proof = prove_document(office.data, strange)

        assert (proof.exit_code, Verdict.KEY_UNKNOWN in verdicts(proof)) == (1, True)

    def test_too_few_witnesses_are_told(self, office: Published) -> None:
        proof = prove_document(office.data, office.trust(witness="another"))

        assert (proof.exit_code, verdicts(proof)) == (1, {Verdict.NOT_WITNESSED})

    def test_a_checkpoint_that_somebody_kept_must_be_of_the_same_history(
        self, office: Published, tmp_path: Path
    ) -> None:
        other = Published(tmp_path)
        with pytest.raises(Refused, match="kept checkpoint"):
            prove_document(office.data, office.trust(), checkpoints=[other.ledger.newest_checkpoint() or b""])
        other.close()

    def test_a_document_without_approval_says_so(self, tmp_path: Path) -> None:
        other = Published(tmp_path, approved=False)

        proof = prove_document(other.data, other.trust())

        assert "it names no approval" in proof.report.notes
        other.close()


class TestAFileThatWasEdited:
    def test_the_section_is_named_and_the_others_still_read_as_published(self, office: Published) -> None:
        proof = prove_document(Edited(office.data).replace("The score rests", "Nothing rests").data(), office.trust())

        assert (proof.exit_code, proof.edited) == (1, True)
        assert edited_sections(proof) == ["First"]
        assert [one.what for one in proof.differences] == ["derived slot first"]
        assert "Nothing rests" in proof.differences[0].now
        assert "edited since publication" in proof.verdict
        assert not proof.report.tampered

    @pytest.mark.parametrize(
        ("old", "new", "section"),
        [
            ("A person wrote ", "Nobody wrote ", "First"),
            ("1000", "9000", "Second"),
            ("Boxes", "Circles", "Second"),
            ("Second", "Zweiter", "Zweiter"),
        ],
    )
    def test_every_part_of_a_document_counts(self, office: Published, old: str, new: str, section: str) -> None:
        proof = prove_document(Edited(office.data).replace(old, new).data(), office.trust())

        assert proof.exit_code == 1
        assert section in edited_sections(proof)

    def test_a_status_word_that_only_looks_like_another_is_found(self, office: Published) -> None:
        proof = prove_document(Edited(office.data).replace("provided", "not applicable").data(), office.trust())

        assert edited_sections(proof) == ["Second"]

    def test_a_paragraph_that_was_added_is_named(self, office: Published) -> None:
        file = Edited(office.data)
        file.body.insert(len(file.body) - 2, p("All is well."))

        proof = prove_document(file.data(), office.trust())

        assert [one.now for one in proof.differences] == ["All is well."]

    @pytest.mark.parametrize("style", ["TOC1", "TOCHeading", "AfterTable", "SectionEnd"])
    def test_words_do_not_hide_in_the_styles_of_the_table_of_contents(self, office: Published, style: str) -> None:
        file = Edited(office.data)
        file.body.insert(len(file.body) - 2, p("All is well.", f'<w:pStyle w:val="{style}"/>'))

        assert prove_document(file.data(), office.trust()).exit_code == 1

    @pytest.mark.parametrize(
        "run",
        [
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t> </w:t></w:r>",
            "<w:r><w:pict><x/></w:pict></w:r>",
            '<w:r><w:footnoteReference w:id="2"/></w:r>',
            '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>',
        ],
    )
    def test_what_is_no_words_is_named_wherever_it_stands(self, office: Published, run: str) -> None:
        file = Edited(office.data)
        next(t for t in file.root.iter() if t.text == "Second").getparent().getparent().append(word(run))  # type: ignore[union-attr]

        proof = prove_document(file.data(), office.trust())

        assert proof.exit_code == 1
        assert proof.differences

    @pytest.mark.parametrize("slot", ["first", "first.text"])
    @pytest.mark.parametrize(
        "run",
        [
            "<w:r><w:pict><x/></w:pict></w:r>",
            '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>',
        ],
    )
    def test_what_is_no_words_is_named_in_slots_too(self, office: Published, slot: str, run: str) -> None:
        file = Edited(office.data)
        next(file.control(slot).iter(qname("w:p"))).append(word(run))

        proof = prove_document(file.data(), office.trust())

        assert (proof.exit_code, edited_sections(proof)) == (1, ["First"])

    @pytest.mark.parametrize("slot", ["first", "first.text"])
    @pytest.mark.parametrize(
        "looks",
        [
            "<w:vanish/>",
            '<w:color w:val="FFFFFF"/>',
            '<w:color w:val="fefefe"/>',
            '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="auto"/>',
            '<w:sz w:val="2"/>',
        ],
    )
    def test_words_that_nobody_can_see_do_not_read_as_published(self, office: Published, slot: str, looks: str) -> None:
        file = Edited(office.data)
        for run in file.control(slot).iter(qname("w:r")):
            for old in run.findall(qname("w:rPr")):
                run.remove(old)
            run.insert(0, word(f"<w:rPr>{looks}</w:rPr>"))

        proof = prove_document(file.data(), office.trust())

        assert (proof.exit_code, edited_sections(proof)) == (1, ["First"])

    def test_light_words_on_a_dark_ground_can_be_seen(self, office: Published) -> None:
        file = Edited(office.data)
        for run in file.control("first").iter(qname("w:r")):
            run.insert(0, word('<w:rPr><w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F2A37"/></w:rPr>'))

        assert edited_sections(prove_document(file.data(), office.trust())) == []

    def test_an_entry_cited_in_words_that_somebody_added_is_not_proved(self, office: Published) -> None:
        file = Edited(office.data).append("first.text", p("As recorded [#5 01234567]."))

        proof = prove_document(file.data(), office.trust())

        assert any("citation of entry 5 (01234567)" in one.what for one in proof.differences)

    def test_saved_again_by_another_program_its_sections_pass_and_the_rest_is_not_vouched_for(
        self, office: Published
    ) -> None:
        proof = prove_document(Edited(office.data).data(), office.trust())

        assert (proof.exit_code, proof.differences) == (4, ())
        assert "cover, headers, footers" in proof.report.findings[0].detail


class TestForgeries:
    def test_a_draft_is_unsealed(self, office: Published) -> None:
        proof = prove_document(office.bare, office.trust())

        assert (proof.exit_code, proof.verdict) == (4, "unsealed: DRAFT, it proves nothing")

    def test_the_seal_of_another_document_is_found(self, office: Published, tmp_path: Path) -> None:
        other = Published(tmp_path, approved=False)
        payload = find_seal(office.data)
        assert payload is not None

        proof = prove_document(put_seal(other.bare, payload), office.trust())

        assert proof.exit_code == 1
        assert not proof.whole
        other.close()

    @pytest.mark.parametrize(
        "members",
        [
            {"ledger": "example.org/other"},
            {"cited": []},
            {"checkpoint": {"size": 1, "root": "00" * 32, "time": ""}},
        ],
    )
    def test_a_carrier_that_contradicts_the_seal_is_found(self, office: Published, members: dict[str, object]) -> None:
        proof = prove_document(Edited(office.data).claim(**members).data(), office.trust())

        assert (proof.exit_code, Verdict.ALTERED in verdicts(proof)) == (1, True)

    def test_a_carrier_that_lists_the_edited_text_as_published_is_found(self, office: Published) -> None:
        from docgen.digest import digest_of
        from docgen.reading import read_document

        file = Edited(office.data).replace("1000", "9000")
        lines = list(read_document(file.data()).lines)
        forged = file.claim(blocks=lines, content_digest=digest_of(lines)).data()

        proof = prove_document(forged, office.trust())

        assert proof.exit_code == 1
        assert any("seal is that of another document" in finding.detail for finding in proof.report.findings)

    @pytest.mark.parametrize(
        ("spoil", "verdict"),
        [
            (lambda seal: {"publication": seal["approvals"][0]}, Verdict.ALTERED),
            (lambda seal: {"approvals": []}, Verdict.ALTERED),
            (lambda seal: {"content_digest": "ab" * 32}, Verdict.ALTERED),
            (lambda seal: {"cited": [[3, "ab" * 32], seal["cited"][1]]}, Verdict.ALTERED),
            (lambda seal: {"proof": ""}, Verdict.ALTERED),
            (lambda seal: {"leaves": [one for one in seal["leaves"] if one[0] != 0]}, Verdict.MISSING),
            (lambda seal: {"leaves": [one for one in seal["leaves"] if one[0] != 4]}, Verdict.MISSING),
        ],
    )
    def test_a_seal_that_was_changed_does_not_hold(
        self, office: Published, spoil: Callable[..., dict[str, object]], verdict: Verdict
    ) -> None:
        proof = prove_document(resealed(office, **spoil(find_seal(office.data))), office.trust())

        assert proof.exit_code == 1
        assert verdict in verdicts(proof)

    def test_a_leaf_that_was_changed_does_not_hold(self, office: Published) -> None:
        seal = find_seal(office.data)
        assert seal is not None
        leaves = [list(one) for one in seal["leaves"]]
        place = next(n for n, one in enumerate(leaves) if one[0] == office.entry.index)
        leaves[place][1] = leaves[place][1].replace('"time":"2026', '"time":"2025')

        assert prove_document(resealed(office, leaves=leaves), office.trust()).exit_code == 1

    def test_a_seal_that_is_none_is_refused(self, office: Published) -> None:
        with pytest.raises(DocgenError, match="seal of the document is damaged"):
            prove_document(resealed(office, checkpoint="no note"), office.trust())

    def test_a_document_of_somebody_else_says_nothing(self, office: Published) -> None:
        file = Edited(office.bare)
        file.parts = {name: data for name, data in file.parts.items() if not name.startswith("customXml")}

        with pytest.raises(DocgenError, match="none of ours"):
            prove_document(file.data(), office.trust())

    def test_an_approval_by_its_author_is_said_to_be_one(self, tmp_path: Path) -> None:
        other = Published(tmp_path, alone=True)

        proof = prove_document(other.data, other.trust())

        assert proof.exit_code == 0
        assert any("by approver-1 (its author, no second person)" in note for note in proof.report.notes)
        other.close()


def test_entries_recorded_later_change_nothing(office: Published) -> None:
    office.record("oversight_action", oversight(77), "overseer")

    assert prove_document(office.data, office.trust()).exit_code == 0
