"""The technical file of a system: its documents, the signed test reports, an evidence bundle, and an index.

::

    index.html, index.json          what is in it, and what is missing
    01-documents/                   sealed Word files of what is published, drafts of the rest; PDF where possible
    02-test-reports/<run>/          the reports themselves, with a receipt of the entry that signs them
    03-signed-elsewhere/            files that were registered, such as PDF files with electronic signatures
    04-evidence/                    a bundle with everything about the system and everything cited

It is written beside its place and moved there.  Names of files come from the ledger and are made harmless.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.desk import Desk, Named, archived_file, head_view, open_desk
from cli.documents import offered, view
from ledger.errors import AimsError, BadInput, StoreError

if TYPE_CHECKING:
    from docgen.info import DocumentInfo
    from docgen.packs import DocumentSpec, Pack
    from ledger import Entry, Ledger

FORMAT: Final = "aims-technical-file-v1"
SIGNED_ROLE: Final = "signed_document"
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_REPLACING: Final = ("supersedes", "corrects")


@dataclass(slots=True)
class TechnicalFile:
    """What is collected in `folder`: files by their place, each with what is said of it, and what is missing."""

    folder: Path
    files: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def add(self, place: str, data: bytes, title: str, **said: Any) -> None:
        """Put a file at a place."""
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.list(place, title, **said)

    def list(self, place: str, title: str, **said: Any) -> None:
        """Put a file that is at its place into the index."""
        path = self.folder / place
        digest = sha256()
        with path.open("rb") as handle:
            while chunk := handle.read(1 << 20):
                digest.update(chunk)
        self.files.append(
            {"file": place, "title": title, "bytes": path.stat().st_size, "sha256": digest.hexdigest(), **said}
        )


def make_technical_file(
    ledger: Ledger, system: str, output: Path, *, pack: str | None, language: str | None, pdf: bool
) -> dict[str, Any]:
    """The index of the file that was written: a zip if `output` ends in .zip, else a folder.

    Raises:
        BadInput: something is at that place, or the system is unknown. DocgenError: it can't be written.
    """
    from docgen.errors import OutputError

    if output.exists():
        raise BadInput(f"{output}: is there already", remedy="give another place; nothing is written over")
    documents = tuple(offered(ledger, system, pack))
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{output.name[:40]}.", suffix=".part", dir=output.parent) as beside:
            made = TechnicalFile(Path(beside) / "file")
            made.folder.mkdir()
            cited = _add_documents(made, ledger, system, documents, language, pdf=pdf)
            _add_reports(made, ledger, system)
            _add_signed(made, ledger, system)
            _add_evidence(made, ledger, system, cited)
            index = _add_index(made, ledger, system)
            _move(made.folder, output)
    except OSError as error:
        raise OutputError(str(output), error.strerror or str(error), remedy="check free space and rights") from error
    return index


def _move(folder: Path, output: Path) -> None:
    """Put the finished folder, or a zip of it, in its place at once."""
    if output.suffix.lower() != ".zip":
        folder.replace(output)
        return
    whole = folder.with_name("whole.zip")
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with path.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
    whole.replace(output)


def _add_documents(
    made: TechnicalFile,
    ledger: Ledger,
    system: str,
    documents: tuple[tuple[Pack, DocumentSpec], ...],
    language: str | None,
    *,
    pdf: bool,
) -> dict[int, str]:
    """The entries that the documents cite, with their leaf hashes."""
    from docgen.word import find_carrier

    cited: dict[int, str] = {}
    number = 0
    for loaded, spec in documents:
        speaks = language if language in loaded.languages else loaded.languages[0]
        for item in _items(ledger, spec):
            about = None if spec.about == "organisation" else system
            desk = open_desk(ledger, Named(spec.id, about, speaks, _where(loaded), item=item))
            found = _document(made, desk)
            if found is None:
                continue
            number += 1
            data, twin, said = found
            name = f"01-documents/{number:02}-{_harmless('-'.join(part for part in (spec.id, item) if part))}"
            made.add(f"{name}.docx", data, said.pop("title"), **said)
            if twin is not None:
                made.add(f"{name}.json", twin, f"{spec.title.say(speaks)}, machine-readable", document=spec.id)
            if pdf:
                _add_pdf(made, name, data, spec.title.say(speaks), desk)
            carrier = find_carrier(data) or {}
            cited |= {int(index): str(hashed) for index, hashed in carrier.get("cited", ())}
    return cited


def _items(ledger: Ledger, spec: DocumentSpec) -> Sequence[str | None]:
    """The entries for which a document that is made per entry was published; None for the others."""
    if "per" not in spec.data:
        return [None]
    names = {str(entry.data["document"]) for entry in ledger.entries(kinds=["publication"])}
    return sorted(name.partition("/")[2] for name in names if name.startswith(f"{spec.id}/"))


def _where(pack: Pack) -> str:
    from docgen.packs import available_packs

    return pack.id if pack.id in available_packs() else str(pack.folder)


def _document(made: TechnicalFile, desk: Desk) -> tuple[bytes, bytes | None, dict[str, Any]] | None:
    """(Word file, twin, what is said of it) of a document; None, and told, where there is none."""
    from docgen.sealing import seal_document

    spec, life = desk.wanted.document, desk.life()
    title, version = spec.title.say(desk.language), life.current
    said: dict[str, Any] = {"document": desk.name, "language": desk.language}
    if version is not None:
        try:
            data = archived_file(desk.ledger, version, "docx") or b""
            sealed = seal_document(desk.ledger, data, version.entry.index)
            twin = archived_file(desk.ledger, version, "json")
        except AimsError as error:
            made.missing.append(f"{title}: version {version.version} is published, and its file is not here: {error}")
            return None
        said |= {"state": "published", "version": version.version, "entry": version.entry.index}
        said["content_digest"] = version.content_digest
        return sealed, twin, {"title": title, **said}
    if spec.about == "organisation":
        return None  # what is not published says nothing about this system
    try:
        built = desk.build(view(desk.ledger))
    except AimsError as error:
        made.missing.append(f"{title}: {error}")
        return None
    made.missing.append(f"{title}: not published; the file is a draft ({life.state})")
    said |= {"state": built.info.state, "content_digest": built.content_digest}
    return built.data, built.twin, {"title": f"{title} (DRAFT)", **said}


def _add_pdf(made: TechnicalFile, name: str, data: bytes, title: str, desk: Desk) -> None:
    """A PDF file of a Word file; told, if none can be made, once for all documents if it is for lack of a program."""
    from docgen.controlblock import watermark_text
    from docgen.labels import Labels
    from docgen.layout import LayoutError, lay_out, repair_pdf
    from docgen.word import find_carrier

    info = _info_of(find_carrier(data) or {})
    watermark = watermark_text(info, Labels.of(desk.wanted.pack.texts[desk.language]))
    try:
        pdf = repair_pdf(lay_out(data), info, watermark)
    except LayoutError as error:
        lacking = "not installed" in str(error)
        told = f"PDF files: {error}" if lacking else f"{title}: {error}"
        if told not in made.missing:
            made.missing.append(told)
        return
    made.add(f"{name}.pdf", pdf, f"{title}, as PDF (carries no proofs)")


def _info_of(carrier: Mapping[str, Any]) -> DocumentInfo:
    """What a Word file says of itself, as far as a PDF file of it needs it."""
    from docgen.info import DocumentInfo

    document, checkpoint = carrier["document"], carrier["checkpoint"]
    return DocumentInfo(
        title=document["title"], subtitle="", number=document["number"], version=document["version"],
        language=document["language"], state=document["state"], organisation="", subject=document["subject"], basis=(),
        origin=carrier["ledger"], checkpoint_size=checkpoint["size"], checkpoint_root=bytes.fromhex(checkpoint["root"]),
        checkpoint_time=checkpoint["time"], pack=carrier["pack"]["id"], pack_version=carrier["pack"]["version"],
        tool_version=carrier["tool"],
    )  # fmt: skip


def _add_reports(made: TechnicalFile, ledger: Ledger, system: str) -> None:
    """The files of evaluations of this version that stand."""
    from ledger.proving import make_receipt

    number = 0
    for entry in _standing(ledger, "evaluation", system):
        run = str(entry.data["evaluation_id"])
        artefacts = entry.data.get("artefacts", ())
        if not any(artefact["role"] == "test_report" for artefact in artefacts):
            made.missing.append(f"test {run} (entry {entry.index}): names no test report")
        if not artefacts:
            continue
        number += 1
        folder = f"02-test-reports/{number:02}-{_harmless(run)}"
        for place, artefact in enumerate(artefacts, 1):
            what = f"test {run} (entry {entry.index}): {artefact['name']}"
            target = f"{folder}/{place}-{_harmless(artefact['name'])}"
            if _copied(made, ledger, artefact, target, what):
                made.list(
                    target, f"{artefact['role']} of test {run}", entry=entry.index,
                    signed_by=[signer.principal for signer in entry.signers],
                    responsible=str((entry.data.get("responsible") or {}).get("id") or ""),
                )  # fmt: skip
        try:
            receipt = make_receipt(ledger, entry.index)
            made.add(f"{folder}/entry-{entry.index}.tlog-proof", receipt, f"receipt of test {run}", entry=entry.index)
        except AimsError as error:
            made.missing.append(f"test {run}: no receipt: {error}")


def _copied(made: TechnicalFile, ledger: Ledger, artefact: Mapping[str, Any], place: str, what: str) -> bool:
    """Whether the file of an artefact is at its place now; told, if it is personal, not here or another one."""
    if artefact.get("salted"):
        made.missing.append(f"{what}: holds personal data and stays in the ledger")
        return False
    if not artefact.get("attached"):
        made.missing.append(f"{what}: only its digest is recorded, {artefact['digest'][:16]}")
        return False
    path, digest = made.folder / place, sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with ledger.blobs.open(artefact["digest"]) as source, path.open("wb") as target:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                target.write(chunk)
    except StoreError as error:
        made.missing.append(f"{what}: {error}")
        return False
    if digest.hexdigest() != artefact["digest"]:
        path.unlink()
        made.missing.append(f"{what}: the file kept in the ledger is another than was recorded; 'aims verify' tells")
        return False
    return True


def _add_signed(made: TechnicalFile, ledger: Ledger, system: str) -> None:
    number = 0
    for entry in _standing(ledger, "document", system):
        for artefact in entry.data.get("artefacts", ()):
            if artefact["role"] != SIGNED_ROLE:
                continue
            what = f"{entry.data['title']} (entry {entry.index}): {artefact['name']}"
            place = f"03-signed-elsewhere/{number + 1:02}-{_harmless(artefact['name'])}"
            if _copied(made, ledger, artefact, place, what):
                number += 1
                made.list(place, str(entry.data["title"]), entry=entry.index)


def _standing(ledger: Ledger, kind: str, system: str) -> Iterator[Entry]:
    """The entries of a kind about this version of the system, or none in particular, that nothing replaced."""
    subject, _, version = system.partition("@")
    entries = list(head_view(ledger).entries(kinds=[kind], subject=subject))
    gone = {
        reference["statement"]
        for entry in entries
        for reference in entry.data.get("references", ())
        if reference["rel"] in _REPLACING
    }
    return (entry for entry in entries if entry.statement not in gone and entry.version in (None, version))


def _add_evidence(made: TechnicalFile, ledger: Ledger, system: str, cited: dict[int, str]) -> None:
    from ledger.bundle import Request, write_bundle

    place = made.folder / "04-evidence" / "evidence.zip"
    place.parent.mkdir()
    request = Request(subject=system.partition("@")[0], entries=tuple(sorted(cited.items())))
    bundled = write_bundle(ledger.backend, request, place)
    made.list(
        "04-evidence/evidence.zip", "Evidence bundle, to be checked with 'aims verify' or the verifiers in it",
        checkpoint_size=bundled.size, entries=bundled.entries,
    )  # fmt: skip


def _add_index(made: TechnicalFile, ledger: Ledger, system: str) -> dict[str, Any]:
    from cli.technicalindex import format_index, format_page

    checkpoint = view(ledger).checkpoint
    index = {
        "format": FORMAT,
        "system": system,
        "ledger": ledger.origin,
        "checkpoint_size": checkpoint.size,
        "checkpoint_root": checkpoint.root.hex(),
        "files": made.files,
        "missing": list(dict.fromkeys(made.missing)),
    }
    (made.folder / "index.json").write_bytes(format_index(index))
    (made.folder / "index.html").write_bytes(format_page(index))
    return index


def _harmless(name: str) -> str:
    """A name that is a file's on every system and stays in its folder."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:80]
    return plain or "file"
