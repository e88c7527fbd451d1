"""The verdict on a Word file from its own bytes and a trust policy (docs/FORMAT.md section 21).

Three questions, kept apart: is the seal sound (checkpoint, proofs, signers: `Proof.report`); does the file say what
was published (`Proof.sections`); and what can't be seen from here (`Proof.report.notes`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from docgen.errors import DocgenError
from docgen.merging.differences import Difference, find_differences
from docgen.proof.content import contradictions, published_lines, seal_contradictions
from docgen.proof.entries import Carried, judge_entries
from docgen.reading import ReadDocument, read_document
from docgen.sealing import Seal, parse_seal
from docgen.tree import Heading, plain_text, walk, walk_inlines
from docgen.word import take_seal
from ledger.bundle.contents import FoundOnce
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import FormatError, ProofError
from ledger.handover import Handover, counts_in_order
from ledger.note import parse_note
from ledger.times import format_instant
from ledger.trust import LogKey, TrustPolicy
from ledger.verdicts import Report, Verdict

__all__ = ["PROVES", "PROVES_NOT", "Proof", "Section", "prove_document"]

PROVES = (
    "What a pass proves: this document was published by an entry of that ledger, with the approvals it names, under a "
    "checkpoint signed and witnessed as the trust file asks; the sections listed read exactly as published; each entry "
    "they cite was in the ledger."
)
PROVES_NOT = (
    "What it does not prove: that the prose is true, or that what was recorded is. A pass proves origin and citations. "
    "Whether a later version replaced this one is not in the file. It is not a conformity assessment."
)
_CITATION = re.compile(r"\[#(\d{1,15}) ([0-9a-f]{8})\]")
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Section:
    """A section by its heading, and how many parts of it were edited since publication."""

    heading: str
    edited: int

    @property
    def state(self) -> str:
        """``as published`` or ``edited since publication``."""
        return "edited since publication" if self.edited else "as published"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a file proves by itself; `sealed` is False for one that was never published.

    `whole`: not a byte differs from what was published.  `differences` are what reads otherwise; `compared` says
    against what.  `cited` are the entries that the seal proves.
    """

    report: Report
    sealed: bool
    whole: bool
    sections: tuple[Section, ...]
    differences: tuple[Difference, ...]
    title: str
    number: str
    version: str
    language: str
    built_at: int
    cited: tuple[int, ...]
    publication: str
    approvals: tuple[str, ...]

    @property
    def edited(self) -> bool:
        """Whether a sealed file was edited since it was published."""
        return self.sealed and bool(self.differences)

    @property
    def exit_code(self) -> int:
        """1 when the seal does not hold or the file was edited since; 4 when something can't be seen; else 0."""
        if self.report.exit_code == 1 or self.edited:
            return 1
        return self.report.exit_code

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        if not self.sealed:
            return "unsealed: DRAFT, it proves nothing"
        words = [self.report.summary] if self.report.tampered else []
        if self.edited:
            names = len([section for section in self.sections if section.edited])
            words.append(f"edited since publication, in {names} section(s)" if names else "edited since publication")
        return "; ".join(words) or self.report.summary


def prove_document(data: bytes, trust: TrustPolicy | None, *, checkpoints: Sequence[bytes] = ()) -> Proof:
    """What the Word file in `data` proves under `trust`; without, its seal is only compared with itself.

    `checkpoints` are signed notes that somebody kept: the seal's must be of the same history.

    Raises:
        DocgenError: it is no Word document, or one that is not opened, or its seal is damaged.
        Refused: a kept checkpoint is of another ledger.
    """
    document = read_document(data)
    if document.carrier is None and document.seal is None:
        raise DocgenError(
            "a Word document, but none of ours: it says neither what it was built from nor who published it",
            remedy="ask for the file that 'aims docs publish' wrote",
        )
    if document.seal is None:
        return _unsealed(document)
    seal = parse_seal(document.seal)
    try:
        checkpoint = parse_checkpoint(parse_note(seal.checkpoint).text)
    except FormatError as error:
        raise DocgenError(f"the seal of the document is damaged: {error}") from error
    return _prove(data, document, seal, checkpoint, trust, checkpoints)


def _prove(
    data: bytes,
    document: ReadDocument,
    seal: Seal,
    checkpoint: Checkpoint,
    trust: TrustPolicy | None,
    checkpoints: Sequence[bytes],
) -> Proof:
    told = FoundOnce()
    carried = judge_entries(seal, checkpoint, _seen(seal, checkpoint, trust), told)
    if carried.publication is None:
        told.add(Verdict.ALTERED, seal.publication, "the entry that is to publish the document can't be read")
    for index, problem in seal_contradictions(seal, carried):
        told.add(Verdict.ALTERED, index, problem)
    for problem in contradictions(document.carrier or {}, seal, checkpoint, carried.publication):
        told.add(Verdict.ALTERED, "document", problem)
    whole = _is_whole(data, seal)
    differences = () if whole else tuple(_differences(document, seal, told))
    notes = list(_notes(document, seal, carried, whole=whole))
    if not whole:
        _tell_unseen(document, told)
    report = _judge_note(seal, checkpoint, carried, trust, checkpoints, told)
    return replace(
        _describe(document, report, differences),
        report=replace(report, notes=(*report.notes, *notes)),
        sealed=True,
        whole=whole,
        cited=tuple(index for index, _ in seal.cited) if carried.proved else (),
        publication=_by(carried.publication),
        approvals=tuple(_by(approval) for approval in carried.approvals),
    )


def _unsealed(document: ReadDocument) -> Proof:
    """What can be said of a file without a seal: how it reads against its own word."""
    try:
        differences = find_differences(document, [str(line) for line in (document.carrier or {})["blocks"]], human=True)
    except (KeyError, TypeError):
        differences = ()
    told = FoundOnce()
    told.add(Verdict.NOT_CHECKED, "seal", "there is none: the file is a draft, and nothing in it vouches for it")
    carrier = document.carrier or {}
    report = Report(
        origin=str(carrier.get("ledger", "")), size=0, root=bytes(32), checkpoint_size=0, checked_at=_now(),
        level="document", trust="nothing to judge", counts=counts_in_order(told.findings),
        findings=told.findings.in_order(),
    )  # fmt: skip
    return _describe(document, report, differences)


def _describe(document: ReadDocument, report: Report, differences: tuple[Difference, ...]) -> Proof:
    said = (document.carrier or {}).get("document") or {}
    built = (document.carrier or {}).get("checkpoint") or {}
    return Proof(
        report=report,
        sealed=False,
        whole=False,
        sections=_sections(document, differences),
        differences=differences,
        title=str(said.get("title", "")),
        number=str(said.get("number", "")),
        version=str(said.get("version", "")),
        language=str(said.get("language", "")),
        built_at=size if type(size := built.get("size")) is int else 0,
        cited=(),
        publication="",
        approvals=(),
    )


def _sections(document: ReadDocument, differences: Sequence[Difference]) -> tuple[Section, ...]:
    headings = [plain_text(block.children) for block in walk(document.body.blocks) if isinstance(block, Heading)]
    names = dict.fromkeys(["", *headings, *(difference.heading for difference in differences)])
    counts = {name: sum(difference.heading == name for difference in differences) for name in names}
    return tuple(Section(name, count) for name, count in counts.items() if name or count)


def _seen(seal: Seal, checkpoint: Checkpoint, trust: TrustPolicy | None) -> list[tuple[int, int]]:
    """When outsiders saw the checkpoint, for keys that were compromised later."""
    try:
        judged = trust.judge(seal.checkpoint) if trust is not None else None
    except ProofError:
        return []
    if judged is None or judged.log is None or not judged.quorum_met or judged.time is None:
        return []
    return [(checkpoint.size, judged.time * _SECOND)]


def _is_whole(data: bytes, seal: Seal) -> bool:
    """Whether taking the seal out gives the file that was published, byte for byte."""
    try:
        bare = take_seal(data)
    except DocgenError:
        return False
    return (sha256(bare).hexdigest(), len(bare)) == (seal.file_digest, seal.file_size)


def _differences(document: ReadDocument, seal: Seal, told: FoundOnce) -> Iterator[Difference]:
    try:
        lines = published_lines(document, seal)
    except DocgenError as error:
        told.add(Verdict.ALTERED, "document", str(error))
        return
    yield from find_differences(document, lines, human=True)
    proved = {(index, hashed.hex()[:8]) for index, hashed in seal.cited}
    for number, short in sorted({(int(n), h) for n, h in _CITATION.findall(_words(document))} - proved):
        yield Difference(f"a citation of entry {number} ({short}), which the seal does not prove", "")


def _words(document: ReadDocument) -> str:
    return " ".join(plain_text((inline,)) for inline in walk_inlines(document.body.blocks))


def _tell_unseen(document: ReadDocument, told: FoundOnce) -> None:
    """What of a file that another program saved is compared with nothing."""
    told.add(
        Verdict.NOT_CHECKED, "document",
        "another program saved the file: cover, headers, footers, numbering and looks are compared with nothing",
    )  # fmt: skip
    if document.drawings:
        shown = f"{len(document.drawings)} drawing(s), the first {document.drawings[0][:80]!r}"
        told.add(Verdict.NOT_CHECKED, "pictures", f"that the file shows what was drawn can't be seen: {shown}")


def _notes(document: ReadDocument, seal: Seal, carried: Carried, *, whole: bool) -> Iterator[str]:
    if whole:
        yield "not a byte of it differs from the file that was published"
    if carried.proved:
        yield f"each of the {len(seal.cited)} entries it cites is in the ledger, under that checkpoint"
    authors = {name for submission in carried.submissions for name in submission.principals}
    for approval in carried.approvals:
        alone = set(approval.principals) <= authors
        second = "its author, no second person" if alone else "a second person than who put it up"
        yield f"approved in entry {approval.index} by {', '.join(approval.principals)} ({second})"
    if not carried.approvals:
        yield "it names no approval"
    if document.changes:
        yield f"{len(document.changes)} tracked change(s), read as if accepted"
    if document.comments:
        yield f"{len(document.comments)} comment(s) in the margin are not part of what was published"


def _judge_note(
    seal: Seal,
    checkpoint: Checkpoint,
    carried: Carried,
    trust: TrustPolicy | None,
    checkpoints: Sequence[bytes],
    told: FoundOnce,
) -> Report:
    """The report on the seal: the signatures on its checkpoint added to what was told of its entries."""
    authority = carried.history.authority
    keys = authority.checkpoint_keys if authority is not None else ()
    if trust is None:
        told.add(Verdict.FIRST_SIGHT, "seal", "no trust file was given, so its keys are only its own word")
    # Without a trust file the seal's own key history is all there is to compare the signature with.
    run = Handover(trust or TrustPolicy(tuple(LogKey(key.vkey) for key in keys), (), (), "none"), checkpoints)
    run.checkpoint(seal.checkpoint)
    if run.signed and not any(
        key.start <= checkpoint.size <= key.end for key in keys if _signed_by(seal, key.vkey.key_id)
    ):
        told.add(Verdict.NOT_PERMITTED, "checkpoint", "its key was not in force at this size, by the key history")
    run.findings.take(told.findings.in_order(), told.findings.counts)
    report = run.report("document", _now())
    return report if trust is not None else replace(report, trust="first sight: nothing to compare with")


def _signed_by(seal: Seal, key_id: bytes) -> bool:
    return any(line.key_id == key_id for line in parse_note(seal.checkpoint).signatures)


def _by(entry: object) -> str:
    index, principals = getattr(entry, "index", None), getattr(entry, "principals", ())
    return f"entry {index}, signed by {', '.join(principals)}" if index is not None else ""


def _now() -> str:
    return format_instant(time.time_ns() // 1_000)
