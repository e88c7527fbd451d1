"""One document at the ledger: which is meant, how it stands, and lines to sign about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.documents import Wanted, check_language, choose
from ledger.errors import BadInput

if TYPE_CHECKING:
    from docgen.build import BuiltDocument
    from docgen.life import Life, PublishRules, Version
    from docgen.life.control import Control
    from docgen.view import CheckpointView
    from ledger import Entry, Ledger, Signer


@dataclass(frozen=True, slots=True)
class Named:
    """The options that say which document is meant."""

    document: str
    system: str | None = None
    language: str | None = None
    pack: str | None = None
    audience: str = "internal"
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """One document, its rules, and the ledger that says how it stands."""

    ledger: Ledger
    wanted: Wanted
    language: str
    audience: str
    rules: PublishRules

    @property
    def name(self) -> str:
        """What its entries call it."""
        from docgen.life import document_name

        return document_name(self.wanted.document.id, self.wanted.item)

    @property
    def about(self) -> tuple[str, str]:
        """Subject and version of the system."""
        from docgen.dossier import ORGANISATION

        return self.wanted.system or ORGANISATION, self.wanted.version or ""

    def life(self) -> Life:
        """How the document stands after every entry so far, whether or not a checkpoint covers it."""
        return self.life_by(head_view(self.ledger))

    def life_by(self, view: CheckpointView) -> Life:
        """How it stood there."""
        from docgen.life import fold_life

        return fold_life(view, self.name, *self.about, self.language, self.rules, self.audience)

    def build(
        self, view: CheckpointView, control: Control | None = None, marking: str = "", template: Path | None = None
    ) -> BuiltDocument:
        """The file at the view's checkpoint, restyled by a company's template if there is one.

        Raises:
            DocgenError: no document was made.
        """
        from docgen.build import build_document
        from docgen.output import WORD, Output, read_template

        output = Output("docx", read_template(template)) if template is not None else WORD
        return build_document(
            view, self.wanted.pack, self.wanted.document.id, system=self.wanted.system, version=self.wanted.version,
            language=self.language, marking=marking, control=control, item=self.wanted.item,
            audience=self.audience, output=output,
        )  # fmt: skip

    def rebuild(self, life: Life, marking: str = "") -> BuiltDocument:
        """The content that is in review or approved, built again from the checkpoint it was built from.

        Raises:
            DocgenError: nothing is, or pack and program give other content today.
        """
        from docgen.errors import DocgenError

        name = self.wanted.document.id
        if life.pending is None:
            raise DocgenError(f"document {name}: nothing is in review", remedy=f"'aims docs submit {name}' comes first")
        built = self.build(view_seen(self.ledger, life.pending.data["checkpoint"]), marking=marking)
        if built.content_digest != life.pending_digest:
            pack = life.pending.data.get("pack") or {}
            raise DocgenError(
                f"document {name}: gives content {built.content_digest[:16]} today, entry {life.pending.index} has "
                f"{life.pending_digest[:16]} (pack {pack.get('name')} {pack.get('version')})",
                remedy="give the pack it was built with (--pack), or submit it again if something was erased since",
            )
        return built


def open_desk(ledger: Ledger, named: Named) -> Desk:
    """The document that is meant.

    Raises:
        BadInput: if document, system, version or language are missing or unknown. PackError: its rules are wrong.
    """
    from docgen.life import publish_rules

    check_language(named.document, named.pack, named.language)
    wanted = choose(ledger, named.document, named.pack, named.system, named.item)
    language = named.language or wanted.pack.languages[0]
    return Desk(ledger, wanted, language, named.audience, publish_rules(wanted.pack, wanted.document))


def head_view(ledger: Ledger) -> CheckpointView:
    """The ledger with every entry so far; no document is built from it, since nothing signs its end."""
    from docgen.view import CheckpointView
    from ledger.checkpoint import Checkpoint

    size = ledger.size
    return CheckpointView(ledger, Checkpoint(ledger.origin, size, bytes(32)), ledger.entry(size - 1).recorded)


def remembering_view(ledger: Ledger) -> CheckpointView:
    """As `head_view`, for whoever asks for the same entries many times: each answer is read once and kept."""
    from docgen.view import CheckpointView

    seen = head_view(ledger)
    kept: dict[tuple[tuple[str, ...], str | None], tuple[Entry, ...]] = {}

    class Remembering(CheckpointView):
        """The same entries, read once."""

        def entries(self, *, kinds: Collection[str] | None = None, subject: str | None = None) -> Iterator[Entry]:
            """The entries of these kinds and this subject."""
            key = (tuple(sorted(kinds or ())), subject)
            if key not in kept:
                kept[key] = tuple(CheckpointView.entries(self, kinds=kinds, subject=subject))
            return iter(kept[key])

    return Remembering(ledger, seen.checkpoint, seen.checkpoint_time)


def view_seen(ledger: Ledger, seen: Mapping[str, Any]) -> CheckpointView:
    """The ledger at the checkpoint that an entry names.

    Raises:
        DocgenError: the ledger never had that root at that size.
    """
    from docgen.errors import DocgenError
    from docgen.view import CheckpointView
    from ledger.checkpoint import Checkpoint
    from ledger.proving import show_inclusion

    size, root = int(seen["size"]), str(seen["root"])
    found = show_inclusion(ledger, 0, size) if 0 < size <= ledger.size else None
    if found is None or found.root.hex() != root:
        raise DocgenError(
            f"the entry names a checkpoint of {size} entries with root {root[:16]}, which this ledger never had"
        )
    return CheckpointView(ledger, Checkpoint(ledger.origin, size, found.root), ledger.entry(size - 1).recorded)


def built_view(desk: Desk, built: BuiltDocument) -> CheckpointView:
    """The checkpoint that a file was built from."""
    return view_seen(desk.ledger, {"size": built.checkpoint.size, "root": built.checkpoint.root.hex()})


@contextmanager
def one_at_a_time(ledger: Ledger) -> Iterator[None]:
    """Hold off whoever else changes a document's state on this machine, so that no version is given twice."""
    from ledger.errors import StoreError
    from ledger.filelock import file_lock

    path = ledger.path.with_name(f"{ledger.path.name}.documents-lock")
    try:
        handle = path.open("ab")
    except OSError as error:
        raise StoreError(f"lock file {path}: can't be written ({error.strerror})") from error
    with handle, file_lock(handle):
        yield


def today() -> str:
    """This day in UTC, YYYY-MM-DD."""
    from ledger.client import system_clock
    from ledger.times import format_instant

    return format_instant(system_clock())[:10]


@dataclass(slots=True)
class Lines:
    """Signed lines about one subject, appended together or not at all."""

    ledger: Ledger
    subject: str
    signers: Sequence[Signer]
    lines: list[bytes]

    def add(self, kind: str, data: Mapping[str, Any]) -> str:
        """Sign an entry; returns what later ones refer to it by.

        Raises:
            BadInput: the body is not what its kind allows.
        """
        from ledger.client import system_clock
        from ledger.compose import draft

        now, source = system_clock(), self.ledger.source_of(self.signers[0])
        made = draft(
            kind, data, origin=self.ledger.origin, source=source, subject=self.subject, time=now, now=now
        )  # fmt: skip
        self.lines.append(made.sign(self.signers))
        return made.digest


def lines_for(desk: Desk, signers: Sequence[Signer]) -> Lines:
    """No lines yet, about the document's subject."""
    return Lines(desk.ledger, desk.about[0], signers, [])


def principal_of(ledger: Ledger, signer: Signer) -> str:
    """The principal whose key this is.

    Raises:
        Refused: the key is not enrolled.
    """
    from ledger.authority import unknown_key
    from ledger.signing import key_id

    key = ledger.authority.keys.get(key_id(signer.public_key))
    if key is None:
        raise unknown_key(key_id(signer.public_key))
    return key.principal


def find_version(life: Life, number: str) -> Version | None:
    """The published version with this number; without one, that in force, or None.

    Raises:
        BadInput: there is no version with this number.
    """
    if not number:
        return life.current
    found = life.version(number)
    if found is None:
        known = ", ".join(one.version for one in life.versions) or "none"
        raise BadInput(f"document {life.document}: no version {number!r} was published", remedy=f"published: {known}")
    return found


def archived_file(ledger: Ledger, version: Version, form: str) -> bytes | None:
    """A file of a published version, of this format, as it was before it was sealed; None if it has none.

    Raises:
        StoreError: it is not kept here.
    """
    for file in version.entry.data.get("files") or ():
        if file["format"] == form:
            with ledger.blobs.open(file["digest"]) as handle:
                return handle.read()
    return None
