"""Signed notes: the specification's example, each rule for verifiers, and each way to be malformed."""

from __future__ import annotations

import textwrap
from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ledger.note
from ledger.encoding import format_base64
from ledger.errors import FormatError, ProofError
from ledger.note import (
    MAX_NOTE_SIZE,
    Note,
    NoteSignature,
    SignatureType,
    VerifierKey,
    format_note,
    format_vkey,
    join_notes,
    parse_note,
    parse_vkey,
    sign_note,
    verify_note,
)
from ledger.signing import Ed25519Signer

# C2SP signed-note, section "Example".
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
""".encode()

TEXT = "first line\n\nafter an empty line: è, \u2028, \x85\n"
LOG, WITNESS = (
    Ed25519Signer.from_seed(b"a log key for tests, not secret."),
    Ed25519Signer.from_seed(bytes(32)),
)
LOG_KEY = VerifierKey("example.com/log", LOG.public_key)
WITNESS_KEY = VerifierKey("witness.example", WITNESS.public_key)
NOTE = sign_note(TEXT, LOG_KEY.name, LOG)
LINE = NOTE[len(TEXT.encode()) + 1 :]
WITNESS_LINE = sign_note(TEXT, WITNESS_KEY.name, WITNESS)[len(TEXT.encode()) + 1 :]


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_the_example_of_the_specification_verifies() -> None:
    key = parse_vkey(SPEC_VKEY)

    verified = verify_note(SPEC_NOTE, [key])

    assert verified.text == "This is an example message.\n"
    assert verified.signed_by == (key,)
    assert verified.unknown == ()
    assert format_vkey(key) == SPEC_VKEY
    assert str(key) == "example.com/foo+530d903a"


def test_the_example_in_the_docstring_is_the_one_tested_here() -> None:
    text = ledger.note.__doc__ or ""
    block = text.split("the note\n\n::\n\n")[1].split("\n\nis verified by")[0]

    assert textwrap.dedent(block).encode() + b"\n" == SPEC_NOTE
    assert f"`{SPEC_VKEY}`" in text


def test_a_signed_note_verifies_and_comes_back_byte_by_byte() -> None:
    assert verify_note(NOTE, [LOG_KEY]).text == TEXT
    assert format_note(parse_note(NOTE)) == NOTE
    assert parse_note(NOTE).signatures[0].key_id == LOG_KEY.key_id


def test_the_text_is_split_from_the_signatures_at_the_last_empty_line() -> None:
    for text in ("a\n\n", "\n", "\n\n", "a\n\n\n\nb\n", TEXT):
        assert verify_note(sign_note(text, LOG_KEY.name, LOG), [LOG_KEY]).text == text


def test_a_signature_that_the_text_only_quotes_is_not_one() -> None:
    quoting = sign_note(SPEC_NOTE.decode(), WITNESS_KEY.name, WITNESS)

    with pytest.raises(ProofError, match=r"note: signed by witness\.example\+[0-9a-f]{8}, expected one of the 1"):
        verify_note(quoting, [parse_vkey(SPEC_VKEY)])


def test_every_bit_flipped_in_a_note_is_noticed() -> None:
    for bit in range(8 * len(NOTE)):
        with pytest.raises((FormatError, ProofError)):
            verify_note(flipped(NOTE, bit), [LOG_KEY])


def test_signatures_of_unknown_keys_are_ignored_and_kept() -> None:
    verified = verify_note(NOTE + WITNESS_LINE, [LOG_KEY])

    assert verified.signed_by == (LOG_KEY,)
    assert [line.name for line in verified.unknown] == ["witness.example"]
    assert verify_note(NOTE + WITNESS_LINE, [WITNESS_KEY, LOG_KEY]).signed_by == (LOG_KEY, WITNESS_KEY)


def test_a_signature_that_shares_only_name_or_key_id_with_a_known_key_is_ignored() -> None:
    same_name = NoteSignature(LOG_KEY.name, b"\0\0\0\0", bytes(64))
    same_id = NoteSignature("another.example", LOG_KEY.key_id, bytes(64))
    good = parse_note(NOTE).signatures

    verified = verify_note(format_note(Note(TEXT, (same_name, same_id, *good))), [LOG_KEY])

    assert verified.signed_by == (LOG_KEY,)
    assert verified.unknown == (same_name, same_id)


def test_one_wrong_signature_of_a_known_key_spoils_the_note_wherever_it_stands() -> None:
    wrong = NoteSignature(WITNESS_KEY.name, WITNESS_KEY.key_id, bytes(64))
    good = parse_note(NOTE).signatures

    for lines in ((wrong, *good), (*good, wrong)):
        with pytest.raises(ProofError, match=f"^note: the signature of {WITNESS_KEY.name}".replace(".", r"\.")):
            verify_note(format_note(Note(TEXT, lines)), [LOG_KEY, WITNESS_KEY])
        assert verify_note(format_note(Note(TEXT, lines)), [LOG_KEY]).signed_by == (LOG_KEY,)


@pytest.mark.parametrize("length", [1, 63, 65, 72])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    line = NoteSignature(LOG_KEY.name, LOG_KEY.key_id, (parse_note(NOTE).signatures[0].signature * 2)[:length])

    with pytest.raises(ProofError, match=r"the signature of example\.com/log\+[0-9a-f]{8} does not verify"):
        verify_note(format_note(Note(TEXT, (line,))), [LOG_KEY])


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(ProofError, match=r"note: signed by example\.com/log\+\w{8}, expected one of the 1 known"):
        verify_note(NOTE, [WITNESS_KEY])
    with pytest.raises(ProofError, match="expected one of the 0 known keys"):
        verify_note(NOTE, [])


def test_one_key_signing_twice_or_given_twice_counts_once() -> None:
    assert verify_note(NOTE + LINE, [LOG_KEY, LOG_KEY]).signed_by == (LOG_KEY,)


def test_two_keys_that_no_signature_could_tell_apart_are_refused() -> None:
    # Found by trying seeds: two public keys whose 4-byte key IDs under this name are the same.
    first, second = (
        VerifierKey("example.com/ambiguous", Ed25519Signer.from_seed(seed.to_bytes(32, "big")).public_key)
        for seed in (117829, 118235)
    )
    assert first.key_id == second.key_id
    note = sign_note(TEXT, first.name, Ed25519Signer.from_seed((117829).to_bytes(32, "big")))

    assert verify_note(note, [first]).signed_by == (first,)
    with pytest.raises(FormatError, match=r"found example\.com/ambiguous\+c087a5e3 for two public keys"):
        verify_note(note, [first, second])
    with pytest.raises(ProofError, match=r"the signature of example\.com/ambiguous\+c087a5e3 does not verify"):
        verify_note(note, [second])


def test_sixteen_signatures_and_up_to_a_hundred_are_read_and_no_more() -> None:
    for count in (16, 99):
        assert len(parse_note(NOTE + WITNESS_LINE * count).signatures) == count + 1

    with pytest.raises(FormatError, match="found 101 signatures, expected at most 100"):
        verify_note(NOTE + WITNESS_LINE * 100, [LOG_KEY])


def test_a_huge_note_is_refused_before_anything_else() -> None:
    padding = "x" * (MAX_NOTE_SIZE - len(sign_note("\n", LOG_KEY.name, LOG)))
    largest = sign_note(f"{padding}\n", LOG_KEY.name, LOG)

    assert len(largest) == MAX_NOTE_SIZE
    assert verify_note(largest, [LOG_KEY]).signed_by == (LOG_KEY,)
    with pytest.raises(FormatError, match="found 1000001 bytes, expected at most 1000000"):
        parse_note(b"\xff" * (MAX_NOTE_SIZE + 1))


TAIL = LINE.decode()
GOOD64 = LINE.decode().split(" ")[2].rstrip("\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "no empty line"),
        ("text\n", "no empty line"),
        ("text\n" + TAIL, "no empty line"),
        ("\n" + TAIL, "no empty line"),
        ("text\n\n", "no signature"),
        ("text\n\n" + TAIL[:-1], "each ending in a newline"),
        ("text\n\n" + TAIL + "unexpected", "each ending in a newline"),
        ("text\n\n" + TAIL + "unexpected\n", "note: signature line: found unexpected"),
        ("text\n\n" + TAIL + "\n", "no signature"),
        ("text\r\n\n" + TAIL, r"found U\+000D at 4"),
        ("on\tly\n\n" + TAIL, r"found U\+0009 at 2"),
        ("on\0ly\n\n" + TAIL, r"found U\+0000 at 2"),
        ("text\n\n-" + TAIL[1:], "an em dash"),
        ("text\n\n\N{EN DASH}" + TAIL[1:], "an em dash"),
        ("text\n\n " + TAIL, "an em dash"),
        ("text\n\n—" + TAIL[2:], "an em dash"),
        (f"text\n\n— {GOOD64}\n", "an em dash"),
        (f"text\n\n—  {GOOD64}\n", "key name: found "),
        (f"text\n\n— a+b {GOOD64}\n", "key name: found a"),
        (f"text\n\n— a\xa0b {GOOD64}\n", "key name: found "),
        (f"text\n\n— a\u3000b {GOOD64}\n", "key name: found "),
        (f"text\n\n— a\x85b {GOOD64}\n", "key name: found "),
        (f"text\n\n— a\tb {GOOD64}\n", "key name: found "),
        (f"text\n\n— a b {GOOD64}\n", "note: signature of a: found "),
        (f"text\n\n— a {GOOD64} \n", "note: signature of a: found "),
        (f"text\n\n— a  {GOOD64}\n", "note: signature of a: found "),
        (f"text\n\n— a {GOOD64}\r\n", "note: signature of a: found "),
        (f"text\n\n— a {GOOD64[:-1]}\n", "note: signature of a: found "),
        (f"text\n\n— a {GOOD64.replace('/', '_').replace('+', '-')}\n", "note: signature of a: found "),
        ("text\n\n— a AAAAAA==\n", "found 4 bytes, expected a key ID"),
        ("text\n\n— a \n", "found 0 bytes, expected a key ID"),
        ("text\n\n— a AAAAAAB=\n", "canonical base64"),
        ("text\n\n— a AAAAAA AAAA\n", "note: signature of a: found "),
    ],
)
def test_a_malformed_note_is_refused(data: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        verify_note(data.encode(), [LOG_KEY])


@pytest.mark.parametrize("data", [b"on\xffly\n\n" + LINE, b"on\xed\xa0\x80ly\n\n" + LINE, b"on\xc0\x80ly\n\n" + LINE])
def test_bytes_that_are_not_strict_utf8_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"note: found byte 0x.. at 2, expected UTF-8"):
        parse_note(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found a text without a last newline"),
        ("no newline at the end", "found a text without a last newline"),
        ("a\tb\n", r"found U\+0009 at 1, expected no control characters"),
        ("a\0b\n", r"found U\+0000 at 1, expected no control characters"),
        ("a\rb\n", r"found U\+000D at 1, expected no control characters"),
        ("lone \ud800\n", "found lone surrogate at 5, expected Unicode text"),
    ],
)
def test_a_text_that_no_note_can_have_is_not_signed(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"^note: {message}"):
        sign_note(text, LOG_KEY.name, LOG)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\xa0b", "a\x85b", "a\x1fb", "a\0b", "a\ud800"])
def test_a_name_that_no_key_can_have_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match=r"^key name: found "):
        sign_note(TEXT, name, LOG)


@pytest.mark.parametrize(
    "lines", [(), (NoteSignature("a", b"\0\0\0", bytes(1)),), (NoteSignature("a", bytes(8), bytes(64)),)]
)
def test_a_note_that_would_not_read_back_is_not_written(lines: tuple[NoteSignature, ...]) -> None:
    with pytest.raises(FormatError, match=r"^note"):
        format_note(Note(TEXT, lines))


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n")),
    st.binary(min_size=1, max_size=80),
)
def test_every_note_comes_back(text: str, signature: bytes) -> None:
    note = Note(text + "\n", (NoteSignature("name.example", b"\1\2\3\4", signature),) * 2)

    assert parse_note(format_note(note)) == note


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_whatever_parses_is_written_again_as_the_same_bytes(data: bytes) -> None:
    for candidate in (data, data + b"\n\n" + LINE, TEXT.encode() + b"\n" + LINE + data + b"\n"):
        try:
            note = parse_note(candidate)
        except FormatError:
            continue
        assert format_note(note) == candidate


@given(st.text(min_size=1, max_size=40), st.binary(min_size=32, max_size=32))
def test_every_key_comes_back(name: str, seed: bytes) -> None:
    public_key = Ed25519Signer.from_seed(seed).public_key
    try:
        key = VerifierKey(name, public_key)
    except FormatError:
        assume(False)

    assert parse_vkey(format_vkey(key)) == key


def test_no_part_and_no_mangling_of_a_vkey_is_a_vkey() -> None:
    for start in range(len(SPEC_VKEY)):
        for end in range(start, len(SPEC_VKEY) + 1):
            if (start, end) != (0, len(SPEC_VKEY)):
                with pytest.raises(FormatError):
                    parse_vkey(SPEC_VKEY[start:end])
    for place, character in enumerate(SPEC_VKEY):
        with pytest.raises(FormatError):
            parse_vkey(SPEC_VKEY[:place] + chr(ord(character) + 1) + SPEC_VKEY[place + 1 :])


def vkey_of(name: str, material: bytes) -> str:
    """A vkey with the right key ID for any material."""
    key_id = sha256(b"%b\n%b" % (name.encode(), material)).hexdigest()[:8]
    return f"{name}+{key_id}+{format_base64(material)}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (vkey_of("a", b"\1" + LOG.public_key)[:-1] + "\n", "padded standard base64"),
        (vkey_of("a", b"\4" + LOG.public_key), "found signature type 0x04, expected 0x01"),
        (vkey_of("a", b"\1" + LOG.public_key + b"\0"), "public key: found 33 bytes"),
        (vkey_of("a", b"\1"), "public key: found 0 bytes"),
        (vkey_of("a", b""), "found signature type 0x, expected 0x01"),
        (vkey_of("a", b"\1" + bytes(32)), "small order"),
        (vkey_of("a", b"\1" + b"\xff" * 32), "non-canonical"),
        (vkey_of("a b", b"\1" + LOG.public_key), "key name: found a b"),
        (vkey_of("a", b"\1" + LOG.public_key).upper(), "key ID"),
        (vkey_of("a", b"\1" + LOG.public_key).replace("+", "+0", 1), "8 lower-case hex digits"),
        ("a+00000000+" + format_base64(b"\1" + LOG.public_key), "verifier key: key ID: found 00000000"),
        ("a", r"expected <name>\+<key ID>\+<base64>"),
    ],
)
def test_a_vkey_that_names_no_usable_ed25519_key_is_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_vkey(text)


# Joining


def test_joined_notes_have_the_lines_of_each_key_once() -> None:
    again = sign_note(TEXT, WITNESS_KEY.name, WITNESS)
    stranger = format_note(Note(TEXT, (NoteSignature(WITNESS_KEY.name, b"\0\0\0\0", bytes(64)),)))

    joined = parse_note(join_notes([NOTE, NOTE + WITNESS_LINE, again, stranger]))

    assert joined.text == TEXT
    assert [(line.name, line.key_id) for line in joined.signatures] == [
        (LOG_KEY.name, LOG_KEY.key_id), (WITNESS_KEY.name, WITNESS_KEY.key_id), (WITNESS_KEY.name, b"\0\0\0\0"),
    ]  # fmt: skip


def test_joining_keeps_the_first_hundred_lines() -> None:
    lines = tuple(NoteSignature(f"w{number}.example", bytes(4), bytes(64)) for number in range(99))
    many = format_note(Note(TEXT, lines))

    joined = parse_note(join_notes([NOTE, many, NOTE + WITNESS_LINE]))

    assert (len(joined.signatures), joined.signatures[0].name) == (100, LOG_KEY.name)
    assert joined.signatures[1:] == lines


def test_notes_of_two_texts_are_not_joined() -> None:
    with pytest.raises(FormatError, match="notes to join"):
        join_notes([NOTE, sign_note("another text\n", WITNESS_KEY.name, WITNESS)])


def test_keys_of_cosigners_are_not_judged_as_keys_of_logs() -> None:
    cosigner = VerifierKey(WITNESS_KEY.name, WITNESS.public_key, SignatureType.COSIGNATURE)

    with pytest.raises(ValueError, match="keys of cosigners"):
        verify_note(NOTE, [LOG_KEY, cosigner])
