"""What belongs to the entries of a bundle judged: schemas, erasable values, attachments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.admission import may_have_digests, open_stored
from ledger.bundle.contents import Contents, FoundOnce
from ledger.bundle.entries import CarriedEntry, Entries
from ledger.bundle.lines import parse_disclosures
from ledger.bundle.manifest import ATTACHMENTS, DISCLOSURES, SCHEMAS
from ledger.disclosure import Disclosure
from ledger.errors import BadInput, FormatError, ProofError
from ledger.kinds import KINDS, schema_digest
from ledger.verdicts import Verdict

_SALT_SIZE = 32


@dataclass(slots=True)
class _Erased:
    """What the carried erasure entries name: (statement, digest) of values, digests of files; with the entry."""

    values: dict[tuple[str, str], int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)


def judge_schemas(contents: Contents, entries: Entries, told: FoundOnce) -> None:
    """See that the frozen schema of each kind carried is in the bundle."""
    for kind in sorted({entry.statement.kind for entry in entries.read} & KINDS.keys()):
        name = f"{SCHEMAS}{kind}.v1.json"
        found = contents.files.get(name)
        if found is None:
            told.add(Verdict.MISSING, f"file {name}", "the schema of a carried kind is not in the bundle")
        elif found.digest != schema_digest(kind):
            told.add(Verdict.ALTERED, f"file {name}", "it is not the frozen schema of this kind")


def judge_values(contents: Contents, entries: Entries, told: FoundOnce) -> int:
    """Judge disclosures and what is erased or withheld; the number of erasure entries carried."""
    erased = _erased(entries)
    try:
        disclosed = parse_disclosures(contents.get(DISCLOSURES), entries.manifest.carried)
    except FormatError as error:
        told.add(Verdict.ALTERED, DISCLOSURES.removesuffix(".jsonl"), str(error))
    else:
        scope = set(entries.manifest.entries)
        for entry in entries.read:
            texts = disclosed.get(entry.index, [])
            if entry.valid and (texts or may_have_digests(entry.statement)):
                _judge_entry(entry, texts, erased, told, in_scope=entry.index in scope)
    _judge_attachments(contents, entries, erased, told)
    return sum(entry.valid and entry.statement.kind == "erasure" for entry in entries.read)


def _erased(entries: Entries) -> _Erased:
    erased = _Erased()
    for entry in entries.read:
        if not entry.valid or entry.statement.kind != "erasure":
            continue
        data = entry.statement.data
        for member in data.get("members") or ():
            erased.values.setdefault((data["statement"], member["digest"]), entry.index)
        for digest in data.get("attachments") or ():
            erased.files.setdefault(digest, entry.index)
    return erased


def _judge_entry(entry: CarriedEntry, texts: list[str], erased: _Erased, told: FoundOnce, *, in_scope: bool) -> None:
    statement = entry.statement.digest.hex()
    disclosures = [Disclosure(text) for text in texts]
    try:
        unresolved = open_stored(entry.statement, disclosures)
    except (BadInput, ProofError) as error:
        told.add(Verdict.ALTERED, entry.index, str(error))
        return
    for digest in unresolved:
        by_index = erased.values.get((statement, digest))
        if by_index is not None:
            told.add(Verdict.ERASED, entry.index, f"a value, by entry {by_index}")
        elif in_scope:
            told.add(Verdict.WITHHELD, entry.index, "a personal value is not in the bundle")
    for disclosure in disclosures:
        by_index = erased.values.get((statement, disclosure.digest))
        if by_index is not None:
            told.add(Verdict.ERASED_BUT_PRESENT, entry.index, f"a value that entry {by_index} erased")


@dataclass(frozen=True, slots=True)
class _Mention:
    entry: int
    file_size: int
    salted: bool


def _judge_attachments(contents: Contents, entries: Entries, erased: _Erased, told: FoundOnce) -> None:
    first: dict[str, _Mention] = {}
    scope, wanted = set(entries.manifest.entries), set[str]()
    for entry in entries.read:
        for digest, mention in _mentions(entry):
            known = first.setdefault(digest, mention)
            if known.file_size != mention.file_size:
                found = f"attachment {digest[:16]}: it says {mention.file_size} bytes, entry {known.entry} says "
                told.add(Verdict.NOT_PERMITTED, entry.index, f"{found}{known.file_size}")
            if entry.index in scope:
                wanted.add(digest)
    for digest, mention in first.items():
        _judge_attachment(contents, digest, mention, erased.files.get(digest), told, wanted=digest in wanted)
    for name in contents.files:
        if name.startswith(ATTACHMENTS) and name.removeprefix(ATTACHMENTS) not in first:
            told.add(Verdict.ALTERED, f"file {name}", "no carried entry names it")


def _mentions(entry: CarriedEntry) -> Iterator[tuple[str, _Mention]]:
    for artefact in (entry.statement.data.get("artefacts") or ()) if entry.valid else ():
        if artefact.get("attached"):
            salted = bool(artefact.get("salted"))
            size = artefact["size"] + (_SALT_SIZE if salted else 0)
            yield artefact["digest"], _Mention(entry.index, size, salted)


def _judge_attachment(
    contents: Contents, digest: str, mention: _Mention, erased_by: int | None, told: FoundOnce, *, wanted: bool
) -> None:
    what, found = f"attachment {digest[:16]}", contents.files.get(f"{ATTACHMENTS}{digest}")
    if found is not None:
        if (found.digest, found.size) != (digest, mention.file_size):
            told.add(Verdict.ALTERED, what, f"it has {found.size} bytes with SHA-256 {found.digest[:16]}")
        if erased_by is not None:
            told.add(Verdict.ERASED_BUT_PRESENT, what, f"entry {erased_by} erased it")
    elif wanted and mention.salted and erased_by is not None:
        told.add(Verdict.ERASED, what, f"by entry {erased_by}")
    elif wanted:
        told.add(Verdict.WITHHELD, what, f"named by entry {mention.entry}, only its digest is in the bundle")
