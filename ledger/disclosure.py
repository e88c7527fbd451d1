"""Erasable members, RFC 9901 (SD-JWT): a digest stays in the signed bytes, the value lies beside them.

A *disclosure* is one text, kept exactly as it was made; the digest takes its place in the body::

    disclosure = base64url(UTF-8 JSON [salt, name, value])          without padding, section 4.2.1
    digest     = base64url(SHA-256(ASCII(disclosure)))              43 characters, section 4.2.3

The digests of an object's erasable members stand in its member `_sd`, a list sorted by text, each once
(section 4.2.4.1).  Deleting the disclosure erases the value: what is left is a digest over a random salt.

Narrower than the RFC, so that there is one way to read a body: the salt is 128 random bits as 22
characters of base64url; only members of objects are erasable (objects inside arrays too), not elements of
arrays; no disclosure lies inside another; there are no decoys; `_sd_alg` is left out, which means SHA-256.
Another algorithm would be named there, and is refused until a version of this program knows it.  So
`_sd`, `_sd_alg` and `...` are the names of no member, at any depth.

Example, from section 5.1: `["2GLC42sKQveCfGfryNRN9w", "given_name", "John"]` becomes the disclosure
`WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd` with the digest
`jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4`.  Spaces are the RFC's; `seal` writes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ledger.encoding import format_base64url, parse_base64url
from ledger.errors import FormatError, ProofError
from ledger.statement import MAX_STATEMENT_BYTES
from ledger.strictjson import canonical, parse_strict

__all__ = [
    "SALT_SIZE",
    "DisclosedMember",
    "Disclosure",
    "Opened",
    "disclosure_digest",
    "open_disclosures",
    "parse_disclosure",
    "seal",
]

SALT_SIZE: Final = 16
_DIGESTS: Final = "_sd"
_RESERVED: Final = frozenset((_DIGESTS, "_sd_alg", "..."))
# A disclosure may say as much as a whole statement; base64url makes 4 characters of 3 bytes, rounded up.
_MAX_TEXT: Final = -(MAX_STATEMENT_BYTES * 4 // -3)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The text of a disclosure, exactly as it was made; `parse_disclosure` reads what it says."""

    text: str

    @property
    def digest(self) -> str:
        """What stands for it in `_sd`."""
        return disclosure_digest(self.text)


@dataclass(frozen=True, slots=True)
class DisclosedMember:
    """What a disclosure says."""

    salt: bytes
    name: str
    value: Any


class Opened(NamedTuple):
    """A body with its disclosed members put back.

    Pointers are JSON pointers (RFC 6901) into `body`.
    """

    body: dict[str, Any]
    """Without any `_sd`; a copy, so the sealed body stays as it was."""
    unresolved: Mapping[str, str]
    """Digest without a disclosure -> pointer of the object it stands in; its name is not known."""
    matched: Mapping[str, str]
    """Digest of each disclosure, in the order they were given -> pointer of the member it put back."""


def disclosure_digest(text: str) -> str:
    """The digest that stands for a disclosure."""
    # base64url(SHA-256(ASCII(disclosure))), RFC 9901 section 4.2.3
    return format_base64url(sha256(text.encode("ascii")).digest())


def parse_disclosure(text: str) -> DisclosedMember:
    """What a disclosure says.

    Raises:
        FormatError: for anything but `[salt, name, value]` as the module's docstring has it.
    """
    if len(text) > _MAX_TEXT:
        raise FormatError("disclosure", f"{len(text)} characters", f"at most {_MAX_TEXT}")
    data = parse_base64url(text, "disclosure")
    parts = parse_strict(data, "disclosure", max_bytes=MAX_STATEMENT_BYTES)
    if not isinstance(parts, list) or len(parts) != 3:
        raise FormatError("disclosure", data.decode(), "a list of salt, name and value")
    salt_text, name, value = parts
    if not isinstance(salt_text, str) or len(salt := _parse_salt(salt_text)) != SALT_SIZE:
        raise FormatError("disclosure: salt", str(salt_text), f"base64url of {SALT_SIZE} bytes")
    if not isinstance(name, str):
        raise FormatError("disclosure: name", str(name), "a string")
    _copied({name: value}, "", "disclosure")
    return DisclosedMember(salt, name, value)


def seal(
    body: Mapping[str, Any], erasable_paths: Iterable[str], new_salt: Callable[[], bytes]
) -> tuple[dict[str, Any], tuple[Disclosure, ...]]:
    """`body` with the members at `erasable_paths` replaced by digests, and their disclosures.

    The paths are JSON pointers of members that are there, none inside another.  `new_salt` gives 16 fresh
    random bytes each time.  The body is copied; disclosures come in the order of the body.

    Raises:
        FormatError: a member has a reserved name, or a value is not JSON as `ledger.strictjson` takes it.
        ValueError: a path names no member of an object or is there twice, or a salt is wrong or repeated.
    """
    paths = list(erasable_paths)
    wanted = set(paths)
    if len(wanted) != len(paths):
        raise ValueError("an erasable path is there twice")
    for path in paths:
        if any(above in wanted for above in _above(path)):
            raise ValueError(f"{path} lies inside another erasable member, and disclosures do not nest")
    salts: set[bytes] = set()
    disclosures: list[Disclosure] = []

    def seal_object(members: dict[str, Any], pointer: str) -> None:
        digests = []
        for name in list(members):
            path = f"{pointer}/{_escaped(name)}"
            if path in wanted:
                wanted.remove(path)
                salt = new_salt()
                if len(salt) != SALT_SIZE or salt in salts:
                    raise ValueError(f"a salt is {SALT_SIZE} bytes that were never used before")
                salts.add(salt)
                disclosures.append(_disclose(salt, name, members.pop(name), path))
                digests.append(disclosures[-1].digest)
        if digests:
            members[_DIGESTS] = sorted(digests)

    sealed = _copied(body, "", "body", seal_object)
    if wanted:
        raise ValueError(f"no member of an object: {', '.join(sorted(wanted))}")
    return sealed, tuple(disclosures)


def open_disclosures(sealed_body: Mapping[str, Any], disclosures: Iterable[Disclosure]) -> Opened:
    """The body with every disclosed member back in its place, after those that were never hidden.

    The order of the disclosures does not matter to the body.  A digest without a disclosure is no error
    here: the value was erased, is withheld or is missing, and which of them is for the caller to find out.

    Raises:
        FormatError: a disclosure or an `_sd` is malformed, one is there twice, or a name is taken.
        ProofError: a disclosure belongs to none of the digests.
    """
    given: dict[str, DisclosedMember] = {}
    for disclosure in disclosures:
        member = parse_disclosure(disclosure.text)
        if given.setdefault(disclosure.digest, member) is not member:
            raise FormatError("disclosures", f"that of {member.name!r} twice", "each once")
    places: dict[str, str] = {}
    matched = dict.fromkeys(given, "")

    def open_object(members: dict[str, Any], pointer: str) -> None:
        for digest in _parse_digests(members.pop(_DIGESTS), pointer) if _DIGESTS in members else ():
            if digest in places:
                raise FormatError(f"body: {pointer}/{_DIGESTS}", f"{digest} twice", "each digest once in a body")
            places[digest] = pointer
            if digest in given:
                name = given[digest].name
                if name in members:
                    raise FormatError(f"disclosure: {pointer}/{name}", "a member that is there", "a new name")
                members[name] = given[digest].value
                matched[digest] = f"{pointer}/{_escaped(name)}"

    body = _copied(sealed_body, "", "body", open_object, _RESERVED - {_DIGESTS})
    for digest, path in matched.items():
        if not path:
            raise ProofError(
                f"disclosure of {given[digest].name!r}: its digest {digest} is in no {_DIGESTS} of the body"
            )
    unresolved = {digest: pointer for digest, pointer in places.items() if digest not in given}
    return Opened(body, MappingProxyType(unresolved), MappingProxyType(matched))


def _copied(
    value: Any,
    pointer: str,
    what: str,
    on_object: Callable[[dict[str, Any], str], None] | None = None,
    reserved: frozenset[str] = _RESERVED,
) -> Any:
    """A copy of a JSON value without `reserved` names; each object of it passes `on_object`, inner ones first.

    Inner ones first, so that `on_object` never sees what it put into, or took out of, an object itself.
    """
    if isinstance(value, Mapping):
        members: dict[str, Any] = {}
        for name, member in value.items():
            if not isinstance(name, str):
                raise FormatError(f"{what}: {pointer}", f"a member named {name!r}", "text as names")
            if name in reserved:
                raise FormatError(f"{what}: {pointer}/{name}", "a reserved name", "any other name")
            members[name] = _copied(member, f"{pointer}/{_escaped(name)}", what, on_object, reserved)
        if on_object is not None:
            on_object(members, pointer)
        return members
    if isinstance(value, list | tuple):
        return [_copied(item, f"{pointer}/{place}", what, on_object, reserved) for place, item in enumerate(value)]
    return value


def _disclose(salt: bytes, name: str, value: Any, path: str) -> Disclosure:
    try:
        data = canonical([format_base64url(salt), name, value])
    except TypeError as error:
        raise FormatError(f"body: {path}", type(value).__name__, "a JSON value") from error
    disclosure = Disclosure(format_base64url(data))
    # Writing is kinder than reading: NaN became null, a date became text. What would not come back as it
    # was, or not at all, must not be sealed.
    if parse_disclosure(disclosure.text).value != value:
        raise FormatError(f"body: {path}", "a value that does not come back the same", "a JSON value")
    return disclosure


def _parse_salt(text: str) -> bytes:
    return parse_base64url(text, "disclosure: salt")


def _parse_digests(digests: Any, pointer: str) -> list[str]:
    what = f"body: {pointer}/{_DIGESTS}"
    if not isinstance(digests, list) or not digests:
        raise FormatError(what, str(digests), "a list of digests, left out when empty")
    for digest in digests:
        if not isinstance(digest, str) or len(parse_base64url(digest, what)) != sha256().digest_size:
            raise FormatError(what, str(digest), "base64url of a SHA-256 digest")
    if any(left >= right for left, right in pairwise(digests)):
        raise FormatError(what, "digests out of order", "them sorted, each once")
    return digests


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _escaped(name: str) -> str:
    """A member's name inside a JSON pointer, RFC 6901 section 3."""
    return name.replace("~", "~0").replace("/", "~1")
