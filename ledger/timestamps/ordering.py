"""A time-stamp answer with its certificates in DER order, whatever order the authority wrote them in.

RFC 5652 makes the certificates of a `SignedData` a SET, which DER sorts; `openssl ts`, and public authorities with it,
write them in the order they were configured, and the parser refuses that. Nothing signs their order, so that sorting
them changes no statement of the token. What is stored and handed on stays as it was received.
"""

from __future__ import annotations

from typing import Final

from ledger.errors import FormatError

__all__ = ["sort_certificates"]

_SEQUENCE: Final = 0x30
_CERTIFICATES: Final = 0xA0  # [0], the tag of content, too
_MAX_CHILDREN: Final = 64


def sort_certificates(answer: bytes) -> bytes:
    """`answer`, a DER TimeStampResp, with the certificates of its token sorted; as it is where there is no such place.

    The result has the same length, and differs only in the order of those certificates. Whether the rest is what it
    should be is for the parser to say.
    """
    try:
        start, end = _certificates(answer)
        certificates = [answer[first:last] for _, first, _, last in _children(answer, start, end)]
    except FormatError:
        return answer
    return answer[:start] + b"".join(sorted(certificates)) + answer[end:]


def _certificates(answer: bytes) -> tuple[int, int]:
    """From where to where the certificates stand, each with its own tag and length."""
    start, end = _inside(answer, 0, len(answer), place=0, tag=_SEQUENCE)  # TimeStampResp
    start, end = _inside(answer, start, end, place=1, tag=_SEQUENCE)  # ContentInfo, after the status
    start, end = _inside(answer, start, end, place=1, tag=_CERTIFICATES)  # its content, after the type
    start, end = _inside(answer, start, end, place=0, tag=_SEQUENCE)  # SignedData
    return _inside(answer, start, end, place=3, tag=_CERTIFICATES)  # after version, digests and what is signed


def _inside(data: bytes, start: int, end: int, *, place: int, tag: int) -> tuple[int, int]:
    children = _children(data, start, end)
    if place >= len(children) or children[place][0] != tag:
        raise FormatError("time stamp", "another structure", "a TimeStampResp with certificates")
    _, _, content, last = children[place]
    return content, last


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int, int, int]]:
    """(tag, where it begins, where its content begins, where it ends) of each element from `start` to `end`."""
    found = []
    while start < end:
        tag, content, last = _element(data, start, end)
        found.append((tag, start, content, last))
        if len(found) > _MAX_CHILDREN:
            raise FormatError("time stamp", "more elements", f"at most {_MAX_CHILDREN} side by side")
        start = last
    return found


def _element(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """(tag, where the content begins, where it ends) of the element at `start`, which must end by `end`."""
    if start + 2 > end:
        raise FormatError("time stamp", "an element that is cut off", "DER")
    tag, size, content = data[start], data[start + 1], start + 2
    if size >= 0x80:
        digits = size & 0x7F
        if not 1 <= digits <= 4 or content + digits > end:  # 0 is an indefinite length, which DER does not have
            raise FormatError("time stamp", "a length of another form", "DER")
        size, content = int.from_bytes(data[content : content + digits]), content + digits
    if tag & 0x1F == 0x1F or content + size > end:
        raise FormatError("time stamp", "an element that is too long, or of a tag of several bytes", "DER")
    return tag, content, content + size
