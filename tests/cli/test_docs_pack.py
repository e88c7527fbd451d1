"""`aims docs pack` and `register-signed`: the technical file, with hostile names, missing files and full disks."""

import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from docgen.word import find_seal
from ledger import Ledger
from tests.cli.person import Person
from tests.docgen.minipack import make_pack

SYSTEM = ("--system", "credit-scoring@1.0")
ABOUT = ("doc", *SYSTEM, "--pack", "mini")
RUN = """\
evaluation_id: run-1
types: [accuracy]
protocol: As planned.
metrics: [{metric: auc, value: 0.8, n: 300}]
result: passed
responsible: {id: p-compliance}
"""


@pytest.fixture
def office(clerk: Person) -> Person:
    """A clerk with a small pack and a signed PDF file."""
    make_pack(clerk.folder, [{"id": "profile", "kind": "ai_system"}])
    (clerk.folder / "run.yaml").write_text(RUN)
    (clerk.folder / "report.md").write_text("# Report\n")
    (clerk.folder / "signed.pdf").write_bytes(b"%PDF-1.7\n/ByteRange [0 1 2 3]\n")
    return clerk


def publishes(office: Person) -> None:
    office.does("docs", "submit", *ABOUT, "--as", "compliance")
    office.does("docs", "approve", *ABOUT, "--as", "anna")
    office.does("docs", "publish", *ABOUT, "--as", "compliance", "-o", "out")


def tests(office: Person, *more: object) -> None:
    office.does("record", "evaluation", "run.yaml", *SYSTEM, "--as", "compliance", *more)


def packs(office: Person, output: str = "file", *more: object) -> dict[str, object]:
    index: dict[str, object] = office.does(
        "docs", "pack", output, *SYSTEM, "--pack", "mini", "--no-pdf", "--json", *more
    ).json
    return index


def files(index: dict[str, object]) -> list[str]:
    return [file["file"] for file in index["files"]]  # type: ignore[attr-defined]


def test_the_technical_file_has_sealed_documents_reports_receipts_evidence_and_an_index(office: Person) -> None:
    tests(office, "--attach", "report.md:test_report")
    publishes(office)
    index = packs(office)
    folder = office.folder / "file"

    assert files(index) == [
        "01-documents/01-doc.docx", "02-test-reports/01-run-1/1-report.md",
        "02-test-reports/01-run-1/entry-6.tlog-proof", "04-evidence/evidence.zip",
    ]  # fmt: skip
    assert index["missing"] == []
    assert find_seal((folder / "01-documents/01-doc.docx").read_bytes()) is not None
    assert (folder / "02-test-reports/01-run-1/1-report.md").read_text() == "# Report\n"
    assert json.loads((folder / "index.json").read_text()) == index
    for file in index["files"]:  # type: ignore[attr-defined]
        assert sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"]
        assert file["file"] in (folder / "index.html").read_text()


def test_what_is_in_it_verifies_with_the_keys_of_the_ledger(office: Person) -> None:
    tests(office, "--attach", "report.md:test_report")
    packs(office)
    (office.folder / "policy").write_text(office.does("checkpoint", "--policy").out)

    for place in ("02-test-reports/01-run-1/entry-6.tlog-proof", "04-evidence/evidence.zip"):
        assert office.runs("verify", f"file/{place}", "--trust", "policy").code in (0, 4)


def test_a_document_that_is_not_published_is_a_draft_and_named_as_missing(office: Person) -> None:
    index = packs(office)

    assert index["missing"] == ["Doc: not published; the file is a draft (draft)"]
    assert index["files"][0]["title"] == "Doc (DRAFT)"  # type: ignore[index]
    assert "Missing: 1" in (office.folder / "file" / "index.html").read_text()
    assert "MISSING  Doc: not published" in office.does("docs", "pack", "b", *SYSTEM, "--pack", "mini", "--no-pdf").out


def test_a_document_that_can_not_be_made_is_named(office: Person) -> None:
    make_pack(office.folder, [{"id": "t", "kind": "decision"}], data="[document.data.publish]\nno_open = true\n")

    assert "is never printed with gaps" in packs(office)["missing"][0]  # type: ignore[index]


def test_reports_that_are_not_here_are_named(office: Person) -> None:
    tests(office)
    digest = "ab" * 32
    tests(
        office, "--set", "evaluation_id=run-2", "--set",
        f'artefacts:=[{{"name":"r.pdf","role":"test_report","digest":"{digest}","size":1}}]',
    )  # fmt: skip
    tests(office, "--set", "evaluation_id=run-3", "--attach-personal", "report.md:test_report")
    tests(office, "--set", "evaluation_id=run-4", "--attach", "report.md:test_report")
    with Ledger.open(office.folder / "evidence.db", read_only=True) as ledger:
        ledger.blobs.path(sha256(b"# Report\n").hexdigest()).unlink()
    missing = "\n".join(packs(office)["missing"])  # type: ignore[arg-type]

    assert "test run-1 (entry 6): names no test report" in missing
    assert f"test run-2 (entry 7): r.pdf: only its digest is recorded, {digest[:16]}" in missing
    assert "test run-3 (entry 8): report.md: holds personal data and stays in the ledger" in missing
    assert "test run-4 (entry 9): report.md: attachment" in missing


def test_a_report_that_was_exchanged_is_not_handed_on(office: Person) -> None:
    tests(office, "--attach", "report.md:test_report")
    with Ledger.open(office.folder / "evidence.db", read_only=True) as ledger:
        path = ledger.blobs.path(sha256(b"# Report\n").hexdigest())
    path.chmod(0o644)
    path.write_text("# Nicer report\n")
    index = packs(office)

    assert "is another than was recorded" in index["missing"][-1]  # type: ignore[index]
    assert not any(name.endswith("report.md") for name in files(index))


@pytest.mark.parametrize(
    "name", ["../../../evil.md", "/etc/passwd", "..", "a\\b", "CON", "x" * 300, "<b>&\u202e.md", "."]
)
def test_hostile_names_of_files_stay_in_their_folder(office: Person, name: str) -> None:
    digest = sha256(b"# Report\n").hexdigest()
    tests(office, "--attach", "report.md:test_report")
    artefact = {"name": name, "role": "test_report", "digest": digest, "size": 9, "attached": True}
    tests(office, "--set", "evaluation_id=run-2", "--set", f"artefacts:={json.dumps([artefact])}")
    index = packs(office)
    inside = {str(path.relative_to(office.folder / "file")) for path in (office.folder / "file").rglob("*")}

    assert set(files(index)) < inside
    assert all("/../" not in file and not file.startswith(("/", "..")) for file in files(index))
    assert "<b>" not in (office.folder / "file" / "index.html").read_text()


def test_a_replaced_evaluation_is_left_out(office: Person) -> None:
    tests(office, "--attach", "report.md:test_report")
    tests(office, "--attach", "report.md:test_report", "--ref", "supersedes=6")

    assert [file for file in files(packs(office)) if file.endswith(".tlog-proof")] == [
        "02-test-reports/01-run-1/entry-7.tlog-proof"
    ]


def test_a_zip_holds_the_same(office: Person) -> None:
    tests(office, "--attach", "report.md:test_report")
    index = packs(office, "file.zip")

    with zipfile.ZipFile(office.folder / "file.zip") as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {*files(index), "index.json", "index.html"}


def test_nothing_is_written_over_and_nothing_is_left_beside(office: Person) -> None:
    (office.folder / "file").mkdir()

    assert "file: is there already" in office.refused("docs", "pack", "file", *SYSTEM, "--pack", "mini")
    assert "in which version?" in office.refused("docs", "pack", "other", "--pack", "mini")
    assert list(office.folder.glob(".*.part")) == []


def test_a_full_disk_leaves_nothing(office: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

    said = office.refused("docs", "pack", "file", *SYSTEM, "--pack", "mini", "--no-pdf")

    assert "writing file: No space left on device" in said
    assert not (office.folder / "file").exists()
    assert [path for path in office.folder.iterdir() if path.name.endswith(".part")] == []


def test_without_libreoffice_it_says_that_there_are_no_pdf_files(
    office: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(office.folder))

    index = office.does("docs", "pack", "file", *SYSTEM, "--pack", "mini", "--json").json

    assert any(line.startswith("PDF files: pages need LibreOffice, which is not") for line in index["missing"])
    assert not any(name.endswith(".pdf") for name in files(index))


def test_a_pdf_file_stands_beside_each_document_and_is_dated_by_its_checkpoint(
    office: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docgen import layout

    laid_out: list[bytes] = []
    monkeypatch.setattr(layout, "lay_out", lambda data: laid_out.append(data) or b"%PDF-laid-out")
    monkeypatch.setattr(layout, "repair_pdf", lambda pdf, info, mark: f"{pdf!r} {info.checkpoint_time} {mark}".encode())
    publishes(office)

    index = office.does("docs", "pack", "file", *SYSTEM, "--pack", "mini", "--json").json
    made = (office.folder / "file" / "01-documents" / "01-doc.pdf").read_text()

    assert [file for file in files(index) if file.endswith(".pdf")] == ["01-documents/01-doc.pdf"]
    assert find_seal(laid_out[0]) is not None
    assert made.startswith("b'%PDF-laid-out' 20")
    assert "DRAFT" not in made


# Files that were signed elsewhere


def test_a_signed_pdf_file_is_kept_and_named_by_an_entry(office: Person) -> None:
    publishes(office)
    office.does("docs", "register-signed", *ABOUT, "signed.pdf", "--as", "compliance")
    with Ledger.open(office.folder / "evidence.db", read_only=True) as ledger:
        (entry,) = ledger.entries(kinds=["document"])
        (published,) = [one for one in ledger.entries(kinds=["publication"]) if one.data["state"] == "published"]
        kept = ledger.blobs.has(entry.data["artefacts"][0]["digest"])
    index = packs(office)

    assert kept
    assert entry.data["references"] == [{"rel": "about", "statement": published.statement}]
    assert (entry.data["version"], entry.data["retention"]) == ("1", "technical-file-10y")
    assert "03-signed-elsewhere/01-signed.pdf" in files(index)


def test_a_second_signed_file_replaces_the_first(office: Person) -> None:
    office.does("docs", "register-signed", *ABOUT, "signed.pdf", "--as", "compliance")
    (office.folder / "again.pdf").write_bytes(b"%PDF-1.7\n/ByteRange [0 1 2 3] again\n")
    office.does("docs", "register-signed", *ABOUT, "again.pdf", "--as", "compliance")

    assert [file for file in files(packs(office)) if file.startswith("03")] == ["03-signed-elsewhere/01-again.pdf"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"%PDF-1.7\n", "has no electronic signature in it"), (b"PK\x03\x04", "no PDF file"), (None, "can't be read")],
)
def test_what_is_no_signed_pdf_file_is_refused(office: Person, content: bytes | None, expected: str) -> None:
    if content is not None:
        (office.folder / "x.pdf").write_bytes(content)

    assert expected in office.refused("docs", "register-signed", *ABOUT, "x.pdf", "--as", "compliance")


def test_a_file_is_registered_once(office: Person) -> None:
    office.does("docs", "register-signed", *ABOUT, "signed.pdf", "--as", "compliance")

    assert "is registered already, by entry 6" in office.refused(
        "docs", "register-signed", *ABOUT, "signed.pdf", "--as", "compliance"
    )
