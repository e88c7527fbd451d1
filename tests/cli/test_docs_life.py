"""`aims docs submit`, `approve`, `publish`, `withdraw`, `seal`, `status`: the life of a document, and attacks on it."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from docgen.life import steps
from docgen.sealing import parse_seal
from docgen.word import find_carrier, find_seal, take_seal
from ledger import Ledger
from ledger.bundle.multiproof import root_of_leaves
from ledger.checkpoint import parse_checkpoint
from ledger.note import parse_note
from tests.cli.person import Person, Seen
from tests.docgen.minipack import make_pack

ABOUT = ("doc", "--system", "credit-scoring@1.0", "--pack", "mini")
NEED = {"id": "profile", "kind": "ai_system"}
LACKING = {"id": "test", "kind": "evaluation"}


@pytest.fixture
def office(clerk: Person) -> Person:
    """A clerk with a small pack, and a second approver."""
    make_pack(clerk.folder, [NEED], data='[document.data.publish]\nowner = "risk-manager"\nreview_days = 365\n')
    clerk.does("key", "new", "solo")
    clerk.enrols("solo", "p-solo", "compliance", "approver")
    return clerk


def submits(office: Person, *more: object) -> dict[str, object]:
    seen: dict[str, object] = office.does("docs", "submit", *ABOUT, "--as", "compliance", "--json", *more).json
    return seen


def approves(office: Person, *more: object) -> dict[str, object]:
    seen: dict[str, object] = office.does("docs", "approve", *ABOUT, "--as", "anna", "--json", *more).json
    return seen


def publishes(office: Person, *more: object) -> dict[str, object]:
    seen: dict[str, object] = office.does("docs", "publish", *ABOUT, "--as", "compliance", "--json", *more).json
    return seen


def status(office: Person) -> dict[str, object]:
    (row,) = office.does("docs", "status", "--pack", "mini", "--json").json
    assert isinstance(row, dict)
    return row


def file_of(office: Person, published: dict[str, object]) -> bytes:
    return (office.folder / str(published["file"])).read_bytes()


def entries(office: Person, kind: str) -> list[dict[str, object]]:
    with Ledger.open(office.folder / "evidence.db", read_only=True) as ledger:
        return [dict(entry.data) for entry in ledger.entries(kinds=[kind])]


def test_a_document_goes_from_draft_to_published_by_entries(office: Person) -> None:
    states = [status(office)["state"]]
    submitted = submits(office, "--change", "First issue.")
    states.append(status(office)["state"])
    approved = approves(office)
    states.append(status(office)["state"])
    published = publishes(office, "-o", "out")
    row = status(office)

    assert [*states, row["state"]] == ["draft", "in review", "approved", "published"]
    assert submitted["content_digest"] == approved["content_digest"] == published["content_digest"]
    assert (row["version"], row["owner"], row["next_version"]) == ("1", "risk-manager", "2")
    assert [one["by"] for one in row["approvals"]] == ["p-anna"]  # type: ignore[attr-defined]
    assert row["review_due"] > row["published_on"]  # type: ignore[operator]


def test_what_is_recorded_after_the_submission_does_not_change_what_is_approved(office: Person) -> None:
    submitted = submits(office)
    office.overrides(1)

    assert approves(office)["content_digest"] == submitted["content_digest"]
    assert publishes(office)["content_digest"] == submitted["content_digest"]


def test_the_publication_says_what_was_given_out_and_keeps_it(office: Person) -> None:
    submits(office, "--change", "First issue.")
    approves(office)
    published = publishes(office, "-o", "out")
    entry = entries(office, "publication")[-1]
    archived = take_seal(file_of(office, published))

    assert (entry["state"], entry["version"], entry["change"]) == ("published", "1", "First issue.")
    assert entry["retention"] == "technical-file-10y"
    assert entry["files"] == [{"format": "docx", "digest": sha256(archived).hexdigest(), "size": len(archived)}]
    assert entry["status_counts"]["provided"] == 1  # type: ignore[index]
    assert "aims-ledger" in entry["tools"]  # type: ignore[operator]
    with Ledger.open(office.folder / "evidence.db", read_only=True) as ledger:
        assert ledger.blobs.has(sha256(archived).hexdigest())
    assert office.does("verify").code == 0


def test_the_sealed_file_carries_proofs_that_lead_to_the_signed_root(office: Person) -> None:
    submits(office)
    approves(office)
    data = file_of(office, publishes(office))
    payload, carrier = find_seal(data), find_carrier(data)
    assert payload is not None
    assert carrier is not None
    seal = parse_seal(payload)
    checkpoint = parse_checkpoint(parse_note(seal.checkpoint).text)
    hashes = seal.hashes

    assert root_of_leaves(list(hashes), list(hashes.values()), checkpoint.size, seal.proof) == checkpoint.root
    assert seal.file_digest == sha256(take_seal(data)).hexdigest()
    assert seal.content_digest == carrier["content_digest"]
    assert [list(pair) for pair in ((i, h.hex()) for i, h in seal.cited)] == carrier["cited"]
    assert {*seal.approvals, *seal.submissions, seal.publication, 0, 1} <= {index for index, _ in seal.leaves}
    assert carrier["document"]["state"] == "published"
    assert [index for index, _ in carrier["approvals"]] == list(seal.approvals)


def test_a_file_that_is_not_published_says_what_it_is(office: Person) -> None:
    draft = office.does("docs", "build", *ABOUT, "-o", "draft.docx")
    submits(office)
    carrier = find_carrier((office.folder / "draft.docx").read_bytes())

    assert draft.code == 0
    assert carrier is not None
    assert (carrier["document"]["state"], carrier["document"]["version"]) == ("draft", "1")
    assert find_seal((office.folder / "draft.docx").read_bytes()) is None


def test_whoever_approves_reads_what_was_submitted_and_not_what_was_recorded_since(office: Person) -> None:
    submitted = submits(office)
    office.overrides(1)
    first = office.does("docs", "review", *ABOUT, "-o", "out", "--json").json
    approves(office, "--digest", first["content_digest"])
    second = office.does("docs", "review", *ABOUT, "-o", "out", "--json").json
    carrier = find_carrier((office.folder / second["file"]).read_bytes())

    assert first["content_digest"] == second["content_digest"] == submitted["content_digest"]
    assert (first["state"], second["state"]) == ("in review", "approved")
    assert carrier is not None
    assert len(carrier["approvals"]) == 1
    assert find_seal((office.folder / second["file"]).read_bytes()) is None


REFUSED = {
    "nothing to review": ("review", "", (), "nothing is in review; 'aims docs submit doc' comes first"),
    "nothing is approved": ("publish", "compliance", (), "nothing of it is approved; 'aims docs approve doc'"),
    "nothing to withdraw": ("withdraw", "compliance", ("--reason", "x"), "nothing of it is in review or published"),
    "no such version": ("withdraw", "compliance", ("--version", "9", "--reason", "x"), "no version '9' was published"),
    "no role": ("approve", "compliance", (), "expected approver"),
    "other content": ("approve", "anna", ("--digest", "0" * 64), "has content digest"),
    "a digest too short": ("approve", "anna", ("--digest", "0"), "at least its first 8 digits"),
    "rejected without content": ("approve", "anna", ("--reject", "--reason", "x"), "nothing is in review or published"),
    "unknown key": ("submit", "nobody", (), "key 'nobody': not in"),
    "unknown language": ("submit", "compliance", ("--lang", "xx"), "has no texts in it"),
    "nothing to seal": ("seal", "", (), "no version is published"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses_in_one_line_and_stores_nothing(office: Person, case: str) -> None:
    command, key, more, expected = REFUSED[case]
    signer = ("--as", key) if key else ()

    assert expected in office.refused("docs", command, *ABOUT, *signer, *more)
    assert list(office.folder.rglob("*.docx")) == []


def test_what_is_in_review_is_not_published(office: Person) -> None:
    submits(office)

    assert "approved by nobody, expected 1" in office.refused("docs", "publish", *ABOUT, "--as", "compliance")


def test_who_submits_can_not_approve(office: Person) -> None:
    office.does("docs", "submit", *ABOUT, "--as", "solo")

    assert "expected another approver" in office.refused("docs", "approve", *ABOUT, "--as", "solo")


def test_an_approval_by_the_author_that_names_only_the_digest_does_not_count(office: Person) -> None:
    digest = office.does("docs", "submit", *ABOUT, "--as", "solo", "--json").json["content_digest"]
    office.does(
        "record", "approval", "--system", "credit-scoring@1.0", "--as", "solo", "--set", "decision=approved",
        "--set", "scope=document", "--set", f"digest={digest}", "--set", "document=doc",
    )  # fmt: skip

    assert status(office)["state"] == "in review"
    assert "its author alone approved it" in office.refused("docs", "publish", *ABOUT, "--as", "compliance")


def test_who_approved_a_draft_alone_does_not_publish_it(office: Person) -> None:
    office.does("docs", "approve", *ABOUT, "--as", "solo")

    assert "who would publish it too" in office.refused("docs", "publish", *ABOUT, "--as", "solo")
    assert publishes(office)["version"] == "1"


def test_an_approval_may_have_conditions(office: Person) -> None:
    submits(office)
    approves(office, "--condition", "repeat the test by May", "--place", "Berlin")
    approval = entries(office, "approval")[-1]

    assert (approval["conditions"], approval["place"]) == (["repeat the test by May"], "Berlin")
    assert publishes(office)["version"] == "1"


def test_an_approval_taken_back_stops_publication(office: Person) -> None:
    submits(office)
    approves(office)
    taken = approves(office, "--withdraw", "--reason", "wrong scope")

    assert (taken["decision"], taken["state"]) == ("withdrawn", "in review")
    assert "approved by nobody" in office.refused("docs", "publish", *ABOUT, "--as", "compliance")


def test_a_new_submission_takes_the_place_of_what_was_approved_and_says_so(office: Person) -> None:
    submits(office)
    approves(office)
    office.does(
        "record", "ai_system", "system.yaml", "--system", "credit-scoring@1.0", "--as", "compliance",
        "--set", "status=in_verification", "--ref", "supersedes=5",
    )  # fmt: skip
    seen = office.does("docs", "submit", *ABOUT, "--as", "compliance")

    assert "takes the place of other content, which was approved" in seen.err
    assert status(office)["state"] == "in review"


def test_the_same_content_is_submitted_once(office: Person) -> None:
    submits(office)

    assert "this content is in review already" in office.refused("docs", "submit", *ABOUT, "--as", "compliance")


def test_a_published_file_is_never_written_over_another(office: Person) -> None:
    submits(office)
    approves(office)
    (office.folder / "mine.docx").write_bytes(b"what somebody wrote")

    said = office.refused("docs", "publish", *ABOUT, "--as", "compliance", "-o", "mine.docx")

    assert "mine.docx: is there already" in said
    assert (office.folder / "mine.docx").read_bytes() == b"what somebody wrote"


def test_a_folder_that_can_not_be_written_is_said_before_anything_is_stored(
    office: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    submits(office)
    approves(office)
    real = os.open

    def shut(path: str, *rest: int) -> int:
        if str(path).endswith(".part"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest)

    monkeypatch.setattr(os, "open", shut)

    assert "Permission denied" in office.refused("docs", "publish", *ABOUT, "--as", "compliance", "-o", "shut")


def test_a_file_in_the_way_of_the_folder_is_said_before_anything_is_stored(office: Person) -> None:
    submits(office)
    approves(office)
    (office.folder / "out").write_text("")

    assert "writing out/doc-1.0-v1.docx" in office.refused("docs", "publish", *ABOUT, "--as", "compliance", "-o", "out")


def test_a_disk_that_fills_up_after_the_entry_leaves_a_way_to_the_file(
    office: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docgen.errors import OutputError

    submits(office)
    approves(office)
    full = OutputError("doc.docx", "No space left on device")

    def fail(path: Path, data: bytes) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr("docgen.sealing.seal_document", lambda *_: fail(Path(), b""))
        seen = office.runs("docs", "publish", *ABOUT, "--as", "compliance", "-o", "out", "--json")

    assert (seen.code, seen.json["file"]) == (3, None)
    assert "'aims docs seal' writes it" in seen.err
    assert status(office)["state"] == "published"
    sealed = office.does("docs", "seal", *ABOUT, "-o", "out", "--json").json
    assert find_seal((office.folder / sealed["file"]).read_bytes()) is not None


def test_the_file_can_be_sealed_again_from_what_was_kept(office: Person) -> None:
    submits(office)
    approves(office)
    first = file_of(office, publishes(office, "-o", "out"))
    office.does("docs", "seal", *ABOUT, "--version", "1", "-o", "again.docx")

    assert take_seal((office.folder / "again.docx").read_bytes()) == take_seal(first)


def test_a_kept_file_that_was_changed_is_not_sealed(office: Person) -> None:
    submits(office)
    approves(office)
    archived = sha256(take_seal(file_of(office, publishes(office)))).hexdigest()
    with Ledger.open(office.folder / "evidence.db", read_only=True) as ledger:
        path = ledger.blobs.path(archived)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")

    assert "entry 9 published" in office.refused("docs", "seal", *ABOUT, "-o", "again.docx")


def test_without_the_checkpoint_key_it_is_published_and_sealed_later(office: Person) -> None:
    submits(office)
    approves(office)
    seen = office.runs("docs", "publish", *ABOUT, "--as", "compliance", "-o", "out", "--no-checkpoint", "--json")

    assert (seen.code, seen.json["file"], seen.json["state"]) == (3, None, "committed")
    assert "no checkpoint covers entry 9 yet" in seen.json["problem"]
    office.does("checkpoint")
    office.does("docs", "seal", *ABOUT, "-o", "out")


def test_the_second_version_supersedes_the_first_and_prints_both(office: Person) -> None:
    submits(office, "--change", "First issue.")
    approves(office)
    publishes(office)
    office.does(
        "record", "ai_system", "system.yaml", "--system", "credit-scoring@1.0", "--as", "compliance",
        "--set", "status=in_verification", "--ref", "supersedes=5",
    )  # fmt: skip
    submits(office, "--change", "Verified.")
    approves(office)
    second = publishes(office)
    row = status(office)

    assert [(one["version"], one["state"]) for one in row["versions"]] == [  # type: ignore[attr-defined]
        ("1", "superseded"), ("2", "published"),
    ]  # fmt: skip
    assert entries(office, "publication")[-1]["supersedes"] == "version 1"
    assert second["file"] == "doc-1.0-v2.docx"


def test_a_withdrawn_version_is_out_of_force_and_stays_on_record(office: Person) -> None:
    submits(office)
    approves(office)
    publishes(office)
    office.does("docs", "withdraw", *ABOUT, "--reason", "wrong report", "--as", "compliance")
    row = status(office)

    assert (row["state"], row["version"]) == ("withdrawn", "")
    assert "version 1 is withdrawn already" in office.refused(
        "docs", "withdraw", *ABOUT, "--version", "1", "--reason", "again", "--as", "compliance"
    )


def test_sealing_a_version_that_is_out_of_force_says_so(office: Person) -> None:
    submits(office)
    approves(office)
    publishes(office)
    office.does("docs", "withdraw", *ABOUT, "--reason", "wrong report", "--as", "compliance")

    seen = office.does("docs", "seal", *ABOUT, "--version", "1", "-o", "again.docx")

    assert seen.err == "version 1 is withdrawn, which the file does not know\n"


def test_an_approval_taken_back_after_publication_is_told_by_the_status(office: Person) -> None:
    submits(office)
    index = approves(office)["index"]
    publishes(office)
    approves(office, "--withdraw", "--reason", "new facts")

    seen = office.does("docs", "status", "--pack", "mini")

    assert seen.err == f"doc: approval {index} of version 1 was taken back since\n"
    assert status(office)["state"] == "published"


def test_a_forged_publication_by_hand_changes_what_is_out_only_as_what_it_is(office: Person) -> None:
    """Somebody with the right to sign publications writes one that nobody approved: it shows no approval."""
    size, root = 6, office.does("checkpoint", "--list").out.splitlines()[-1]
    assert root
    office.does(
        "record", "publication", "--system", "credit-scoring@1.0", "--as", "compliance", "--set", "document=doc",
        "--set", "version=1", "--set", "language=en", "--set", "state=published",
        "--set", f"content_digest={'ab' * 32}",
        "--set", f"checkpoint.size={size}", "--set", f"checkpoint.root={'cd' * 32}",
    )  # fmt: skip
    row = status(office)

    assert (row["state"], row["approvals"], row["unapproved"]) == ("published", [], True)
    assert office.does("docs", "status", "--pack", "mini").out.endswith("NOBODY\n")


def test_a_submission_that_names_a_checkpoint_this_ledger_never_had_is_not_approved(office: Person) -> None:
    office.does(
        "record", "publication", "--system", "credit-scoring@1.0", "--as", "compliance", "--set", "document=doc",
        "--set", "version=1", "--set", "language=en", "--set", "state=in_review",
        "--set", f"content_digest={'ab' * 32}",
        "--set", "checkpoint.size=3", "--set", f"checkpoint.root={'cd' * 32}",
    )  # fmt: skip

    assert "which this ledger never had" in office.refused("docs", "approve", *ABOUT, "--as", "anna")


def test_a_submission_with_content_that_can_not_be_built_is_not_approved(office: Person) -> None:
    submits(office)
    template = office.folder / "mini" / "doc.md.j2"
    template.write_text("# Changed\n\nafter the submission\n\n" + template.read_text())

    said = office.refused("docs", "approve", *ABOUT, "--as", "anna")

    assert "gives content" in said
    assert "(pack mini 1)" in said


def test_two_who_publish_at_once_give_one_version(office: Person) -> None:
    submits(office)
    approves(office)

    def go(number: int) -> Seen:
        return office.starts("docs", "publish", *ABOUT, "--as", "compliance", "-o", f"out-{number}")

    with ThreadPoolExecutor(2) as pool:
        seen = list(pool.map(go, (1, 2)))

    assert sorted(one.code for one in seen) == [0, 2], [one.err for one in seen]
    assert [entry["state"] for entry in entries(office, "publication")].count("published") == 1


GAPS = "[document.data.publish]\nno_open = true\napprovals = 0\n"


def test_a_document_that_never_prints_with_gaps_is_not_even_built_with_one(clerk: Person) -> None:
    make_pack(clerk.folder, [LACKING], data=GAPS)

    said = clerk.refused("docs", "build", *ABOUT)

    assert "is never printed with gaps, and 1 points are open: point P-1" in said
    assert "is never printed with gaps" in clerk.refused("docs", "publish", *ABOUT, "--as", "compliance")


def test_a_document_that_needs_no_approval_is_published_without(clerk: Person) -> None:
    make_pack(clerk.folder, [NEED], data=GAPS)

    published = publishes(clerk)

    assert published["version"] == "1"
    assert "approvals" not in entries(clerk, "publication")[-1]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("no_opn = true", "no_opn: is not a known field"),
        ('requires = ["nothing"]', "'nothing' is no other document of the pack"),
        ('requires = ["doc"]', "'doc' is no other document of the pack"),
        ("approvals = -1", "found -1, expected 1 or more"),
    ],
)
def test_rules_that_are_wrong_are_said(clerk: Person, data: str, problem: str) -> None:
    make_pack(clerk.folder, [NEED], data=f"[document.data.publish]\n{data}\n")

    assert problem in clerk.refused("docs", "build", *ABOUT)


def test_a_document_that_requires_another_waits_for_it(office: Person) -> None:
    with (office.folder / "mini" / "pack.toml").open("a") as file:
        file.write(
            '[[document]]\nid = "declaration"\ntemplate = "doc.md.j2"\ntitle = "D"\nsubtitle = "S"\nabout = "system"\n'
            'points = "points.yaml"\n[document.data.publish]\nrequires = ["doc"]\n'
        )
    other = ("declaration", *ABOUT[1:])
    waiting = office.refused("docs", "build", *other)
    submits(office)
    approves(office)

    assert "requires doc, approved or published for the same version" in waiting
    assert office.does("docs", "build", *other).code == 0


def test_the_organisation_gives_number_owner_and_interval(office: Person) -> None:
    office.does(
        "record", "document", "--subject", "management-system", "--as", "compliance", "--set", "document_id=doc",
        "--set", "document_type=template", "--set", "title=Doc", "--set", "version=1",
        "--set", "number=QM-{subject}-{version}", "--set", "owner=quality",
    )  # fmt: skip
    submits(office)
    approves(office)
    publishes(office)
    entry = entries(office, "publication")[-1]

    assert (entry["number"], entry["owner"]) == ("QM-credit-scoring-1.0", "quality")


def test_a_submission_gives_number_and_owner_of_this_document(office: Person) -> None:
    submits(office, "--number", "TD-7", "--owner", "anna")
    approves(office)
    publishes(office)
    entry = entries(office, "publication")[-1]

    assert (entry["number"], entry["owner"]) == ("TD-7", "anna")


def test_a_hostile_change_text_prints_as_itself(office: Person) -> None:
    hostile = "R&D <5% {{ 7*7 }} | pipe ::: \x1b[31m"
    submits(office, "--change", hostile)
    approves(office)
    data = file_of(office, publishes(office))

    assert find_carrier(data) is not None
    assert entries(office, "publication")[-1]["change"] == hostile


def test_where_the_policy_waives_the_second_person_the_document_says_so(nobody: Person) -> None:
    nobody.does("init", "--name", "one.example/aims", "--founder", "One", "--waive-self-approval")
    nobody.does("key", "new", "solo")
    nobody.enrols("solo", "p-solo", "compliance", "approver")
    (nobody.folder / "system.yaml").write_text(
        "name: S\nintended_purpose: P\nprovider: {party_id: one, name: One}\n"
        "organisation_roles: [provider]\nstatus: in_development\n"
    )
    nobody.does("record", "ai_system", "system.yaml", "--system", "credit-scoring@1.0", "--as", "solo")
    make_pack(nobody.folder, [NEED])
    nobody.does("docs", "submit", *ABOUT, "--as", "solo")
    seen = nobody.does("docs", "approve", *ABOUT, "--as", "solo")
    nobody.does("docs", "publish", *ABOUT, "--as", "solo", "-o", "out")

    assert "no second person" in seen.out
    assert "p-solo (no second person)" in nobody.does("docs", "status", "--pack", "mini").out


def test_status_is_a_table_that_says_the_same_as_json(office: Person) -> None:
    submits(office)
    lines = office.does("docs", "status", "--pack", "mini").out.splitlines()
    row = status(office)

    assert len(lines) == 2
    assert lines[0].split()[:4] == ["DOCUMENT", "ABOUT", "LANG", "STATE"]
    assert lines[1].split() == [
        row["document"],
        "credit-scoring@1.0",
        "en",
        "in",
        "review",
        "1",
        "coming",
        row["owner"],
        "-",
        "-",
    ]


def test_status_of_a_ledger_that_was_copied_says_the_same(office: Person, tmp_path: Path) -> None:
    submits(office)
    shutil.copy(office.folder / "evidence.db", tmp_path / "copy.db")

    copied = office.does("docs", "status", "--pack", "mini", "--json", "--ledger", tmp_path / "copy.db").json

    assert copied == [status(office)]


# Editions

EDITIONS = '[document.data.audience]\n"P-2" = ["internal", "authority"]\n'


@pytest.fixture
def publisher(clerk: Person) -> Person:
    """A clerk with a pack whose second point is for the authority only."""
    make_pack(clerk.folder, {"P-1": [NEED], "P-2": [NEED]}, data=EDITIONS)
    return clerk


def test_an_edition_leaves_out_what_is_not_for_its_audience_and_says_for_whom_it_is(publisher: Person) -> None:
    built = {
        audience: publisher.does("docs", "build", *ABOUT, "--audience", audience, "-o", "out", "--json").json
        for audience in ("internal", "authority", "deployer", "public")
    }
    carriers = {
        audience: find_carrier((publisher.folder / one["file"]).read_bytes()) for audience, one in built.items()
    }

    assert built["internal"]["content_digest"] == built["authority"]["content_digest"]
    assert len({one["content_digest"] for one in built.values()}) == 3
    assert len({one["file"] for one in built.values()}) == 4
    assert [carrier and carrier["document"]["audience"] for carrier in carriers.values()] == list(built)


def test_each_edition_has_a_life_of_its_own_and_no_number_is_given_twice(publisher: Person) -> None:
    for audience in ("internal", "deployer"):
        edition = ("--audience", audience)
        publisher.does("docs", "submit", *ABOUT, *edition, "--as", "compliance")
        publisher.does("docs", "approve", *ABOUT, *edition, "--as", "anna")
    for audience in ("deployer", "internal"):
        publisher.does("docs", "publish", *ABOUT, "--audience", audience, "--as", "compliance", "-o", "out")
    rows = publisher.does("docs", "status", "--pack", "mini", "--json").json

    assert [(row["audience"], row["state"], row["version"]) for row in rows] == [
        ("internal", "published", "1"), ("deployer", "published", "2"),
    ]  # fmt: skip
    assert (publisher.folder / "out" / "doc-1.0-v2.deployer.docx").is_file()


def test_an_approval_of_one_edition_does_not_approve_another(publisher: Person) -> None:
    for audience in ("internal", "deployer"):
        publisher.does("docs", "submit", *ABOUT, "--audience", audience, "--as", "compliance")
    publisher.does("docs", "approve", *ABOUT, "--audience", "deployer", "--as", "anna")

    assert "approved by nobody" in publisher.refused("docs", "publish", *ABOUT, "--as", "compliance")


# Documents about one entry each, twins, templates


def incident(office: Person, name: str) -> None:
    office.does(
        "record", "decision", *ABOUT[1:3], "--as", "compliance", "--set", f"decision_id={name}", "--set",
        "topics:=[\"other\"]", "--set", "title=T", "--set", "decision=D", "--set", "reason=R",
    )  # fmt: skip


def test_a_document_that_is_made_per_entry_has_a_life_for_each(clerk: Person) -> None:
    make_pack(clerk.folder, [NEED], data='per = "decision"\n')
    for name in ("D-1", "D-2"):
        incident(clerk, name)
        clerk.does("docs", "submit", *ABOUT, "--about", name, "--as", "compliance")
    clerk.does("docs", "approve", *ABOUT, "--about", "D-2", "--as", "anna")
    clerk.does("docs", "publish", *ABOUT, "--about", "D-2", "--as", "compliance", "-o", "out")
    rows = clerk.does("docs", "status", "--pack", "mini", "--json").json

    assert [(row["document"], row["state"]) for row in rows] == [("doc/D-1", "in review"), ("doc/D-2", "published")]
    assert (clerk.folder / "out" / "doc-1.0-D-2-v1.docx").is_file()
    packed = clerk.does("docs", "pack", "file", *ABOUT[1:], "--no-pdf", "--json").json
    assert [file["document"] for file in packed["files"] if "document" in file] == ["doc/D-1", "doc/D-2"]


def test_a_machine_readable_twin_is_published_and_kept_beside_its_document(clerk: Person) -> None:
    make_pack(clerk.folder, [NEED], data="twin = true\n")
    submits(clerk)
    approves(clerk)
    publishes(clerk, "-o", "out")
    clerk.does("docs", "seal", *ABOUT, "-o", "again")
    first, again = (clerk.folder / name / "doc-1.0-v1.json" for name in ("out", "again"))

    assert first.read_bytes() == again.read_bytes()
    assert [file["format"] for file in entries(clerk, "publication")[-1]["files"]] == ["docx", "json"]  # type: ignore[attr-defined]
    assert entries(clerk, "publication")[-1]["files"][1]["digest"] == sha256(first.read_bytes()).hexdigest()  # type: ignore[index]


def test_a_twin_that_is_there_is_not_written_over_either(clerk: Person) -> None:
    make_pack(clerk.folder, [NEED], data="twin = true\n")
    submits(clerk)
    approves(clerk)
    (clerk.folder / "mine.json").write_text("{}")

    assert "mine.json: is there already" in clerk.refused(
        "docs", "publish", *ABOUT, "--as", "compliance", "-o", "mine.docx"
    )


def test_a_company_s_template_changes_the_looks_and_not_what_was_approved(office: Person) -> None:
    template = Path(__file__).parents[1] / "docgen" / "word_templates" / "libreoffice.docx"
    submitted = submits(office)
    approves(office)
    data = file_of(office, publishes(office, "--template", template))

    assert find_seal(data) is not None
    assert sha256(take_seal(data)).hexdigest() == entries(office, "publication")[-1]["files"][0]["digest"]  # type: ignore[index]
    carrier = find_carrier(data)
    assert carrier is not None
    assert carrier["content_digest"] == submitted["content_digest"]


def test_two_paths_to_one_ledger_give_one_version_all_the_same(office: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is beside the file that is named; whoever goes round it is told that another came first."""
    submits(office)
    approves(office)
    body = steps.publication_body

    def late(*arguments: object, **more: object) -> dict[str, object]:
        made = body(*arguments, **more)  # type: ignore[arg-type]
        if not (office.folder / "first").exists():
            (office.folder / "first").mkdir()
            monkeypatch.setattr("cli.publishing.one_at_a_time", _free)
            publishes(office, "-o", "first")
        return made

    monkeypatch.setattr(steps, "publication_body", late)
    seen = office.runs("docs", "publish", *ABOUT, "--as", "compliance", "-o", "second")

    assert seen.code == 2
    assert "did not publish version 1: entry 9 did before it" in seen.err
    assert not list(office.folder.glob("second/*"))
    assert (
        "doc: entry 10 changed nothing: version 1 was published before"
        in office.does("docs", "status", "--pack", "mini").err
    )


@contextmanager
def _free(_: object) -> Iterator[None]:
    yield


def verified(person: Person, file: object) -> int:
    (person.folder / "policy").write_text(person.does("checkpoint", "--policy").out)
    return person.runs("verify", file, "--trust", "policy").code


def test_what_is_published_verifies_alone_and_what_is_not_proves_nothing(office: Person) -> None:
    submits(office)
    approves(office)
    published = publishes(office)["file"]
    office.does("docs", "build", *ABOUT, "-o", "draft.docx")
    data = (office.folder / str(published)).read_bytes()
    (office.folder / "unsealed.docx").write_bytes(take_seal(data))

    assert [verified(office, file) for file in (published, "draft.docx", "unsealed.docx")] == [0, 4, 4]


def test_a_document_about_one_entry_verifies_too(clerk: Person) -> None:
    make_pack(clerk.folder, [NEED], data='per = "decision"\n')
    incident(clerk, "D-1")
    clerk.does("docs", "submit", *ABOUT, "--about", "D-1", "--as", "compliance")
    clerk.does("docs", "approve", *ABOUT, "--about", "D-1", "--as", "anna")
    clerk.does("docs", "publish", *ABOUT, "--about", "D-1", "--as", "compliance", "-o", "one.docx")

    assert verified(clerk, "one.docx") == 0


def test_an_edition_verifies_too(publisher: Person) -> None:
    edition = ("--audience", "deployer")
    publisher.does("docs", "submit", *ABOUT, *edition, "--as", "compliance")
    publisher.does("docs", "approve", *ABOUT, *edition, "--as", "anna")
    publisher.does("docs", "publish", *ABOUT, *edition, "--as", "compliance", "-o", "one.docx")

    assert verified(publisher, "one.docx") == 0


def test_a_document_that_needed_no_approval_verifies_too(clerk: Person) -> None:
    make_pack(clerk.folder, [NEED], data=GAPS)

    assert verified(clerk, publishes(clerk)["file"]) == 0
