"""One document from a ledger at a checkpoint: fold, judge, render, parse, write.

Nothing is written to the ledger and no clock is read: the same checkpoint, pack and tool give the
same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version as installed_version
from typing import Any

from docgen.audience import audience_rules, check_audience, for_audience, shows_names
from docgen.charts import Drawings
from docgen.digest import content_digest
from docgen.dossier import Dossier
from docgen.errors import DocgenError, PackError
from docgen.facts import Facts
from docgen.info import DocumentInfo
from docgen.labels import Labels
from docgen.life.control import Control, draft_control
from docgen.life.gate import check_gate
from docgen.markdown import parse_markdown
from docgen.output import WORD, Output, write_output
from docgen.packs import DocumentSpec, Pack, basis_lines
from docgen.prepare import Prepared, prepare_document
from docgen.render import render_markdown
from docgen.requirements import RequirementStatus, Summary, summarise
from docgen.tree import Body, Cite, Heading, walk, walk_inlines
from docgen.twin import write_twin
from docgen.view import LedgerView, Verified
from ledger.checkpoint import Checkpoint

__all__ = ["EXAMPLE", "BuiltDocument", "build_document", "check_sections", "draft_document"]

EXAMPLE = "EXAMPLE"
"""The marking of documents about something made up; their cover also says how fast it was all recorded."""

_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


@dataclass(frozen=True, slots=True)
class BuiltDocument:
    """A Word file and what is known about it; `cited` are indexes of entries.

    `twin` is the same content as JSON where the pack asks for it (`docgen.twin`); `unit` is what its points are
    called; `last_verified` is for whoever asked for the document and stands nowhere in it.
    """

    document: str
    language: str
    data: bytes
    markdown: str
    content_digest: str
    info: DocumentInfo
    statuses: tuple[RequirementStatus, ...]
    summary: Summary
    unit: str
    cited: tuple[int, ...]
    checkpoint: Checkpoint
    last_verified: Verified | None
    twin: bytes | None = None
    item: str = ""


def build_document(
    view: LedgerView,
    pack: Pack,
    document_id: str,
    *,
    system: str | None = None,
    version: str | None = None,
    language: str | None = None,
    marking: str = "",
    control: Control | None = None,
    known_at: str = "",
    item: str = "",
    output: Output = WORD,
    audience: str = "internal",
) -> BuiltDocument:
    """A document of the pack as a Word file or in another form, in its default language unless another is named.

    Documents about a system need `system` and `version`; `marking`, such as EXAMPLE, stands on every page.
    `item` names the entry that a document made per entry is about.  `control` is what cover and control block say
    of its life: by default that of a file that is not published.
    `audience` decides which sections and names it has (`docgen.audience`).
    `known_at` (RFC 3339) is printed there when somebody asked for what was known at a time.

    Raises:
        DocgenError: the pack, the document, the system or the version is not there, or the pack is wrong, or the
            document is never printed with gaps and has some.
    """
    spec = pack.document(document_id)
    language = pack.language(language or pack.languages[0])
    names = shows_names(check_audience(audience))
    if output.format == "md" and audience != "internal":
        raise DocgenError("format md: shows the whole document", remedy="leave out the audience, or the format")
    prepared = prepare_document(view, pack, spec, system, version, language, item, names=names)
    about = prepared.dossier.subject, prepared.dossier.version
    check_gate(view, pack, spec, about, prepared.statuses.values())
    labels = Labels.of(pack.texts[language])
    drawings = Drawings(labels)
    markdown, body = draft_document(prepared, pack, spec, language, drawings)
    pictures = drawings.pictures()
    body = for_audience(body, audience_rules(pack, spec), audience, labels.words)
    span = _span(view) if marking == EXAMPLE else None
    digest = content_digest(body, pictures)
    control = control or draft_control(view, pack, spec, about, language, digest, item=item, audience=audience)
    info = _info(prepared, pack, spec, language, marking, span, control)
    info = replace(info, known_at=known_at, audience=audience, item=item)
    data = write_output(output, body, info, markdown=markdown, pictures=pictures, labels=labels)
    cites = {inline.index for inline in walk_inlines(body.blocks) if isinstance(inline, Cite)}
    twin = write_twin(body, info, spec.id, digest) if spec.data.get("twin") else None
    return BuiltDocument(
        document=spec.id,
        language=language,
        data=data,
        markdown=markdown,
        content_digest=digest,
        info=info,
        statuses=tuple(prepared.statuses.values()),
        summary=summarise(prepared.statuses),
        unit=pack.unit(spec.id, language),
        cited=tuple(sorted(cites)),
        checkpoint=view.checkpoint,
        last_verified=view.last_verified,
        twin=twin,
        item=item,
    )


def draft_document(
    prepared: Prepared, pack: Pack, spec: DocumentSpec, language: str, drawings: Drawings | None = None
) -> tuple[str, Body]:
    """The document as Markdown, and parsed; every point is answered in exactly one section.

    `drawings` collects the charts that it shows.

    Raises:
        TemplateError: the template is wrong. PackError: a point has no section, or more than one.
    """
    markdown = render_markdown(pack, spec.id, prepared.context, language=language, drawings=drawings)
    body = parse_markdown(markdown, source=f"{pack.id}/{spec.template.say(language)}")
    check_sections(pack, spec, body)
    return markdown, body


def check_sections(pack: Pack, spec: DocumentSpec, body: Body) -> None:
    """Return only if every point of the document has exactly one section: a heading with its id.

    Raises:
        PackError: naming the first point that has none, or several.
    """
    headings = [block.id for block in walk(body.blocks) if isinstance(block, Heading)]
    for point in spec.points:
        if headings.count(point.id) != 1:
            raise PackError(
                pack.id,
                f"document {spec.id}",
                f"{headings.count(point.id)} sections answer {point.id}, expected one",
                remedy=f"give one heading the id {{id={point.id}}}",
            )


def _span(view: LedgerView) -> tuple[str, int] | None:
    """The day on which the ledger took in its last entry, and how many seconds after the first that was."""
    earliest = next(view.entries(), None)
    if earliest is None:
        return None
    # A ledger's clock never goes back, so the first entry is the earliest and the checkpoint's time the latest.
    first, last = (datetime.fromisoformat(time) for time in (earliest.recorded, view.checkpoint_time))
    return view.checkpoint_time[:10], math.ceil((last - first).total_seconds())


def _recorded_within(labels: Labels, span: tuple[str, int]) -> str:
    """That an example did not happen over the months it tells of; every span is rounded up."""
    day, seconds = span
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds > size * 2), (1, "seconds"))
    return labels["example_note"].format(
        n=max(1, math.ceil(seconds / size)), unit=labels[f"unit.{unit}"], day=labels.formats.say_day(day)
    )


def _info(
    prepared: Prepared,
    pack: Pack,
    spec: DocumentSpec,
    language: str,
    marking: str,
    span: tuple[str, int] | None,
    control: Control,
) -> DocumentInfo:
    dossier, facts = prepared.dossier, prepared.facts
    texts = pack.texts[language]
    note = _recorded_within(Labels.of(texts), span) if span else ""
    return DocumentInfo(
        title=spec.title.say(language),
        subtitle=spec.subtitle.say(language),
        number=control.number.replace("{item}", str(prepared.context["item"])),
        version=control.version,
        state=control.state,
        approvals=control.approvals,
        history=control.history,
        language=language,
        marking=marking,
        classification=spec.classification.say(language),
        organisation=_organisation(facts, dossier),
        subject=dossier.subject,
        subject_name=_system_name(facts),
        subject_version=dossier.version,
        basis=basis_lines(spec, language),
        origin=dossier.checkpoint.origin,
        checkpoint_size=dossier.checkpoint.size,
        checkpoint_root=dossier.checkpoint.root,
        checkpoint_time=dossier.checkpoint_time,
        pack=pack.id,
        pack_version=pack.version,
        tool_version=installed_version("aims-ledger"),
        rows=(*control.rows(Labels.of(texts)), *prepared.rows),
        id=spec.id,
        notice=" ".join(part for part in (note, texts.get(f"notice.{spec.id}", texts.get("notice", ""))) if part),
    )


def _organisation(facts: Facts, dossier: Dossier) -> str:
    """The organisation that keeps the ledger: its party entry, else the founder."""
    parties = facts.organisation("party", roles="organisation")
    name: Any = parties[-1]["name"] if parties else dossier.founder
    return str(name)


def _system_name(facts: Facts) -> str:
    profile = None if facts.dossier.about_organisation else facts.one("ai_system")
    return str(profile["name"]) if profile is not None else ""
