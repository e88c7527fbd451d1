"""What cover and control block say of a document's life."""

from pathlib import Path

import pytest

from docgen.build import build_document
from docgen.labels import Labels
from docgen.life import document_settings, fold_life, publish_rules
from docgen.life.control import control_of, publish_control, published_control, review_due, signer_names
from docgen.life.rules import Settings
from docgen.markdown import parse_markdown
from docgen.packs import Pack
from docgen.word import write_word
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, digest, system_body
from tests.docgen.minipack import make_pack
from tests.docgen.samples import info
from tests.docgen.wordfile import WordFile, text_of

RULES = '[document.data.publish]\nowner = "risk-manager"\nreview_days = 365\n'
LABELS = Labels.of()
SETTINGS = Settings("TD-{subject}-{version}", "risk-manager", 365)


def ledger_with(*, waived: bool = False, names: bool = True) -> HandLedger:
    ledger = HandLedger()
    policy = {"roles": {}, "self_approval": "waived" if waived else "refused"}
    ledger.add("ledger", {"action": "policy_changed", "policy": policy}, subject="ledger", valid=False)
    if names:
        key = {"action": "enrolled", "principal": "anna", "principal_name": "Anna Approver"}
        ledger.add("key", key, subject="ledger", valid=False)
    ledger.add("ai_system", system_body())
    return ledger


def pack_in(folder: Path, data: str = RULES) -> Pack:
    return make_pack(folder, [{"id": "profile", "kind": "ai_system"}], data=data)


def step(ledger: HandLedger, state: str, content: str, *, by: str = "clerk", **more: object) -> None:
    body = {
        "document": "doc", "version": "1", "language": "en", "state": state, "system_version": VERSION,
        "content_digest": content, "checkpoint": {"size": 1, "root": digest("root")},
    }  # fmt: skip
    ledger.add("publication", body | more, by=by)


def sign(ledger: HandLedger, content: str, *, by: str = "anna", **more: object) -> str:
    body = {"decision": "approved", "scope": "document", "digest": content, "document": "doc", **more}
    return ledger.add("approval", body, by=by, role="approver").statement


def test_a_document_in_review_says_so_as_long_as_its_content_is_that(tmp_path: Path) -> None:
    ledger, pack = ledger_with(), pack_in(tmp_path)
    step(ledger, "in_review", digest("other content"))
    other = build_document(ledger, pack, "doc", system=SYSTEM, version=VERSION).info
    life = fold_life(ledger, "doc", SYSTEM, VERSION)
    same = control_of(life, SETTINGS, digest("other content"), {}, LABELS)

    assert (other.state, other.version) == ("draft", "1")
    assert (same.state, same.version) == ("in review", "1")


def test_an_approved_document_names_who_signed_when(tmp_path: Path) -> None:
    ledger = ledger_with()
    step(ledger, "in_review", digest("content"))
    sign(ledger, digest("content"))
    sign(ledger, digest("content"), by="bert", actor={"id": "bert", "name": "Bert B", "role": "Head of risk"})
    life = fold_life(ledger, "doc", SYSTEM, VERSION)
    control = control_of(life, SETTINGS, digest("content"), signer_names(ledger), LABELS)

    assert (control.state, control.number, control.owner) == ("approved", "TD-credit-scoring-1.1", "risk-manager")
    assert [(one.by, one.on, one.note) for one in control.approvals] == [
        ("Anna Approver", "2026-09-01", ""), ("Bert B, Head of risk", "2026-09-01", ""),
    ]  # fmt: skip


def test_an_approval_by_the_author_is_printed_as_what_it_is() -> None:
    ledger = ledger_with(waived=True)
    step(ledger, "in_review", digest("content"), by="anna")
    sign(ledger, digest("content"))
    life = fold_life(ledger, "doc", SYSTEM, VERSION)
    (line,) = control_of(life, SETTINGS, digest("content"), signer_names(ledger), LABELS).approvals
    made = write_word(parse_markdown("x"), info(approvals=(line,), state="approved"))

    assert line.note == "approved by its author, no second person"
    assert line.note in text_of(WordFile(made).document)


def test_the_published_version_has_its_row_in_the_history_and_a_day_for_review() -> None:
    ledger = ledger_with()
    step(ledger, "published", digest("one"), change="First issue.", issued_on="2026-09-01")
    step(ledger, "in_review", digest("two"), version="2")
    sign(ledger, digest("two"))
    life = fold_life(ledger, "doc", SYSTEM, VERSION)
    control = publish_control(life, SETTINGS, {}, LABELS, on="2026-09-02", change="Second.", by=["clerk"])

    assert (control.state, control.version, control.review_due) == ("published", "2", "2027-09-02")
    assert [(line.version, line.state, line.change, line.by) for line in control.history] == [
        ("1", "superseded", "First issue.", "clerk"), ("2", "published", "Second.", "clerk"),
    ]  # fmt: skip


def test_what_a_published_version_printed_follows_from_its_entry() -> None:
    ledger = ledger_with()
    step(ledger, "in_review", digest("one"))
    approval = sign(ledger, digest("one"))
    before = fold_life(ledger, "doc", SYSTEM, VERSION)
    said = publish_control(before, SETTINGS, {}, LABELS, on="2026-09-02", change="First.", by=["clerk"])
    step(
        ledger, "published", digest("one"), change="First.", issued_on="2026-09-02", number=said.number,
        owner=said.owner, review_due=said.review_due, approvals=[approval],
    )  # fmt: skip
    (version,) = fold_life(ledger, "doc", SYSTEM, VERSION).versions
    other = Settings("X", "somebody", 30)

    assert published_control(before, version, other, {}, LABELS) == said


def test_the_policy_of_the_organisation_gives_the_interval(tmp_path: Path) -> None:
    ledger, pack = ledger_with(), pack_in(tmp_path)
    spec = pack.document("doc")
    rules = publish_rules(pack, spec)
    first = document_settings(ledger, spec, rules)
    policy = {"roles": {}, "freshness": {"publication": 90}}
    ledger.add("ledger", {"action": "policy_changed", "policy": policy}, subject="ledger", valid=False)
    second = document_settings(ledger, spec, rules)

    assert (first.review_days, second.review_days) == (365, 90)


def test_a_hostile_subject_is_no_pattern() -> None:
    assert Settings("{subject} {version} {x}", "", 0).number_of("{version}", "{subject}") == "{version} {subject} {x}"


@pytest.mark.parametrize(("days", "due"), [(0, ""), (1, "2026-03-01"), (10**9, "")])
def test_review_is_due_after_the_interval(days: int, due: str) -> None:
    assert review_due("2026-02-28", Settings("", "", days)) == due


@pytest.mark.parametrize(
    ("state", "printed"),
    [
        ("draft", "EXAMPLE · DRAFT"),
        ("in review", "EXAMPLE · DRAFT · IN REVIEW"),
        ("approved", "EXAMPLE · DRAFT · APPROVED"),
        ("published", "EXAMPLE · PUBLISHED"),
        ("withdrawn", "EXAMPLE · WITHDRAWN"),
    ],
)
def test_what_is_not_published_is_a_draft_on_every_page(state: str, printed: str) -> None:
    made = write_word(parse_markdown("x"), info(state=state))
    file = WordFile(made)
    headers = [text_of(file.part(name)) for name in file.parts if name.startswith("word/header")]

    assert file.paragraphs("Marking") == [printed]
    assert any(header.endswith(printed) for header in headers)


def test_the_conditions_of_an_approval_are_printed_with_it() -> None:
    ledger = ledger_with()
    step(ledger, "in_review", digest("content"))
    sign(ledger, digest("content"), conditions=["{what} <b> is repaired", "by May"])
    life = fold_life(ledger, "doc", SYSTEM, VERSION)
    (line,) = control_of(life, SETTINGS, digest("content"), {}, LABELS).approvals

    assert line.note == "on condition: {what} <b> is repaired; on condition: by May"
