"""How a document's requirement points stand, without making the document."""

from __future__ import annotations

from docgen.packs import Pack
from docgen.prepare import prepare_document
from docgen.requirements import RequirementStatus
from docgen.view import LedgerView

__all__ = ["gaps"]


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
    """The status of every point of a document, in its order; exactly those that the document would show.

    Raises:
        DocgenError: the pack, the document, the system or the version is not there, or the pack is wrong.
    """
    spec = pack.document(document_id)
    language = pack.language(language or pack.languages[0])
    return tuple(prepare_document(view, pack, spec, system, version, language, item).statuses.values())
