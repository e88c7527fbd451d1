"""Sections 4 and 11: disclosures, erasures, attachments."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from tests.second.parsing import Bad, base64url, disclosure_digest, open_body, unhex

WHOLE = -1

if TYPE_CHECKING:
    from tests.second.verifier import Read, Verifier


def check_values(v: Verifier) -> None:
    """Stored disclosures and noted erasures against bodies and `erasure` entries."""
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    gone: dict[int, dict[str, int]] = defaultdict(dict)
    for index, digest, text in v.tables["disclosure"]:
        texts[index][base64url(bytes(digest))] = text
    for index, digest, by in v.tables["erased"]:
        gone[index][base64url(bytes(digest))] = by
    named: dict[tuple[bytes, str], set[int]] = defaultdict(set)
    for erasure in [e for e in v.entries.values() if e.statement.kind == "erasure"]:
        target = unhex(erasure.statement.data["statement"])
        place = v.digests.get(target, WHOLE)
        for member in erasure.statement.data.get("members", ()):
            named[target, member["digest"]].add(erasure.index)
            if place != WHOLE and member["digest"] not in gone[place]:
                v.add("index wrong", erasure.index)
                if member["digest"] in texts[place]:
                    v.add("erased but present", place)
    for index, entry in v.entries.items():
        if b'"_sd"' in entry.leaf.payload or b"\\u" in entry.leaf.payload:
            check_entry(v, entry, texts[index], gone[index], named)
        elif texts[index] or gone[index]:
            v.add("index wrong", index)


def check_entry(
    v: Verifier, entry: Read, texts: dict[str, str], gone: dict[str, int], named: dict[tuple[bytes, str], set[int]]
) -> None:
    index, statement = entry.index, entry.statement
    try:
        _, unresolved = open_body(statement.data, texts.values())
    except (Bad, TypeError):
        v.add("altered", index)
        return
    present = {disclosure_digest(text) for text in texts.values()}
    if any(disclosure_digest(text) != digest for digest, text in texts.items()):
        v.add("index wrong", index)
    for digest in unresolved:
        v.add("erased" if named[statement.digest, digest] else "missing", index)
    for digest, by in gone.items():
        if digest in present:
            v.add("erased but present", index)
        elif digest not in unresolved or by not in named[statement.digest, digest]:
            v.add("index wrong", index)


def check_attachments(v: Verifier) -> None:
    """Files that entries name as attached."""
    erased, seen = {}, set()
    for entry in v.entries.values():
        if entry.statement.kind == "erasure":
            erased.update(dict.fromkeys(entry.statement.data.get("attachments", ()), entry.statement))
    judged: dict[str, int] = {}  # digest -> bytes that its file has by the first entry that names it
    for index, entry in sorted(v.entries.items()):
        for artefact in entry.statement.data.get("artefacts") or ():
            digest = artefact["digest"]
            if not artefact.get("attached"):
                continue
            size = artefact["size"] + (32 if artefact.get("salted") else 0)
            if judged.setdefault(digest, size) != size:
                v.add("not permitted", index)
            if digest in seen:
                continue
            seen.add(digest)
            path = v.blobs / digest[:2] / digest[2:]
            if not path.is_file():
                v.add("erased" if digest in erased and artefact.get("salted") else "missing", index)
                continue
            raw = path.read_bytes()
            if sha256(raw).hexdigest() != digest or len(raw) != size:
                v.add("altered", index)
            if digest in erased:
                v.add("erased but present", v.digests[unhex(erased[digest].data["statement"])])
