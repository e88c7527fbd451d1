"""What the cover says, whichever writer prints it: state, subject, the rows of the control block."""

from __future__ import annotations

from docgen.info import ApprovalLine, DocumentInfo
from docgen.labels import Labels

__all__ = ["control_rows", "state_line", "subject_line", "watermark_text"]

_ORGANISATION = "management-system"


def state_line(info: DocumentInfo, labels: Labels) -> str:
    """Marking and state in one line: ``EXAMPLE · DRAFT``; what is not published yet is a draft whatever else it is."""
    states = ("draft", info.state) if info.state in ("in review", "approved") else (info.state,)
    parts = (info.marking, *(labels[f"state.{state}"] for state in states))
    return " · ".join(part.upper() for part in parts if part)


def subject_line(info: DocumentInfo) -> str:
    """The system's name and version; nothing for a document about the organisation."""
    if info.subject == _ORGANISATION:
        return ""
    return " ".join(part for part in (info.subject_name or info.subject, info.subject_version) if part)


def watermark_text(info: DocumentInfo, labels: Labels) -> str:
    """What stands behind the text: nothing once the document is published, DRAFT for all states before that."""
    if info.state == "published":
        return ""
    return labels[f"watermark.{info.state if info.state in ('superseded', 'withdrawn') else 'draft'}"]


def control_rows(info: DocumentInfo, labels: Labels) -> list[tuple[str, str]]:
    """Names and values of the control block, those without a value left out."""
    formats = labels.formats
    system = " ".join(part for part in (info.subject, info.subject_version) if part)
    root = info.checkpoint_root.hex()
    state = " · ".join(part for part in (labels[f"state.{info.state}"], info.marking) if part)
    basis = "\n".join(f"{b.title}, {b.version}, {labels['as_of']} {formats.say_day(b.as_of)}" for b in info.basis)
    built = labels["pack_value"].format(pack=info.pack, version=info.pack_version, tool=info.tool_version)
    rows = [
        (labels["number"], info.number),
        (labels["version"], info.version),
        (labels["state"], state),
        (labels["classification"], info.classification),
        (labels["organisation"], info.organisation),
        (labels["system"], system if info.subject != _ORGANISATION else ""),
        *info.rows,
        (labels["audience"], labels.audience(info.audience)),
        (labels["approved"], "\n".join(_approval(approval, labels) for approval in info.approvals)),
        (labels["basis"], basis),
        (labels["ledger"], info.origin),
        (labels["checkpoint"], labels["checkpoint_value"].format(size=info.checkpoint_size, root=root[:16])),
        (labels["known_at"], formats.say_moment(info.known_at) if info.known_at else ""),
        (labels["checkpoint_time"], formats.say_moment(info.checkpoint_time)),
        (labels["pack"], built),
        (labels["language"], labels.language(info.language)),
    ]
    return [(name, value) for name, value in rows if value]


def _approval(approval: ApprovalLine, labels: Labels) -> str:
    """Who approved this content, when, and the entry that says so."""
    day = labels.formats.say_day(approval.on) if approval.on else ""
    value = labels["approval_value"].format(by=approval.by, on=day, index=approval.index, digest=approval.leaf_hash[:8])
    return f"{value} {approval.note}".strip()
