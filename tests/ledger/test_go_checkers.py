"""Receipts, proofs, cosignatures and quorums of ours, judged by programs of others; see tests/go/proofcheck."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.cosignature import COSIGNER_TYPES, MlDsa44Signer, cosigner_key, sign_cosignature
from ledger.encoding import format_base64
from ledger.note import Note, VerifierKey, format_note, format_vkey, parse_note, parse_vkey
from ledger.proof_file import format_proof_file, parse_consistency_file, parse_proof_file
from ledger.proving import make_consistency_file, make_receipt
from ledger.signing import Ed25519Signer, Signer
from ledger.trust import TrustPolicy, parse_trust_policy
from tests.ledger.harness import signer
from tests.programs import go_program

TIME = 1_795_428_000
SIGNERS: dict[str, Signer] = {
    "ed25519": Ed25519Signer.from_seed(bytes(32)),
    "ml-dsa-44": MlDsa44Signer.from_seed(bytes(32)),
}

Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def proofcheck(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Runs the Go program; built here, in the user's build cache."""
    binary = go_program("proofcheck", tmp_path_factory.mktemp("go"))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture(scope="module")
def ledger(tiled_story: Path) -> Iterator[Ledger]:
    with Ledger.open(tiled_story / "ledger.db", read_only=True, state=tiled_story / "state") as opened:
        yield opened


@pytest.fixture(scope="module")
def vkey(ledger: Ledger) -> str:
    """The log's key that signed the newest checkpoint."""
    newest = ledger.newest_checkpoint()
    assert newest is not None
    names = [(line.name, line.key_id) for line in parse_note(newest).signatures]
    return next(format_vkey(key) for key in ledger.authority.verifier_keys() if (key.name, key.key_id) in names)


def policy(vkey: str, *witnesses: VerifierKey) -> str:
    lines = [f"witness w{at} {format_vkey(key)} https://w{at}.example" for at, key in enumerate(witnesses)]
    members = " ".join(f"w{at}" for at in range(len(witnesses)))
    return "".join(
        f"{line}\n" for line in (f"log {vkey}", *lines, f"group all-of-them all {members}", "quorum all-of-them")
    )


def newest(ledger: Ledger) -> bytes:
    note = ledger.newest_checkpoint()
    assert note is not None
    return note


def cosigned(note: bytes, *cosigners: Signer) -> bytes:
    parsed = parse_note(note)
    lines = [sign_cosignature(parsed.text, f"w{at}.example", key, TIME) for at, key in enumerate(cosigners)]
    return format_note(Note(parsed.text, (*parsed.signatures, *lines)))


def test_receipts_hold_for_others(proofcheck: Check, ledger: Ledger, vkey: str, tmp_path: Path) -> None:
    (tmp_path / "policy").write_text(f"log {vkey}\nquorum none\n")
    size = int(newest(ledger).split(b"\n")[1])
    for index in (0, 1, 255, 256, 511, 512, size - 1):
        (tmp_path / "receipt").write_bytes(make_receipt(ledger, index, size))

        done = proofcheck("receipt", tmp_path / "policy", vkey, tmp_path / "receipt")

        assert (done.returncode, done.stdout) == (0, f"{index} {size}\n"), done.stderr


def test_growth_holds_for_others(proofcheck: Check, ledger: Ledger, vkey: str, tmp_path: Path) -> None:
    size = int(newest(ledger).split(b"\n")[1])
    sizes = sorted({int(note.split(b"\n")[1]) for note in ledger.checkpoints()})
    for old in sizes[-6:]:
        (tmp_path / "old").write_bytes(parse_consistency_file(make_consistency_file(ledger, 1, old)).note)
        (tmp_path / "growth").write_bytes(make_consistency_file(ledger, old, size))

        done = proofcheck("growth", vkey, tmp_path / "old", tmp_path / "growth")

        assert (done.returncode, done.stdout) == (0, f"{old} {size}\n"), done.stderr


def test_what_was_changed_does_not_hold_for_others_either(
    proofcheck: Check, ledger: Ledger, vkey: str, tmp_path: Path
) -> None:
    (tmp_path / "policy").write_text(f"log {vkey}\nquorum none\n")
    file = parse_proof_file(make_receipt(ledger, 300))
    assert file.extra is not None
    for wrong in (
        replace(file, index=301),
        replace(file, extra=file.extra + b" "),
        replace(file, proof=(bytes(32), *file.proof[1:])),
    ):
        (tmp_path / "receipt").write_bytes(format_proof_file(wrong))

        assert proofcheck("receipt", tmp_path / "policy", vkey, tmp_path / "receipt").returncode == 1


@pytest.mark.parametrize("names", ["ed25519", "ml-dsa-44", "ed25519 ml-dsa-44"])
def test_our_cosignatures_make_their_quorum(
    proofcheck: Check, ledger: Ledger, vkey: str, tmp_path: Path, names: str
) -> None:
    cosigners = [SIGNERS[name] for name in names.split()]
    keys = [cosigner_key(f"w{at}.example", key) for at, key in enumerate(cosigners)]
    (tmp_path / "policy").write_text(policy(vkey, *keys))
    file = parse_proof_file(make_receipt(ledger, 7))
    for note, code in ((cosigned(file.note, *cosigners), 0), (file.note, 1), (cosigned(file.note, *cosigners[1:]), 1)):
        (tmp_path / "receipt").write_bytes(format_proof_file(replace(file, note=note)))

        done = proofcheck("receipt", tmp_path / "policy", vkey, tmp_path / "receipt")

        assert done.returncode == code, done.stderr


@pytest.mark.parametrize("kind", ["ed25519", "ml-dsa-44"])
def test_their_cosignatures_make_our_quorum(
    proofcheck: Check, ledger: Ledger, vkey: str, tmp_path: Path, kind: str
) -> None:
    private, public = their_key(proofcheck, kind)
    (tmp_path / "note").write_bytes(newest(ledger))

    line = proofcheck("cosign", private, tmp_path / "note")

    assert line.returncode == 0, line.stderr
    trust: TrustPolicy = parse_trust_policy(policy(vkey, public).encode())
    judged = trust.judge(newest(ledger) + line.stdout.encode())
    assert judged.quorum_met
    assert judged.time is not None
    assert judged.time > TIME - 10 * 365 * 86_400
    assert not trust.judge(newest(ledger)).quorum_met


def their_key(proofcheck: Check, kind: str) -> tuple[str, VerifierKey]:
    """A cosigner's private key in Go's form, and its verifier key in ours."""
    if kind == "ed25519":
        key = cosigner_key("w.example", signer("witness"))
        private = signer("witness").private_key.private_bytes_raw()
        return f"PRIVATE+KEY+w.example+{key.key_id.hex()}+{format_base64(bytes([4]) + private)}", key
    done = proofcheck("key", "w.example")
    assert done.returncode == 0, done.stderr
    private_key, public = done.stdout.splitlines()
    return private_key, parse_vkey(public, COSIGNER_TYPES)


def some_policy(rng: random.Random, vkey: str) -> str:
    """A policy of six witnesses in groups of groups."""
    free, lines = list("abcdef"), [f"log {vkey}"]
    lines += [f"witness {name} {format_vkey(cosigner_key(f'{name}.example', signer(name)))}" for name in free]
    for group in ("G", "H", "I"):
        members = rng.sample(free, rng.randint(1, min(4, len(free))))
        free = [name for name in free if name not in members]
        lines.append(
            f"group {group} {rng.choice(['all', 'any', str(rng.randint(1, len(members)))])} {' '.join(members)}"
        )
        free.append(group)
    return "".join(f"{line}\n" for line in (*lines, f"quorum {rng.choice([*free, 'G', 'none'])}"))


def test_quorums_are_judged_alike(proofcheck: Check, ledger: Ledger, vkey: str, tmp_path: Path) -> None:
    rng, verdicts = random.Random(7), []
    file = parse_proof_file(make_receipt(ledger, 7))
    text = parse_note(file.note).text
    for _ in range(80):
        trust = some_policy(rng, vkey)
        signed = [name for name in "abcdef" if rng.random() < 0.5]
        lines = [sign_cosignature(text, f"{name}.example", signer(name), TIME) for name in signed]
        note = format_note(Note(text, (*parse_note(file.note).signatures, *lines)))
        (tmp_path / "policy").write_text(trust)
        (tmp_path / "receipt").write_bytes(format_proof_file(replace(file, note=note)))

        theirs = proofcheck("spicy", tmp_path / "policy", tmp_path / "receipt")
        ours = parse_trust_policy(trust.encode()).judge(note)

        assert ours.log is not None
        assert (theirs.returncode == 0) is ours.quorum_met, f"{trust}{signed}: {theirs.stderr}"
        verdicts.append(ours.quorum_met)
    assert 20 < sum(verdicts) < 70, "both answers, often"
