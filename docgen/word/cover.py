"""The cover: what this document is, in which state, and what it was made from."""

from __future__ import annotations

from docgen.info import ApprovalLine
from docgen.word.draft import Draft
from docgen.word.oxml import Element, paragraph, run
from docgen.word.sections import state_line
from docgen.word.tables import facts_table

__all__ = ["control_rows", "cover"]


def cover(draft: Draft) -> list[Element]:
    """Title, marking and state, the document control block, the notice."""
    info, labels = draft.info, draft.labels
    subject = " ".join(part for part in (info.subject_name or info.subject, info.subject_version) if part)
    lines = [
        ("Cover Organisation", info.organisation),
        ("Title", info.title),
        ("Subtitle", info.subtitle),
        ("Cover Subject", subject if info.subject != "management-system" else ""),
        ("Marking", state_line(draft)),
        ("Control Heading", labels["control"]),
    ]
    # The first line carries the bar at the top of the page, whether or not an organisation is known.
    made = [paragraph(draft.style(style), run(text)) for style, text in lines if text or style == lines[0][0]]
    made.append(facts_table(draft, [(name, [run(text)]) for name, text in control_rows(draft)]))
    if info.notice:
        made.append(paragraph(draft.style("Cover Notice"), run(info.notice)))
    return made


def control_rows(draft: Draft) -> list[tuple[str, str]]:
    """Names and values of the control block, those without a value left out."""
    info, labels = draft.info, draft.labels
    system = " ".join(part for part in (info.subject, info.subject_version) if part)
    root = info.checkpoint_root.hex()
    state = " · ".join(part for part in (labels[f"state.{info.state}"], info.marking) if part)
    basis = "\n".join(
        f"{b.title}, {b.version}, {labels['as_of']} {labels.formats.say_day(b.as_of)}" for b in info.basis
    )
    built = labels["pack_value"].format(pack=info.pack, version=info.pack_version, tool=info.tool_version)
    rows = [
        (labels["number"], info.number),
        (labels["version"], info.version),
        (labels["state"], state),
        (labels["classification"], info.classification),
        (labels["organisation"], info.organisation),
        (labels["system"], system if info.subject != "management-system" else ""),
        *info.rows,
        (labels["audience"], labels.audience(info.audience)),
        (labels["approved"], "\n".join(_approval(draft, approval) for approval in info.approvals)),
        (labels["basis"], basis),
        (labels["ledger"], info.origin),
        (labels["checkpoint"], labels["checkpoint_value"].format(size=info.checkpoint_size, root=root[:16])),
        (labels["known_at"], labels.formats.say_moment(info.known_at) if info.known_at else ""),
        (labels["checkpoint_time"], labels.formats.say_moment(info.checkpoint_time)),
        (labels["pack"], built),
        (labels["language"], labels.language(info.language)),
    ]
    return [(name, value) for name, value in rows if value]


def _approval(draft: Draft, approval: ApprovalLine) -> str:
    """Who approved this content, when, and the entry that says so."""
    labels = draft.labels
    day = labels.formats.say_day(approval.on) if approval.on else ""
    value = labels["approval_value"].format(by=approval.by, on=day, index=approval.index, digest=approval.leaf_hash[:8])
    return f"{value} {approval.note}".strip()
