"""`aims append`: signed lines in, receipts out, all or nothing."""

import base64
import json
from typing import Any

import pytest

from ledger import KeyStore
from ledger.envelope import format_envelope, sign_envelope
from tests.cli.person import PASSPHRASE, Person

OVERRIDE = ("--set", "action=overridden", "--set", "reason_code=income", "--set", "actor.id=p-17")


def signed(clerk: Person, number: int) -> dict[str, Any]:
    """A line that the overseer signed and nobody appended."""
    line: dict[str, Any] = clerk.does(
        "record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "overseer", *OVERRIDE,
        "--set", f"oversight_id=o-{number}", "--set", "actor.name=Grace Hopper", "--sign-only",
    ).json  # fmt: skip
    return line


def lines(*members: dict[str, Any]) -> str:
    """JSON Lines."""
    return "".join(json.dumps(each) + "\n" for each in members)


def test_receipts_come_in_the_order_of_the_lines(clerk: Person) -> None:
    first, second = signed(clerk, 1), signed(clerk, 2)

    printed = clerk.does("append", stdin=lines(second, first)).out.splitlines()

    receipts = [json.loads(line) for line in printed]
    assert [receipt["index"] for receipt in receipts] == [6, 7]
    assert clerk.does("show", 6, "--json").json["data"]["oversight_id"] == "o-2"
    assert {receipt["state"] for receipt in receipts} == {"checkpointed"}


def test_a_file_and_standard_input_are_the_same(clerk: Person) -> None:
    (clerk.folder / "signed.jsonl").write_text("\r\n\n".join([lines(signed(clerk, 1)), ""]), encoding="utf-8")

    assert clerk.does("append", "signed.jsonl").json["index"] == 6


def test_the_same_line_again_gives_the_receipt_of_then(clerk: Person) -> None:
    line = signed(clerk, 1)
    first = clerk.does("append", stdin=lines(line)).json
    clerk.overrides(2)

    again = clerk.does("append", stdin=lines(line, line)).out.splitlines()

    for receipt in map(json.loads, again):
        assert receipt["duplicate"] is True
        assert {n: receipt[n] for n in ("index", "statement", "leaf_hash", "time")} == {
            n: first[n] for n in ("index", "statement", "leaf_hash", "time")
        }
    assert clerk.size() == 8


@pytest.mark.parametrize("nothing", [b"", b"\n\n", b" \r\n"])
def test_input_without_an_envelope_is_refused(clerk: Person, nothing: bytes) -> None:
    (clerk.folder / "signed.jsonl").write_bytes(nothing)

    said = clerk.refused("append", stdin=nothing)

    assert said == "aims: no envelope on standard input, expected one JSON object a line"
    assert "no envelope in signed.jsonl, expected " in clerk.refused("append", "signed.jsonl")


def other_payload(line: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The line with members of its statement changed, and the signature of before."""
    envelope = dict(line["envelope"])
    statement = json.loads(base64.b64decode(envelope["payload"]))
    envelope["payload"] = base64.b64encode(json.dumps(statement | changes).encode()).decode()
    return {**line, "envelope": envelope}


def signed_again(clerk: Person, line: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The line with members of its statement changed, signed by the overseer."""
    payload = base64.b64decode(other_payload(line, **changes)["envelope"]["payload"])
    signer = KeyStore(clerk.folder / "keys").load("overseer", PASSPHRASE)
    return {**line, "envelope": format_envelope(sign_envelope(payload, [signer]))}


def broken(clerk: Person, case: str) -> bytes:
    """A line that must not get in."""
    line = signed(clerk, 1)
    envelope = line["envelope"]
    match case:
        case "malformed JSON":
            return b'{"envelope": '
        case "duplicate keys":
            return b'{"envelope": {}, "envelope": {}}'
        case "no envelope":
            return b'{"payload": "x"}'
        case "another member":
            return lines({**line, "note": "x"}).encode()
        case "payload of another type":
            return lines({**line, "envelope": {**envelope, "payloadType": "text/plain"}}).encode()
        case "base64 of another alphabet":
            return lines({**line, "envelope": {**envelope, "payload": "-" + envelope["payload"][1:]}}).encode()
        case "bad signature":
            return lines(other_payload(line, time="2026-11-20T00:00:00.000000Z")).encode()
        case "another ledger":
            return lines(signed_again(clerk, line, ledger="bank.example/other")).encode()
        case "unknown schema":
            return lines(other_payload(line, dataschema="urn:aims-ledger:schema:oversight_action:v9")).encode()
        case "a value left out":
            return lines({"envelope": envelope}).encode()
        case "a value of somebody else":
            return lines({**line, "disclosures": signed(clerk, 2)["disclosures"]}).encode()
        case "oversize":
            return b"x" * 300_000
        case _:
            return b"\xff\xfe"


CASES = {
    "malformed JSON": "line 1: append line: found ",
    "duplicate keys": "line 1: append line: found ",
    "no envelope": "line 1: append line: found payload, expected the members envelope",
    "another member": "line 1: append line: found disclosures, envelope, note",
    "payload of another type": "line 1: envelope: payloadType: found text/plain, expected application/cloudevents+json",
    "base64 of another alphabet": "line 1: envelope: payload: ",
    "bad signature": "line 1: signature by key ",
    "another ledger": "statement: is meant for ledger bank.example/other, expected bank.example/aims/",
    "unknown schema": "line 1: statement: dataschema: found ",
    "a value left out": "line 1: disclosures: found ",
    "a value of somebody else": "line 1: ",
    "oversize": "line 1: longer than ",
    "not UTF-8": "line 1: append line: found byte 0xff at 0, expected UTF-8",
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_line_is_refused_and_the_good_one_before_it_is_not_stored(clerk: Person, case: str) -> None:
    good = lines(signed(clerk, 3)).encode()
    bad = broken(clerk, case)

    clerk.refused("append", stdin=bad)
    said = clerk.refused("append", stdin=good + bad)

    assert CASES[case].replace("line 1", "line 2") in said


def test_the_same_id_with_other_content_is_a_conflict(clerk: Person) -> None:
    line = signed(clerk, 1)
    clerk.does("append", stdin=lines(line))

    said = clerk.refused("append", stdin=lines(signed_again(clerk, line, time="2026-11-20T00:00:00.000000Z")))

    assert "entry 6 has the same source and id but other content" in said


def test_a_file_that_is_not_there_is_said(clerk: Person) -> None:
    assert "nothing.jsonl: can't be read (No such file or directory)" in clerk.refused("append", "nothing.jsonl")
