"""Spoiled bundles: `bundle.json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.bundle.spoil import Case, replaced
from tests.bundle.workshop import Places, full


def set_member(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update({name: value})


def spoiled_manifests() -> Iterator[Case]:
    """Members of bundle.json changed, left out, of other types, in other forms."""
    odd: tuple[Any, ...] = (None, True, 1, -1, 0, 1.5, 2**53, "", "x", [], {}, [1], {"a": 1})
    for name in ("format", "origin", "size", "root", "scope", "entries", "context", "files"):
        for value in odd:
            yield Case(f"manifest: {name} = {value!r}", full(manifest=set_member(name, value)).zip())
        yield Case(f"manifest: no {name}", full(manifest=lambda manifest, name=name: manifest.pop(name)).zip())
    sound = full()
    entries, context = sound.entries, sound.context
    for what, change in {
        "one member more": set_member("more", 1),
        "size one more": lambda m: m.update(size=m["size"] + 1),
        "size one less": lambda m: m.update(size=m["size"] - 1),
        "another root": lambda m: m.update(root="0" * 64),
        "root in capitals": lambda m: m.update(root=m["root"].upper()),
        "another origin": lambda m: m.update(origin="other.example/aims/0"),
        "entries reversed": set_member("entries", entries[::-1]),
        "an entry twice": set_member("entries", [entries[0], *entries]),
        "an entry less": set_member("entries", entries[:-1]),
        "an entry more": set_member("entries", sorted([*entries, Places.elsewhere])),
        "an entry beyond the size": set_member("entries", [*entries, 27]),
        "an entry that is text": set_member("entries", [*entries[:-1], str(entries[-1])]),
        "an entry in both lists": set_member("context", sorted([*context, entries[-1]])),
        "an entry moved": lambda m: m.update(entries=entries[:-1], context=[*context, entries[-1]]),
        "everything is context": lambda m: m.update(entries=[], context=sorted(entries + context)),
        "everything is in scope": lambda m: m.update(context=[], entries=sorted(entries + context)),
        "exchanged indexes": lambda m: m.update(entries=[19 if i == 18 else i for i in entries]),
        "a file more": lambda m: m["files"].update({"verify.py": {"bytes": 0, "sha256": "0" * 64}}),
        "itself as a file": lambda m: m["files"].update({"bundle.json": {"bytes": 0, "sha256": "0" * 64}}),
        "a file less": lambda m: m["files"].pop("proof.bin"),
        "a file of negative length": lambda m: m["files"]["proof.bin"].update(bytes=-1),
        "a file with more": lambda m: m["files"]["proof.bin"].update(more=1),
        "a digest in capitals": lambda m: m["files"]["proof.bin"].update(sha256="A" * 64),
        "a wrong length": lambda m: m["files"]["proof.bin"].update(bytes=1),
    }.items():
        yield Case(f"manifest: {what}", full(manifest=change).zip())
    for what, change in {
        "spaces": lambda raw: json.dumps(json.loads(raw)).encode() + b"\n",
        "no newline": lambda raw: raw[:-1],
        "two newlines": lambda raw: raw + b"\n",
        "a mark in front": lambda raw: b"\xef\xbb\xbf" + raw,
        "a member twice": lambda raw: b'{"size":27,' + raw[1:],
        "not UTF-8": lambda raw: raw.replace(b"system", b"syst\xff\xfe"),
        "an escape": lambda raw: raw.replace(b'"system"', b'"s\\u0079stem"'),
        "a lone surrogate": lambda raw: raw.replace(b'"system"', b'"\\ud800"'),
        "deep": lambda raw: raw.replace(b'"by":', b'"a":' + b"[" * 40_000 + b"]" * 40_000 + b',"by":'),
        "1.0": lambda raw: raw.replace(b'"size":27', b'"size":27.0'),
        "minus zero": lambda raw: raw.replace(b'"first_nth":0', b'"first_nth":-0'),
        "leading zero": lambda raw: raw.replace(b'"size":27', b'"size":027'),
        "NaN": lambda raw: raw.replace(b'"size":27', b'"size":NaN'),
        "nothing": lambda raw: b"",
        "newline only": lambda raw: b"\n",
    }.items():
        yield Case(f"manifest bytes: {what}", full(late=replaced("bundle.json", change)).zip())
