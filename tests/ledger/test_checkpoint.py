"""Checkpoints: the worked example, strictness of each line, and whose signature counts."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.checkpoint
from ledger.checkpoint import (
    Checkpoint,
    format_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from ledger.encoding import format_base64
from ledger.errors import FormatError, ProofError
from ledger.merkle import EMPTY_ROOT, MAX_SIZE, RightEdge, leaf_hash
from ledger.note import Note, VerifierKey, format_note, parse_note, parse_vkey, sign_note
from ledger.signing import Ed25519Signer

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
SIGNER = Ed25519Signer.from_seed(b"an example key, not for real use")
KEY = VerifierKey(ORIGIN, SIGNER.public_key)
WITNESS = Ed25519Signer.from_seed(bytes(32))
WITNESS_KEY = VerifierKey("witness.example", WITNESS.public_key)
ROOT = leaf_hash(b"some root")
ROOT64 = format_base64(ROOT)
CHECKPOINT = Checkpoint(ORIGIN, 41, ROOT)


def test_the_example_in_the_docstring_is_what_the_module_writes_and_verifies() -> None:
    text = ledger.checkpoint.__doc__ or ""
    example = textwrap.dedent(text.split("::\n\n")[2].split("\n\nsigned with")[0]).encode() + b"\n"
    vkey = text.split("its vkey is\n`")[1].split("`")[0]
    edge = RightEdge()
    edge.extend(map(leaf_hash, (b"one", b"two", b"three")))

    written = sign_checkpoint(Checkpoint(ORIGIN, 3, edge.root()), SIGNER)

    assert written == example
    assert verify_checkpoint(example, [parse_vkey(vkey)]).checkpoint == Checkpoint(ORIGIN, 3, edge.root())
    assert b"an example key, not for real use" in text.encode()


@given(
    st.from_regex(r"[!#-*,-\[\]-~]{1,255}", fullmatch=True),
    st.integers(1, MAX_SIZE),
    st.binary(min_size=32, max_size=32),
)
def test_every_checkpoint_comes_back(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    key = VerifierKey(origin, SIGNER.public_key)

    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint
    assert verify_checkpoint(sign_checkpoint(checkpoint, SIGNER), [key]).checkpoint == checkpoint


def test_every_bit_flipped_in_a_signed_checkpoint_is_noticed() -> None:
    note = sign_checkpoint(CHECKPOINT, SIGNER)
    for bit in range(8 * len(note)):
        broken = bytearray(note)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises((FormatError, ProofError)):
            verify_checkpoint(bytes(broken), [KEY])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{ORIGIN}\n41\n{ROOT64}", "found 2 line ends, expected origin, size and root"),
        (f"{ORIGIN}\n41\n", "found 2 line ends"),
        ("", "found 0 line ends"),
        (f"{ORIGIN}\n41\n{ROOT64}\n\n", "found extension line ''"),
        (f"{ORIGIN}\n41\n{ROOT64}\ntimestamp 1\n", "found extension line 'timestamp 1'"),
        (f"{ORIGIN}\n41\n{ROOT64}\nno newline", "found 3 line ends"),
        (f"\n41\n{ROOT64}\n", "origin: found , expected 1 to 255"),
        (f"a b\n41\n{ROOT64}\n", "origin: found a b"),
        (f"a+b\n41\n{ROOT64}\n", r"origin: found a\+b"),
        (f"\u00e8\n41\n{ROOT64}\n", "origin: found è"),
        (f"{'a' * 256}\n41\n{ROOT64}\n", "origin: found a"),
        (f"{ORIGIN}\r\n41\r\n{ROOT64}\r\n", "checkpoint: size: found 41"),
        *(
            (f"{ORIGIN}\n{size}\n{ROOT64}\n", "checkpoint: size: found ")
            for size in (
                "",
                "-1",
                "+41",
                "041",
                " 41",
                "41 ",
                "4_1",
                "0x29",
                "4e1",
                "41.0",
                "\u0664\u0661",
                "\uff14",
            )
        ),
        (f"{ORIGIN}\n9223372036854775808\n{ROOT64}\n", "checkpoint: size: found 9223372036854775808"),
        (f"{ORIGIN}\n{'9' * 5000}\n{ROOT64}\n", "checkpoint: size: found 999"),
        (f"{ORIGIN}\n41\n\n", "checkpoint: root: found 0 bytes"),
        (f"{ORIGIN}\n41\n{ROOT64[:-1]}\n", "checkpoint: root: found "),
        (f"{ORIGIN}\n41\n {ROOT64}\n", "checkpoint: root: found "),
        (f"{ORIGIN}\n41\n{ROOT64} \n", "checkpoint: root: found "),
        (f"{ORIGIN}\n41\n{format_base64(ROOT[:31])}\n", "checkpoint: root: found 31 bytes, expected 32"),
        (
            f"{ORIGIN}\n41\n{format_base64(ROOT + bytes(1))}\n",
            "checkpoint: root: found 33 bytes, expected 32",
        ),
        (f"{ORIGIN}\n0\n{ROOT64}\n", "expected the root of the empty tree at size 0"),
    ],
)
def test_a_text_that_is_not_exactly_three_lines_of_a_checkpoint_is_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_checkpoint(text)


def test_base64_whose_unused_bits_are_set_is_not_a_second_spelling_of_a_root() -> None:
    # 32 bytes end in one character that carries two unused bits, then "=".
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spelled = ROOT64[:-2] + alphabet[alphabet.index(ROOT64[-2]) + 1] + "="

    with pytest.raises(FormatError, match=r"^checkpoint: root: found .* expected canonical base64"):
        parse_checkpoint(f"{ORIGIN}\n41\n{spelled}\n")


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, ROOT),
        ("a b", 1, ROOT),
        (ORIGIN, -1, ROOT),
        (ORIGIN, MAX_SIZE + 1, ROOT),
        (ORIGIN, 1, ROOT[:31]),
    ],
)
def test_a_checkpoint_that_could_not_be_written_does_not_exist(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(FormatError, match=r"^(origin|checkpoint: (size|root)): found "):
        Checkpoint(origin, size, root)


def test_the_empty_ledger_has_a_checkpoint() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)

    assert format_checkpoint(empty) == f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert verify_checkpoint(sign_checkpoint(empty, SIGNER), [KEY]).checkpoint == empty


def test_a_checkpoint_that_only_a_witness_signed_is_not_the_ledgers() -> None:
    note = sign_note(format_checkpoint(CHECKPOINT), WITNESS_KEY.name, WITNESS)

    with pytest.raises(ProofError, match=r"at size 41: signed by witness\.example\+\w{8}, expected a key of that name"):
        verify_checkpoint(note, [KEY, WITNESS_KEY])


def test_a_ledgers_key_does_not_sign_for_another_ledger() -> None:
    note = sign_note(format_checkpoint(Checkpoint("other.example", 41, ROOT)), ORIGIN, SIGNER)

    with pytest.raises(ProofError, match=r"checkpoint of other\.example at size 41: signed by bank\.example"):
        verify_checkpoint(note, [KEY])


def test_witnesses_are_named_beside_the_ledgers_key() -> None:
    text = format_checkpoint(CHECKPOINT)
    lines = (
        *parse_note(sign_note(text, WITNESS_KEY.name, WITNESS)).signatures,
        *parse_note(sign_checkpoint(CHECKPOINT, SIGNER)).signatures,
    )

    verified = verify_checkpoint(format_note(Note(text, lines)), [KEY, WITNESS_KEY])

    assert verified.checkpoint == CHECKPOINT
    assert verified.signed_by == (WITNESS_KEY, KEY)


def test_a_key_of_the_right_name_that_is_not_known_is_not_enough() -> None:
    impostor = sign_checkpoint(CHECKPOINT, WITNESS)

    with pytest.raises(ProofError, match="expected one of the 1 known keys"):
        verify_checkpoint(impostor, [KEY])


def test_a_signed_note_with_another_text_is_not_a_checkpoint() -> None:
    with pytest.raises(FormatError, match=r"^checkpoint: found extension line 'timestamp 1'"):
        verify_checkpoint(sign_note(format_checkpoint(CHECKPOINT) + "timestamp 1\n", ORIGIN, SIGNER), [KEY])
