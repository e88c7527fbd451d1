"""DSSE envelopes: the specification's example, and everything `format_envelope` would not have written."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.envelope
from ledger.encoding import format_base64
from ledger.envelope import (
    MAX_SIGNATURE_TEXT,
    MAX_SIGNATURES,
    PAYLOAD_TYPE,
    Envelope,
    Signature,
    format_envelope,
    pae,
    parse_envelope,
    sign_envelope,
)
from ledger.errors import FormatError
from ledger.signing import Ed25519Signer, key_id, verify

SIGNERS = [Ed25519Signer.from_seed(bytes([n]) * 32) for n in range(1, 10)]
KEYIDS = sorted(sha256(bytes([n])).hexdigest() for n in range(12))

signatures = st.dictionaries(
    st.binary(min_size=32, max_size=32).map(bytes.hex), st.binary(max_size=700), min_size=1, max_size=8
)


def members(count: int = 1, size: int = 64) -> dict[str, Any]:
    """An envelope as JSON members, with `count` signatures of `size` bytes each."""
    return format_envelope(Envelope(b"{}", tuple(Signature(keyid, bytes(size)) for keyid in KEYIDS[:count])))


def refuse(changed: object, match: str) -> None:
    with pytest.raises(FormatError, match=match) as caught:
        parse_envelope(changed)
    assert str(caught.value).isprintable()


def test_pae_is_that_of_the_specification() -> None:
    example = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"

    assert pae("http://example.com/HelloWorld", b"hello world") == example
    assert example.decode() in (ledger.envelope.__doc__ or "")


def test_pae_counts_bytes_and_not_characters() -> None:
    assert pae("é", "ü€".encode()) == "DSSEv1 2 é 5 ü€".encode()
    assert pae("", b"") == b"DSSEv1 0  0 "


@given(st.text(max_size=20), st.binary(max_size=20), st.text(max_size=20), st.binary(max_size=20))
def test_no_two_messages_have_the_same_pae(type1: str, body1: bytes, type2: str, body2: bytes) -> None:
    same = (type1, body1) == (type2, body2)

    assert (pae(type1, body1) == pae(type2, body2)) == same


@given(st.binary(max_size=200), signatures)
def test_every_envelope_comes_back(payload: bytes, signed: dict[str, bytes]) -> None:
    envelope = Envelope(payload, tuple(Signature(keyid, sig) for keyid, sig in sorted(signed.items())))

    assert parse_envelope(format_envelope(envelope)) == envelope


def test_signatures_are_over_pae_and_sorted_by_keyid() -> None:
    envelope = sign_envelope(b"payload", SIGNERS[:3])

    assert [s.keyid for s in envelope.signatures] == sorted(key_id(s.public_key) for s in SIGNERS[:3])
    assert envelope.signed_bytes == b"DSSEv1 28 application/cloudevents+json 7 payload"
    keys = {key_id(s.public_key): s.public_key for s in SIGNERS}
    for signature in envelope.signatures:
        verify(keys[signature.keyid], signature.sig, envelope.signed_bytes)


@pytest.mark.parametrize("signers", [[], [SIGNERS[0], SIGNERS[0]], SIGNERS], ids=["none", "one key twice", "nine"])
def test_signing_with_too_few_too_many_or_equal_keys_is_a_mistake_of_the_caller(signers: list[Ed25519Signer]) -> None:
    with pytest.raises(ValueError, match=r"^an envelope takes 1 to 8 signers, each key once$"):
        sign_envelope(b"payload", signers)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/cloudevents+json ", "APPLICATION/CLOUDEVENTS+JSON", "", 1]
)
def test_another_payload_type_is_refused(kind: object) -> None:
    refuse({**members(), "payloadType": kind}, rf"^envelope: payloadType: found .*, expected {PAYLOAD_TYPE[:11]}")


@pytest.mark.parametrize("name", ["payload", "payloadType", "signatures"])
def test_a_missing_member_is_refused(name: str) -> None:
    refuse({k: v for k, v in members().items() if k != name}, "^envelope: found .*, expected exactly payload, payload")


@pytest.mark.parametrize("name", ["comment", "Payload", "payload_type", "_sd"])
def test_an_extra_member_is_refused(name: str) -> None:
    refuse(
        {**members(), name: 1}, f"^envelope: found .*{name}.*, expected exactly payload, payloadType and signatures$"
    )


@pytest.mark.parametrize("value", [None, [], "text", 1, {}])
def test_what_is_no_object_with_the_members_is_refused(value: object) -> None:
    refuse(value, r"^envelope: found (NoneType|list|str|int|nothing), expected exactly")


@pytest.mark.parametrize("payload", ["e30", "e30=\n", " e30=", "e31=", "e3-=", "e30=e30=", "é", "{}"])
def test_a_payload_that_is_not_canonical_base64_is_refused(payload: str) -> None:
    refuse(
        {**members(), "payload": payload}, r"^envelope: payload: found .*, expected (padded standard|canonical) base64"
    )


@pytest.mark.parametrize("payload", [None, 1, ["e30="], {"a": 1}])
def test_a_payload_that_is_no_text_is_refused(payload: object) -> None:
    refuse({**members(), "payload": payload}, r"^envelope: payload: found \w+, expected base64 text$")


def test_signatures_out_of_order_are_refused() -> None:
    changed = members(3)
    changed["signatures"].reverse()

    refuse(changed, r"^envelope: signatures\[1\]\.keyid: found .*, expected keyids in ascending order, each once$")


def test_one_key_twice_is_refused_with_equal_and_with_different_signatures() -> None:
    for second in (members()["signatures"][0], {**members()["signatures"][0], "sig": format_base64(b"other")}):
        refuse({**members(), "signatures": [members()["signatures"][0], second]}, r"expected keyids in ascending order")


def test_eight_signatures_are_the_most() -> None:
    assert len(parse_envelope(members(MAX_SIGNATURES)).signatures) == 8
    refuse(members(9), r"^envelope: signatures: found 9 signatures, expected a list of 1 to 8$")


@pytest.mark.parametrize("value", [[], None, "text", {}, 1])
def test_no_signature_is_refused(value: object) -> None:
    refuse({**members(), "signatures": value}, r"^envelope: signatures: found .*, expected a list of 1 to 8$")


def test_the_limit_on_all_signatures_together_is_exact() -> None:
    # 3 bytes are 4 characters of base64: 2 x 3,072 bytes are 8,192 characters.
    largest = members(2, MAX_SIGNATURE_TEXT * 3 // 8)
    assert sum(len(s["sig"]) for s in largest["signatures"]) == MAX_SIGNATURE_TEXT

    assert parse_envelope(largest)
    for changed in (members(2, MAX_SIGNATURE_TEXT * 3 // 8 + 1), members(1, 2_000_000)):
        refuse(changed, r"^envelope: signatures: found \d+ characters, expected at most 8192$")


@pytest.mark.parametrize("sig", ["AA", "AB==", "AA==\n", "A===", "AA=A", "ÀA=="])
def test_a_signature_that_is_not_canonical_base64_is_refused(sig: str) -> None:
    refuse(_with_signature(sig=sig), r"^envelope: signatures\[0\]\.sig: found .*, expected (padded|canonical)")


@pytest.mark.parametrize("keyid", ["", "ab", KEYIDS[0].upper(), KEYIDS[0] + "00", " " + KEYIDS[0][1:], "SHA256:abc"])
def test_a_keyid_is_64_lower_case_hex_digits(keyid: str) -> None:
    refuse(_with_signature(keyid=keyid), r"^envelope: signatures\[0\]\.keyid: found .*, expected 64 lower-case hex")


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.pop("keyid"),
        lambda s: s.pop("sig"),
        lambda s: s.update(alg="none"),
        lambda s: s.update(cert="MII"),
        lambda s: s.update(sig=None),
        lambda s: s.update(keyid=7),
        lambda s: s.update(sig=["AA=="]),
    ],
)
def test_a_signature_has_exactly_a_keyid_and_a_sig(change: Callable[[dict[str, Any]], Any]) -> None:
    changed = members()
    change(changed["signatures"][0])

    # No algorithm is ever taken from the envelope: there is no member to put it in.
    refuse(changed, r"^envelope: signatures\[0\]: found .*, expected exactly keyid and sig, both strings$")


@pytest.mark.parametrize("item", [None, "text", [], 1])
def test_a_signature_that_is_no_object_is_refused(item: object) -> None:
    refuse(
        {**members(), "signatures": [item]}, r"^envelope: signatures\[0\]: found \w+, expected exactly keyid and sig"
    )


def _with_signature(**changes: Any) -> dict[str, Any]:
    changed = members()
    changed["signatures"][0].update(changes)
    return changed
