"""Signed notes, C2SP signed-note: a text and the signatures under it, each by a named key.

::

    <text>                                   one or more lines, each ending in a newline
                                             one empty line; empty lines in the text are allowed,
    — <key name> <base64>                    so a note is split at its last one; 1 to 100 signatures
    — <key name> <base64>

A note is UTF-8 without control characters below U+0020 other than newline, at most 1,000,000 bytes.  A
signature line is an em dash (U+2014), a space, the key's name, a space, padded standard base64 of
`key ID (4 bytes) || signature`, a newline.  A key name is not empty and has neither spaces nor `+`.  ::

    key ID = SHA-256(name || 0x0A || type || public key)[:4]
    vkey   = <name>+<key ID, 8 hex digits>+<base64 of type || public key>

The type is one byte: 0x01 is Ed25519 (RFC 8032, 32 bytes of key) over the text with its last newline, the
only one signed or verified here.  0x04 (Ed25519) and 0x06 (ML-DSA-44, 1,312 bytes of key) are cosignatures
with a time, for checkpoints only: `ledger.cosignature`.  A signature of another type comes from a key that
is not known here, and is ignored.  What the text means is for its reader to tell from its first line or
from the key that signed it.

Example, from the specification; the note

::

    This is an example message.

    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

is verified by `example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k`.
"""  # a signature line is one line

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final

from ledger.encoding import format_base64, parse_base64, parse_hex
from ledger.errors import FormatError, ProofError
from ledger.signing import Signer, check_public_key, verify

__all__ = [
    "MAX_NOTE_SIZE",
    "MAX_SIGNATURES",
    "Note",
    "NoteSignature",
    "SignatureType",
    "VerifiedNote",
    "VerifierKey",
    "format_note",
    "format_vkey",
    "join_notes",
    "known_keys",
    "parse_note",
    "parse_vkey",
    "sign_note",
    "verify_note",
]

MAX_NOTE_SIZE: Final = 1_000_000
MAX_SIGNATURES: Final = 100
ML_DSA_44_KEY_SIZE: Final = 1_312
_DASH: Final = "\N{EM DASH} "
_NOT_TEXT: Final = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class SignatureType(IntEnum):
    """The byte that tells what a key signs and how, C2SP signed-note "Signature types"; the ones known here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key, the name it signs notes under, and the type of its signatures."""

    name: str
    public_key: bytes
    type: SignatureType = SignatureType.ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.type is not SignatureType.ML_DSA_44:
            check_public_key(self.public_key)
        elif len(self.public_key) != ML_DSA_44_KEY_SIZE:
            raise FormatError("public key", f"{len(self.public_key)} bytes", f"{ML_DSA_44_KEY_SIZE} bytes (FIPS 204)")

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that a signature line tells this key by; short, so never taken as proof of anything."""
        # SHA-256(name || 0x0A || type || public key)[:4], signed-note "Signatures"
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public_key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, as it stands there; not verified."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A well-formed note; nothing in it is verified yet."""

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """A note that at least one known key signed; `unknown` holds the lines of keys nobody here knows."""

    text: str
    signed_by: tuple[VerifierKey, ...]
    unknown: tuple[NoteSignature, ...]


def format_vkey(key: VerifierKey) -> str:
    """The key as one line of text, for trust files."""
    return f"{key}+{format_base64(bytes([key.type]) + key.public_key)}"


def parse_vkey(text: str, types: Collection[SignatureType] = (SignatureType.ED25519,)) -> VerifierKey:
    """The key of one of `types` that a vkey line holds.

    Raises:
        FormatError: for anything `format_vkey` would not have written, other types, and keys that signing refuses.
    """
    # The base64 may hold `+` as well, so only the first two separate.
    name, *rest = text.split("+", 2)
    if len(rest) != 2:
        raise FormatError("verifier key", text, "<name>+<key ID>+<base64>")
    key_id, material = parse_hex(rest[0], 4, "verifier key: key ID"), parse_base64(rest[1], "verifier key")
    if not material or material[0] not in types:
        expected = " or ".join(f"0x{known:02x} ({known.name.replace('_', ' ').title()})" for known in types)
        raise FormatError("verifier key", f"signature type 0x{material[:1].hex()}", expected)
    key = VerifierKey(name, material[1:], SignatureType(material[0]))
    if key.key_id != key_id:
        raise FormatError("verifier key: key ID", key_id.hex(), f"{key.key_id.hex()} for this name and key")
    return key


def sign_note(text: str, name: str, signer: Signer) -> bytes:
    """The note of `text` with one signature, by the key of `signer` under `name`.

    Raises:
        FormatError: `text` can't be that of a note, or `name` not that of a key.
    """
    key = VerifierKey(name, signer.public_key)
    _check_text(text)
    # Ed25519 over the text with its last newline, signed-note "Ed25519 signatures"
    return format_note(Note(text, (NoteSignature(name, key.key_id, signer.sign(text.encode())),)))


def format_note(note: Note) -> bytes:
    """The bytes of a note.

    Raises:
        FormatError: for a note that `parse_note` would refuse.
    """
    lines = (f"{_DASH}{s.name} {format_base64(s.key_id + s.signature)}\n" for s in note.signatures)
    data = f"{note.text}\n{''.join(lines)}".encode("utf-8", "surrogatepass")
    if parse_note(data) != note:
        raise FormatError("note", "an empty line or key ID out of place", "what reads back as the same note")
    return data


def parse_note(data: bytes) -> Note:
    """The parts of a note, nothing verified.

    Raises:
        FormatError: for anything that is not a note as the module's docstring has it.
    """
    if len(data) > MAX_NOTE_SIZE:
        raise FormatError("note", f"{len(data)} bytes", f"at most {MAX_NOTE_SIZE}")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("note", f"byte 0x{data[error.start]:02x} at {error.start}", "UTF-8") from error
    text, blank, signatures = whole.rpartition("\n\n")
    if not blank:
        raise FormatError("note", "no empty line", "a text, an empty line and signatures")
    _check_text(text + "\n")
    # Not splitlines(): it also splits at U+0085, U+2028 and others, which may stand inside a line.
    *lines, rest = signatures.split("\n")
    if rest or not lines:
        raise FormatError("note", rest or "no signature", "signature lines, each ending in a newline")
    if len(lines) > MAX_SIGNATURES:
        raise FormatError("note", f"{len(lines)} signatures", f"at most {MAX_SIGNATURES}")
    return Note(text + "\n", tuple(_parse_signature(line) for line in lines))


def join_notes(notes: Sequence[bytes]) -> bytes:
    """The first of `notes`, which all have one text, with the signatures of the others: one line for each key.

    Where a key signed several times the first line stays, and what exceeds the limit of signatures is left out.

    Raises:
        FormatError: one is malformed, or their texts differ.
    """
    lines: dict[tuple[str, bytes], NoteSignature] = {}
    parsed = [parse_note(note) for note in notes]
    for note in parsed:
        if note.text != parsed[0].text:
            raise FormatError("notes to join", note.text, parsed[0].text)
        for line in note.signatures:
            lines.setdefault((line.name, line.key_id), line)
    return format_note(Note(parsed[0].text, tuple(lines.values())[:MAX_SIGNATURES]))


def verify_note(data: bytes, keys: Iterable[VerifierKey]) -> VerifiedNote:
    """The text of a note and who of `keys` signed it: at least one, and none of them wrongly.

    Signatures of other keys are ignored, even where the name or the key ID (not both) is that of a known
    one: so keys are rotated, and witnesses add their lines.

    Raises:
        FormatError: `data` is not a note, or two of `keys` have the same name and key ID.
        ProofError: a known key's signature does not verify, or no known key signed.
        ValueError: one of `keys` is a cosigner's, whose signature says more than the text.
    """
    known = known_keys(keys)
    if any(key.type is not SignatureType.ED25519 for key in known.values()):
        raise ValueError("keys of cosigners are for ledger.trust or ledger.cosignature to judge")
    note = parse_note(data)
    signed: dict[VerifierKey, None] = {}
    unknown: list[NoteSignature] = []
    message = note.text.encode()
    for line in note.signatures:
        signer = known.get((line.name, line.key_id))
        if signer is None:
            unknown.append(line)
            continue
        try:
            verify(signer.public_key, line.signature, message)
        except ProofError as error:
            raise ProofError(f"note: the signature of {signer} does not verify") from error
        signed[signer] = None
    if not signed:
        found = ", ".join(f"{s.name}+{s.key_id.hex()}" for s in note.signatures[:4])
        raise ProofError(f"note: signed by {found}, expected one of the {len(known)} known keys")
    return VerifiedNote(note.text, tuple(signed), tuple(unknown))


def known_keys(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    """The keys by what a signature line tells them by: name and key ID.

    Raises:
        FormatError: two of them have the same.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise FormatError("verifier keys", f"{key} for two public keys", "one; signatures could not be told apart")
    return known


@lru_cache(maxsize=256)  # the same few names stand in every note
def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or c < " " or "\ud800" <= c <= "\udfff" for c in name):
        raise FormatError("key name", name, "text without spaces, '+' and control characters")


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise FormatError("note", "a text without a last newline", "text that ends in a newline")
    found = _NOT_TEXT.search(text)
    if found and found[0] < " ":
        raise FormatError("note", f"U+{ord(found[0]):04X} at {found.start()}", "no control characters but newline")
    if found:
        raise FormatError("note", f"lone surrogate at {found.start()}", "Unicode text")


def _parse_signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise FormatError("note: signature line", line, "an em dash, the key's name and base64, a space between")
    _check_name(name)
    blob = parse_base64(encoded, f"note: signature of {name}")
    if len(blob) < 5:
        raise FormatError(f"note: signature of {name}", f"{len(blob)} bytes", "a key ID of 4 bytes and a signature")
    return NoteSignature(name, blob[:4], blob[4:])
