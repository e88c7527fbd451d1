"""A DSSE envelope (v1): the signed bytes of one statement, and who signed them.

Exactly ``payload``, ``payloadType`` (one value) and ``signatures``, base64 padded and canonical,
signatures sorted by ``keyid``, each key once, at most 8 and together at most 8,192 characters of base64.
Every signature must verify; none may be left out as unknown. The signature is over ::

    PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body      (LEN: ASCII decimal bytes)

Worked example: PAE of type ``http://example.com/HelloWorld`` and body ``hello world`` is
``DSSEv1 29 http://example.com/HelloWorld 11 hello world``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from ledger.encoding import format_base64, parse_base64
from ledger.errors import FormatError
from ledger.signing import Signer, key_id

PAYLOAD_TYPE: Final = "application/cloudevents+json"
MAX_SIGNATURES: Final = 8
MAX_SIGNATURE_TEXT: Final = 8_192
_MEMBERS: Final = frozenset(("payload", "payloadType", "signatures"))
_KEYID: Final = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
_SIGNATURE_MEMBERS: Final = frozenset(("keyid", "sig"))


class Signature(NamedTuple):
    """One signature: `keyid` is 64 hex digits, `sig` the raw signature bytes."""

    keyid: str
    sig: bytes


class Envelope(NamedTuple):
    """A payload and its signatures, sorted by keyid."""

    payload: bytes
    signatures: tuple[Signature, ...]

    @property
    def signed_bytes(self) -> bytes:
        """What every signature is over."""
        return _PAE_OF_PAYLOAD % (len(self.payload), self.payload)


def pae(payload_type: str, body: bytes) -> bytes:
    """DSSE pre-authentication encoding; see the module's docstring."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


_PAE_OF_PAYLOAD: Final = pae(PAYLOAD_TYPE, b"").removesuffix(b"0 ") + b"%d %b"


def sign_envelope(payload: bytes, signers: Sequence[Signer]) -> Envelope:
    """`payload` signed by each of `signers`.

    Raises:
        ValueError: for no signer, more than 8, or one key twice.
    """
    message = pae(PAYLOAD_TYPE, payload)
    signatures = {key_id(signer.public_key): signer for signer in signers}
    if len(signatures) != len(signers) or not 1 <= len(signers) <= MAX_SIGNATURES:
        raise ValueError(f"an envelope takes 1 to {MAX_SIGNATURES} signers, each key once")
    return Envelope(payload, tuple(Signature(k, signatures[k].sign(message)) for k in sorted(signatures)))


def format_envelope(envelope: Envelope) -> dict[str, Any]:
    """The envelope as JSON members; canonical JSON of them is part of the leaf."""
    return {
        "payload": format_base64(envelope.payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": s.keyid, "sig": format_base64(s.sig)} for s in envelope.signatures],
    }


def parse_envelope(members: object) -> Envelope:
    """The envelope in JSON `members`; signatures are not verified here.

    Raises:
        FormatError: for anything `format_envelope` would not have written.
    """
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        raise FormatError("envelope", _names(members), "exactly payload, payloadType and signatures")
    if members["payloadType"] != PAYLOAD_TYPE:
        raise FormatError("envelope: payloadType", str(members["payloadType"]), PAYLOAD_TYPE)
    if not isinstance(members["payload"], str):
        raise FormatError("envelope: payload", type(members["payload"]).__name__, "base64 text")
    listed = members["signatures"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_SIGNATURES:
        found = f"{len(listed)} signatures" if isinstance(listed, list) else type(listed).__name__
        raise FormatError("envelope: signatures", found, f"a list of 1 to {MAX_SIGNATURES}")
    signatures: list[Signature] = []
    text_size = 0
    for place, item in enumerate(listed):
        if (
            not isinstance(item, dict)
            or item.keys() != _SIGNATURE_MEMBERS
            or not isinstance(item["keyid"], str)
            or not isinstance(item["sig"], str)
        ):
            raise FormatError(f"envelope: signatures[{place}]", _names(item), "exactly keyid and sig, both strings")
        text_size += len(item["sig"])
        if text_size > MAX_SIGNATURE_TEXT:
            raise FormatError("envelope: signatures", f"{text_size} characters", f"at most {MAX_SIGNATURE_TEXT}")
        keyid = item["keyid"]
        if not _KEYID.match(keyid):
            raise FormatError(f"envelope: signatures[{place}].keyid", keyid, "64 lower-case hex digits")
        sig = parse_base64(item["sig"], f"envelope: signatures[{place}].sig")
        if signatures and signatures[-1].keyid >= keyid:
            raise FormatError(f"envelope: signatures[{place}].keyid", keyid, "keyids in ascending order, each once")
        signatures.append(Signature(keyid, sig))
    return Envelope(parse_base64(members["payload"], "envelope: payload"), tuple(signatures))


def _names(value: object) -> str:
    return ", ".join(sorted(map(str, value))) or "nothing" if isinstance(value, Mapping) else type(value).__name__
