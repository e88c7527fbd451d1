"""Bundles verified: sound ones under every trust, and files that are no bundle; the rest is in test_broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.bundle import verify_bundle
from ledger.errors import FormatError
from ledger.note import VerifierKey, format_vkey
from ledger.times import format_instant
from ledger.trust import TrustPolicy, parse_trust_policy
from tests.bundle.samples import ML_DSA, WITNESSES, Samples
from tests.bundle.taking_apart import Parts, findings
from tests.ledger.harness import signer

Change = Callable[[Parts], None]


# Sound


def test_every_bundle_is_sound_under_its_trust_file(bundles: dict[str, Path], trust: TrustPolicy) -> None:
    for name, path in bundles.items():
        report = verify_bundle(path, trust)

        assert not report.tampered, (name, report.findings)
        assert report.level == "bundle"
        assert report.checkpoint_size == report.size


def test_without_a_trust_file_a_bundle_is_self_consistent_at_first_sight(bundles: dict[str, Path]) -> None:
    for path in bundles.values():
        report = verify_bundle(path, None)

        assert ("self-consistent, first sight", "bundle") in findings(report)
        assert report.exit_code == 4


def test_what_is_withheld_erased_and_disclosed_is_told_apart(
    samples: Samples, bundles: dict[str, Path], trust: TrustPolicy
) -> None:
    first, erased = samples.places["first decision"], samples.places["erased"]

    closed, opened = (findings(verify_bundle(bundles[name], trust)) for name in ("system", "disclosed"))

    assert {("withheld", f"entry {first}"), ("erased", f"entry {erased}")} <= closed
    assert sum(verdict == "withheld" and place.startswith("attachment ") for verdict, place in closed) == 2
    assert {verdict for verdict, _ in opened} == {"erased", "not checked here"}
    assert sum(place.startswith("attachment ") for _, place in opened) == 1


def test_a_quorum_that_has_not_signed_is_not_witnessed(samples: Samples, bundles: dict[str, Path]) -> None:
    stranger = samples.trust(witnesses=(*WITNESSES, "witness.example/three"))

    assert findings(verify_bundle(bundles["keys"], parse_trust_policy(stranger))) >= {("not witnessed", "checkpoint")}
    lattice = parse_trust_policy(samples.trust(witnesses=(ML_DSA,)))
    assert not verify_bundle(bundles["keys"], lattice).tampered


def test_a_trust_file_of_another_ledger_knows_no_key(bundles: dict[str, Path]) -> None:
    vkey = format_vkey(VerifierKey("other.example/aims", signer("checkpoint").public_key))
    other = parse_trust_policy(f"log {vkey}\nquorum none\n".encode())

    assert ("key unknown", "checkpoint") in findings(verify_bundle(bundles["keys"], other))


# A stolen key


def test_entries_by_a_stolen_key_count_only_where_witnesses_saw_them_before(tmp_path: Path) -> None:
    samples = Samples.make(tmp_path)
    h, places = samples.harness, samples.places
    samples.cosign(*WITNESSES)
    since = samples.recorded("last") + 10_000_000
    h.clock.now += 60_000_000
    forged = h.record("oversight_action", {"oversight_id": "o", "action": "overridden", "actor": {"id": "x"},
                                           "reason_code": "none"}, "overseer").index  # fmt: skip
    samples.compromise("overseer", format_instant(since))
    samples.cosign(*WITNESSES)
    path = samples.bundle("stolen", samples.requests()["system"])

    with_witnesses = findings(verify_bundle(path, parse_trust_policy(samples.trust())))
    without = findings(verify_bundle(path, parse_trust_policy(samples.trust(quorum="none"))))

    assert {place for verdict, place in with_witnesses if verdict == "key compromised"} == {f"entry {forged}"}
    old = {f"entry {places[name]}" for name in ("corrected", "stolen", "correction")}
    assert {place for verdict, place in without if verdict == "key compromised"} == {f"entry {forged}", *old}
    h.close()


# What is no bundle


BAD_MANIFESTS: dict[str, Change] = {
    "another format": lambda parts: parts.manifest.update({"format": "aims-bundle/v2"}),
    "a member more": lambda parts: parts.manifest.update({"more": 1}),
    "no scope": lambda parts: parts.manifest.pop("scope"),
    "a scope with more": lambda parts: parts.manifest["scope"].update({"more": "x"}),
    "a time without fraction": lambda parts: parts.manifest["scope"].update({"from": "2026-01-01T00:00:00Z"}),
    "no entries": lambda parts: parts.manifest.update({"entries": []}),
    "entries out of order": lambda parts: parts.manifest["entries"].reverse(),
    "an entry twice": lambda parts: parts.manifest["entries"].append(parts.manifest["entries"][-1]),
    "an entry in both": lambda parts: parts.manifest.update({"context": parts.carried}),
    "an entry beyond": lambda parts: parts.manifest["entries"].append(10**6),
    "a negative size": lambda parts: parts.manifest.update({"size": -1}),
    "a size of zero": lambda parts: parts.manifest.update({"size": 0}),
    "a root in capitals": lambda parts: parts.manifest.update({"root": "AB" * 32}),
    "a number as text": lambda parts: parts.manifest.update({"size": "24"}),
    "a true index": lambda parts: parts.manifest["entries"].insert(0, True),
    "an origin with spaces": lambda parts: parts.manifest.update({"origin": "a b"}),
    "a run backwards": lambda parts: parts.manifest["scope"]["complete"].update({"x": {"first_nth": 2, "last_nth": 1}}),
}


@pytest.mark.parametrize("change", BAD_MANIFESTS.values(), ids=BAD_MANIFESTS.keys())
def test_a_manifest_that_breaks_a_rule_is_bad_input(bundles: dict[str, Path], tmp_path: Path, change: Change) -> None:
    parts = Parts.of(bundles["system"])
    change(parts)

    with pytest.raises(FormatError) as refused:
        verify_bundle(parts.write(tmp_path / "x.zip"), None)

    assert refused.value.exit_code == 2
    assert str(refused.value).isprintable()


def test_members_and_manifest_must_name_each_other(bundles: dict[str, Path], tmp_path: Path) -> None:
    for change in (
        lambda parts: parts.files.pop("scope.txt"),
        lambda parts: parts.files.update({"timestamps/9.tsr": b""}),
        lambda parts: parts.files.pop("proof.bin"),
    ):
        parts = Parts.of(bundles["system"])
        change(parts)
        with pytest.raises(FormatError, match="in one of zip and manifest only"):
            verify_bundle(parts.write(tmp_path / "x.zip", describe=False), None)
    for name in ("leaves.jsonl", "proof.bin", "checkpoint"):
        parts = Parts.of(bundles["system"])
        del parts.files[name]
        with pytest.raises(FormatError, match=f"no {name}"):
            verify_bundle(parts.write(tmp_path / "x.zip"), None)
