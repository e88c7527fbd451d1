"""Disclosures: what they say, and bodies that they open."""

from __future__ import annotations

from ledger.disclosure import Disclosure, disclosure_digest, open_disclosures, parse_disclosure
from ledger.encoding import format_base64url, parse_base64url
from ledger.errors import FormatError, ProofError
from ledger.strictjson import parse_strict
from tests.fuzz.refusing import clear

SEEDS = tuple(
    format_base64url(text).encode()
    for text in (
        b'["AAECAwQFBgcICQoLDA0ODw","name","Ann Example"]',
        b' [ "AAECAwQFBgcICQoLDA0ODw" , "input" , [1,{"a":null}] ] ',
        b'["AAECAwQFBgcICQoLDA0ODw","\\u005fsd",{"...":1}]',
    )
)


def check(data: bytes) -> None:
    """Parse; the digest is that of the text, and the body that has it is opened to what the text says."""
    try:
        text = data.decode("ascii")
        member = parse_disclosure(text)
    except FormatError as refused:
        clear(refused)
        return
    except UnicodeDecodeError:
        return
    assert format_base64url(parse_base64url(text)) == text
    salt, name, value = parse_strict(parse_base64url(text), max_bytes=65_536)
    assert (format_base64url(member.salt), member.name, member.value) == (salt, name, value)
    try:
        opened = open_disclosures({"_sd": [disclosure_digest(text)]}, [Disclosure(text)])
    except (FormatError, ProofError) as refused:
        clear(refused)
        return
    assert opened.body == {name: value}
