"""How a document's requirement points stand, without making the document."""

from __future__ import annotations

from dataclasses import dataclass

from docgen.dossier import Fact
from docgen.facts import ConflictView
from docgen.narratives import document_of
from docgen.notes import OpenNote, open_notes
from docgen.packs import Pack
from docgen.prepare import prepare_document
from docgen.requirements import RequirementStatus
from docgen.view import LedgerView
from ledger.checkpoint import Checkpoint

__all__ = ["Gaps", "find_gaps", "gaps"]


@dataclass(frozen=True, slots=True)
class Gaps:
    """The status of every point of a document, in its order, and every contradiction that concerns this version.

    `notes` are the comments on it that came home from Word and that nobody answered yet.
    """

    statuses: tuple[RequirementStatus, ...]
    conflicts: tuple[ConflictView, ...]
    checkpoint: Checkpoint
    checkpoint_time: str
    notes: tuple[OpenNote, ...] = ()

    @property
    def late(self) -> tuple[Fact, ...]:
        """The evidence that was recorded long after what it describes, each once, by index."""
        found = {fact.index: fact for status in self.statuses for fact in status.late}
        return tuple(found[index] for index in sorted(found))

    def conflicts_of(self, status: RequirementStatus) -> tuple[ConflictView, ...]:
        """The contradictions among the evidence of a point."""
        behind = {fact.index for fact in status.entries} | {
            fact.index for item in status.items for fact in item.entries
        }
        return tuple(one for one in self.conflicts if any(rival.index in behind for rival in one.rivals))

    @property
    def other_conflicts(self) -> tuple[ConflictView, ...]:
        """The contradictions that no point rests on."""
        told = {id(one) for status in self.statuses for one in self.conflicts_of(status)}
        return tuple(one for one in self.conflicts if id(one) not in told)


def find_gaps(
    view: LedgerView,
    pack: Pack,
    document_id: str,
    *,
    system: str | None = None,
    version: str | None = None,
    language: str | None = None,
    item: str = "",
) -> Gaps:
    """How the points of a document stand; exactly what the document would show.

    Raises:
        DocgenError: the pack, the document, the system or the version is not there, or the pack is wrong.
    """
    spec = pack.document(document_id)
    language = pack.language(language or pack.languages[0])
    prepared = prepare_document(view, pack, spec, system, version, language, item)
    statuses = tuple(prepared.statuses.values())
    notes = open_notes(view, document_of(spec.id, item), prepared.dossier.subject)
    return Gaps(statuses, prepared.facts.conflicts(), view.checkpoint, view.checkpoint_time, notes)


def gaps(
    view: LedgerView,
    pack: Pack,
    document_id: str,
    *,
    system: str | None = None,
    version: str | None = None,
    language: str | None = None,
    item: str = "",
) -> tuple[RequirementStatus, ...]:
    """The statuses of `find_gaps` alone."""
    found = find_gaps(view, pack, document_id, system=system, version=version, language=language, item=item)
    return found.statuses
