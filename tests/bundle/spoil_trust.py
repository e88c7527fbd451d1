"""Spoiled bundles: checkpoints, witnesses, history, compromises, trust files."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

from tests.bundle.primitives import (
    ORIGIN,
    POLICY,
    b64,
    canonical,
    instant,
    log_line,
    ml_dsa_line,
    ml_dsa_vkey,
    note,
    vkey,
    witness_line,
)
from tests.bundle.spoil import TRUST, Case, Files, flipped, replaced
from tests.bundle.spoil_keys import POINTS, compromised, key
from tests.bundle.workshop import bundle, full, story


def spoiled_checkpoints() -> Iterator[Case]:
    """Notes that are malformed, of others, of another tree, not signed or not witnessed as asked for."""

    def signed(lines: Callable[[str], list[tuple[str, bytes]]]) -> bytes:
        return full(signed=lines).zip()

    def w(text: str) -> list[tuple[str, bytes]]:
        return [witness_line(text, "w1"), witness_line(text, "w2")]

    lines: dict[str, tuple[Callable[[str], list[tuple[str, bytes]]], bool]] = {
        "three witnesses": (lambda t: [log_line(t), *w(t), witness_line(t, "w3")], True),
        "witnesses first": (lambda t: [*w(t), log_line(t)], True),
        "unknown lines too": (lambda t: [*[(f"x{n}", bytes(70)) for n in range(90)], log_line(t), *w(t)], True),
        "an unknown witness": (lambda t: [log_line(t), witness_line(t, "w1"), witness_line(t, "w9")], False),
        "one witness": (lambda t: [log_line(t), witness_line(t, "w1")], False),
        "one witness twice": (lambda t: [log_line(t), witness_line(t, "w1"), witness_line(t, "w1", 1)], False),
        "no witness": (lambda t: [log_line(t)], False),
        "no log": (w, False),
        "another log": (lambda t: [log_line(t, key="other"), *w(t)], False),
        "a log of another name": (lambda t: [log_line(t, "x.example"), *w(t)], False),
        "the newer checkpoint key": (lambda t: [log_line(t, key="checkpoint2"), *w(t)], True),
        "a founder's key": (lambda t: [log_line(t, key="admin"), *w(t)], False),
        "log line over another text": (lambda t: [log_line(t + "x"), *w(t)], False),
        "log line twice": (lambda t: [log_line(t), log_line(t), *w(t)], True),
        "log line twice, one wrong": (lambda t: [log_line(t), log_line(t + "x"), *w(t)], False),
        "a wrong witness line": (lambda t: [log_line(t), *w(t), witness_line(t + "x", "w3")], False),
        "a wrong line of one of two": (lambda t: [log_line(t), w(t)[0], witness_line(t + "x", "w2")], False),
        "a witness at time 0": (lambda t: [log_line(t), witness_line(t, "w1", 0), witness_line(t, "w2")], True),
        "a short witness line": (lambda t: [log_line(t), *w(t), _changed(witness_line(t, "w3"), 76)], False),
        "a time changed": (lambda t: [log_line(t), witness_line(t, "w1"), _later(witness_line(t, "w2"))], False),
        "a time beyond": (lambda t: [log_line(t), *w(t), witness_line(t, "w3", 2**63)], False),
        "a key ID changed": (lambda t: [log_line(t), witness_line(t, "w1"), _changed(w(t)[1], 0)], False),
        "a hundred lines": (lambda t: [*[(f"x{n}", bytes(70)) for n in range(97)], log_line(t), *w(t)], True),
        "a hundred and one lines": (lambda t: [*[(f"x{n}", bytes(70)) for n in range(98)], log_line(t), *w(t)], False),
        "a name with a no-break space": (lambda t: [("x\u00a0y", bytes(70)), log_line(t), *w(t)], False),
        "a name with U+0085": (lambda t: [("x\u0085y", bytes(70)), log_line(t), *w(t)], False),
        "a name with U+FEFF": (lambda t: [("x\ufeffy", bytes(70)), log_line(t), *w(t)], True),
        "a name with a plus": (lambda t: [("x+y", bytes(70)), log_line(t), *w(t)], False),
        "a line of four bytes": (lambda t: [("x", bytes(4)), log_line(t), *w(t)], False),
    }  # fmt: skip
    for what, (made, fits) in lines.items():
        yield Case(f"checkpoint: {what}", signed(made), sound=fits)
    trustless = (
        "another log",
        "the newer checkpoint key",
        "a founder's key",
        "log line over another text",
        "log line twice, one wrong",
    )
    for what in trustless:
        fits = what == "the newer checkpoint key"
        yield Case(f"checkpoint: {what}, no trust file", signed(lines[what][0]), None, sound=fits)
    texts: dict[str, Callable[[str], str]] = {
        "another origin": lambda t: t.replace("bank", "bonk", 1),
        "one more": lambda t: t.replace("\n27\n", "\n28\n"),
        "one less": lambda t: t.replace("\n27\n", "\n26\n"),
        "size 0": lambda t: t.replace("\n27\n", "\n0\n"),
        "leading zero": lambda t: t.replace("\n27\n", "\n027\n"),
        "a sign": lambda t: t.replace("\n27\n", "\n+27\n"),
        "other digits": lambda t: t.replace("\n27\n", "\n२७\n"),
        "2^63": lambda t: t.replace("\n27\n", f"\n{2**63}\n"),
        "2^63-1": lambda t: t.replace("\n27\n", f"\n{2**63 - 1}\n"),
        "2^53+1": lambda t: t.replace("\n27\n", f"\n{2**53 + 1}\n"),
        "another root": lambda t: t.rsplit("\n", 2)[0] + "\n" + b64(bytes(32)) + "\n",
        "a short root": lambda t: t.rsplit("\n", 2)[0] + "\n" + b64(bytes(31)) + "\n",
        "a root with unused bits": lambda t: t.replace("=\n", "B\n"),
        "an extension line": lambda t: t + "extension\n",
        "an empty line in it": lambda t: t + "\nmore\n",
        "two lines": lambda t: t.rsplit("\n", 2)[0] + "\n",
        "a carriage return": lambda t: t.replace("\n27", "\r\n27"),
        "a tab": lambda t: t.replace("\n27\n", "\n27\t\n"),
        "an origin with a space": lambda t: t.replace("bank", "the bank", 1),
    }
    for what, change in texts.items():
        yield Case(f"checkpoint text: {what}", full(text=change).zip())
    raw: dict[str, Callable[[bytes], bytes]] = {
        "no last newline": lambda r: r[:-1],
        "one more newline": lambda r: r + b"\n",
        "no empty line": lambda r: r.replace(b"\n\n", b"\n"),
        "two empty lines": lambda r: r.replace(b"\n\n", b"\n\n\n"),
        "carriage returns": lambda r: r.replace(b"\n", b"\r\n"),
        "a hyphen for the dash": lambda r: r.replace("—".encode(), b"-"),
        "two spaces": lambda r: r.replace("— ".encode(), "—  ".encode()),
        "not UTF-8": lambda r: b"\xff" + r,
        "NUL": lambda r: r.replace(b"bank", b"ban\0", 1),
        "a bit of a signature": lambda r: flipped(r, -10),
        "text only": lambda r: r[: r.index(b"\n\n") + 1],
        "too long": lambda r: r + b"x" * 1_000_000,
    }  # fmt: skip
    for what, spell in raw.items():
        yield Case(f"checkpoint bytes: {what}", full(files=replaced("checkpoint", spell)).zip())


def _changed(line: tuple[str, bytes], at: int) -> tuple[str, bytes]:
    """A bit of the byte `at` of a line flipped; the last byte cut off where there is none."""
    return line[0], flipped(line[1], at) if at < len(line[1]) else line[1][:-1]


def _later(line: tuple[str, bytes]) -> tuple[str, bytes]:
    name, blob = line
    return name, blob[:4] + struct.pack(">Q", struct.unpack(">Q", blob[4:12])[0] + 1) + blob[12:]


def spoiled_histories() -> Iterator[Case]:
    """Older checkpoints that are not beginnings of the tree, or not what a line of the history is."""

    def line(number: int, change: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
        def step(files: Files) -> None:
            lines = [json.loads(raw) for raw in files["history.jsonl"].splitlines()]
            change(lines[number])
            files["history.jsonl"] = b"".join(canonical(item) + b"\n" for item in lines)

        return step

    other = full().story
    other.drafts[3].time += 0.5
    [forked] = [json.loads(raw) for raw in full(story=other, history=(11,)).make()["history.jsonl"].splitlines()]

    def renoted(change: Callable[[str], str], *more: Any) -> Callable[[dict[str, Any]], None]:
        from base64 import b64decode

        def step(told: dict[str, Any]) -> None:
            text = change(b64decode(told["note"]).decode().split("\n\n")[0] + "\n")
            told["note"] = b64(note(text, log_line(text, *more)))

        return step

    changes: dict[str, tuple[Callable[[dict[str, Any]], Any], bool]] = {
        "of a fork": (lambda t: t.update(note=forked["note"]), False),
        "of a fork, with its proof": (lambda t: t.update(forked), False),
        "the proof reversed": (lambda t: t["proof"].reverse(), False),
        "a hash less": (lambda t: t["proof"].pop(), False),
        "a hash more": (lambda t: t["proof"].append(b64(bytes(32))), False),
        "a short hash": (lambda t: t["proof"].__setitem__(0, b64(bytes(31))), False),
        "no proof": (lambda t: t["proof"].clear(), False),
        "a hash is a number": (lambda t: t["proof"].__setitem__(0, 5), False),
        "the proof is no list": (lambda t: t.update(proof="x"), False),
        "one size more": (renoted(lambda text: text.replace("\n11\n", "\n12\n")), False),
        "larger than the checkpoint": (renoted(lambda text: text.replace("\n11\n", "\n28\n")), False),
        "size 0": (renoted(lambda text: f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"), False),
        "another origin": (renoted(lambda text: text.replace("bank", "bonk", 1)), False),
        "another log": (renoted(lambda text: text, ORIGIN, "other"), False),
        "not cosigned": (renoted(lambda text: text), True),
        "note is not base64": (lambda t: t.update(note="x"), False),
        "note is empty": (lambda t: t.update(note=""), False),
        "note is a number": (lambda t: t.update(note=7), False),
        "a time stamp that is not there": (lambda t: t.update(timestamps=["timestamps/0.tsr"]), False),
        "a time stamp elsewhere": (lambda t: t.update(timestamps=["checkpoint"]), False),
        "a time stamp is a number": (lambda t: t.update(timestamps=[0]), False),
        "time stamps are null": (lambda t: t.update(timestamps=None), False),
        "a member more": (lambda t: t.update(more=1), False),
        "a member less": (lambda t: t.pop("timestamps"), False),
    }
    for what, (change, fits) in changes.items():
        yield Case(f"history: {what}", full(files=line(1, change)).zip(), sound=fits)
        yield Case(f"history: {what}, no trust file", full(files=line(1, change)).zip(), None, sound=fits)
    for at in range(len(forked["proof"])):
        bit = line(1, lambda t, at=at: t["proof"].__setitem__(at, b64(bytes([at + 1]) * 32)))
        yield Case(f"history: hash {at}", full(files=bit).zip())
    for what, spell in {
        "no newline": lambda raw: raw[:-1],
        "empty line": lambda raw: raw + b"\n",
        "spaces": lambda raw: raw.replace(b'","', b'", "', 1),
        "a list": lambda raw: b"[]\n" + raw,
        "reversed": lambda raw: b"\n".join(reversed(raw.split(b"\n")[:-1])) + b"\n",
        "a line twice": lambda raw: raw + raw,
        "empty": lambda raw: b"",
    }.items():
        fits = what in ("reversed", "a line twice", "empty")
        yield Case(f"history bytes: {what}", full(files=replaced("history.jsonl", spell)).zip(), sound=fits)
    yield Case("history: time stamps", full(stamped=(11,)).zip(), sound=True)
    yield Case("history: time stamps of the checkpoint", full(stamped=(27,)).zip(), sound=True)
    yield Case("history: sizes", full(history=tuple(range(1, 27))).zip(), sound=True)
    yield from _compromises()


def _compromises() -> Iterator[Case]:
    """A key compromised between two checkpoints: what the older one covers stays, if a quorum saw it before."""
    for minutes in (100, 120, 121, 122, 180):
        change = key(compromised("overseer", instant(60 * minutes)), "admin")
        for trust, name in (
            (TRUST, "trust file"),
            (None, "no trust file"),
            (TRUST.replace(b"two 2", b"two 1"), "one witness"),
        ):
            made = story()
            change(made)
            sound = (trust == TRUST and minutes > 121) or (name == "one witness" and minutes > 60)
            case = full(story=made, history=(24,))
            yield Case(f"compromised at minute {minutes}, {name}", case.zip(), trust, sound=sound)
            stamped = full(story=made, history=(24,), stamped=(24,))
            yield Case(f"compromised at minute {minutes}, {name}, time stamp", stamped.zip(), trust, sound=True)


def trust_files() -> Iterator[Case]:
    """Trust files that are malformed, ask for more, or know other logs and witnesses."""
    sound = full().zip()
    log, w1, w2, w3 = POLICY.splitlines()[:4]
    quorums: dict[str, tuple[str, bool]] = {
        "quorum none": (f"{log}\nquorum none\n", True),
        "one witness": (f"{log}\n{w1}\nquorum W1\n", True),
        "the absent witness": (f"{log}\n{w1}\n{w3}\nquorum W3\n", False),
        "all of three": (f"{log}\n{w1}\n{w2}\n{w3}\ngroup g all W1 W2 W3\nquorum g\n", False),
        "any of three": (f"{log}\n{w1}\n{w2}\n{w3}\ngroup g any W3 W2 W1\nquorum g\n", True),
        "groups of groups": (f"{log}\n{w1}\n{w2}\n{w3}\ngroup a any W1 W3\ngroup b all a W2\nquorum b\n", True),
        "groups that are not met": (f"{log}\n{w1}\n{w2}\n{w3}\ngroup a all W1 W3\ngroup b any a\nquorum b\n", False),
        "no log": (f"{w1}\nquorum W1\n", False),
        "another log": (f"log {vkey(ORIGIN, 'other')}\nquorum none\n", False),
        "another log too": (f"log {vkey(ORIGIN, 'other')}\n{log}\nquorum none\n", True),
        "a log of another name": (f"log {vkey('x.example', 'checkpoint')}\nquorum none\n", False),
        "the newer checkpoint key only": (f"log {vkey(ORIGIN, 'checkpoint2')}\nquorum none\n", False),
        "comments, tabs, addresses": (f"# trust\n\n\t{log}\ta:log \n  # more\n{w1} a:b\nquorum\tW1\n", True),
        "other octets": (f"{log}\n{w1.replace('W1', 'Wä')}\n# ü\nquorum Wä\n", True),
    }  # fmt: skip
    for what, (text, fits) in quorums.items():
        yield Case(f"trust: {what}", sound, text.encode(), sound=fits)
    for what, text in {
        "empty": "",
        "no quorum": f"{log}\n",
        "two quorums": f"{log}\nquorum none\nquorum none\n",
        "quorum of nobody": f"{log}\nquorum W1\n",
        "no last newline": f"{log}\nquorum none",
        "carriage returns": f"{log}\r\nquorum none\r\n",
        "a form feed": f"{log}\n\x0cquorum none\n",
        "a DEL": f"{log}\n# \x7f\nquorum none\n",
        "an unknown word": f"{log}\nmonitor x\nquorum none\n",
        "capitals": f"{log.replace('log', 'LOG', 1)}\nquorum none\n",
        "a log twice": f"{log}\n{log}\nquorum none\n",
        "a witness twice": f"{log}\n{w1}\n{w1.replace('W1', 'W2', 1)}\nquorum none\n",
        "a name twice": f"{log}\n{w1}\n{w2.replace('W2', 'W1', 1)}\nquorum none\n",
        "a witness called none": f"{log}\n{w1.replace('W1', 'none', 1)}\nquorum none\n",
        "a member twice": f"{log}\n{w1}\n{w2}\ngroup g 2 W1 W1\nquorum g\n",
        "a member of two groups": f"{log}\n{w1}\n{w2}\ngroup g any W1\ngroup h any W1\nquorum g\n",
        "a cycle": f"{log}\n{w1}\ngroup g any h\ngroup h any g\nquorum g\n",
        "a group of itself": f"{log}\n{w1}\ngroup g any g\nquorum g\n",
        "too many asked for": f"{log}\n{w1}\ngroup g 2 W1\nquorum g\n",
        "none asked for": f"{log}\n{w1}\ngroup g 0 W1\nquorum g\n",
        "a threshold with zero": f"{log}\n{w1}\n{w2}\ngroup g 01 W1 W2\nquorum g\n",
        "an empty group": f"{log}\n{w1}\ngroup g any\nquorum g\n",
        "a wrong key ID": f"{log.replace('+', '+0', 1)}\nquorum none\n",
        "a witness as a log": f"log {w1.split()[2]}\nquorum none\n",
        "a log as a witness": f"{log}\nwitness W {vkey('x', 'other')}\nquorum none\n",
        "a word too many": f"{log} url more\nquorum none\n",
        "quorum of two": f"{log}\n{w1}\n{w2}\nquorum W1 W2\n",
        "a key of small order": f"log {vkey(ORIGIN, 'x', 1, POINTS['one'])}\nquorum none\n",
        "a pin": '{"origin":"x"}\n',
    }.items():  # fmt: skip
        yield Case(f"trust: {what}", sound, text.encode())
    lattice = f"witness M {ml_dsa_vkey('m')}\n"
    for what, text, lines in (
        ("ML-DSA not asked for", f"{POLICY.rsplit('group', 1)[0]}{lattice}group two 2 W1 W2 W3\nquorum two\n", "m"),
        ("ML-DSA asked for", f"{log}\n{w1}\n{lattice}group g all W1 M\nquorum g\n", "m"),
        ("ML-DSA asked for, not there", f"{log}\n{w1}\n{lattice}group g all W1 M\nquorum g\n", ""),
        ("ML-DSA and an absent one", f"{log}\n{w3}\n{lattice}group g all W3 M\nquorum g\n", "m"),
    ):

        def signed(t: str, lines: str = lines) -> list[tuple[str, bytes]]:
            return [log_line(t), witness_line(t, "w1"), witness_line(t, "w2"), *map(ml_dsa_line, lines)]

        beyond = lines == "m" and what != "ML-DSA and an absent one"
        yield Case(f"trust: {what}", full(signed=signed).zip(), text.encode(), beyond=beyond)
    yield Case("trust: some withheld, quorum none", bundle().zip(), f"{log}\nquorum none\n".encode(), sound=True)
