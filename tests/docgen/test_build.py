"""From a ledger to a Word file: the same bytes for the same checkpoint, nothing invented, nothing hidden."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from docgen.build import BuiltDocument, build_document
from docgen.errors import DocgenError, PackError, TemplateError
from docgen.packs import load_pack
from docgen.register import MAX_ROWS
from docgen.view import Verified
from ledger.entry import ErasedMember
from tests.docgen.builders import (
    START,
    SYSTEM,
    VERSION,
    HandLedger,
    digest,
    document_body,
    risk_body,
    started,
    system_body,
)
from tests.docgen.eu_ledger import full_ledger
from tests.docgen.minipack import make_pack

PACK = load_pack("eu_tech_docs")
DOCUMENT = "technical-documentation"
RISK = {"id": "risk", "kind": "risk"}


def build(ledger: HandLedger, version: str = VERSION, marking: str = "") -> BuiltDocument:
    return build_document(ledger, PACK, DOCUMENT, system=SYSTEM, version=version, marking=marking)


def part(data: bytes, name: str = "word/document.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def words(data: bytes) -> str:
    """The text of the body, paragraphs and cells apart."""
    root = etree.fromstring(part(data).encode())
    namespace = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    paragraphs = root.iterfind(".//w:p", namespace)
    tags = {f"{{{namespace['w']}}}{tag}": tag for tag in ("t", "br")}
    return "\n".join(
        "".join((piece.text or "") if tags[piece.tag] == "t" else "\n" for piece in one.iter(*tags))
        for one in paragraphs
    )


class TestSameBytes:
    def test_the_same_checkpoint_gives_the_same_bytes(self) -> None:
        first, second = build(full_ledger()), build(full_ledger())

        assert first.data == second.data
        assert first.content_digest == second.content_digest

    def test_other_hash_seeds_give_the_same_bytes(self) -> None:
        program = (
            "import hashlib\n"
            "from tests.docgen.test_build import build, full_ledger\n"
            "print(hashlib.sha256(build(full_ledger()).data).hexdigest())"
        )
        root = Path(__file__).parents[2]
        digests = {
            subprocess.run(
                [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed, "TZ": zone}, cwd=root,
                capture_output=True, text=True, check=True,
            ).stdout
            for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
        }  # fmt: skip

        assert len(digests) == 1

    def test_what_is_recorded_later_changes_nothing_at_the_earlier_checkpoint(self) -> None:
        ledger = full_ledger()
        size, now = len(ledger.held), ledger.now
        before = build(ledger)
        ledger.add("risk", risk_body("R-9"))

        assert build(HandLedger(ledger.held[:size], now)).data == before.data
        assert build(ledger).data != before.data

    def test_a_later_verification_changes_nothing_and_is_handed_through(self) -> None:
        ledger = full_ledger()
        before = build(ledger)
        ledger.last_verified = Verified(10, "2030-01-01T00:00:00.000000Z")

        after = build(ledger)

        assert after.data == before.data
        assert after.last_verified == ledger.last_verified

    def test_one_changed_value_changes_the_content_digest(self) -> None:
        ledger = full_ledger()
        before = build(ledger).content_digest
        place = next(entry.index for entry in ledger.held if entry.kind == "risk")
        changed = replace(ledger.held[place], data={**ledger.held[place].data, "hazard": "Something else."})
        ledger.held[place] = changed

        assert build(ledger).content_digest != before

    def test_building_leaves_the_ledger_alone(self) -> None:
        ledger = full_ledger()
        before = repr(ledger.held)
        build(ledger)

        assert repr(ledger.held) == before


class TestWhatItSays:
    def test_it_counts_its_points_and_names_the_checkpoint(self) -> None:
        built = build(full_ledger(), marking="EXAMPLE")

        text = words(built.data)
        assert (built.summary.total, built.summary.provided, built.summary.open) == (23, 22, 0)
        assert "23 points: 22 provided, 0 open" in text
        assert "EXAMPLE" in text
        assert built.checkpoint.root.hex() in text

    def test_every_citation_has_its_row_in_the_register(self) -> None:
        built = build(full_ledger())

        text = words(built.data)
        register = text[text.rindex("Evidence register") :]
        assert len(built.cited) > 30
        assert [index for index in built.cited if f"#{index} " not in register] == []

    def test_an_erased_value_says_so_and_by_which_entry(self) -> None:
        ledger = full_ledger()
        place = next(entry.index for entry in ledger.held if entry.kind == "oversight_action")
        entry = ledger.held[place]
        data = {**entry.data, "actor": {"id": "officer"}}
        gone = (ErasedMember("/actor/name", 12), ErasedMember("/reason", None))
        ledger.held[place] = replace(entry, data=data, erased=gone)

        text = words(build(ledger).data)

        assert "Vera Probe" not in text
        assert "erased (entry 12) (officer)" in text
        assert "facts not in inputs: missing, without an erasure on record" in text

    def test_evidence_recorded_long_after_is_marked_late(self) -> None:
        ledger = full_ledger()
        place = next(entry.index for entry in ledger.held if entry.kind == "dataset_lineage")
        late = replace(ledger.held[place], time="2026-01-01T00:00:00.000000Z")
        ledger.held[place] = late

        text = words(build(ledger).data)

        assert "LATE: 1" in text
        assert "1 of the" in text
        assert "LATE" not in words(build(full_ledger()).data).replace("marked LATE", "")

    def test_a_contradiction_is_shown_as_one_with_what_each_says(self) -> None:
        ledger = full_ledger()
        ledger.add("risk", risk_body("R-1", title="Something else entirely"))

        built = build(ledger)

        text = words(built.data)
        assert "Contradictions" in text
        assert "Something else entirely" in text
        assert {status.id for status in built.statuses if status.status == "conflict"} == {"AnnexIV-5"}

    def test_people_s_text_for_a_section_is_printed_as_their_markdown_and_as_nothing_of_ours(self) -> None:
        ledger = full_ledger()
        text = "# Big\n\n::: note\n{{ 7*7 }} [x](http://evil) `code` [y](cite:0:0)"
        body = {"document": DOCUMENT, "section": "AnnexIV-1-g", "language": "en", "text": text}
        ledger.add("narrative", body)

        built = build(ledger)

        assert "::: note {{ 7*7 }} x code y (cite:0:0)" in words(built.data)
        assert "Big" in words(built.data)

    def test_the_cover_says_what_the_document_is_not(self) -> None:
        text = words(build(full_ledger()).data)

        assert "It is not a conformity assessment" in text
        assert "it does not show that what was recorded is true" in text


class TestRegister:
    def test_it_never_has_more_than_500_rows_and_every_citation_still_has_its_place(self) -> None:
        ledger = full_ledger()
        for number in range(700):
            ledger.add("risk", risk_body(f"X-{number}", before={"severity": 1}, after={"severity": 1}, option="retain"))

        built = build(ledger)

        root = etree.fromstring(part(built.data).encode())
        namespace = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
        last = root.findall(".//w:tbl", namespace)[-1]
        assert len(built.cited) > 700
        assert len(last.findall("w:tr", namespace)) <= MAX_ROWS + 1


class TestRefusals:
    def test_a_document_about_a_system_needs_one(self) -> None:
        with pytest.raises(DocgenError, match="about a system in one version"):
            build_document(full_ledger(), PACK, DOCUMENT)

    def test_a_document_about_the_organisation_takes_none(self, tmp_path: Path) -> None:
        pack = make_pack(tmp_path, [RISK], about="organisation")

        with pytest.raises(DocgenError, match="leave out the system"):
            build_document(started(), pack, "doc", system=SYSTEM, version=VERSION)

    def test_unknown_documents_languages_and_versions_are_named(self) -> None:
        with pytest.raises(PackError, match="no document 'soa'"):
            build_document(full_ledger(), PACK, "soa", system=SYSTEM, version=VERSION)
        with pytest.raises(PackError, match="no texts in language 'fr'"):
            build_document(full_ledger(), PACK, DOCUMENT, system=SYSTEM, version=VERSION, language="fr")
        with pytest.raises(DocgenError, match=r"no version '9'; versions named so far: 1\.0, 1\.1"):
            build(full_ledger(), "9")

    @pytest.mark.parametrize(
        ("template", "problem"),
        [
            ("# Nothing\n", "0 sections answer P-1, expected one"),
            ("# One {id=P-2}\n", "0 sections answer P-1, expected one"),
        ],
        ids=["no section", "another point's section"],
    )
    def test_a_point_without_a_section_is_refused(self, tmp_path: Path, template: str, problem: str) -> None:
        pack = make_pack(tmp_path, [RISK], template=template)

        with pytest.raises(PackError, match=problem):
            build_document(started(), pack, "doc", system=SYSTEM, version=VERSION)

    def test_two_sections_for_a_point_are_refused(self, tmp_path: Path) -> None:
        pack = make_pack(tmp_path, [RISK], template="# One {id=P-1}\n\n# Two {id=P-1}\n")

        with pytest.raises(TemplateError, match="P-1"):
            build_document(started(), pack, "doc", system=SYSTEM, version=VERSION)

    @pytest.mark.parametrize(
        ("asked", "problem"),
        [
            ('facts.of("rissk")', "no such kind: 'rissk'"),
            ('facts.of("risk", hazzard="x")', "risk has no member 'hazzard'"),
            ('facts.one("risk").hazzard', "hazzard"),
            ("facts.nothing()", "nothing"),
        ],
    )
    def test_a_template_that_asks_for_what_does_not_exist_fails(self, tmp_path: Path, asked: str, problem: str) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        pack = make_pack(tmp_path, [RISK], template=f"# One {{id=P-1}}\n\n{{{{ {asked} }}}}\n")

        with pytest.raises(TemplateError, match=problem):
            build_document(ledger, pack, "doc", system=SYSTEM, version=VERSION)

    def test_an_absent_member_cannot_be_printed_by_accident(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        template = '# One {id=P-1}\n\n{{ facts.one("risk").owner }}\n'

        with pytest.raises(TemplateError, match="missing value"):
            build_document(
                ledger, make_pack(tmp_path, [RISK], template=template), "doc", system=SYSTEM, version=VERSION
            )


class TestControlBlock:
    def test_the_organisation_is_its_party_or_else_the_founder(self) -> None:
        assert "Bank AG" in part(build(full_ledger()).data)

        ledger = HandLedger()
        ledger.add("ledger", {"action": "created", "founder": "Founders Ltd"}, subject="ledger", valid=False)
        ledger.add("ai_system", system_body())
        assert "Founders Ltd" in words(build(ledger).data)

    def test_each_publication_counts_the_version_up(self) -> None:
        ledger = full_ledger()
        published = {"document": DOCUMENT, "version": "1", "language": "en", "state": "published"}
        seen = {"content_digest": digest("content"), "checkpoint": {"size": 1, "root": digest("root")}}
        ledger.add("publication", published | seen | {"system_version": VERSION, "change": "First issue."})

        made = build(ledger)
        assert "Version\n2\n" in words(made.data)
        assert [(line.version, line.state, line.change) for line in made.info.history] == [
            ("1", "published", "First issue.")
        ]

    def test_the_file_s_dates_are_those_of_the_checkpoint(self) -> None:
        ledger = full_ledger()
        ledger.now = START + timedelta(days=3)

        assert "2026-09-04T08:00:00Z" in part(build(ledger).data, "docProps/core.xml")


def test_an_organisation_wide_paper_is_found_by_the_system_it_lists() -> None:
    ledger = started()
    paper = document_body("manual", "instructions_for_use", systems=[SYSTEM])
    ledger.approve(ledger.add("document", paper, subject="management-system"), systems=[SYSTEM])

    statuses = {status.id: status.status for status in build(ledger).statuses}

    assert statuses["AnnexIV-1-h"] == "provided"
