"""The life of a document follows from its entries, whoever wrote them and in whatever order."""

from dataclasses import replace
from typing import Any

import pytest

from docgen.life import Life, PublishRules, fold_life
from ledger.entry import Entry, SignedBy
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, digest, system_body

DOCUMENT = "technical-documentation"
A, B = digest("content a"), digest("content b")


class Office:
    """A ledger with a system, and the steps of one document about it."""

    def __init__(self, *, waived: bool = False) -> None:
        self.ledger = HandLedger()
        policy = {"roles": {}, "self_approval": "waived" if waived else "refused"}
        self.ledger.add("ledger", {"action": "policy_changed", "policy": policy}, subject="ledger", valid=False)
        self.ledger.add("ai_system", system_body())

    def step(self, state: str, content: str = A, *, version: str = "1", by: str = "clerk", **more: Any) -> Entry:
        body: dict[str, Any] = {"document": DOCUMENT, "version": version, "language": "en", "state": state}
        body["system_version"] = VERSION
        if state in ("in_review", "approved", "published"):
            seen = {"size": len(self.ledger.held), "root": digest("root")}
            body |= {"content_digest": content, "checkpoint": seen}
        return self.ledger.add("publication", body | more, by=by)

    def sign(self, content: str = A, decision: str = "approved", *, by: str = "anna", **more: Any) -> Entry:
        body = {"decision": decision, "scope": "document", "digest": content, "document": DOCUMENT, **more}
        return self.ledger.add("approval", body, by=by, role="approver")

    def publish(self, content: str = A, *approvals: Entry, version: str = "1", **more: Any) -> Entry:
        return self.step("published", content, version=version, approvals=[one.statement for one in approvals], **more)

    def life(self, **changes: Any) -> Life:
        rules = PublishRules(**changes)
        return fold_life(self.ledger, DOCUMENT, SYSTEM, VERSION, "en", rules)


def test_a_document_nobody_touched_is_a_draft_of_version_1() -> None:
    life = Office().life()

    assert (life.state, life.next_version, life.versions, life.pending) == ("draft", "1", (), None)


def test_the_states_follow_the_entries() -> None:
    office = Office()
    seen = []
    office.step("in_review")
    seen.append(office.life().state)
    approval = office.sign()
    seen.append(office.life().state)
    office.publish(A, approval)
    seen.append(office.life().state)
    office.step("in_review", B, version="2")
    seen.append(office.life().state)
    office.publish(B, office.sign(B), version="2")
    life = office.life()
    office.step("withdrawn", version="2")
    ended = office.life()

    assert seen == ["in review", "approved", "published", "in review"]
    assert [(one.version, one.state) for one in life.versions] == [("1", "superseded"), ("2", "published")]
    assert (life.state, life.next_version, life.current) == ("published", "3", life.versions[1])
    assert (ended.state, ended.current, ended.versions[1].state) == ("withdrawn", None, "withdrawn")


def test_an_approval_of_other_content_does_not_approve() -> None:
    office = Office()
    office.step("in_review", A)
    office.sign(B)

    assert office.life().state == "in review"


@pytest.mark.parametrize(
    "change",
    [
        {"document": "risk-management-file"},
        {"section": "AnnexIV-1-a"},
        {"scope": "risk"},
        {"valid_until": "2026-08-31"},
    ],
)
def test_an_approval_of_something_else_or_that_ended_does_not_approve(change: dict[str, str]) -> None:
    office = Office()
    office.step("in_review")
    office.sign(**change)

    assert office.life().state == "in review"


def test_the_author_alone_does_not_approve() -> None:
    office = Office()
    office.step("in_review", by="clerk")
    office.sign(by="clerk")
    life = office.life()

    assert (life.state, len(life.approvals), len(life.uncounted)) == ("in review", 0, 1)


def test_where_the_policy_waives_the_second_person_the_author_approves_and_it_is_said() -> None:
    office = Office(waived=True)
    office.step("in_review", by="clerk")
    office.sign(by="clerk")
    life = office.life()

    assert (life.state, life.by_author) == ("approved", True)
    office.sign(by="anna")
    assert not office.life().by_author


def test_content_that_was_in_no_review_is_approved_by_whoever_does_not_publish_it() -> None:
    office = Office()
    office.step("approved", by="anna")
    approval = office.sign(by="anna")

    assert office.life().state == "approved"
    office.publish(A, approval, by="anna")
    assert office.life().versions[0].by_author


@pytest.mark.parametrize("answer", ["withdrawn", "rejected"])
def test_an_approval_taken_back_before_publication_approves_no_more(answer: str) -> None:
    office = Office()
    office.step("in_review")
    office.sign()
    office.sign(decision=answer, by="boss")

    assert office.life().state == "in review"
    office.sign(by="boss")
    assert office.life().state == "approved"


def test_an_approval_taken_back_after_publication_is_told_and_undoes_nothing() -> None:
    office = Office()
    office.step("in_review")
    approval = office.sign()
    office.publish(A, approval)
    office.sign(decision="withdrawn")
    (version,) = office.life().versions

    assert (version.state, len(version.approvals), version.taken_back) == ("published", 1, (approval,))


def test_a_publication_shows_only_approvals_that_it_names_and_that_came_before_it() -> None:
    office = Office()
    office.step("in_review")
    named, unnamed = office.sign(), office.sign(by="boss")
    office.publish(A, named)
    office.sign(by="later")
    (version,) = office.life().versions

    assert [one.entry for one in version.approvals] == [named]
    assert unnamed not in [one.entry for one in version.approvals]


def test_a_publication_with_approvals_of_other_content_has_none() -> None:
    office = Office()
    office.step("in_review", B)
    office.publish(A, office.sign(B))
    (version,) = office.life().versions

    assert (version.approvals, version.by_author) == ((), False)


def test_of_two_publications_of_one_version_the_first_counts() -> None:
    office = Office()
    office.step("in_review")
    approval = office.sign()
    first, second = office.publish(A, approval), office.publish(A, approval)
    life = office.life()

    assert [one.entry for one in life.versions] == [first]
    assert [(one.entry, one.reason) for one in life.void] == [(second, "version 1 was published before")]
    assert life.next_version == "2"


@pytest.mark.parametrize(
    ("state", "version", "reason"),
    [
        ("superseded", "7", "version 7 was not published"),
        ("withdrawn", "7", "version 7 was not published"),
        ("in_review", "1", "version 1 is published, and can only be superseded or withdrawn"),
        ("draft", "1", "version 1 is published"),
    ],
)
def test_what_can_not_follow_changes_nothing_and_is_told(state: str, version: str, reason: str) -> None:
    office = Office()
    office.publish(A)
    before = office.life()
    void = office.step(state, B, version=version)
    after = office.life()

    assert (after.state, after.versions, after.pending) == (before.state, before.versions, before.pending)
    assert [one.entry for one in after.void] == [void]
    assert after.void[0].reason.startswith(reason)


def test_an_approval_state_for_other_content_than_that_in_review_is_void() -> None:
    office = Office()
    office.step("in_review", A)
    office.step("approved", B)
    office.sign(B)
    life = office.life()

    assert (life.state, life.pending_digest) == ("in review", A)
    assert life.void[0].reason == "it approves other content than that in review"


def test_a_submission_can_be_withdrawn() -> None:
    office = Office()
    office.step("in_review")
    office.step("withdrawn")

    assert (office.life().state, office.life().pending, office.life().void) == ("draft", None, ())


def test_versions_count_over_all_versions_of_the_system_but_only_its_own_are_superseded() -> None:
    office = Office()
    office.publish(A, system_version="1.0")
    office.publish(B, version="2")
    life, other = office.life(), fold_life(office.ledger, DOCUMENT, SYSTEM, "1.0")

    assert [(one.version, one.state) for one in life.versions] == [("2", "published")]
    assert [(one.version, one.state) for one in other.versions] == [("1", "published")]
    assert (life.next_version, other.next_version) == ("3", "3")


def test_languages_documents_and_systems_do_not_mix() -> None:
    office = Office()
    office.publish(A, language="de")
    office.publish(A, document="other")
    office.ledger.add(
        "publication",
        {"document": DOCUMENT, "version": "1", "language": "en", "state": "draft", "system_version": VERSION},
        subject="another-system",
    )

    assert (office.life().versions, office.life().next_version) == ((), "1")


def test_two_people_must_approve_where_the_pack_says_two() -> None:
    office = Office()
    office.step("in_review")
    office.sign(by="anna")
    office.sign(by="anna")

    assert office.life(approvals=2).state == "in review"
    office.sign(by="bert")
    assert office.life(approvals=2).state == "approved"


def test_a_corrected_publication_is_as_if_it_had_never_been() -> None:
    office = Office()
    wrong = office.publish(A, version="11")
    office.ledger.add(
        "publication",
        {"document": DOCUMENT, "version": "1", "language": "en", "state": "draft", "system_version": VERSION},
        refs=(("corrects", wrong),),
    )

    assert (office.life().versions, office.life().next_version) == ((), "1")


@pytest.mark.parametrize("number", ["1.0", "0", "99999999999999", "x"])
def test_a_version_that_is_no_number_of_ours_does_not_count(number: str) -> None:
    office = Office()
    office.publish(A, version=number)

    assert office.life().next_version == "1"


def test_what_is_in_review_about_another_version_of_the_system_keeps_its_number() -> None:
    office = Office()
    office.step("in_review", A, version="1", system_version="1.0")
    assert office.life().next_version == "2"
    office.step("in_review", B, version="2")
    office.publish(B, office.sign(B), version="2")

    assert (office.life().next_version, fold_life(office.ledger, DOCUMENT, SYSTEM, "1.0").next_version) == ("3", "1")
    assert office.life().void == ()


def test_the_author_s_signature_beside_another_counts_for_nobody() -> None:
    office = Office()
    office.step("in_review", by="clerk")
    both = office.sign()
    office.ledger.held[-1] = replace(both, signers=(*both.signers, SignedBy("k", "clerk", ("approver",))))

    assert office.life().state == "approved"
    assert office.life(approvals=2).state == "in review"
