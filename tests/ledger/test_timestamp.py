"""RFC 3161 tokens: genuine ones hold for good, and no other one ever passes or crashes."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rfc3161_client import decode_timestamp_response

from ledger.errors import BadInput, FormatError, ProofError
from ledger.times import to_micros
from ledger.timestamps.ordering import sort_certificates
from ledger.timestamps.stamping import make_request
from ledger.timestamps.timestamp import MAX_TOKEN, Stamped, judge_timestamps, parse_response, verify_timestamp
from ledger.verdicts import Verdict
from tests.ledger.stamped import AT, GENUINE, NOTE, TEXT, TOKEN, refusal
from tests.ledger.tsa import Authority, OpensslAuthority
from tests.ledger.x509made import STAMPED_AT, sequence
from tests.programs import program

SECOND = 1_000_000
SHA512 = "2.16.840.1.101.3.4.2.3"


@dataclass(frozen=True)
class Row:
    note: bytes
    token: bytes


# --- what holds -------------------------------------------------------------------------------------------------------


def test_a_token_says_by_when_its_text_existed_and_who_vouches_for_it() -> None:
    stamped = verify_timestamp(TOKEN, TEXT, GENUINE.roots)

    assert stamped.generated == AT
    assert stamped.time == AT + SECOND  # the authority may have cut off the fraction
    assert stamped.authority == "CN=Test stamps"


def test_the_claimed_accuracy_and_a_fraction_of_a_second_move_the_time_that_evidence_rests_on() -> None:
    token = GENUINE.stamp(TEXT, accuracy=30, fraction=".75")

    stamped = verify_timestamp(token, TEXT, GENUINE.roots)

    assert (stamped.generated, stamped.time) == (AT, AT + 31 * SECOND)


def test_a_token_of_a_certificate_that_has_expired_since_still_holds() -> None:
    authority = Authority(valid=(STAMPED_AT - timedelta(days=1), STAMPED_AT + timedelta(days=1)))
    assert authority.holder.certificate.not_valid_after_utc < datetime.now(UTC)

    stamped = verify_timestamp(authority.stamp(TEXT), TEXT, authority.roots)

    assert stamped.generated == AT


def test_openssl_takes_the_tokens_made_here_for_good(tmp_path: Path) -> None:
    authority = Authority(intermediate=True)
    for name, content in (("token", authority.stamp(TEXT)), ("text", TEXT), ("root.pem", authority.root.pem)):
        (tmp_path / name).write_bytes(content)
    files = ["-in", tmp_path / "token", "-data", tmp_path / "text", "-CAfile", tmp_path / "root.pem"]

    done = subprocess.run(
        [program("openssl"), "ts", "-verify", *files, "-attime", f"{STAMPED_AT.timestamp():.0f}"],
        check=False,
        capture_output=True,
    )

    assert done.stdout == b"Verification: OK\n"


def test_tokens_that_openssl_makes_hold(tmp_path: Path) -> None:
    authority = OpensslAuthority(tmp_path)
    request, nonce = make_request(TEXT)
    before = datetime.now(UTC)

    stamped = verify_timestamp(authority(request).body, TEXT, authority.roots, nonce=nonce)

    assert to_micros(before.replace(microsecond=0)) <= stamped.generated <= to_micros(datetime.now(UTC))
    assert stamped.time == stamped.generated + 2 * SECOND  # it claims to be right to a second


def test_a_token_whose_certificates_openssl_wrote_in_the_order_given_holds_and_stays_as_it_is(tmp_path: Path) -> None:
    authority = OpensslAuthority(tmp_path, chain=True)
    request, nonce = make_request(TEXT)
    token = authority(request).body
    with pytest.raises(ValueError, match="InvalidSetOrdering"):  # what this is about is in it
        _ = decode_timestamp_response(token).signed_data

    stamped = verify_timestamp(token, TEXT, authority.roots, nonce=nonce)

    assert stamped.authority == "CN=Test stamps"
    assert parse_response(token).raw == token
    row = Row(NOTE, authority(make_request(TEXT)[0]).body)
    assert [judged.verdict for judged in judge_timestamps([row], authority.roots)] == [None]


def test_sorting_changes_the_order_of_certificates_and_nothing_else() -> None:
    other = Authority("Other")
    chain = [GENUINE.holder.der, GENUINE.root.der, other.root.der]
    token = GENUINE.stamp(TEXT, certificates=chain)
    joined, reverse = b"".join(sorted(chain)), b"".join(sorted(chain, reverse=True))
    assert joined in token

    spoiled = token.replace(joined, reverse)

    assert sort_certificates(token) == token
    assert sort_certificates(spoiled) == token
    assert verify_timestamp(spoiled, TEXT, GENUINE.roots) == verify_timestamp(token, TEXT, GENUINE.roots)


@given(st.binary(max_size=80), st.integers(0, len(TOKEN)), st.integers(0, 80))
def test_sorting_what_is_no_token_gives_as_many_of_the_same_bytes(noise: bytes, place: int, left_out: int) -> None:
    spoiled = TOKEN[:place] + noise + TOKEN[place + left_out :]

    assert sorted(sort_certificates(spoiled)) == sorted(spoiled)
    assert sort_certificates(sort_certificates(spoiled)) == sort_certificates(spoiled)
    assert sort_certificates(noise) == noise


@pytest.mark.parametrize("end", range(0, len(TOKEN), 7))
def test_a_token_that_is_cut_off_is_left_as_it_is(end: int) -> None:
    assert sort_certificates(TOKEN[:end]) == TOKEN[:end]


def test_a_token_that_openssl_makes_under_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = OpensslAuthority(tmp_path, valid=(now - timedelta(days=9), now - timedelta(days=1)))

    assert refusal(authority(make_request(TEXT)[0]).body, authority.roots).endswith("certificate has expired")


# --- what does not ----------------------------------------------------------------------------------------------------


def test_a_token_of_another_text_is_refused() -> None:
    said = refusal(TOKEN, GENUINE.roots, TEXT + b"\n")

    assert "it is of the text" in said
    assert sha256(TEXT).hexdigest()[:16] in said


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 200])
def test_an_answer_that_is_not_granted_is_no_time_stamp(status: int) -> None:
    assert f"status {status}" in refusal(GENUINE.response(sha256(TEXT).digest(), status=status), GENUINE.roots)


def test_the_words_of_a_refusal_are_handed_on() -> None:
    assert "(not today)" in refusal(GENUINE.response(b"", status=2), GENUINE.roots)


def test_a_nonce_other_than_the_requests_is_refused() -> None:
    token = GENUINE.stamp(TEXT, nonce=41)

    assert verify_timestamp(token, TEXT, GENUINE.roots, nonce=41).generated == AT
    with pytest.raises(ProofError, match="nonce 41, expected 42: it answers another request"):
        verify_timestamp(token, TEXT, GENUINE.roots, nonce=42)
    with pytest.raises(ProofError, match="nonce None, expected 42"):
        verify_timestamp(TOKEN, TEXT, GENUINE.roots, nonce=42)


def test_another_digest_algorithm_is_refused_even_over_the_right_text() -> None:
    token = GENUINE.response(sha512(TEXT).digest(), hash_algorithm=SHA512)

    assert "expected 32 bytes by SHA-256" in refusal(token, GENUINE.roots)


def test_signed_content_that_is_no_time_stamp_is_refused() -> None:
    token = GENUINE.stamp(TEXT, content_type="1.2.840.113549.1.7.1")

    assert "Malformed TimestampToken" in refusal(token, GENUINE.roots)


@pytest.mark.parametrize(
    "authority", [Authority(at=STAMPED_AT.replace(year=9999)), Authority(at=STAMPED_AT.replace(year=1))]
)
def test_a_time_at_the_ends_of_the_calendar_is_refused_and_never_a_crash(authority: Authority) -> None:
    refusal(authority.stamp(TEXT), authority.roots)


def test_an_accuracy_of_more_than_a_day_is_refused() -> None:
    assert "expected a time within a day" in refusal(GENUINE.stamp(TEXT, accuracy=90_000), GENUINE.roots)
    assert "expected a time within a day" in refusal(GENUINE.stamp(TEXT, accuracy=2**100), GENUINE.roots)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00",
        b"\x30\x00",
        b"\x30\x80\x00\x00",
        b"no token",
        b"\x30\x84\xff\xff\xff\xff",
        TOKEN[:-1],
        TOKEN + b"\x00",
        TOKEN + TOKEN,
        sequence(TOKEN),
        b"\x30" * 60_000,
    ],
)
def test_garbage_is_refused(garbage: bytes) -> None:
    assert refusal(garbage, GENUINE.roots).startswith("time stamp: found ")


def test_a_token_beyond_the_limit_is_refused_unread() -> None:
    assert refusal(b"\x30" * (MAX_TOKEN + 1), GENUINE.roots) == "time stamp: found 65537 bytes, expected at most 65536"


def outcome(token: bytes) -> Stamped | None:
    """What verification gives; None if it is refused. Anything else raised is a crash."""
    try:
        return verify_timestamp(token, TEXT, GENUINE.roots)
    except ProofError:
        return None


def test_no_changed_byte_makes_a_token_say_something_else() -> None:
    outcomes = []
    for place in range(len(TOKEN)):
        changed = bytearray(TOKEN)
        changed[place] ^= 1 << place % 8
        outcomes.append(outcome(bytes(changed)))

    assert set(outcomes) == {None, outcome(TOKEN)}
    assert len(TOKEN) - outcomes.count(None) < 20  # unsigned, such as the version of the CMS around it


@given(st.integers(0, len(TOKEN) - 1), st.binary(max_size=40), st.integers(0, 60))
def test_no_splice_makes_a_token_say_something_else(place: int, inserted: bytes, dropped: int) -> None:
    spliced = TOKEN[:place] + inserted + TOKEN[place + dropped :]

    assert outcome(spliced) in (None, outcome(TOKEN))


def test_without_the_extra_the_remedy_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)

    with pytest.raises(BadInput, match=r"pip install 'aims-ledger\[timestamps\]'"):
        parse_response(TOKEN)


# --- stored rows ------------------------------------------------------------------------------------------------------


def test_rows_are_judged_each_by_itself_and_in_order() -> None:
    stranger, late = Authority(name="Other"), Authority(valid=(STAMPED_AT - timedelta(9), STAMPED_AT - timedelta(1)))
    tokens = [TOKEN, b"garbage", GENUINE.stamp(b"else"), stranger.stamp(TEXT), late.stamp(TEXT), TOKEN]

    judged = judge_timestamps([Row(NOTE, token) for token in tokens], (*GENUINE.roots, *late.roots))

    assert [j.stamped.generated if j.stamped else j.verdict for j in judged] == [
        AT,
        Verdict.ALTERED,
        Verdict.ALTERED,
        Verdict.NOT_CHECKED,
        Verdict.SIGNATURE_INVALID,
        AT,
    ]
    assert all(j.problem for j in judged if j.stamped is None)


def test_a_refusal_stored_as_a_token_is_no_valid_signature() -> None:
    (judged,) = judge_timestamps([Row(NOTE, GENUINE.response(b"", status=2))], GENUINE.roots)

    assert (judged.stamped, judged.verdict) == (None, Verdict.SIGNATURE_INVALID)


def test_a_row_whose_note_is_none_is_altered() -> None:
    (judged,) = judge_timestamps([Row(b"no note", TOKEN)], GENUINE.roots)

    assert (judged.stamped, judged.verdict) == (None, Verdict.ALTERED)


def test_without_roots_rows_are_not_checked_and_never_pass() -> None:
    judged = judge_timestamps([Row(NOTE, TOKEN), Row(NOTE, b"garbage")], ())

    assert [(j.stamped, j.verdict) for j in judged] == [(None, Verdict.NOT_CHECKED)] * 2
    assert "--timestamp-roots" in judged[0].problem


def test_bad_roots_are_said_before_any_row_is_judged() -> None:
    with pytest.raises(FormatError, match="expected PEM certificates"):
        judge_timestamps([], (b"no certificate",))
