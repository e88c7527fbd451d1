"""Spoiled bundles: what entries say and how they are signed, under a checkpoint that fits, or behind its back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.bundle.primitives import (
    DIGESTS,
    ZEROS,
    b64,
    b64url,
    canonical,
    instant,
    keyid,
    private,
)
from tests.bundle.spoil import TRUST, Case, Files, flipped, line_of
from tests.bundle.workshop import PERSONAL, Draft, Places, Story, artefact, decision, full, story

TOLD = (Places.genesis, 3, Places.policy_change, Places.withheld, Places.approval, Places.erasure, Places.last)
L = 2**252 + 27742317777372353535851937790883648493


HARMLESS = {
    # What the entry before would have to show, or nothing: it is not carried, or the change is none.
    f"leaf 0: prev = {ZEROS!r}, the log follows",
    f"leaf 0: prev = {ZEROS!r}, the log does not follow",
    f"leaf 21: prev = {'1' * 64!r}, the log follows",
    f"leaf 21: prev = {ZEROS!r}, the log follows",
    f"leaf 26: time = {instant(86_400)!r}, the log follows",
    "envelope 13: signatures reversed",
    "envelope 13: one more by a pipeline",
    "statement 3: source = 'https://bank.example/admin'",
    "statement 3: type = 'org.aims-ledger.key.v1'",
    "statement 3: subject = 'ledger'",
    # Of another version, which this one can't judge.
    "statement 11: type = 'org.aims-ledger.ai_decision.v2'",
    "statement 13: type = 'org.aims-ledger.ai_decision.v2'",
}


def told(name: str, change: Callable[[Story], Any], *, trust: bytes | None = TRUST, sound: bool = False) -> Case:
    """A case whose story was changed before leaves, tree and checkpoint were made."""
    made = story()
    change(made)
    return Case(name, full(story=made).zip(), trust, sound or name in HARMLESS)


def draft(place: int, change: Callable[[Draft], Any]) -> Callable[[Story], None]:
    def step(made: Story) -> None:
        change(made.drafts[place])

    return step


def both(name: str, place: int, change: Callable[[dict[str, Any]], Any]) -> Iterator[Case]:
    """A leaf's members changed: under a checkpoint that fits, and behind its back."""

    def step(members: dict[str, Any]) -> dict[str, Any]:
        change(members)
        return members

    yield told(f"{name}, the log follows", draft(place, lambda d: setattr(d, "leaf", step)))
    sound = full()
    carried = sorted(sound.entries + sound.context)

    def later(files: Files) -> None:
        lines = files["leaves.jsonl"].split(b"\n")
        at = carried.index(place)
        lines[at] = canonical(step(json.loads(lines[at])))
        files["leaves.jsonl"] = b"\n".join(lines)

    name = f"{name}, the log does not follow"
    yield Case(name, full(files=later).zip(), sound=name in HARMLESS)


def spoiled_leaves() -> Iterator[Case]:
    """Each member of leaves changed, left out, of another type; other spellings of the same leaf."""
    values: dict[str, tuple[Any, ...]] = {
        "index": (-1, 1, 10_000, "5", None, True, 1.0),
        "ledger": ("other.example/aims/0", "", 7),
        "nth": (-1, 99, 1, "0", True, 2**53),
        "nth_prev": ("1" * 64, "A" * 64, ZEROS, "", 5),
        "prev": ("1" * 64, ZEROS, "", None),
        "time": (instant(-3_600), instant(86_400), "2026-11-23T10:00:00Z", "2026-02-30T10:00:00.000000Z", 7),
        "v": (2, 0, "1", True, 1.0),
    }
    for place in TOLD:
        for name, options in values.items():
            for value in options[: None if place == Places.withheld else 2]:
                yield from both(f"leaf {place}: {name} = {value!r}", place, lambda m, n=name, v=value: m.update({n: v}))
        if place in (Places.genesis, Places.withheld):
            for name in values | {"envelope": ()}:
                yield from both(f"leaf {place}: no {name}", place, lambda m, n=name: m.pop(n))
            yield from both(f"leaf {place}: one member more", place, lambda m: m.update(more=1))
    spellings: dict[str, Callable[[bytes], bytes]] = {
        "a space": lambda raw: raw.replace(b',"index"', b', "index"'),
        "another order": lambda raw: json.dumps(
            dict(reversed(json.loads(raw).items())), separators=(",", ":")
        ).encode(),
        "an escape": lambda raw: raw.replace(b'"ledger"', b'"l\\u0065dger"'),
        "a member twice": lambda raw: raw.replace(b'"v":1', b'"v":1,"v":1'),
        "1.0": lambda raw: raw.replace(b'"v":1', b'"v":1.0'),
        "1e0": lambda raw: raw.replace(b'"v":1', b'"v":1e0'),
        "leading zero": lambda raw: raw.replace(b'"v":1', b'"v":01'),
        "a slash escaped": lambda raw: raw.replace(b"application/cloud", b"application\\/cloud"),
        "no brace": lambda raw: raw[:-1],
        "a list": lambda raw: b"[" + raw + b"]",
        "a carriage return": lambda raw: raw + b"\r",
        "a mark in front": lambda raw: b"\xef\xbb\xbf" + raw,
        "not UTF-8": lambda raw: raw.replace(b"bank", b"ban\xff"),
        "empty": lambda raw: b"",
        "too long": lambda raw: raw.replace(b'"v":1', b'"v":1,"z":"' + b"z" * 66_000 + b'"'),
        "deep": lambda raw: raw.replace(b'"v":1', b'"v":1,"z":' + b"[" * 50 + b"]" * 50),
        "very deep": lambda raw: raw.replace(b'"v":1', b'"v":1,"z":' + b"[" * 30_000 + b"]" * 30_000),
        "version 2": lambda raw: raw.replace(b'"v":1', b'"v":2'),
        "version 2, and more": lambda raw: raw.replace(b'"v":1', b'"v":2,"w":{}'),
        "a huge version": lambda raw: raw.replace(b'"v":1', b'"v":' + b"9" * 40),
    }
    for place in (Places.genesis, 3, Places.withheld):
        for what, spell in spellings.items():
            yield told(f"leaf {place}: {what}", draft(place, lambda d, s=spell: setattr(d, "line", s)))
    yield from _exchanged_leaves()


def _exchanged_leaves() -> Iterator[Case]:
    sound = full()
    carried = sorted(sound.entries + sound.context)

    def exchanged(files: Files) -> None:
        first, second = line_of(files, 12, carried), line_of(files, 15, carried)
        files["leaves.jsonl"] = files["leaves.jsonl"].replace(first, b"@").replace(second, first).replace(b"@", second)

    yield Case("leaves 12 and 15 exchanged", full(files=exchanged).zip())
    for at in range(0, 1600, 40):  # wherever in the line of entry 12 that is

        def bit(files: Files, at: int = at) -> None:
            line = line_of(files, 12, carried)
            files["leaves.jsonl"] = files["leaves.jsonl"].replace(line, flipped(line, at).replace(b"\n", b"x"))

        yield Case(f"leaf 12: bit of byte {at}", full(files=bit).zip())


def spoiled_envelopes() -> Iterator[Case]:
    """Signatures left out, doubled, out of order, malleable; other types and members."""

    def changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        def step(members: dict[str, Any]) -> Any:
            return members if (result := change(members)) is None else result

        return step

    def signature(change: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], None]:
        def step(members: dict[str, Any]) -> None:
            first = members["signatures"][0]
            first["sig"] = b64(change(base64.b64decode(first["sig"])))

        return step

    for place in (Places.genesis, 3, Places.withheld, Places.erasure):
        for what, change in {
            "no signature": lambda e: e["signatures"].clear(),
            "first signature gone": lambda e: e["signatures"].pop(0),
            "last signature gone": lambda e: e["signatures"].pop(),
            "first signature twice": lambda e: e["signatures"].insert(0, e["signatures"][0]),
            "signatures reversed": lambda e: e["signatures"].reverse(),
            "keyid of nobody": lambda e: e["signatures"][0].update(keyid="0" * 64),
            "keyid of another": lambda e: e["signatures"][0].update(keyid=keyid("auditor")),
            "keyid in capitals": lambda e: e["signatures"][0].update(keyid=e["signatures"][0]["keyid"].upper()),
            "keyid is a number": lambda e: e["signatures"][0].update(keyid=7),
            "sig is a number": lambda e: e["signatures"][0].update(sig=7),
            "sig without padding": lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"].rstrip("=")),
            "sig with unused bits": lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"][:-3] + "B=="),
            "sig with a space": lambda e: e["signatures"][0].update(sig=" " + e["signatures"][0]["sig"]),
            "sig empty": signature(lambda sig: b""),
            "sig short": signature(lambda sig: sig[:63]),
            "sig long": signature(lambda sig: sig + b"\0"),
            "sig zeros": signature(lambda sig: bytes(64)),
            "sig, a bit of R": signature(lambda sig: flipped(sig, 0)),
            "sig, a bit of S": signature(lambda sig: flipped(sig, 40)),
            "sig, S + L": signature(_plus_order),
            "sig, the sign of R": signature(lambda sig: sig[:31] + bytes([sig[31] ^ 128]) + sig[32:]),
            "sig too much text": signature(lambda sig: bytes(7_000)),
            "one more by an unknown key": lambda e: _signed_too(e, "nobody"),
            "one more by a pipeline": lambda e: _signed_too(e, "pipeline"),
            "one more by a later key": lambda e: _signed_too(e, "pipeline2"),
            "one more by a revoked key": lambda e: _signed_too(e, "old"),
            "payloadType": lambda e: e.update(payloadType="application/json"),
            "payload with unused bits": lambda e: e.update(payload=e["payload"].rstrip("=")[:-1] + "B" + "="),
            "payload without padding": lambda e: e.update(payload=e["payload"].rstrip("=") + "A"),
            "payload is null": lambda e: e.update(payload=None),
            "payload is empty": lambda e: e.update(payload=""),
            "payload, a bit": lambda e: e.update(payload=b64(flipped(base64.b64decode(e["payload"]), 300))),
            "payload of another": lambda e: e.update(payload=b64(story().raw(Places.first))),
            "one member more": lambda e: e.update(more=1),
            "one member less": lambda e: e.pop("payloadType"),
            "a signature has more": lambda e: e["signatures"][0].update(more=1),
            "signatures are no list": lambda e: e.update(signatures={}),
            "a signature is a list": lambda e: e["signatures"].append([]),
            "nine signatures": lambda e: [_signed_too(e, f"nobody{n}") for n in range(9)] and None,
            "a list": lambda e: [e],
        }.items():  # fmt: skip
            yield told(
                f"envelope {place}: {what}", draft(place, lambda d, c=change: setattr(d, "envelope", changed(c)))
            )


def _plus_order(sig: bytes) -> bytes:
    return sig[:32] + (int.from_bytes(sig[32:], "little") + L).to_bytes(32, "little")


def _signed_too(envelope: dict[str, Any], name: str) -> None:
    payload = base64.b64decode(envelope["payload"])
    pae = b"DSSEv1 28 application/cloudevents+json %d %b" % (len(payload), payload)
    signatures = [*envelope["signatures"], {"keyid": keyid(name), "sig": b64(private(name).sign(pae))}]
    unique = {item["keyid"]: item for item in signatures}
    envelope["signatures"] = [unique[who] for who in sorted(unique)]


def spoiled_statements() -> Iterator[Case]:
    """Members of statements changed and signed again, so that only the rules can find them."""
    options: dict[str, tuple[Any, ...]] = {
        "specversion": ("1.1", 1.0, "1.0 "),
        "id": ("01A207D9-2100-7000-8000-000000000001", "01a207d9-2100-4000-8000-000000000001", "x", 5),
        "source": ("https://bank.example/admin", "no uri", "x:", "http:" + "x" * 496, "h:é", ""),
        "type": ("org.aims-ledger.ai_decision.v2", "org.aims-ledger.horoscope.v1", "org.aims-ledger.ai_decision.v01",
                 "com.example.x.v1", "org.aims-ledger.release.v1", "org.aims-ledger.key.v1"),
        "subject": ("ledger", "management-system", " x", "x" * 201, ""),
        "time": (instant(999_999), "2026-11-23", instant(60 * 13 + 1 + 300), instant(60 * 13 + 1 + 301), instant(-9e8)),
        "ledger": ("other.example/aims/0", "a b", ""),
        "datacontenttype": ("text/plain",),
        "dataschema": (f"urn:aims-ledger:schema:ai_decision:v1:sha256:{ZEROS}", "", DIGESTS["release"]),
        "data": ({}, [], None, "x", {"decision_id": 7}, {**decision(1), "more": 1}, {**decision(1), "replayed": 0}),
    }  # fmt: skip
    times = [instant(60 * 13 + 1 + 300), instant(-9e8)]  # entry 13's at the last moment; long ago
    for place in (3, Places.first, Places.withheld):
        for name, values in options.items():
            for value in values:
                change = draft(place, lambda d, n=name, v=value: d.event.update({n: v}))
                fits = name == "time" and value in times[place != Places.withheld :]
                yield told(f"statement {place}: {name} = {_shown(value)}", change, sound=fits)
            yield told(f"statement {place}: no {name}", draft(place, lambda d, n=name: d.event.pop(n)))
        yield told(f"statement {place}: one member more", draft(place, lambda d: d.event.update(more="x")))
    spellings: dict[str, tuple[Callable[[bytes], bytes], bool]] = {
        "spaces": (lambda raw: b" \n" + raw.replace(b",", b" ,\t") + b"\r\n", True),
        "escapes": (lambda raw: raw.replace(b"decision-", b"d\\u0065cision-"), True),
        "a pair of surrogates": (lambda raw: raw.replace(b"decision-", b"\\ud83d\\ude00-"), False),
        "a lone surrogate": (lambda raw: raw.replace(b"decision-", b"\\ud83d-"), False),
        "surrogates reversed": (lambda raw: raw.replace(b"decision-", b"\\ude00\\ud83d-"), False),
        "a member twice": (lambda raw: raw.replace(b'{"spec', b'{"id":"x","spec'), False),
        "an inner member twice": (lambda raw: raw.replace(b'{"deci', b'{"decision_id":"x","deci'), False),
        "an escaped name twice": (lambda raw: raw.replace(b'{"deci', b'{"d\\u0065cision_id":"x","deci'), False),
        "__proto__": (lambda raw: raw.replace(b'"replayed":false', b'"replayed":false,"__proto__":{}'), False),
        "NaN": (lambda raw: raw.replace(b"false", b"NaN"), False),
        "Infinity": (lambda raw: raw.replace(b"false", b"-Infinity"), False),
        "1e999": (lambda raw: raw.replace(b"false", b"1e999"), False),
        "2^53": (lambda raw: raw.replace(b"false", b"9007199254740992"), False),
        "a number": (lambda raw: raw.replace(b"false", b"0"), False),
        "a mark in front": (lambda raw: b"\xef\xbb\xbf" + raw, False),
        "two values": (lambda raw: raw + b"{}", False),
        "a comma at the end": (lambda raw: raw[:-1] + b",}", False),
        "a comment": (lambda raw: raw + b"//", False),
        "a tab in a string": (lambda raw: raw.replace(b"decision-", b"decision\t"), False),
        "single quotes": (lambda raw: raw.replace(b'"', b"'"), False),
        "not UTF-8": (lambda raw: raw.replace(b"decision-", b"\xc0\xaf"), False),
        "an overlong form": (lambda raw: raw.replace(b"decision-", b"\xe0\x80\xaf"), False),
        "a surrogate in UTF-8": (lambda raw: raw.replace(b"decision-", b"\xed\xa0\x80"), False),
        "nested": (lambda raw: raw.replace(b"false", b"[" * 31 + b"]" * 31), False),
        "deep": (lambda raw: raw.replace(b"false", b"[" * 20_000 + b"]" * 20_000), False),
        "too long": (lambda raw: raw + b" " * 41_000, False),
        "as long as allowed": (lambda raw: raw + b" " * (40_960 - len(raw)), True),
        "one byte too long": (lambda raw: raw + b" " * (40_961 - len(raw)), False),
        "empty": (lambda raw: b"", False),
        "null": (lambda raw: b"null", False),
        "form feed": (lambda raw: b"\x0c" + raw, False),
        "no-break space": (lambda raw: "\u00a0".encode() + raw, False),
        "capital E": (lambda raw: raw.replace(b"false", b"1E0"), False),
        "plus": (lambda raw: raw.replace(b"false", b"+1"), False),
        "hex": (lambda raw: raw.replace(b"false", b"0x1"), False),
        "a dot at the end": (lambda raw: raw.replace(b"false", b"1."), False),
        "a bad escape": (lambda raw: raw.replace(b"decision-", b"\\x41-"), False),
        "a short escape": (lambda raw: raw.replace(b"decision-", b"\\u00e-"), False),
    }  # fmt: skip
    for what, (spell, fits) in spellings.items():
        yield told(
            f"statement bytes: {what}",
            draft(Places.first, lambda d, s=spell: setattr(d, "statement", s)),
            sound=fits,
        )
    yield from _bodies()


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else f"{text[:40]}...{text[-36:]}"


def _bodies() -> Iterator[Case]:
    """Bodies that break their schema, or what the format says beside it."""
    bodies: dict[str, tuple[dict[str, Any], bool]] = {
        "erasable in clear": ({**decision(1), "explanation": "in clear"}, False),
        "erasable null": ({**decision(1), "explanation": None}, True),
        "an empty _sd": ({**decision(1), "_sd": []}, False),
        "a null _sd": ({**decision(1), "_sd": None}, False),
        "too many digests": ({**decision(1), "_sd": sorted(b64url(bytes([n]) * 32) for n in range(9))}, False),
        "unsorted digests": ({**decision(1), "_sd": ["B" * 42 + "A", "A" * 43]}, False),
        "a digest twice": ({**decision(1), "_sd": ["A" * 43, "A" * 43]}, False),
        "a digest with unused bits": ({**decision(1), "_sd": ["A" * 42 + "B"]}, False),
        "_sd_alg": ({**decision(1), "_sd_alg": "sha-256"}, False),
        "an identifier with a newline": ({**decision(1), "decision_id": "x\n"}, False),
        "an empty identifier": ({**decision(1), "decision_id": ""}, False),
        "a reference to itself": ({**decision(1), "references": [about(ZEROS)]}, True),
        "a malformed reference": ({**decision(1), "references": [about("x")]}, False),
        "a later reference": ({**decision(1), "references": [about(story().digest(25))]}, False),
        "references null": ({**decision(1), "references": None}, False),
        "artefacts null": ({**decision(1), "artefacts": None}, False),
        "an artefact without size": ({**decision(1), "artefacts": [_artefact(None)]}, False),
        "an artefact's size is 1.0": ({**decision(1), "artefacts": [_artefact(1.0)]}, False),
        "an artefact's size is negative": ({**decision(1), "artefacts": [_artefact(-1)]}, False),
        "an artefact's size is true": ({**decision(1), "artefacts": [_artefact(True)]}, False),
        "an attached file that is not here": ({**decision(1), "artefacts": [{**_artefact(5), "attached": True}]}, True),
        "another size of a file that is here": ({**decision(1), "artefacts": [_personal(1)]}, False),
    }  # fmt: skip
    for what, (body, fits) in bodies.items():
        yield told(f"body: {what}", draft(Places.first, lambda d, b=body: d.event.update(data=b)), sound=fits)
    later = draft(Places.last, lambda d: d.event.update(data={**decision(1), "artefacts": [_personal(1)]}))
    yield told("body: a later entry says another size of a file", later)


def without_schemas() -> Iterator[Case]:
    """Bodies of any shape whose schema is not in the bundle, so that nothing can be said of their shape."""
    odd: tuple[Any, ...] = (
        {}, {"references": 5}, {"references": [{"rel": 1, "statement": 2}]}, {"artefacts": {"a": 1}},
        {"artefacts": [{"attached": True}]}, {"artefacts": [{"attached": True, "digest": "x", "size": "1"}]},
        {"statement": 7}, {"statement": ZEROS, "approved_by": 7}, {"statement": ZEROS, "members": [5]},
        {"statement": ZEROS, "approved_by": "approver-1", "attachments": 5}, {"action": "enrolled"}, {"keys": 5},
        {"_sd": 5}, {"_sd": [5]}, {"action": "policy_changed", "policy": {"roles": [], "quorum": "x"}},
    )  # fmt: skip
    kinds = {
        Places.genesis: "ledger", 3: "key", Places.policy_change: "ledger", Places.first: "ai_decision",
        Places.approval: "approval", Places.erasure: "erasure",
    }  # fmt: skip
    for place, kind in kinds.items():

        def gone(files: Files, kind: str = kind) -> None:
            del files[f"schemas/{kind}.v1.json"]

        for number, body in enumerate(odd):
            made = story()
            made.drafts[place].event["data"] = body
            yield Case(f"no schema, entry {place}, body {number}", full(story=made, files=gone).zip())


def about(statement: str) -> dict[str, str]:
    return {"rel": "about", "statement": statement}


def _artefact(size: Any) -> dict[str, Any]:
    return {"name": "x", "role": "x", "digest": ZEROS, **({} if size is None else {"size": size})}


def _personal(more: int) -> dict[str, Any]:
    made = artefact(PERSONAL, salted=True)
    return {**made, "size": made["size"] + more}
