"""How documents stand, in lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cli.documents import all_documents, summary_line
from cli.project import parse_system
from cli.receipts import receipt_value
from cli.screen import columns, safe

if TYPE_CHECKING:
    from cli.issuing import Answer
    from docgen.approvals import Judged
    from docgen.life import Life
    from docgen.packs import DocumentSpec, Pack
    from docgen.view import CheckpointView
    from ledger import Ledger

_HEAD = ("DOCUMENT", "ABOUT", "LANG", "STATE", "VERSION", "OWNER", "REVIEW DUE", "APPROVED BY")


def answer_value(answer: Answer, decision: str) -> dict[str, Any]:
    """An answer that was signed, as JSON members."""
    built = answer.built
    return {
        **receipt_value(answer.receipt),
        "decision": decision,
        "content_digest": answer.digest,
        "state": answer.life.state,
        "no_second_person": answer.life.by_author,
        **({"summary": summary_line(built.summary, built.unit)} if built else {}),
    }


def answer_lines(answer: Answer, decision: str) -> Iterator[str]:
    """An answer that was signed, as lines."""
    life = answer.life
    yield f"{life.document} version {life.next_version}: {decision}, by entry {answer.receipt.index}; now {life.state}"
    if answer.built:
        yield summary_line(answer.built.summary, answer.built.unit)
    yield f"content digest {answer.digest}"
    if life.by_author:
        yield "approved by its author, no second person: the policy allows it, and the document says so"


def status_values(ledger: Ledger, pack: str | None, system: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    """How every document stands, as JSON members, and what is to be told of entries that changed nothing."""
    from cli.desk import remembering_view, today
    from docgen.life import AUDIENCES, document_settings, fold_life, publish_rules
    from docgen.life.control import signer_names

    view, day = remembering_view(ledger), today()
    names, abouts = signer_names(view), _Abouts(view, system)
    values, void = [], []
    for loaded, spec in all_documents(pack):
        rules = publish_rules(loaded, spec)
        settings = document_settings(view, spec, rules)
        for name, subject, version in abouts.of(spec):
            for language in loaded.languages:
                for audience in AUDIENCES:
                    life = fold_life(view, name, subject, version, language, rules, audience)
                    first = language == loaded.languages[0] and audience == "internal" and name == spec.id
                    if first or life.pending or life.versions or life.void:
                        values.append(
                            _value(
                                life, loaded, names, str(life.said.get("owner") or settings.owner), day, rules.approvals
                            )
                        )
                    void += [
                        f"{life.document}: approval {entry.index} of version {one.version} was taken back since"
                        for one in life.versions
                        if one.state == "published"
                        for entry in one.taken_back
                    ]
                    void += [
                        f"{life.document}: entry {one.entry.index} changed nothing: {one.reason}" for one in life.void
                    ]
    return values, list(dict.fromkeys(void))


def status_rows(values: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The same as a table."""
    rows = [_HEAD]
    for value in values:
        about = value["subject"] if not value["system_version"] else f"{value['subject']}@{value['system_version']}"
        coming = f"{value['next_version']} coming" if value["state"] in ("in review", "approved") else ""
        due = f"{value['review_due']} OVERDUE" if value["review_overdue"] else value["review_due"]
        signed = ", ".join(one["by"] for one in value["approvals"])
        signed += " (no second person)" if value["no_second_person"] else ""
        signed = "NOBODY" if value["unapproved"] else signed
        audience = "" if value["audience"] == "internal" else f" ({value['audience']})"
        rows.append(
            (
                value["document"] + audience, about, value["language"], value["state"],
                ", ".join(part for part in (value["version"], coming) if part) or "-",
                value["owner"] or "-", due or "-", signed or "-",
            )
        )  # fmt: skip
    yield from columns([tuple(map(safe, row)) for row in rows])


class _Abouts:
    """What documents are about: the system asked for, else every system in the versions that have documents."""

    def __init__(self, view: CheckpointView, system: str | None) -> None:
        self._found: dict[tuple[str, str], None] = {}
        self._names: dict[str, None] = {}
        if system is not None:
            name, version = parse_system(system)
            self._wanted: tuple[str, str] | None = name, version or ""
        else:
            self._wanted = None
        newest: dict[str, str] = {}
        for entry in view.entries(kinds=("ai_system", "release", "model_change", "publication")):
            if entry.version is None or (self._wanted is not None and entry.subject != self._wanted[0]):
                continue
            if entry.kind == "publication":
                self._names.setdefault(str(entry.data["document"]))
                self._found.setdefault((entry.subject, entry.version))
            else:
                newest[entry.subject] = entry.version
        for about in newest.items():
            self._found.setdefault(about)
        if self._wanted is not None and self._wanted[1]:
            self._found = {self._wanted: None}

    def of(self, spec: DocumentSpec) -> Iterator[tuple[str, str, str]]:
        """(name, subject, version) of each document like this; those made per entry have one name for each."""
        from docgen.dossier import ORGANISATION

        per_entry = [name for name in self._names if name.startswith(f"{spec.id}/")]
        names = sorted(per_entry) if "per" in spec.data else [spec.id]
        abouts = sorted(self._found)
        if spec.about == "organisation":
            abouts = [(ORGANISATION, "")] if self._wanted is None else []
        yield from ((name, *about) for name in names for about in abouts)


def _value(life: Life, pack: Pack, names: dict[str, str], owner: str, day: str, needed: int) -> dict[str, Any]:
    current = life.current
    data = current.entry.data if current is not None else {}
    due = str(data.get("review_due") or "")
    approvals = life.approvals if life.pending is not None else current.approvals if current is not None else ()
    return {
        "document": life.document,
        "pack": pack.id,
        "subject": life.subject,
        "system_version": life.system_version,
        "language": life.language,
        "audience": life.audience,
        "state": life.state,
        "version": current.version if current is not None else "",
        "next_version": life.next_version,
        "number": str(data.get("number") or ""),
        "owner": owner,
        "content_digest": life.pending_digest or (current.content_digest if current is not None else ""),
        "published_on": current.on if current is not None else "",
        "review_due": due,
        "review_overdue": bool(due) and due < day,
        "approvals": [_approval(one, names) for one in approvals],
        "unapproved": current is not None and life.pending is None and not approvals and needed > 0,
        "no_second_person": bool(approvals) and all(one.by_author for one in approvals),
        "taken_back": [entry.index for entry in current.taken_back] if current is not None else [],
        "versions": [
            {"version": one.version, "state": one.state, "on": one.on, "entry": one.entry.index}
            for one in life.versions
        ],
    }


def _approval(one: Judged, names: dict[str, str]) -> dict[str, Any]:
    signers = [signer.principal for signer in one.entry.signers]
    return {
        "entry": one.entry.index,
        "by": ", ".join(names.get(principal, principal) for principal in signers),
        "on": one.entry.time[:10],
    }
