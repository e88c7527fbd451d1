"""What was handed over, verified with a trust file alone: each way to be wrong has its verdict and place."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import Ledger
from ledger.bundle import Request, write_bundle
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.cosignature import cosigner_key, sign_cosignature
from ledger.errors import AimsError, BadInput, FormatError, ProofError, Refused
from ledger.leaf import parse_leaf
from ledger.merkle import leaf_hash
from ledger.note import Note, VerifierKey, format_note, format_vkey, parse_note, sign_note
from ledger.offline import checkpoint_in, verify_file, verify_received
from ledger.proof_file import (
    ConsistencyFile,
    ProofFile,
    format_consistency_file,
    format_proof_file,
    parse_consistency_file,
    parse_proof_file,
)
from ledger.proving import make_consistency_file, make_receipt
from ledger.received import HandedOver, Received, tell
from ledger.trust import TrustPolicy, parse_trust_policy
from ledger.verdicts import Report
from tests.ledger.attacker import Suspect
from tests.ledger.harness import signer

T = 1_800_000_000


@pytest.fixture(scope="module")
def story(tiled_story: Path) -> Suspect:
    """A ledger with full tiles; only for reading."""
    return Suspect(tiled_story)


@pytest.fixture(scope="module")
def origin(story: Suspect) -> str:
    return story.origin


@pytest.fixture(scope="module")
def sizes(story: Suspect) -> list[int]:
    """The sizes of the stored checkpoints."""
    with Ledger.open(story.path, read_only=True, state=story.state) as ledger:
        return sorted({int(note.split(b"\n")[1]) for note in ledger.checkpoints()})


def read(story: Suspect, what: str, *arguments: int) -> bytes:
    make = {"receipt": make_receipt, "growth": make_consistency_file}[what]
    with Ledger.open(story.path, read_only=True, state=story.state) as ledger:
        return make(ledger, *arguments)


def note_of(story: Suspect, size: int) -> bytes:
    return parse_consistency_file(read(story, "growth", 1, size)).note


@pytest.fixture(scope="module")
def receipt(story: Suspect) -> bytes:
    """The receipt of entry 40, without cosignatures."""
    file = parse_proof_file(read(story, "receipt", 40))
    parsed = parse_note(file.note)
    return format_proof_file(replace(file, note=format_note(Note(parsed.text, parsed.signatures[:1]))))


def policy(origin: str, *lines: str, keys: str = "checkpoint") -> TrustPolicy:
    logs = [f"log {format_vkey(VerifierKey(origin, signer(name).public_key))}" for name in keys.split()]
    witnesses = [f"witness {name} {format_vkey(cosigner_key(f'{name}.example', signer(name)))}" for name in "abc"]
    return parse_trust_policy(
        "".join(f"{line}\n" for line in (*logs, *witnesses, *(lines or ["quorum none"]))).encode()
    )


def verify(tmp_path: Path, data: bytes, trust: TrustPolicy | None, *kept: bytes) -> Report:
    (tmp_path / "handed").write_bytes(data)
    return verify_file(tmp_path / "handed", trust, checkpoints=kept)


def found(report: Report) -> list[tuple[str, str]]:
    return [(finding.verdict.value, str(finding.place)) for finding in report.findings]


def cosigned(note: bytes, *names: str, time: int = T) -> bytes:
    parsed = parse_note(note)
    lines = [sign_cosignature(parsed.text, f"{name}.example", signer(name), time) for name in names]
    return format_note(Note(parsed.text, (*parsed.signatures, *lines)))


# What passes


def test_a_receipt_is_sound_and_says_what_the_entry_is(
    tmp_path: Path, story: Suspect, receipt: bytes, origin: str
) -> None:
    report = verify(tmp_path, receipt, policy(origin))

    leaf = parse_leaf(story.leaves()[40])
    assert (report.exit_code, report.summary, report.level, report.origin) == (0, "sound", "receipt", origin)
    assert report.size == report.checkpoint_size > 40
    assert report.notes[0].startswith("entry 40: ")
    signer_id = leaf.envelope.signatures[0].keyid[:16]
    assert report.notes[2] == f"it carries signatures of the keys {signer_id}, which a receipt does not vouch for"


def test_receipts_of_every_entry_are_sound(tmp_path: Path, story: Suspect, origin: str, sizes: list[int]) -> None:
    for index in range(0, sizes[-1], 23):
        assert verify(tmp_path, read(story, "receipt", index), policy(origin)).exit_code == 0


def test_a_receipt_may_be_under_any_stored_checkpoint(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int]
) -> None:
    for size in (size for size in sizes if size > 5):
        report = verify(tmp_path, read(story, "receipt", 5, size), policy(origin))
        assert (report.exit_code, report.size) == (0, size)


def test_a_checkpoint_is_sound(tmp_path: Path, story: Suspect, origin: str, sizes: list[int]) -> None:
    report = verify(tmp_path, note_of(story, sizes[-1]), policy(origin))

    assert (report.exit_code, report.level, report.size) == (0, "checkpoint", sizes[-1])


def test_growth_between_any_two_checkpoints_is_sound(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int]
) -> None:
    for old in sizes[::2]:
        for new in (size for size in sizes[::3] if size >= old):
            report = verify(tmp_path, read(story, "growth", old, new), policy(origin), note_of(story, old))
            assert (report.exit_code, report.summary) == (0, "sound")


def test_witnesses_and_their_times_are_told(tmp_path: Path, receipt: bytes, origin: str) -> None:
    file = parse_proof_file(receipt)
    data = format_proof_file(replace(file, note=cosigned(cosigned(file.note, "b", time=T + 60), "a")))

    report = verify(tmp_path, data, policy(origin, "group g all a b", "quorum g"))

    assert report.exit_code == 0
    assert report.notes[:3] == (
        "cosigned by a at 2027-01-15T08:00:00Z",
        "cosigned by b at 2027-01-15T08:01:00Z",
        "the quorum had seen it at 2027-01-15T08:01:00Z",
    )


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (0, "without a time"),
        (253_402_300_799, "at 9999-12-31T23:59:59Z"),
        (253_402_300_800, "at 253402300800 s after 1970"),
        (2**63 - 1, "at 9223372036854775807 s after 1970"),
    ],
)
def test_times_without_a_date_are_told_too(tmp_path: Path, receipt: bytes, origin: str, time: int, words: str) -> None:
    file = parse_proof_file(receipt)

    report = verify(
        tmp_path, format_proof_file(replace(file, note=cosigned(file.note, "a", time=time))), policy(origin)
    )

    assert report.exit_code == 0
    assert words in report.notes[0]


# Whose keys


def test_nothing_is_verified_without_a_trust_file(
    tmp_path: Path, story: Suspect, receipt: bytes, sizes: list[int]
) -> None:
    for data in (receipt, note_of(story, sizes[-1]), read(story, "growth", 1)):
        with pytest.raises(BadInput, match="vouches for nothing by itself; say whose keys to trust: --trust FILE"):
            verify(tmp_path, data, None)


def test_a_receipt_of_another_ledger_is_by_an_unknown_key(tmp_path: Path, receipt: bytes) -> None:
    report = verify(tmp_path, receipt, policy("bank.example/other"))

    assert (report.exit_code, found(report)) == (1, [("key unknown", "checkpoint")])
    assert report.checkpoint_size == 0


def test_unknown_signers_only_are_no_pass(tmp_path: Path, story: Suspect, receipt: bytes, origin: str) -> None:
    trust = policy(origin, "quorum a", keys="another")

    for data in (receipt, parse_proof_file(receipt).note):
        report = verify(tmp_path, data, trust)
        assert sorted(found(report)) == [("key unknown", "checkpoint"), ("not witnessed", "checkpoint")]


@pytest.mark.parametrize("names", ["", "a", "c"])
def test_too_few_witnesses_are_no_pass(tmp_path: Path, receipt: bytes, origin: str, names: str) -> None:
    file = parse_proof_file(receipt)
    data = format_proof_file(replace(file, note=cosigned(file.note, *names)))

    report = verify(tmp_path, data, policy(origin, "group g all a b", "quorum g"))

    assert (report.exit_code, found(report)) == (1, [("not witnessed", "checkpoint")])
    assert report.findings[0].detail == (
        f"cosigned by {names or 'no witness of it'}, which is not the quorum g of the trust file"
    )


def test_a_witness_that_the_file_brings_along_counts_for_nothing(tmp_path: Path, receipt: bytes, origin: str) -> None:
    file = parse_proof_file(receipt)
    parsed = parse_note(file.note)
    forged = sign_cosignature(parsed.text, "a.example", signer("forger"), T)
    data = format_proof_file(replace(file, note=format_note(Note(parsed.text, (*parsed.signatures, forged)))))

    assert found(verify(tmp_path, data, policy(origin, "quorum a"))) == [("not witnessed", "checkpoint")]


def test_a_wrong_signature_of_a_known_key_spoils_the_rest(tmp_path: Path, receipt: bytes, origin: str) -> None:
    file = parse_proof_file(receipt)
    parsed = parse_note(cosigned(file.note, "a", "b"))
    for at in range(3):
        lines = list(parsed.signatures)
        lines[at] = replace(lines[at], signature=lines[at].signature[:-1] + bytes([lines[at].signature[-1] ^ 1]))
        data = format_proof_file(replace(file, note=format_note(Note(parsed.text, tuple(lines)))))

        report = verify(tmp_path, data, policy(origin, "quorum a"))

        assert (report.exit_code, found(report)) == (1, [("signature invalid", "checkpoint")])


def test_a_hundred_signatures_are_read_and_more_refused(tmp_path: Path, receipt: bytes, origin: str) -> None:
    file = parse_proof_file(receipt)
    many = cosigned(file.note, *["stranger"] * 98, "a")

    assert verify(tmp_path, format_proof_file(replace(file, note=many)), policy(origin, "quorum a")).exit_code == 0
    with pytest.raises(FormatError, match="101 signatures, expected at most 100"):
        verify(tmp_path, many + many.split(b"\n")[-2] + b"\n", policy(origin))


# Receipts that are wrong


def test_every_hash_with_a_flipped_bit_fails(tmp_path: Path, receipt: bytes, origin: str) -> None:
    file = parse_proof_file(receipt)
    for at, value in enumerate(file.proof):
        wrong = (*file.proof[:at], bytes([value[0] ^ 1, *value[1:]]), *file.proof[at + 1 :])

        report = verify(tmp_path, format_proof_file(replace(file, proof=wrong)), policy(origin))

        assert (report.exit_code, found(report)) == (1, [("altered", "entry 40")])


@pytest.mark.parametrize("change", ["short", "long", "swapped", "none"])
def test_a_path_of_another_shape_fails(tmp_path: Path, receipt: bytes, origin: str, change: str) -> None:
    file = parse_proof_file(receipt)
    first, *rest = file.proof
    proof = {"short": (*rest,), "long": (*file.proof, first), "swapped": (*rest, first), "none": ()}[change]

    assert found(verify(tmp_path, format_proof_file(replace(file, proof=proof)), policy(origin))) == [
        ("altered", "entry 40")
    ]


def test_an_entry_that_was_changed_fails(tmp_path: Path, receipt: bytes, origin: str) -> None:
    file = parse_proof_file(receipt)
    assert file.extra is not None
    members = json.loads(file.extra)
    members["envelope"]["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    changed = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()

    report = verify(tmp_path, format_proof_file(replace(file, extra=changed)), policy(origin))

    assert found(report) == [("altered", "entry 40")]


def test_the_entry_of_another_place_fails(tmp_path: Path, story: Suspect, receipt: bytes, origin: str) -> None:
    other = replace(parse_proof_file(read(story, "receipt", 41)), index=40)

    report = verify(tmp_path, format_proof_file(other), policy(origin))

    assert {place for _, place in found(report)} == {"entry 40"}
    assert any("it says that it is entry 41" in finding.detail for finding in report.findings)


def test_the_path_of_one_ledger_does_not_lead_into_another(tmp_path: Path, receipt: bytes) -> None:
    file = parse_proof_file(receipt)
    there = sign_checkpoint(replace(file.checkpoint, origin="bank.example/other"), signer("other"))

    report = verify(tmp_path, format_proof_file(replace(file, note=there)), policy("bank.example/other", keys="other"))

    assert found(report) == [("altered", "entry 40")], "the root is that of this ledger, the name in the leaf is not"


def test_a_leaf_that_the_log_should_never_have_taken_is_told(tmp_path: Path, origin: str) -> None:
    for leaf, verdict in ((b"not a leaf", "altered"), (b'{"v":2}', "unsupported version")):
        note = sign_checkpoint(Checkpoint(origin, 1, leaf_hash(leaf)), signer("checkpoint"))

        report = verify(tmp_path, format_proof_file(ProofFile(0, (), note, leaf)), policy(origin))

        assert found(report) == [(verdict, "entry 0")]


def test_a_proof_without_its_entry_is_not_checked(tmp_path: Path, receipt: bytes, origin: str) -> None:
    report = verify(tmp_path, format_proof_file(replace(parse_proof_file(receipt), extra=None)), policy(origin))

    assert (report.exit_code, found(report)) == (4, [("not checked here", "entry 40")])


# Checkpoints and growth that are wrong


def rewritten(origin: str, size: int) -> bytes:
    """A checkpoint of another history, by the same key."""
    return sign_checkpoint(Checkpoint(origin, size, leaf_hash(b"another history")), signer("checkpoint"))


def test_another_root_at_the_same_size_is_a_fork(tmp_path: Path, story: Suspect, origin: str, sizes: list[int]) -> None:
    for data in (note_of(story, sizes[-1]), read(story, "receipt", 7, sizes[-1]), read(story, "growth", sizes[-1])):
        report = verify(tmp_path, data, policy(origin), rewritten(origin, sizes[-1]))
        assert (report.exit_code, found(report)) == (1, [("forked", "checkpoint")])


def test_growth_from_another_history_is_a_fork(tmp_path: Path, story: Suspect, origin: str, sizes: list[int]) -> None:
    report = verify(tmp_path, read(story, "growth", sizes[2]), policy(origin), rewritten(origin, sizes[2]))

    assert (report.exit_code, found(report)) == (1, [("forked", "consistency proof")])


def test_every_hash_of_a_growth_with_a_flipped_bit_fails(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int]
) -> None:
    file, kept = parse_consistency_file(read(story, "growth", sizes[3])), note_of(story, sizes[3])
    for at, value in enumerate(file.proof):
        wrong = (*file.proof[:at], bytes([*value[:31], value[31] ^ 128]), *file.proof[at + 1 :])

        report = verify(tmp_path, format_consistency_file(replace(file, proof=wrong)), policy(origin), kept)

        assert found(report) == [("forked", "consistency proof")]


def test_growth_from_nothing_that_was_given_is_not_checked(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int]
) -> None:
    growth = read(story, "growth", sizes[3])

    alone = verify(tmp_path, growth, policy(origin))
    other = verify(tmp_path, growth, policy(origin), note_of(story, sizes[4]))

    assert (alone.exit_code, found(alone)) == (4, [("not checked here", "consistency proof")])
    assert (other.exit_code, found(other)) == (
        4, [("not checked here", "consistency proof"), ("not checked here", "kept checkpoint")],
    )  # fmt: skip


@pytest.mark.parametrize("handed", ["receipt", "checkpoint", "growth"])
@pytest.mark.parametrize(
    ("kept", "here", "advice"),
    [
        (2, -1, "nothing here leads from its {kept} entries to the {here} of this one"),
        (-1, 6, "it has {kept} entries; this one of {here} is older, and nothing here leads from it to the kept one"),
    ],
)
def test_where_nothing_leads_from_one_checkpoint_to_the_other_it_is_said_what_would(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int], handed: str, kept: int, here: int, advice: str
) -> None:
    old, new = sorted((sizes[kept], sizes[here]))
    data = {
        "receipt": read(story, "receipt", 5, sizes[here]),
        "checkpoint": note_of(story, sizes[here]),
        "growth": read(story, "growth", sizes[4], sizes[here]),
    }[handed]

    report = verify(tmp_path, data, policy(origin), note_of(story, sizes[kept]), note_of(story, sizes[4]))
    told = {finding.detail for finding in report.findings}

    assert report.exit_code == 4
    said = advice.format(kept=sizes[kept], here=sizes[here])
    growth = f"'aims prove consistency {old} {new}'"
    assert f"{said}; ask for what {growth} writes, and verify that with --checkpoint for each of the two" in told


def test_the_advice_leads_to_the_answer(tmp_path: Path, story: Suspect, origin: str, sizes: list[int]) -> None:
    """A receipt under an old checkpoint, and a newer one that was kept: the growth is compared with both."""
    old, new = sizes[6], sizes[-1]
    growth = read(story, "growth", old, new)
    in_receipt = checkpoint_in(read(story, "receipt", 5, old))

    assert verify(tmp_path, growth, policy(origin), in_receipt, note_of(story, new)).summary == "sound"
    assert found(verify(tmp_path, growth, policy(origin), in_receipt, rewritten(origin, new))) == [
        ("forked", "checkpoint")
    ]
    assert found(verify(tmp_path, growth, policy(origin), rewritten(origin, old), note_of(story, new))) == [
        ("forked", "consistency proof")
    ]


def test_of_one_size_the_roots_are_compared_and_nothing_more_is_asked_for(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int]
) -> None:
    for data in (read(story, "receipt", 5, sizes[6]), note_of(story, sizes[6])):
        assert verify(tmp_path, data, policy(origin), note_of(story, sizes[6])).findings == ()
        forked = verify(tmp_path, data, policy(origin), rewritten(origin, sizes[6]))
        assert (forked.exit_code, found(forked)) == (1, [("forked", "checkpoint")])


def test_a_checkpoint_is_found_in_what_holds_one(story: Suspect, receipt: bytes, sizes: list[int]) -> None:
    note = note_of(story, sizes[6])

    assert checkpoint_in(note) == checkpoint_in(read(story, "growth", 1, sizes[6])) == note
    assert checkpoint_in(receipt) == parse_proof_file(receipt).note
    for nothing in (b"", b"PK\x03\x04", note[:40], receipt[:-200]):
        with pytest.raises(FormatError):
            checkpoint_in(nothing)


def test_the_empty_ledger_is_the_beginning_of_each(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int]
) -> None:
    empty = sign_checkpoint(Checkpoint(origin, 0, EMPTY), signer("checkpoint"))
    growth = format_consistency_file(ConsistencyFile(0, (), note_of(story, sizes[-1])))

    assert verify(tmp_path, growth, policy(origin), empty).exit_code == 0
    assert verify(tmp_path, growth, policy(origin)).exit_code == 4
    assert verify(tmp_path, empty, policy(origin), empty).exit_code == 0


EMPTY = base64.b64decode("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")


@pytest.mark.parametrize(
    ("old", "hashes", "match"),
    [(-1, 0, "old size: found"), (0, 1, "1 hashes, expected none"), (None, 1, "1 hashes, expected none")],
)
def test_growth_that_no_tree_has_is_refused(
    tmp_path: Path, story: Suspect, origin: str, sizes: list[int], old: int | None, hashes: int, match: str
) -> None:
    size = sizes[-1] if old is None else sizes[-1] + 1 if old < 0 else old
    file = ConsistencyFile(size, (bytes(32),) * hashes, note_of(story, sizes[-1]))

    with pytest.raises(FormatError, match=match):
        verify(tmp_path, format_consistency_file(file), policy(origin))


def test_a_kept_checkpoint_of_another_ledger_is_refused(tmp_path: Path, receipt: bytes, origin: str) -> None:
    other = sign_checkpoint(Checkpoint("bank.example/other", 1, EMPTY), signer("checkpoint"))

    with pytest.raises(Refused, match=r"kept checkpoint: of bank\.example/other"):
        verify(tmp_path, receipt, policy(origin), other)


def test_a_kept_checkpoint_by_an_unknown_key_compares_with_nothing(tmp_path: Path, receipt: bytes, origin: str) -> None:
    size = parse_proof_file(receipt).checkpoint.size
    unknown = sign_checkpoint(Checkpoint(origin, size, EMPTY), signer("stranger"))
    broken = rewritten(origin, size)[:-9] + b"AAAAAAA=\n"

    report = verify(tmp_path, receipt, policy(origin), unknown)
    assert (report.exit_code, found(report)) == (4, [("not checked here", "kept checkpoint")])
    assert found(verify(tmp_path, receipt, policy(origin, keys="checkpoint stranger"), unknown)) == [
        ("forked", "checkpoint")
    ]
    assert found(verify(tmp_path, receipt, policy(origin), broken)) == [("signature invalid", "kept checkpoint")]


ROOT = base64.b64encode(leaf_hash(b"root")).decode()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("{origin}\n07\n{root}\n", "size: found 07"),
        ("{origin}\n+7\n{root}\n", r"size: found \+7"),
        ("{origin}\n 7\n{root}\n", "size: found  7"),
        ("{origin}\n\N{ARABIC-INDIC DIGIT SEVEN}\n{root}\n", "size: found"),
        ("{origin}\n9223372036854775808\n{root}\n", "at most 9223372036854775807"),
        ("{origin}\n99999999999999999999999\n{root}\n", "size: found"),
        ("{origin}\n7\n{root}=\n", "root: found"),
        ("{origin}\n7\n{short}\n", "root: found 31 bytes|root: found"),
        ("{origin}\n7\n{other}\n", "canonical base64"),
        ("{origin}\n0\n{root}\n", "the root of the empty tree at size 0"),
        ("{origin}\n7\n{root}\nmore\n", "extension line"),
        ("{origin}\n7\n{root}\n\n", "checkpoint: found"),
        ("\n{origin}\n7\n{root}\n", "checkpoint: found"),
        ("{origin} \n7\n{root}\n", "origin"),
        ("\n7\n{root}\n", "origin"),
        ("7\n{root}\n", "checkpoint: found"),
    ],
)
def test_a_malformed_checkpoint_is_refused_though_the_log_signed_it(
    tmp_path: Path, receipt: bytes, origin: str, text: str, match: str
) -> None:
    other = ROOT[:-2] + chr(ord(ROOT[-2]) + 1) + "="
    note = sign_note(text.format(origin=origin, root=ROOT, short=ROOT[:-4], other=other), origin, signer("checkpoint"))
    for data, kept in ((note, ()), (b"old 1\n\n" + note, ()), (receipt, (note,))):
        with pytest.raises(FormatError, match=match):
            verify(tmp_path, data, policy(origin), *kept)


# Bundles


@pytest.fixture(scope="module")
def bundle(story: Suspect, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle of two entries under the newest checkpoint."""
    path = tmp_path_factory.mktemp("bundle") / "two.zip"
    with Ledger.open(story.path, read_only=True, state=story.state) as ledger:
        write_bundle(ledger.backend, Request(entries=((9, ""), (40, ""))), path)
    return path.read_bytes()


def test_a_bundle_is_judged_by_the_same_trust_file(tmp_path: Path, bundle: bytes, origin: str) -> None:
    report = verify(tmp_path, bundle, policy(origin))

    assert (report.level, report.origin) == ("bundle", origin)
    assert report.exit_code in (0, 4), "values of persons are withheld"
    assert found(verify(tmp_path, bundle, policy(origin, keys="another")))[0] == ("key unknown", "checkpoint")
    assert ("self-consistent, first sight", "bundle") in found(verify(tmp_path, bundle, None))


def test_a_bundle_is_held_against_kept_checkpoints(
    tmp_path: Path, story: Suspect, bundle: bytes, origin: str, sizes: list[int]
) -> None:
    alone = verify(tmp_path, bundle, policy(origin))
    size = alone.size

    same = verify(tmp_path, bundle, policy(origin), note_of(story, size))
    forked = verify(tmp_path, bundle, policy(origin), rewritten(origin, size))
    other = verify(tmp_path, bundle, policy(origin), note_of(story, sizes[0]))

    assert found(same) == found(alone)
    assert forked.exit_code == 1
    assert set(found(forked)) - set(found(alone)) == {("forked", "checkpoint")}
    assert set(found(other)) - set(found(alone)) == {("not checked here", "kept checkpoint")}
    with pytest.raises(BadInput, match="nothing says whose key signed it; give a trust file: --trust FILE"):
        verify(tmp_path, bundle, None, note_of(story, size))


def test_a_zip_that_is_no_bundle_is_refused(tmp_path: Path, origin: str) -> None:
    for data in (b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(2_000)):
        with pytest.raises(BadInput):
            verify(tmp_path, data, policy(origin))


# What a file is


def test_whatever_was_handed_over_is_verified_by_its_path(
    tmp_path: Path, story: Suspect, receipt: bytes, origin: str
) -> None:
    (tmp_path / "handed").write_bytes(receipt)

    assert verify_file(tmp_path / "handed", policy(origin)).level == "receipt"
    with pytest.raises(BadInput, match="a ledger, expected what was handed over from one"):
        verify_file(story.path, policy(origin))
    with pytest.raises(BadInput, match=r"can't be read \(embedded null byte\)"):
        verify_file(Path("\0"), policy(origin))
    with pytest.raises(ValueError, match="is a ledger"):
        verify_received(Received("x", story.path, None), policy(origin))


def test_files_are_told_by_their_beginning(story: Suspect, receipt: bytes, sizes: list[int]) -> None:
    assert tell(receipt[:1_024]) is HandedOver.RECEIPT
    assert tell(read(story, "growth", 1)[:1_024]) is HandedOver.CONSISTENCY
    assert tell(note_of(story, sizes[-1])[:1_024]) is HandedOver.CHECKPOINT
    assert tell(b"PK\x03\x04") is HandedOver.BUNDLE
    assert tell(story.path.read_bytes()[:1_024]) is None
    assert tell(b"") is None
    assert tell(b"{}") is None


def test_the_longest_origin_is_told_as_a_checkpoint(origin: str) -> None:
    note = sign_checkpoint(Checkpoint("o" * 255, 2**63 - 1, bytes(32)), signer("a"))

    assert tell(note[:1_024]) is HandedOver.CHECKPOINT


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path, origin: str) -> None:
    (tmp_path / "large").write_bytes(b"c2sp.org/tlog-proof@v1\n" + bytes(3_000_000))

    with pytest.raises(FormatError, match="a larger file"):
        verify_file(tmp_path / "large", policy(origin))
    with pytest.raises(BadInput, match="no such file"):
        verify_file(tmp_path / "absent", policy(origin))
    with pytest.raises(BadInput, match=r"can't be read \(No such file or directory\)"):
        verify_received(Received("gone", tmp_path / "gone", HandedOver.RECEIPT), policy(origin))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_change_of_a_byte_passes(tmp_path: Path, receipt: bytes, origin: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(receipt) - 1))
    octet = data.draw(st.integers(0, 255).filter(lambda value: value != receipt[at]))
    changed = receipt[:at] + bytes([octet]) + receipt[at + 1 :]

    (tmp_path / "handed").write_bytes(changed)
    try:
        report = verify_received(Received("handed", tmp_path / "handed", HandedOver.RECEIPT), policy(origin))
    except FormatError:
        return
    assert report.exit_code in (1, 4)
    assert report.findings


@settings(max_examples=200)
@given(st.binary(max_size=400), st.sampled_from(list(HandedOver)[1:]))
def test_garbage_is_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, what: HandedOver) -> None:
    file = tmp_path_factory.getbasetemp() / "garbage"
    file.write_bytes({"receipt": b"c2sp.org/tlog-proof@v1\n", "consistency": b"old "}.get(what.value, b"") + data)

    with pytest.raises(AimsError) as caught:
        verify_received(Received("garbage", file, what), policy("bank.example/aims"))
    assert not isinstance(caught.value, ProofError)
