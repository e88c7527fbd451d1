"""A checkpoint to stamp, and an authority whose keys are made once for many examples."""

from __future__ import annotations

import pytest

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import ProofError
from ledger.note import parse_note
from ledger.times import to_micros
from ledger.timestamps.timestamp import verify_timestamp
from tests.ledger.harness import signer
from tests.ledger.tsa import Authority
from tests.ledger.x509made import STAMPED_AT

NOTE = sign_checkpoint(Checkpoint("bank.example/aims/4f1d0c9a8b7e6d5c", 3, b"r" * 32), signer("log"))
TEXT = parse_note(NOTE).text.encode()
AT = to_micros(STAMPED_AT)
GENUINE = Authority()
TOKEN = GENUINE.stamp(TEXT)


def refusal(token: bytes, roots: tuple[bytes, ...], text: bytes = TEXT) -> str:
    """Why the token is no proof."""
    with pytest.raises(ProofError) as caught:
        verify_timestamp(token, text, roots)
    return str(caught.value)
