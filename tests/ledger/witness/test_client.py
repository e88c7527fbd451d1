"""Asking a witness: what it may answer, and what becomes of each answer."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ledger.cosignature import sign_cosignature
from ledger.errors import AimsError, ProofError, Refused, Unanswered
from ledger.note import parse_note
from ledger.posting import Answer
from ledger.witness.client import MAX_ANSWER, Given, request_cosignatures
from ledger.witness.witness import format_lines
from tests.ledger.harness import signer
from tests.ledger.witness.logs import KEYS, NAME, NOW, VKEYS, Log, Script, answering, new_witness, serving_witness

LOG = Log()
SIZE = "text/x.tlog.size"


def lines(log: Log = LOG, size: int = 9, name: str = NAME, key: str = "witness") -> bytes:
    """What a witness answers for a checkpoint."""
    return format_lines([sign_cosignature(parse_note(log.note(size)).text, name, signer(key), NOW)])


def ask(*answers: Answer, old: int = 4, size: int = 9, keys: int = 1) -> tuple[tuple[Given, ...], list[bytes]]:
    """Ask a witness that gives these answers; the cosignatures, and what it was sent."""
    script = Script(list(answers))
    given = request_cosignatures(
        "https://w.example/api/", VKEYS[:keys], LOG.note(size), old, lambda o: LOG.prove(o, size), post=script
    )
    assert not script.answers, "not every answer was asked for"
    return given, script.asked


def refuse(*answers: Answer, error: type[AimsError], match: str, **options: int) -> AimsError:
    """Ask a witness that gives these answers, and see that nothing of it is taken."""
    with pytest.raises(error, match=match) as caught:
        ask(*answers, **options)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700
    return caught.value


# What is right


def test_a_cosignature_is_taken_after_it_verified() -> None:
    given, asked = ask(Answer(200, "text/plain", lines()))

    assert [(g.key, g.time) for g in given] == [(VKEYS[0], NOW)]
    assert asked == [LOG.body(4, 9)]


def test_from_nothing_and_from_the_same_size_no_proof_is_sent() -> None:
    for old in (0, 9):
        _, asked = ask(Answer(200, "text/plain", lines()), old=old)
        assert asked == [LOG.body(old, 9, [])]


def test_both_kinds_of_a_witness_s_keys_are_taken_and_strangers_are_ignored() -> None:
    text = parse_note(LOG.note(9)).text
    both = [sign_cosignature(text, key.name, held, NOW) for key, held in KEYS]
    stranger = sign_cosignature(text, "other.example/w", signer("stranger"), NOW)

    given, _ = ask(Answer(200, "text/plain", format_lines([stranger, *both])), keys=2)

    assert [g.key for g in given] == list(VKEYS)


@pytest.mark.parametrize("recorded", [0, 1, 6, 9])
def test_a_conflict_is_answered_once_with_the_proof_from_the_size_on_record(recorded: int) -> None:
    given, asked = ask(Answer(409, SIZE, b"%d\n" % recorded), Answer(200, "text/plain", lines()))

    assert len(given) == 1
    assert asked == [LOG.body(4, 9), LOG.body(recorded, 9)]


# What is not


@pytest.mark.parametrize(
    ("status", "body", "error", "match"),
    [
        (404, b"unknown log\n", Refused, r"it does not know bank\.example/aims/4f1d0c9a8b7e6d5c.*saying 'unknown log'"),
        (403, b"", Refused, r"it trusts no key that signed for bank\.example.*saying nothing.*checkpoint --pin"),
        (400, b"bad\n", Refused, r"it does not take what was sent \(HTTP status 400, saying 'bad'\)"),
        (413, b"too much", Refused, r"it does not take what was sent \(HTTP status 413"),
        (422, b"bad proof\n", Refused, r"has 4 entries on record that are not the beginning of these 9.*which history"),
        (301, b"", Refused, r"it points elsewhere, which is not followed"),
        (307, b"", Refused, r"it points elsewhere, which is not followed"),
        (500, b"oops", Unanswered, r"HTTP status 500, saying 'oops'; ask again later"),
        (503, b"", Unanswered, r"HTTP status 503, saying nothing"),
        (204, b"", Unanswered, r"HTTP status 204"),
        (100, b"", Unanswered, r"HTTP status 100"),
    ],
)
def test_every_other_status_is_told_with_what_to_do(
    status: int, body: bytes, error: type[AimsError], match: str
) -> None:
    refuse(Answer(status, "text/plain", body), error=error, match=match)


def test_what_a_witness_says_can_t_drive_a_terminal() -> None:
    said = refuse(Answer(500, "text/plain", b"\x1b[2J\xff\xe2\x80\xae" * 50), error=Unanswered, match="HTTP status 500")

    assert "\x1b" not in str(said)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"<html>hello</html>\n",
        lines()[:-1],
        lines()[1:],
        lines() + b"\n",
        b"\n" + lines(),
        b"other text\n\n" + lines(),
        lines().replace(b" ", b"  "),
        b"\xff\xfe\xfd\n",
        lines() * 101,
        b"x" * MAX_ANSWER,
    ],
)
def test_an_answer_that_is_no_signature_lines_is_no_cosignature(body: bytes) -> None:
    refuse(Answer(200, "text/plain", body), error=Unanswered, match="an answer that is no cosignature")


@pytest.mark.parametrize(
    "body",
    [
        lines(key="stranger"),  # its name, another key: so another key ID
        lines(name="witness.example/w2"),
        LOG.note(9).partition(b"\n\n")[2],  # the log's own line
    ],
)
def test_lines_by_keys_of_nobody_s_are_not_enough(body: bytes) -> None:
    refuse(Answer(200, "text/plain", body), error=ProofError, match=r"expected one by witness\.example/w1\+")


@pytest.mark.parametrize(
    "body",
    [
        lines(Log("forged")),
        lines(Log(origin="other.example/log")),
        lines(size=8),
        lines().replace(b"AAAA", b"AAAB", 1),
    ],
    ids=["another history", "another log's", "another size", "another time"],
)
def test_a_cosignature_on_anything_else_does_not_verify(body: bytes) -> None:
    assert body != lines()

    refuse(Answer(200, "text/plain", body), error=ProofError, match=r"signature of witness\.example/w1\+.*not verify")


def test_one_right_line_does_not_excuse_a_wrong_one() -> None:
    text = parse_note(LOG.note(9)).text
    right = sign_cosignature(text, NAME, signer("witness"), NOW)
    wrong = sign_cosignature(parse_note(LOG.note(8)).text, NAME, KEYS[1][1], NOW)

    refuse(Answer(200, "", format_lines([right, wrong])), error=ProofError, match="does not verify", keys=2)


@pytest.mark.parametrize(
    "body",
    [b"", b"5", b"05\n", b"+5\n", b"5\n\n", b"5 \n", b"-1\n", b"1_0\n", "٥\n".encode(), b"five\n", b"9" * 4_000],
)
def test_a_conflict_without_a_proper_size_is_no_answer(body: bytes) -> None:
    refuse(Answer(409, SIZE, body), error=Unanswered, match="a conflict, and as the size on record")


def test_a_conflict_of_another_type_is_a_history_that_differs() -> None:
    refuse(Answer(409, "text/plain", b"root differs\n"), error=Refused, match=r"conflict with what it has on record")


def test_a_witness_that_has_more_than_the_ledger_is_told_apart() -> None:
    refuse(Answer(409, SIZE, b"10\n"), error=Refused, match=r"it has 10 entries of .* on record, this checkpoint has 9; .*older copy")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("sizes", [[b"4\n"], [b"5\n", b"6\n"], [b"5\n", b"5\n"], [b"5\n", b"4\n"]])
def test_a_witness_that_changes_its_mind_is_not_asked_for_ever(sizes: list[bytes]) -> None:
    answers = [Answer(409, SIZE, size) for size in sizes]

    refuse(*answers, error=Unanswered, match=r"asked with size \d on record, it says that \d is")


# Over a network


def test_a_witness_is_asked_over_http(tmp_path: Path) -> None:
    with serving_witness(new_witness(tmp_path)) as url:
        for old, size in ((0, 5), (0, 9), (9, 9)):
            given = request_cosignatures(url, VKEYS, LOG.note(size), old, lambda o, s=size: LOG.prove(o, s))  # type: ignore[misc]
            assert [g.key for g in given] == list(VKEYS)


def over_http(url: str, timeout: float = 20.0) -> tuple[Given, ...]:
    return request_cosignatures(url, VKEYS, LOG.note(9), 0, lambda o: LOG.prove(o, 9), timeout=timeout)


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (b"", "closed|reset|without"),
        (b"garbage\r\n\r\n", "BadStatusLine|garbage|closed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + lines(), "ended after"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + b"x" * 500_000, "more than 400000 bytes"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 500_000, "more than 400000 bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "witness http"),
    ],
    ids=["nothing", "no HTTP", "cut off", "huge", "huge without length", "broken chunks"],
)
def test_a_broken_answer_is_no_answer(answer: bytes, match: str) -> None:
    with answering(answer) as url, pytest.raises(Unanswered, match=match):
        over_http(url)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with serving_witness(new_witness(tmp_path)) as elsewhere:
        moved = f"HTTP/1.1 308 Moved\r\nLocation: {elsewhere}/add-checkpoint\r\nContent-Length: 0\r\n\r\n"
        with answering(moved.encode()) as url, pytest.raises(Refused, match="points elsewhere"):
            over_http(url)


def test_a_late_witness_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unanswered, match=r"within 0\.2 s"):
        over_http(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]

    with pytest.raises(Unanswered, match=r"witness http://127\.0\.0\.1:\d+: .*refused"):
        over_http(f"http://127.0.0.1:{port}")
