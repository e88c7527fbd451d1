"""Declarations of controls as a sheet that people fill in, and what is wrong with it before it is signed.

A sheet has one row for each control; a second one has the AI systems for which a control differs.  The
rows of controls that nobody declared yet bring what the ledger already knows: risks that name the
control, the systems in use, the kinds of evidence that auditors usually ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from docgen.dossier import ORGANISATION
from docgen.packs import DocumentSpec, Pack
from docgen.prepare import prepare_document
from docgen.reasons import Reason
from docgen.sheets.cells import Cell, Row, Sheet, SheetError, read_sheets, write_sheets
from docgen.sheets.columns import converter, to_text
from docgen.sheets.proposal import Change, Draft, DraftError, ProposedView, find_changes, place_of
from docgen.soa import Statement
from docgen.soa_rows import Row as ControlRow
from docgen.view import LedgerView

__all__ = [
    "COLUMNS",
    "Problem",
    "check_drafts",
    "drafts_of",
    "empty_bodies",
    "parse_workbook",
    "statement_document",
    "to_workbook",
]

CONTROLS, EXCEPTIONS = "Controls", "Exceptions"
COLUMNS = (
    "control_id", "title", "source", "framework", "applicable", "justification", "drivers", "ground", "risks",
    "impact_assessments", "objectives", "obligations", "documents", "owner", "implementation_status", "target_date",
    "implementation_summary", "evidence", "systems", "role", "crosswalk", "last_reviewed", "review_due", "subject",
)  # fmt: skip
"""The columns that people fill in; all but `subject` are members of a `control` entry."""
_EXCEPTION_COLUMNS = (
    "control_id", "source", "system", "applicable", "ground", "justification", "implementation_status",
)  # fmt: skip
DERIVED = ("(shown as)", "(evidence)", "(open)", "(hint)")
"""Columns in brackets are for reading: what is typed into them is not looked at."""
_EVIDENCE = ("kind", "about", "shows")

# The member that an objection is about; codes that are not here are about the whole row.
_MEMBERS: Mapping[str, str] = MappingProxyType(
    {
        **{f"justification_{one}": "justification" for one in ("missing", "title", "blocked", "short")},
        **{f"exception_{one}": "exceptions" for one in ("missing", "title", "blocked", "short")},
        **{f"unknown_{one}": one for one in ("risks", "objectives", "impact_assessments", "documents")},
        **{f"driver_{one}": "drivers" for one in ("risk", "law", "contract", "objective")},
        "level_never": "applicable", "level_practically_never": "applicable", "contradicted": "applicable",
        "excluded_with_claim": "implementation_status", "applicable_without_claim": "implementation_status",
        "no_claim": "implementation_status", "no_trace": "drivers", "no_owner": "owner",
        "no_target_date": "target_date", "overdue": "target_date", "review_overdue": "review_due",
        "unknown_system": "systems", "undecided": "systems", "alike": "justification", "exclusion_unfounded": "risks",
        "not_declared": "applicable",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to object to in a sheet: where, what, and whether it keeps the control open."""

    place: str
    control: str
    code: str
    text: str
    blocking: bool


def statement_document(pack: Pack) -> DocumentSpec:
    """The document of the pack whose points are controls.

    Raises:
        DraftError: the pack has none.
    """
    for spec in pack.documents:
        if "statement" in spec.data.get("template", {}):
            return spec
    raise DraftError(f"pack {pack.id}", "has no document about controls")


def empty_bodies(view: LedgerView, pack: Pack, language: str) -> tuple[tuple[ControlRow, dict[str, Any]], ...]:
    """Each control with the body declared, or with what the ledger suggests for one that is not declared."""
    statement = _statement(view, pack, language)
    risks = {line.entry.data["risk_id"]: line.by_register for line in statement.risks}
    hints = _hints(pack, language)
    return tuple((row, _body(row, risks, hints)) for row in statement.rows)


def _statement(view: LedgerView, pack: Pack, language: str) -> Statement:
    context = prepare_document(view, pack, statement_document(pack), None, None, language).context
    statement = context["soa"]
    assert isinstance(statement, Statement)
    return statement


def _hints(pack: Pack, language: str) -> Mapping[str, Any]:
    """What the pack says of its controls in this language, where that is not in its points."""
    hints: Mapping[str, Any] = pack.data.get("hints", {}).get(language, {})
    return hints


def _body(row: ControlRow, risks: Mapping[str, tuple[str, ...]], hints: Mapping[str, Any]) -> dict[str, Any]:
    if row.main:
        return {name: value for name, value in row.main.items() if name not in ("references", "artefacts")}
    body: dict[str, Any] = {"control_id": row.id, "source": row.source, "applicable": ""}
    named = [risk for risk, controls in risks.items() if row.id in controls]
    if named:
        body |= {"drivers": ["risk"], "risks": named}
    if row.point is not None:
        usual = row.point.data.get("usual", ())
        shows = hints.get(row.id, {}).get("shows") or [one["shows"] for one in usual]
        body["evidence"] = [{"kind": one["kind"], "shows": said} for one, said in zip(usual, shows, strict=True)]
    return body


def hint_of(row: ControlRow, pack: Pack, language: str) -> str:
    """What somebody who declares the control should know: why it is usually included, and what excluding takes."""
    if row.point is None:
        return ""
    data, own = row.point.data, _hints(pack, language).get(row.id, {})
    level = pack.texts[language].get(f"level.{data['exclusion']['level']}", "")
    because, unless = (
        own.get("because", data.get("include_because", "")),
        own.get("unless", data["exclusion"]["only_if"]),
    )
    return f"{because} [{level}: {unless}]"


def to_workbook(view: LedgerView, pack: Pack, language: str) -> bytes:
    """The declarations as an .xlsx file: to be filled in, to be read, to be brought back."""
    texts = pack.texts[language]
    lines: list[list[object]] = []
    exceptions: list[list[object]] = []
    for row, body in empty_bodies(view, pack, language):
        shown = {**body, "title": row.title, "subject": _subject(row)}
        lines.append(
            [
                *(_evidence_text(shown) if name == "evidence" else to_text(shown.get(name) or "") for name in COLUMNS),
                texts[f"shown.{row.shown}"],
                row.evidence,
                "\n".join(_say(one.code, one.values, texts) for one in row.objections),
                hint_of(row, pack, language),
            ]
        )
        for one in body.get("exceptions") or ():
            values = {**one, "control_id": row.id, "source": row.source}
            exceptions.append([to_text(values.get(name) or "") for name in _EXCEPTION_COLUMNS])
    answers, grounds = ("yes", "no", "per_system"), ("risk_assessment", "external_requirement")
    claims = ("implemented", "partial", "planned", "not_started", "not_applicable")
    looks = {
        CONTROLS: {
            "widths": {"title": 30, "justification": 50, "evidence": 50, "implementation_summary": 40, "(open)": 50,
                       "(hint)": 60, "(shown as)": 26},
            "choices": {"applicable": answers, "ground": grounds, "implementation_status": claims,
                        "source": ("annex_a", "law", "contract", "other_framework", "own")},
            "grey": DERIVED,
        },
        EXCEPTIONS: {
            "widths": {"justification": 60},
            "choices": {"applicable": ("yes", "no"), "ground": grounds, "implementation_status": claims},
        },
    }  # fmt: skip
    sheets = ((CONTROLS, (*COLUMNS, *DERIVED), lines), (EXCEPTIONS, _EXCEPTION_COLUMNS, exceptions))
    return write_sheets(sheets, **looks)


def _subject(row: ControlRow) -> str:
    subjects = {entry.subject for entry in row.declared_by}
    return subjects.pop() if len(subjects) == 1 and row.main else ORGANISATION


def _evidence_text(body: Mapping[str, Any]) -> str:
    items = body.get("evidence") or ()
    return "\n".join(" | ".join(str(item.get(name) or "") for name in _EVIDENCE) for item in items)


def parse_workbook(data: bytes) -> tuple[Draft, ...]:
    """The declarations in an .xlsx file of `to_workbook`'s form; rows that answer nothing are left out.

    Raises:
        SheetError: a sheet, column or cell is not what it should be.
    """
    sheets = {sheet.name: sheet for sheet in read_sheets(data)}
    if CONTROLS not in sheets:
        raise SheetError("", f"has no sheet {CONTROLS!r}", remedy=f"it has {', '.join(sheets) or 'none'}")
    drafts = [_draft(row) for row in _known(sheets[CONTROLS], COLUMNS).rows]
    exceptions = _exceptions(sheets.get(EXCEPTIONS))
    made = []
    for draft in drafts:
        own = exceptions.pop((draft.body.get("source", ""), draft.body.get("control_id", "")), ())
        made.append(_with_exceptions(draft, own) if own else draft)
    for (source, control), rest in exceptions.items():
        raise SheetError(rest[0][1], f"is about control {control!r} of {source!r}, which sheet {CONTROLS} has not")
    return tuple(draft for draft in made if draft.body.get("applicable"))


def _with_exceptions(draft: Draft, own: tuple[tuple[dict[str, Any], str], ...]) -> Draft:
    body = {**draft.body, "exceptions": [one for one, _ in own]}
    places = {f"exceptions.{at}": place for at, (_, place) in enumerate(own)}
    return Draft(draft.kind, draft.subject, body, {**draft.places, "exceptions": own[0][1], **places})


def _known(sheet: Sheet, columns: Sequence[str]) -> Sheet:
    for title in sheet.header:
        if title not in columns and not title.startswith("("):
            raise SheetError(sheet.name, f"has a column {title!r}", remedy=f"known: {', '.join(columns)}")
    if "control_id" not in sheet.header:
        raise SheetError(sheet.name, "has no column 'control_id'")
    return sheet


def _draft(row: Row) -> Draft:
    body: dict[str, Any] = {}
    places = {"": row.place}
    subject = ORGANISATION
    for name, cell in row.cells.items():
        if not cell.text or name not in COLUMNS:
            continue
        places[name] = cell.place
        if name == "subject":
            subject = cell.text
        elif name == "evidence":
            body[name] = [_evidence(cell, line) for line in cell.text.splitlines() if line.strip()]
        else:
            body[name] = converter("control", name)(cell)
    body.setdefault("source", "annex_a")
    if body["source"] == "annex_a":
        body.pop("title", None)  # the pack knows it
    return Draft("control", subject, body, places)


def _evidence(cell: Cell, line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split("|", 2)]
    if len(parts) != 3 or not parts[0] or not parts[2]:
        raise SheetError(cell.place, f"found {line[:60]!r}, expected KIND | ABOUT | WHAT IT SHOWS in each line")
    return {name: part for name, part in zip(_EVIDENCE, parts, strict=True) if part}


def _exceptions(sheet: Sheet | None) -> dict[tuple[str, str], tuple[tuple[dict[str, Any], str], ...]]:
    found: dict[tuple[str, str], tuple[tuple[dict[str, Any], str], ...]] = {}
    for row in _known(sheet, _EXCEPTION_COLUMNS).rows if sheet is not None and sheet.header else ():
        cells = {name: cell for name, cell in row.cells.items() if cell.text and name in _EXCEPTION_COLUMNS}
        body = {
            name: converter("control", f"exceptions.0.{name}")(cell)
            for name, cell in cells.items()
            if name not in ("control_id", "source")
        }
        source = cells["source"].text if "source" in cells else "annex_a"
        key = source, cells["control_id"].text if "control_id" in cells else ""
        found[key] = (*found.get(key, ()), (body, row.place))
    return found


def drafts_of(declared: Iterable[tuple[Mapping[str, Any], Mapping[str, str]]]) -> tuple[Draft, ...]:
    """The drafts in (body, places) pairs as a YAML file has them; those that answer nothing are left out."""
    drafts = []
    for body, places in declared:
        members = {name: value for name, value in body.items() if value not in (None, "", [])}
        subject = str(members.pop("subject", ORGANISATION))
        members.setdefault("source", "annex_a")
        if members["source"] == "annex_a":
            members.pop("title", None)
        if members.get("applicable"):
            drafts.append(Draft("control", subject, members, places))
    return tuple(drafts)


def check_drafts(
    view: LedgerView, pack: Pack, drafts: Sequence[Draft], language: str
) -> tuple[tuple[Change, ...], tuple[Problem, ...]]:
    """What recording the drafts would change, and everything that would be objected to then.

    Raises:
        DraftError: a draft can't be an entry.
    """
    spec = statement_document(pack)
    known = {point.id for point in spec.points}
    source = spec.data["template"]["statement"]["source"]
    for draft in drafts:
        control = draft.body.get("control_id")
        if draft.body.get("source") == source and control not in known:
            raise DraftError(
                place_of(draft, "control_id"), f"{control!r} is no control of {source}", remedy="or name another source"
            )
    changes = find_changes(view, drafts)
    proposed = ProposedView(view, tuple(change for change in changes if not change.same))
    statement = _statement(proposed, pack, language)
    return changes, tuple(_problems(statement, drafts, pack.texts[language]))


_NOWHERE = Draft("control", ORGANISATION, MappingProxyType({}), MappingProxyType({"": ""}))


def _problems(statement: Statement, drafts: Sequence[Draft], texts: Mapping[str, str]) -> Iterator[Problem]:
    in_file: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        in_file.setdefault((draft.body["source"], draft.body["control_id"]), draft)
    for row in statement.rows:
        draft = in_file.get((row.source, row.id)) or _NOWHERE
        for one in row.objections:
            place = place_of(draft, _MEMBERS.get(one.code, "control_id"))
            yield Problem(place, row.id, one.code, _say(one.code, one.values, texts), not one.warning)
        if draft is not _NOWHERE and not row.blocking and row.shown == "claimed":
            why = next((f"{item.what}: {item.reason}" for item in row.status.items if item.open), row.evidence)
            yield Problem(place_of(draft, "evidence"), row.id, "evidence", why, blocking=False)


def _say(code: str, values: Mapping[str, str], texts: Mapping[str, str]) -> str:
    return Reason(f"objection.{code}", tuple(values.items())).say(texts)
