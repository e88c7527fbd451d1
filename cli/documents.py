"""Documents on the command line: which one is meant, what it is about, and how its points stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.entries import check_system
from cli.lazy import perhaps
from cli.project import current_project, parse_system
from cli.screen import note, safe
from ledger.errors import BadInput

if TYPE_CHECKING:
    from docgen.build import BuiltDocument
    from docgen.output import Output
    from docgen.packs import DocumentSpec, Pack
    from docgen.rebuild import Comparison
    from docgen.requirements import Summary
    from docgen.view import CheckpointView
    from ledger import Ledger


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document of a pack, and the system and version it is about (None for the organisation).

    `item` is the entry that a document made per entry, such as an incident report, is about, by its name.
    """

    pack: Pack
    document: DocumentSpec
    system: str | None
    version: str | None
    item: str = ""


def find_document(name: str, pack: str | None) -> tuple[Pack, DocumentSpec]:
    """The document called `name`, in the pack given by id or folder, else in the shipped packs.

    Raises:
        BadInput: if there is none; the nearest names are offered.
        PackError: if a pack is damaged.
    """
    from docgen.packs import find_pack

    # All packs are loaded only for the message that names what there is.
    found = {spec.id: (loaded, spec) for loaded in _packs(pack or find_pack(name)) for spec in loaded.documents}
    if name not in found:
        raise BadInput(f"document {name!r}: unknown{perhaps(name, found)}", remedy=f"there are {', '.join(found)}")
    return found[name]


def all_documents(pack: str | None) -> Iterator[tuple[Pack, DocumentSpec]]:
    """Every document of the pack, or of the shipped packs.

    Raises:
        PackError: if a pack is damaged.
    """
    for loaded in _packs(pack):
        for spec in loaded.documents:
            yield loaded, spec


def check_language(name: str, pack: str | None, language: str | None) -> None:
    """Return if the pack of the document speaks `language`, or none is asked for.

    Raises:
        BadInput: if it does not, or there is no such document; the nearest names are offered.
        PackError: if a pack is damaged.
    """
    if language is None:
        return
    loaded, _ = find_document(name, pack)
    if language not in loaded.languages:
        near = perhaps(language.lower()[:2], loaded.languages)
        raise BadInput(
            f"--lang {language!r}: pack {loaded.id} has no texts in it{near}",
            remedy=f"it speaks: {', '.join(loaded.languages)}",
        )


def choose(ledger: Ledger, name: str, pack: str | None, system: str | None, item: str | None = None) -> Wanted:
    """What is to be built: the document, about the system given or the project's, and about the entry named `item`.

    Raises:
        BadInput: if document, system or version are missing or unknown.
    """
    loaded, spec = find_document(name, pack)
    if spec.about == "organisation":
        if system:
            raise BadInput(f"document {name}: is about the organisation, expected no --system")
        return Wanted(loaded, spec, None, None, item or "")
    about = system or current_project().system
    if about is None:
        raise BadInput(f"document {name}: about which system?", remedy="give --system NAME@VERSION")
    subject, version = parse_system(about)
    check_system(ledger, subject)
    versions = _versions(ledger, subject)
    if not versions:
        raise BadInput(
            f"system {subject}: no version of it is recorded",
            remedy=f"'aims record ai_system --system {subject}@VERSION'",
        )
    if version is None or version not in versions:
        what = f"has no version {version!r}{perhaps(version, versions)}" if version else "in which version?"
        raise BadInput(f"system {subject}: {what}", remedy=f"--system {subject}@VERSION with {', '.join(versions)}")
    return Wanted(loaded, spec, subject, version, item or "")


def wanted_system(system: str | None) -> str:
    """The system and version that is meant, as NAME@VERSION: the one given, else the project's.

    Raises:
        BadInput: if neither names one in a version.
    """
    about = system or current_project().system
    if about is None or parse_system(about)[1] is None:
        raise BadInput("about which system, in which version?", remedy="give --system NAME@VERSION")
    return about


def view(ledger: Ledger, past: CheckpointView | None = None) -> CheckpointView:
    """The ledger as it was at `past`, or at its newest checkpoint; entries after that are mentioned on stderr.

    Raises:
        DocgenError: if there is no checkpoint yet.
    """
    from docgen.view import view_ledger

    if past is not None:
        return past
    seen = view_ledger(ledger)
    newer = ledger.size - seen.checkpoint.size
    if newer:
        note(f"{newer} newer entries are under no checkpoint yet and stay out; 'aims checkpoint' signs one")
    return seen


def build_file(
    ledger: Ledger,
    wanted: Wanted,
    output: Path,
    *,
    language: str | None = None,
    marking: str = "",
    past: CheckpointView | None = None,
    known_at: str = "",
    form: Output | None = None,
    audience: str = "internal",
) -> tuple[Path, BuiltDocument]:
    """The file that was written, and what is known about it; `past` and `known_at` are for how it once was.

    A machine-readable twin, where the document has one, is written beside it first, with the ending .json.

    Raises:
        DocgenError: no document was written.
    """
    from docgen.build import build_document
    from docgen.files import replace_file
    from docgen.output import WORD

    form = form or WORD
    built = build_document(
        view(ledger, past),
        wanted.pack,
        wanted.document.id,
        system=wanted.system,
        version=wanted.version,
        language=language,
        marking=marking,
        known_at=known_at,
        item=wanted.item,
        output=form,
        audience=audience,
    )
    path = output_path(output, wanted, language, form.format, audience)
    if built.twin is not None:
        replace_file(path.with_suffix(".json"), built.twin)
    replace_file(path, built.data)
    return path, built


def offered(ledger: Ledger, system: str, pack: str | None) -> Iterator[tuple[Pack, DocumentSpec]]:
    """The documents for the organisation's roles towards a system, as its register entry of this version says.

    Raises:
        BadInput: if there is no such system or version.
        PackError: if a pack is damaged.
    """
    from docgen.dossier import FoldRules, fold_dossier

    subject, version = parse_system(system)
    check_system(ledger, subject)
    versions = _versions(ledger, subject)
    if version not in versions:
        raise BadInput(f"system {subject}: no version {version!r}", remedy=f"it has {', '.join(versions) or 'none'}")
    dossier = fold_dossier(view(ledger), FoldRules({}, 1, {}), subject, version)
    registered = [fact for fact in dossier.facts if fact.entry.kind == "ai_system" and fact.version == version]
    held = {role for fact in registered for role in fact.entry.data["organisation_roles"]}
    for loaded, spec in all_documents(pack):
        roles = set(spec.data.get("roles", ()))
        if not roles or roles & held:
            yield loaded, spec


def form_of(output: Path, form: str | None, template: Path | None, *, page_numbers: bool = False) -> Output:
    """The form that is wanted: the one named, else that of the file's ending, else a Word file.

    Raises:
        DocgenError: the template can't be used, or not for this form.
    """
    from docgen.output import FORMATS, Output, read_template

    ending = output.suffix.lower().removeprefix(".")
    wanted = form or (ending if ending in FORMATS else "docx")
    return Output(wanted, read_template(template) if template else None, page_numbers)


def output_path(
    out: Path, wanted: Wanted, language: str | None, form: str = "docx", audience: str = "internal"
) -> Path:
    """Where the file goes: `out` itself if it ends in .docx, else a file named by the document in that folder.

    `form` is the ending when the file is no Word file; editions for others than the organisation itself say so.
    """
    if out.suffix.lower() == f".{form}":
        return out
    other = f".{language}" if language and language != wanted.pack.languages[0] else ""
    item = "-" + re.sub(r"[^A-Za-z0-9._-]", "_", wanted.item) if wanted.item else ""
    edition = "" if audience == "internal" else f".{audience}"
    return out / f"{wanted.document.id}{item}{other}{edition}.{form}"


def unit_of(pack: Pack, document: str, language: str | None) -> str:
    """What a document of the pack calls its points, such as controls."""
    return pack.unit(document, language or pack.languages[0])


def summary_line(summary: Summary, unit: str = "points") -> str:
    """The counts in a line; `unit` is what the points are called."""
    from docgen.requirements import say_summary

    return say_summary(summary, unit)


def built_lines(path: Path, built: BuiltDocument, comparison: Comparison | None = None) -> Iterator[str]:
    """What was built, as lines, and what it has in common with what was published."""
    yield str(path)
    if built.twin is not None:
        yield str(path.with_suffix(".json"))
    yield summary_line(built.summary, built.unit)
    yield f"content digest {built.content_digest}"
    if comparison is not None:
        yield from map(safe, comparison.lines())


def built_value(path: Path, built: BuiltDocument, comparison: Comparison | None = None) -> dict[str, Any]:
    """What was built, as JSON members, and what it has in common with what was published."""
    published = {
        "published": {
            "verdict": comparison.verdict,
            "entry": comparison.publication.index,
            "content_digest": comparison.published_digest,
            "erased": [{"entry": target, "by": by} for target, by in comparison.erased],
            "versions": list(comparison.versions),
            "told": list(comparison.lines()),
        }
    } if comparison is not None else {}  # fmt: skip
    return published | {
        "file": str(path),
        "twin": str(path.with_suffix(".json")) if built.twin is not None else None,
        "document": built.document,
        "language": built.language,
        "summary": summary_line(built.summary, built.unit),
        "counts": dict(built.summary.counts),
        "content_digest": built.content_digest,
        "cited": list(built.cited),
        "origin": built.checkpoint.origin,
        "checkpoint_size": built.checkpoint.size,
        "checkpoint_root": built.checkpoint.root.hex(),
    }


def _packs(pack: str | None) -> Iterator[Pack]:
    from docgen.packs import available_packs, load_pack

    for where in (pack,) if pack else available_packs():
        yield load_pack(where)


def _versions(ledger: Ledger, system: str) -> list[str]:
    entries = ledger.entries(kinds=["ai_system", "release", "model_change"], subject=system)
    return sorted({entry.version for entry in entries if entry.version})
