"""Cosignatures: the signed bytes spelled out, both key types, and every bit that can be wrong."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from hypothesis import given
from hypothesis import strategies as st

import ledger.cosignature
from ledger.checkpoint import Checkpoint, format_checkpoint
from ledger.cosignature import (
    COSIGNER_TYPES,
    MlDsa44Signer,
    cosigner_key,
    format_cosignature_message,
    format_subtree_message,
    parse_cosignature,
    sign_cosignature,
    verify_cosignature,
)
from ledger.errors import BadInput, FormatError, ProofError
from ledger.merkle import leaf_hash, node_hash
from ledger.note import Note, NoteSignature, SignatureType, VerifierKey, format_note, format_vkey, parse_vkey
from ledger.signing import Ed25519Signer, Signer

ROOT = leaf_hash(b"one")
CHECKPOINT = Checkpoint("log.example/a", 1, ROOT)
TEXT = format_checkpoint(CHECKPOINT)
TIME = 1_679_315_147
SIGNERS: dict[str, Signer] = {
    "ed25519": Ed25519Signer.from_seed(bytes(32)),
    "ml-dsa-44": MlDsa44Signer.from_seed(bytes(32)),
}


@pytest.fixture(params=sorted(SIGNERS))
def cosigner(request: pytest.FixtureRequest) -> Signer:
    return SIGNERS[request.param]


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_the_example_of_the_docstring_is_what_is_signed() -> None:
    text = (ledger.cosignature.__doc__ or "").split("Example: ")[1]
    example, vkey = text.split("::\n\n")[1].split("\n")[0].strip(), text.split("vkey is `")[1].split("`")[0]
    root = node_hash(node_hash(leaf_hash(b"one"), leaf_hash(b"two")), leaf_hash(b"three"))
    note_text = format_checkpoint(Checkpoint("bank.example/aims/4f1d0c9a8b7e6d5c", 3, root))

    line = sign_cosignature(
        note_text, "witness.example/x1", Ed25519Signer.from_seed(b"an example witness one, not real"), 1_795_428_000
    )

    assert format_note(Note(note_text, (line,))).decode() == f"{note_text}\n{example}\n"
    assert verify_cosignature(parse_vkey(vkey, COSIGNER_TYPES), line, note_text) == 1_795_428_000


def test_an_ed25519_cosigner_signs_the_lines_of_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    line = sign_cosignature(text, "witness.example/w1", SIGNERS["ed25519"], TIME)

    message = b"cosignature/v1\ntime 1679315147\n" + text.encode()
    assert format_cosignature_message(text, TIME) == message
    assert line.signature[:8] == struct.pack(">Q", TIME)
    Ed25519PublicKey.from_public_bytes(SIGNERS["ed25519"].public_key).verify(line.signature[8:], message)


def test_an_ml_dsa_cosigner_signs_the_structure_of_the_specification() -> None:
    line = sign_cosignature(TEXT, "witness.example/w1", SIGNERS["ml-dsa-44"], TIME)

    message = (
        b"subtree/v1\n\x00" + b"\x12witness.example/w1" + struct.pack(">Q", TIME) + b"\x0dlog.example/a"
        + struct.pack(">QQ", 0, 1) + ROOT
    )  # fmt: skip
    assert format_subtree_message("witness.example/w1", TIME, "log.example/a", 0, 1, ROOT) == message
    assert (line.signature[:8], len(line.signature)) == (struct.pack(">Q", TIME), 2_428)
    MLDSA44PublicKey.from_public_bytes(SIGNERS["ml-dsa-44"].public_key).verify(line.signature[8:], message)


def test_a_cosignature_verifies_and_gives_its_time(cosigner: Signer) -> None:
    key = cosigner_key("w.example", cosigner)

    assert verify_cosignature(key, sign_cosignature(TEXT, "w.example", cosigner, TIME), TEXT) == TIME


def test_keys_of_cosigners_are_written_and_read_as_vkeys(cosigner: Signer) -> None:
    key = cosigner_key("w.example", cosigner)

    assert parse_vkey(format_vkey(key), COSIGNER_TYPES) == key
    assert key.key_id != VerifierKey("w.example", SIGNERS["ed25519"].public_key).key_id, "the type is in the key ID"
    with pytest.raises(FormatError, match=r"expected 0x01 \(Ed25519\)"):
        parse_vkey(format_vkey(key))


@pytest.mark.parametrize(
    ("size", "kind"),
    [(1_311, SignatureType.ML_DSA_44), (1_313, SignatureType.ML_DSA_44), (31, SignatureType.COSIGNATURE)],
)
def test_keys_of_another_size_are_refused(size: int, kind: SignatureType) -> None:
    with pytest.raises(FormatError, match=f"public key: found {size} bytes"):
        VerifierKey("w.example", bytes(size), kind)


@pytest.mark.parametrize(
    "other",
    [
        format_checkpoint(Checkpoint("log.example/b", 1, ROOT)),
        format_checkpoint(Checkpoint("log.example/a", 2, ROOT)),
        format_checkpoint(Checkpoint("log.example/a", 1, leaf_hash(b"two"))),
    ],
    ids=["origin", "size", "root"],
)
def test_a_cosignature_is_of_one_checkpoint_only(cosigner: Signer, other: str) -> None:
    line = sign_cosignature(TEXT, "w.example", cosigner, TIME)

    with pytest.raises(ProofError, match=r"the signature of w\.example\+[0-9a-f]{8} does not verify"):
        verify_cosignature(cosigner_key("w.example", cosigner), line, other)


def test_an_ml_dsa_cosignature_commits_to_the_name_of_its_cosigner() -> None:
    cosigner = SIGNERS["ml-dsa-44"]
    line = sign_cosignature(TEXT, "w.example", cosigner, TIME)
    other = cosigner_key("v.example", cosigner)

    with pytest.raises(ProofError, match="does not verify"):
        verify_cosignature(other, NoteSignature(other.name, other.key_id, line.signature), TEXT)


def test_every_bit_of_an_ed25519_cosignature_counts() -> None:
    key = cosigner_key("w.example", SIGNERS["ed25519"])
    line = sign_cosignature(TEXT, "w.example", SIGNERS["ed25519"], TIME)

    for bit in range(8 * len(line.signature)):
        with pytest.raises(ProofError, match="does not verify"):
            verify_cosignature(key, NoteSignature(key.name, key.key_id, flipped(line.signature, bit)), TEXT)


@given(st.integers(0, 8 * 2_428 - 1))
def test_any_bit_of_an_ml_dsa_cosignature_counts(bit: int) -> None:
    key = cosigner_key("w.example", SIGNERS["ml-dsa-44"])

    with pytest.raises(ProofError, match="does not verify"):
        verify_cosignature(key, NoteSignature(key.name, key.key_id, flipped(ML_DSA_LINE.signature, bit)), TEXT)


ML_DSA_LINE = sign_cosignature(TEXT, "w.example", SIGNERS["ml-dsa-44"], TIME)


@pytest.mark.parametrize("length", [0, 7, 8, 64, 71, 73, 2_427, 2_429])
def test_a_cosignature_of_another_length_does_not_verify(cosigner: Signer, length: int) -> None:
    key = cosigner_key("w.example", cosigner)

    with pytest.raises(ProofError, match=f"found {length} bytes, expected"):
        verify_cosignature(key, NoteSignature(key.name, key.key_id, bytes(length)), TEXT)


def test_a_time_beyond_63_bits_does_not_verify(cosigner: Signer) -> None:
    key = cosigner_key("w.example", cosigner)
    signature = sign_cosignature(TEXT, "w.example", cosigner, TIME).signature
    late = (1 << 63).to_bytes(8, "big") + signature[8:]

    with pytest.raises(ProofError, match="time: found 9223372036854775808"):
        verify_cosignature(key, NoteSignature(key.name, key.key_id, late), TEXT)
    with pytest.raises(ValueError, match="is outside"):
        sign_cosignature(TEXT, "w.example", cosigner, 1 << 63)


@pytest.mark.parametrize("time", [0, 1, 2**63 - 1])
def test_the_first_and_the_last_time_verify(cosigner: Signer, time: int) -> None:
    assert verify_cosignature(cosigner_key("w", cosigner), sign_cosignature(TEXT, "w", cosigner, time), TEXT) == time


@pytest.mark.parametrize("length", [1, 255])
def test_the_shortest_and_the_longest_names_fit(length: int) -> None:
    message = format_subtree_message("n" * length, 0, "o" * length, 0, 1, ROOT)

    assert message == b"subtree/v1\n\0" + b"".join(
        (bytes([length]), b"n" * length, bytes(8), bytes([length]), b"o" * length, bytes(8), struct.pack(">Q", 1), ROOT)
    )


def test_no_name_is_none() -> None:
    with pytest.raises(FormatError, match="log's origin: found 0 bytes"):
        format_subtree_message("w", 0, "", 0, 1, ROOT)


def test_a_line_of_another_key_is_no_cosignature_of_this_one(cosigner: Signer) -> None:
    line = sign_cosignature(TEXT, "w.example", cosigner, TIME)

    with pytest.raises(ProofError, match=r"cosignature: by w\.example"):
        verify_cosignature(cosigner_key("v.example", cosigner), line, TEXT)


@pytest.mark.parametrize("text", ["", "hello\n", TEXT + "extension\n", TEXT.replace("\n1\n", "\n01\n")])
def test_only_checkpoints_are_cosigned(cosigner: Signer, text: str) -> None:
    with pytest.raises(FormatError, match=r"checkpoint|origin"):
        sign_cosignature(text, "w.example", cosigner, TIME)


def test_a_time_is_for_whole_trees_only() -> None:
    with pytest.raises(FormatError, match="expected 0 where the subtree does not begin at entry 0"):
        format_subtree_message("w.example", TIME, "log.example/a", 2, 4, ROOT)

    assert format_subtree_message("w.example", 0, "log.example/a", 2, 4, ROOT)[-48:-40] == struct.pack(">Q", 2)


@pytest.mark.parametrize("name", ["x" * 256, "é" * 128])
def test_names_that_do_not_fit_into_a_byte_are_refused(name: str) -> None:
    with pytest.raises(FormatError, match="256 bytes, expected 1 to 255"):
        sign_cosignature(TEXT, name, SIGNERS["ml-dsa-44"], TIME)


def test_without_ml_dsa_in_the_library_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(data: bytes) -> MLDSA44PublicKey:
        raise UnsupportedAlgorithm("ML-DSA-44 is not supported by this version of OpenSSL")

    key = cosigner_key("w.example", MlDsa44Signer.from_seed(bytes([1]) * 32))  # a key that was not loaded before
    line = NoteSignature(key.name, key.key_id, bytes(2_428))
    monkeypatch.setattr(ledger.cosignature, "MLDSA44PublicKey", SimpleNamespace(from_public_bytes=unsupported))

    with pytest.raises(BadInput, match="built without it; install the wheel"):
        verify_cosignature(key, line, TEXT)


def test_a_log_key_is_no_cosigner() -> None:
    key = VerifierKey("w.example", SIGNERS["ed25519"].public_key)

    with pytest.raises(ValueError, match="is of type 0x01, not a cosigner's"):
        parse_cosignature(key, bytes(72))
