"""Bundles made: what goes in, what stays out, what is claimed, and the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ledger.bundle import Request, verify_bundle, write_bundle
from ledger.errors import BadInput, Damaged, ProofError, Refused, StoreError
from ledger.trust import parse_trust_policy
from tests.bundle.samples import OTHER, Samples
from tests.bundle.taking_apart import Parts, findings
from tests.ledger.harness import SUBJECT, Harness, decision


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    """A young ledger of its own."""
    made = Harness.create(tmp_path)
    yield made
    made.close()


def make(harness: Harness, request: Request, name: str = "bundle.zip") -> Parts:
    path = harness.folder / name
    write_bundle(harness.ledger.backend, request, path)
    assert not verify_bundle(path, None).tampered
    return Parts.of(path)


# Which entries


def test_a_bundle_of_a_system_has_all_its_entries_and_the_whole_key_history(
    samples: Samples, bundles: dict[str, Path]
) -> None:
    ledger, parts = samples.harness.ledger, Parts.of(bundles["system"])
    about = [entry.index for entry in ledger.entries(subject=SUBJECT)]
    keys = [entry.index for entry in ledger.entries(kinds=["ledger", "key"])]

    assert parts.manifest["entries"] == about
    assert set(keys) <= set(parts.manifest["context"])
    assert parts.manifest["scope"] == {
        "by": "system", "subject": SUBJECT, "complete": {SUBJECT: {"first_nth": 0, "last_nth": len(about) - 1}}
    }  # fmt: skip
    assert parts.files["leaves.jsonl"] == b"".join(ledger.leaf(index) + b"\n" for index in parts.carried)


def test_a_time_takes_what_was_recorded_then_with_a_neighbour_on_each_side(
    samples: Samples, bundles: dict[str, Path]
) -> None:
    parts, about = Parts.of(bundles["time"]), [e.index for e in samples.harness.ledger.entries(subject=SUBJECT)]

    assert parts.manifest["entries"] == about[1:4]
    assert {about[0], about[4]} <= set(parts.manifest["context"])


def test_a_kind_is_a_choice_and_nothing_of_it_is_said_to_be_complete(bundles: dict[str, Path]) -> None:
    manifest = Parts.of(bundles["kind"]).manifest

    assert manifest["scope"] == {"by": "kind", "kind": "oversight_action", "complete": {}}
    assert len(manifest["entries"]) == 3


def test_incidents_and_controls_bring_what_names_them(samples: Samples, bundles: dict[str, Path]) -> None:
    assert Parts.of(bundles["incident"]).manifest["entries"] == [samples.places["incident"]]
    assert Parts.of(bundles["control"]).manifest["entries"] == [samples.places["control"]]


def test_what_refers_to_an_incident_and_what_it_refers_to_comes_along(harness: Harness) -> None:
    cause = harness.record("ai_decision", decision(1))
    incident = {
        "incident_id": "incident-7", "title": "x", "description": "x", "status": "open", "serious": "no",
        "detected": "2026-11-23T09:00:00Z", "references": [{"rel": "about", "statement": cause.statement}],
    }  # fmt: skip
    named = harness.record("incident", incident, "compliance")
    told = harness.record("ai_decision", decision(2, references=[
        {"rel": "responds_to", "statement": named.statement}]))  # fmt: skip
    harness.record("ai_decision", decision(3))

    parts = make(harness, Request(incident="incident-7"))

    assert parts.manifest["entries"] == [cause.index, named.index, told.index]


def test_what_names_a_control_is_carried_where_it_shows_why_an_entry_of_a_kind_is_in_scope(harness: Harness) -> None:
    control = {"source": "annex_a", "control_id": "A.6.2.4", "applicable": "yes"}
    named = harness.record("control", control, "compliance", subject="management-system")
    harness.record("control", control, "compliance", subject="management-system")
    told = harness.record("ai_decision", decision(1, references=[{"rel": "about", "statement": named.statement}]))

    parts = make(harness, Request(control="A.6.2.4", kind="ai_decision"))

    assert parts.manifest["entries"] == [told.index]
    assert [index for index in parts.manifest["context"] if index >= named.index] == [named.index]


def test_single_entries_beside_a_filter_are_named_in_the_scope(harness: Harness) -> None:
    one, other = (harness.record("ai_decision", decision(n), subject=f"system-{n}").index for n in (1, 2))

    parts = make(harness, Request(subject="system-1", entries=((other, ""),)))
    report = verify_bundle(harness.folder / "bundle.zip", None)

    assert parts.manifest["entries"] == [one, other]
    assert parts.manifest["scope"]["named"] == [other]
    assert report.notes[0] == (
        f"made for, as its maker says: entries about system-1, and 1 named one by one: entry {other}"
    )
    assert f"1 of them were named one by one and may be anything: entry {other}." in parts.files["scope.txt"].decode()


def test_a_later_correction_and_erasures_are_carried_with_a_chosen_entry(
    samples: Samples, bundles: dict[str, Path]
) -> None:
    assert samples.places["correction"] in Parts.of(bundles["entries"]).manifest["context"]
    erasures = {samples.places["erasure"], samples.places["erasure"] + 1}
    assert erasures <= set(Parts.of(bundles["system"]).carried)


def test_entries_not_indexed_yet_are_found(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    harness.ledger.rebuild_index()
    late = harness.record("ai_decision", decision(2)).index
    other = harness.record("ai_decision", decision(3), subject=OTHER).index

    parts = make(harness, Request(subject=SUBJECT))

    assert late in parts.manifest["entries"]
    assert other not in parts.carried


def test_a_cited_entry_must_be_the_one_that_was_cited(samples: Samples, tmp_path: Path) -> None:
    place = samples.places["corrected"]
    cited = samples.harness.entry(place).leaf_hash.hex()[:8]
    backend = samples.harness.ledger.backend

    write_bundle(backend, Request(entries=((place, cited),), cited=True), tmp_path / "b.zip")

    with pytest.raises(ProofError, match="the citation says"):
        write_bundle(backend, Request(entries=((place, "00000000"),), cited=True), tmp_path / "c.zip")
    assert not (tmp_path / "c.zip").exists()


def test_nothing_to_put_in_is_refused_and_leaves_no_file(samples: Samples, tmp_path: Path) -> None:
    backend, target = samples.harness.ledger.backend, tmp_path / "b.zip"

    for request in (Request(subject="nobody"), Request(incident="none"), Request(until=0), Request()):
        with pytest.raises(BadInput, match="under the checkpoint matches"):
            write_bundle(backend, request, target)
    with pytest.raises(BadInput, match="entry 999: not under the checkpoint"):
        write_bundle(backend, Request(entries=((999, ""),)), target)
    with pytest.raises(BadInput, match="none of size 3 is stored"):
        write_bundle(backend, Request(subject=SUBJECT, checkpoint=3), target)
    assert list(tmp_path.iterdir()) == []


def test_without_a_checkpoint_there_is_nothing_to_stand_on(harness: Harness, tmp_path: Path) -> None:
    with harness.tampering() as connection:
        connection.execute("DELETE FROM checkpoint")

    with pytest.raises(Refused, match="no signed checkpoint"):
        write_bundle(harness.ledger.backend, Request(subject="ledger"), tmp_path / "b.zip")


def test_a_target_that_can_not_be_written_is_said(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    for target in (tmp_path / "none" / "b.zip", tmp_path / "folder"):
        with pytest.raises(StoreError, match="can't be written"):
            write_bundle(samples.harness.ledger.backend, Request(subject=SUBJECT), target)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


# Damage


def test_a_damaged_ledger_gives_no_bundle(harness: Harness, tmp_path: Path) -> None:
    """What would not verify is not handed out, and the file that was there stays."""
    place = harness.record("ai_decision", decision(1)).index
    target = tmp_path / "b.zip"
    target.write_bytes(b"before")
    with harness.tampering() as connection:
        leaf = connection.execute("SELECT leaf FROM entry WHERE idx = ?", (place,)).fetchone()[0]
        connection.execute("UPDATE entry SET leaf = ? WHERE idx = ?", (leaf.replace(b"Z", b"Y", 1), place))

    with pytest.raises(Damaged):
        write_bundle(harness.ledger.backend, Request(subject=SUBJECT), target)

    assert target.read_bytes() == b"before"


def test_an_index_that_hides_an_entry_can_not_make_a_complete_run(harness: Harness, tmp_path: Path) -> None:
    places = [harness.record("ai_decision", decision(n)).index for n in range(4)]
    harness.ledger.rebuild_index()
    with harness.tampering() as connection:
        connection.execute("UPDATE entry_index SET subject = 'x' WHERE idx = ?", (places[1],))

    with pytest.raises(Damaged, match="the index hides an entry"):
        write_bundle(harness.ledger.backend, Request(subject=SUBJECT), tmp_path / "b.zip")


def test_an_attachment_with_other_bytes_is_not_handed_out(tmp_path: Path) -> None:
    samples = Samples.make(tmp_path)
    names = [name for name in Parts.of(samples.bundle("a", samples.requests()["disclosed"])).files if "ments/" in name]
    path = samples.harness.ledger.blobs.path(names[0].removeprefix("attachments/"))
    path.write_bytes(bytes(path.stat().st_size))

    with pytest.raises(Damaged, match="its bytes have digest"):
        samples.bundle("b", samples.requests()["disclosed"])

    samples.harness.close()


# What stays out


def test_no_personal_value_or_file_goes_along_unasked(samples: Samples, bundles: dict[str, Path]) -> None:
    for name, path in bundles.items():
        files = Parts.of(path).files
        texts = b"\n".join(data for file, data in files.items() if not file.startswith("verify."))
        asked = samples.requests()[name].disclose
        assert bool(files["disclosures.jsonl"]) is asked
        assert b"a letter from" not in texts or name == "disclosed"
        assert b"Ann Example" not in texts


def test_attachments_without_disclosure_are_those_that_are_not_personal(bundles: dict[str, Path]) -> None:
    contents = [data for name, data in Parts.of(bundles["attachments"]).files.items() if name.startswith("attachments")]

    assert contents == [b"a report"]


# The same bytes


def test_the_same_ledger_and_request_give_the_same_bytes(samples: Samples, bundles: dict[str, Path]) -> None:
    for name, request in samples.requests().items():
        assert samples.bundle("again", request).read_bytes() == bundles[name].read_bytes(), name


def test_a_bundle_on_an_old_checkpoint_stays_the_same_while_the_ledger_grows(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    request = Request(subject=SUBJECT, checkpoint=harness.ledger.size)
    before = make(harness, request)
    harness.record("ai_decision", decision(2))
    after = make(harness, request, "later.zip")

    assert before == after


# Checkpoints


def test_the_first_checkpoint_that_witnesses_saw_each_entry_in_goes_along(
    samples: Samples, bundles: dict[str, Path]
) -> None:
    lines = Parts.of(bundles["system"]).lines("history.jsonl")

    assert [len(line["timestamps"]) for line in lines] == [1, 0]
    assert all(line["proof"] for line in lines)


def test_a_time_stamp_of_the_bundles_own_checkpoint_goes_along(harness: Harness) -> None:
    samples = Samples(harness, harness.folder, {})
    samples.stamp(b"token")
    path = samples.bundle("stamped", Request(subject="ledger"))
    (line,) = Parts.of(path).lines("history.jsonl")

    assert (line["proof"], line["timestamps"]) == ([], ["timestamps/0.tsr"])
    assert ("not checked here", "history 0") in findings(verify_bundle(path, None))


def test_a_time_stamp_that_is_none_does_not_verify(samples: Samples, bundles: dict[str, Path], tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client", reason="the extra timestamps is not installed")
    from tests.ledger.tsa import Authority

    trust = parse_trust_policy(samples.trust())

    found = findings(verify_bundle(bundles["system"], trust, Authority().roots))

    assert ("altered", "history 0") in found


# Pages


class Text(HTMLParser):
    """The text and tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_list_has_a_row_for_each_entry_and_loads_nothing(samples: Samples, bundles: dict[str, Path]) -> None:
    parts = Parts.of(bundles["system"])
    page = parts.files["index.html"].decode()

    assert Text(page).tags.count("tr") == len(parts.carried) + 1
    assert not re.search(r"<script|<link|<img|https?://|@import|url\(", page)
    assert "proves nothing" in page
    entry = samples.harness.entry(samples.places["corrected"])
    assert f"#{entry.index} <code>{entry.short}</code>" in page
    assert "overseer-1" in page


def test_what_entries_say_is_escaped_in_the_list(harness: Harness) -> None:
    control = {"source": "own", "control_id": "X.1", "title": "<script>alert(1)</script> & <b>",
               "applicable": "yes"}  # fmt: skip
    harness.record("control", control, "compliance", subject="management-system")

    page = make(harness, Request(subject="management-system")).files["index.html"].decode()

    assert "<script" not in page
    assert set(Text(page).tags) <= {
        "html", "head", "meta", "title", "style", "body", "h1", "p", "code", "table", "thead", "tbody", "tr", "th", "td"
    }  # fmt: skip


def test_the_scope_says_in_words_what_is_shown_and_what_is_not(bundles: dict[str, Path]) -> None:
    texts = [Parts.of(bundles[name]).files["scope.txt"].decode() for name in ("system", "kind", "time")]
    system, kind, time = (" ".join(text.split()) for text in texts)

    assert "Entries about credit-scoring." in system
    assert "are all here" in system
    assert "can't be shown" in system
    assert "these entries are a choice" in kind
    assert "The one before them is carried too" in time
    assert "The one after them is carried too" in time
    for text in texts:
        assert "not a conformity assessment" in text
        assert "filed under another system's name" in text
        assert max(map(len, text.splitlines())) <= 110


def test_what_was_made_is_told_to_its_maker(samples: Samples, tmp_path: Path) -> None:
    made = write_bundle(samples.harness.ledger.backend, samples.requests()["system"], tmp_path / "b.zip")
    parts = Parts.of(made.path)

    assert (made.entries, made.context) == (len(parts.manifest["entries"]), len(parts.manifest["context"]))
    assert (made.cosigners, made.after, made.attachments) == (3, 0, 0)
    assert (made.withheld_attachments, made.size) == (3, samples.harness.ledger.size)
    assert made.file_size == made.path.stat().st_size
