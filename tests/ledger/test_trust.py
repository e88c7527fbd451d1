"""Trust policies: every rule of the format, and what signatures amount to under one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.trust
from ledger.checkpoint import Checkpoint, format_checkpoint
from ledger.cosignature import MlDsa44Signer, cosigner_key, sign_cosignature
from ledger.errors import FormatError, ProofError
from ledger.merkle import leaf_hash
from ledger.note import Note, NoteSignature, VerifierKey, format_note, format_vkey
from ledger.signing import Ed25519Signer, Signer
from ledger.trust import MAX_POLICY_SIZE, Group, Judged, TrustPolicy, parse_trust_policy
from tests.ledger.harness import signer

ORIGIN = "log.example/a"
CHECKPOINT = Checkpoint(ORIGIN, 1, leaf_hash(b"one"))
TEXT = format_checkpoint(CHECKPOINT)
LOG = VerifierKey(ORIGIN, signer("log").public_key)
ML_DSA = MlDsa44Signer.from_seed(bytes(32))
T = 1_700_000_000


def witness_vkey(name: str, key: Signer | None = None) -> str:
    return format_vkey(cosigner_key(f"{name}.example", key or signer(name)))


def policy(*lines: str, log: str = f"log {format_vkey(LOG)}", witnesses: str = "abcdef") -> TrustPolicy:
    defined = [f"witness {name} {witness_vkey(name)}" for name in witnesses]
    return parse_trust_policy("".join(f"{line}\n" for line in (log, *defined, *lines)).encode())


def log_line(text: str = TEXT, name: str = ORIGIN, key: str = "log") -> NoteSignature:
    verifier = VerifierKey(name, signer(key).public_key)
    return NoteSignature(name, verifier.key_id, signer(key).sign(text.encode()))


def cosigned(name: str, time: int = T, key: Signer | None = None) -> NoteSignature:
    return sign_cosignature(TEXT, f"{name}.example", key or signer(name), time)


def note(*lines: NoteSignature, text: str = TEXT) -> bytes:
    return format_note(Note(text, lines))


def judged(rule: TrustPolicy, *lines: NoteSignature) -> Judged:
    return rule.judge(note(log_line(), *lines))


# Reading


def test_the_policy_of_the_specification_is_read() -> None:
    read = policy("group X 2 a b c", "group Y any d e f", "group X-and-Y all X Y", "quorum X-and-Y")

    assert [log.vkey for log in read.logs] == [LOG]
    assert [witness.name for witness in read.witnesses] == list("abcdef")
    assert read.groups == (
        Group("X", 2, ("a", "b", "c")),
        Group("Y", 1, ("d", "e", "f")),
        Group("X-and-Y", 2, ("X", "Y")),
    )
    assert read.quorum == "X-and-Y"


def test_the_example_of_the_docstring_is_read() -> None:
    assert ledger.trust.__doc__ is not None
    example = re.findall(
        r"^    ((?:log|witness|quorum|group) [^\[\n]*)$", ledger.trust.__doc__.split("Example:")[1], re.MULTILINE
    )

    read = parse_trust_policy("".join(f"{line}\n" for line in example).encode())

    assert (len(read.logs), len(read.witnesses), read.quorum) == (1, 2, "outsiders")


def test_comments_blank_lines_and_white_space_say_nothing() -> None:
    text = f"# a comment \xff\n\n \t \n\t# another\n \tlog\t {format_vkey(LOG)} \t \nquorum\t none\n"

    read = parse_trust_policy(text.encode("latin-1"))

    assert ([log.vkey for log in read.logs], read.witnesses, read.quorum) == ([LOG], (), "none")


def test_urls_are_kept_as_they_are() -> None:
    read = parse_trust_policy(
        f"log {format_vkey(LOG)} https://log.example/#a\nwitness a {witness_vkey('a')} ftp:x\nquorum a\n".encode()
    )

    assert (read.logs[0].url, read.witnesses[0].url) == ("https://log.example/#a", "ftp:x")


def test_names_are_opaque_octets() -> None:
    kelvin = "\N{KELVIN SIGN}".encode()
    lines = [b"witness K " + witness_vkey("a").encode(), b"witness " + kelvin + b" " + witness_vkey("b").encode()]
    lines += [b"witness \xff\xfe " + witness_vkey("c").encode(), b"group G all K " + kelvin + b" \xff\xfe", b"quorum G"]

    read = parse_trust_policy(b"".join(line + b"\n" for line in lines))

    assert len({witness.name for witness in read.witnesses}) == 3
    assert read.groups[0].threshold == 3


def test_a_log_may_have_several_keys() -> None:
    other = VerifierKey(ORIGIN, signer("log2").public_key)

    read = policy(f"log {format_vkey(other)}", "quorum none", witnesses="")

    assert read.log_keys(ORIGIN) == (LOG, other)
    assert read.log_keys("log.example/b") == ()


def test_hundreds_of_logs_witnesses_and_groups_are_supported() -> None:
    lines = []
    for number in range(300):
        lines.append(f"log {format_vkey(VerifierKey(f'log{number}.example', signer(f'log{number}').public_key))}")
        lines.append(f"witness w{number} {witness_vkey(f'w{number}')}")
        lines.append(f"group g{number} all w{number}" + (f" g{number - 1}" if number else ""))

    read = parse_trust_policy("".join(f"{line}\n" for line in (*lines, "quorum g299")).encode())

    assert (len(read.logs), len(read.witnesses), len(read.groups)) == (300, 300, 300)
    assert read._met({f"w{number}" for number in range(300)})
    assert not read._met({f"w{number}" for number in range(1, 300)})


A, B = f"witness a {witness_vkey('a')}", f"witness b {witness_vkey('b')}"
OTHER_LOG = f"log {format_vkey(VerifierKey('log.example/b', signer('log').public_key))}"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([A], "found no quorum line"),
        ([A, "quorum a", "quorum a"], "line 3: found a second quorum line"),
        ([A, "quorum none", "quorum a"], "line 3: found a second quorum line"),
        (["quorum a", A], "line 1: found a, expected a witness or group of an earlier line"),
        ([A, "quorum b"], "line 2: found b, expected a witness or group"),
        ([A, "quorum a b"], "line 2: found 2 words"),
        ([A, "quorum a # me"], r"found 3 words .* \(a comment has a line of its own\)"),
        (["quorum"], "line 1: found 0 words"),
        ([A, "group g any a", "group g any a"], "line 3: found a, already in a group"),
        ([A, B, "group g any a", "group g any b", "quorum g"], "line 4: found g, expected a name that is new"),
        ([A, "group a any a", "quorum a"], "line 2: found a, expected a name that is new"),
        ([A, B.replace("witness b", "witness a"), "quorum a"], "line 2: found a, expected a name that is new"),
        ([A.replace("witness a", "witness none"), "quorum none"], "line 1: found none, expected a name that is new"),
        ([A, "group none any a", "quorum none"], "line 2: found none, expected a name that is new"),
        ([A, "group g any none a", "quorum g"], "line 2: found none, not defined on an earlier line"),
        (["group g any g", "quorum g"], "line 1: found g, not defined on an earlier line"),
        (["group g any h", "group h any g", "quorum g"], "line 1: found h, not defined on an earlier line"),
        (["group g any a", A, "quorum g"], "line 1: found a, not defined on an earlier line"),
        ([A, "group g any a a", "quorum g"], "line 2: found a, already in a group"),
        ([A, B, "group g any a b", "group h any a", "quorum h"], "line 4: found a, already in a group"),
        ([A, "group g any", "quorum g"], "line 2: found 2 words"),
        ([A, "group g 0 a", "quorum g"], "threshold: found 0, expected 1 to 1"),
        ([A, "group g 2 a", "quorum g"], "threshold: found 2, expected 1 to 1"),
        ([A, "group g 01 a", "quorum g"], "threshold: found 01, expected a decimal number"),
        ([A, "group g +1 a", "quorum g"], r"threshold: found \+1, expected a decimal number"),
        ([A, "group g -1 a", "quorum g"], "threshold: found -1, expected a decimal number"),
        ([A, "group g \N{ARABIC-INDIC DIGIT ONE} a", "quorum g"], "threshold: found ١, expected a decimal number"),
        ([A, "group g ANY a", "quorum g"], "threshold: found ANY, expected a decimal number"),
        ([A, f"witness b {witness_vkey('z', signer('a'))}", "quorum a"], "one that no other witness has"),
        ([f"log {format_vkey(LOG)}", OTHER_LOG, "quorum none"], "one that no other log has"),
        ([f"log {format_vkey(LOG)}", f"log {format_vkey(LOG)}", "quorum none"], "one that no other log has"),
        (["log", "quorum none"], "line 1: found 0 words"),
        ([f"log {format_vkey(LOG)} u v", "quorum none"], "line 1: found 3 words"),
        (["witness a", "quorum a"], "line 1: found 1 words"),
        ([A + " u v", "quorum a"], "line 1: found 4 words"),
        ([f"log {witness_vkey('a')}", "quorum none"], r"verifier key: found signature type 0x04, expected 0x01"),
        ([f"witness a {format_vkey(LOG)}", "quorum a"], r"found signature type 0x01, expected 0x04 .* or 0x06"),
        (["witness a nonsense", "quorum a"], "line 1: verifier key: found nonsense"),
        ([A[:-1], "quorum a"], "line 1: verifier key"),
        (["Quorum none"], "line 1: found Quorum, expected log, witness, group, quorum or a comment"),
        (["include other", "quorum none"], "line 1: found include"),
        (["quorum none\r"], "found octet 0x0d at 11"),
        (["quorum\vnone"], "found octet 0x0b at 6"),
        (["quorum none\0"], "found octet 0x00 at 11"),
        (["# \x7f", "quorum none"], "found octet 0x7f at 2"),
        (["quorum\N{NO-BREAK SPACE}none"], "line 1: found quorum"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_refused_with_its_line(lines: list[str], found: str) -> None:
    with pytest.raises(FormatError, match=found):
        parse_trust_policy("".join(f"{line}\n" for line in lines).encode())


def test_a_cut_file_is_not_another_policy() -> None:
    with pytest.raises(FormatError, match="a last line without its end"):
        parse_trust_policy(f"log {format_vkey(LOG)}\n{A}\nquorum a".encode())


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    largest = b"quorum none\n" + b"#" * (1_000_000 - 13) + b"\n"
    assert len(largest) == MAX_POLICY_SIZE
    assert parse_trust_policy(largest).quorum == "none"
    with pytest.raises(FormatError, match=f"{MAX_POLICY_SIZE + 1} bytes"):
        parse_trust_policy(b"#" * (MAX_POLICY_SIZE + 1))


def test_two_keys_that_lines_could_not_tell_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VerifierKey, "key_id", property(lambda key: b"same"))
    texts = [format_vkey(cosigner_key("w.example", signer(name))) for name in "ab"]

    with pytest.raises(FormatError, match="for two public keys"):
        parse_trust_policy(f"witness a {texts[0]}\nwitness b {texts[1]}\nquorum a\n".encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_refused(data: bytes) -> None:
    try:
        read = parse_trust_policy(data)
    except FormatError:
        return
    assert read.quorum == "none"


@given(st.lists(st.sampled_from([A, B, "group g any a", "group h 1 g b", "quorum h", "quorum g", "quorum none", "#"])))
def test_whatever_is_accepted_names_only_what_came_before(lines: list[str]) -> None:
    try:
        read = parse_trust_policy("".join(f"{line}\n" for line in lines).encode())
    except FormatError:
        return
    known = {witness.name for witness in read.witnesses}
    for group in read.groups:
        assert known.issuperset(group.members)
        known.add(group.name)
    assert read.quorum in {*known, "none"}
    members = [member for group in read.groups for member in group.members]
    assert len(members) == len(set(members))
    assert sum(line.startswith("quorum") for line in lines) == 1


# Judging

TWO_LEVELS = policy("group X 2 a b c", "group Y any d e f", "group X-and-Y all X Y", "quorum X-and-Y")


@pytest.mark.parametrize("signed", ["abd", "acf", "bce", "abcdef"])
def test_enough_witnesses_of_each_group_meet_the_quorum(signed: str) -> None:
    assert judged(TWO_LEVELS, *map(cosigned, signed)).quorum_met


@pytest.mark.parametrize("signed", ["", "a", "ab", "abc", "ad", "def", "adef"])
def test_too_few_witnesses_of_one_group_do_not(signed: str) -> None:
    found = judged(TWO_LEVELS, *map(cosigned, signed))

    assert (found.log, found.quorum_met, found.time) == (LOG, False, None)
    assert found.cosigned == tuple((name, T) for name in signed)


def test_one_witness_that_signs_again_counts_once_with_its_first_time() -> None:
    rule = policy("group g 2 a b", "quorum g")

    found = judged(rule, cosigned("a", T + 5), cosigned("a", T), cosigned("a", T + 9))

    assert (found.cosigned, found.quorum_met) == ((("a", T),), False)


def test_the_time_is_when_the_quorum_was_there_first() -> None:
    rule = policy("group g 2 a b c", "quorum g")

    found = judged(rule, cosigned("c", T + 90), cosigned("a", T + 50), cosigned("b", T + 10))

    assert found.time == T + 50
    assert found.cosigned == (("b", T + 10), ("a", T + 50), ("c", T + 90))


def test_witnesses_of_one_time_are_told_by_name() -> None:
    found = judged(policy("quorum none"), cosigned("c"), cosigned("a"), cosigned("b", T - 1))

    assert found.cosigned == (("b", T - 1), ("a", T), ("c", T))


def test_a_cosignature_without_time_counts_and_makes_nothing_old() -> None:
    rule = policy("group g 2 a b c", "quorum g")

    assert judged(rule, cosigned("a", 0), cosigned("b", T)).quorum_met
    assert judged(rule, cosigned("a", 0), cosigned("b", T)).time is None
    assert judged(rule, cosigned("a", 0), cosigned("b", T), cosigned("c", T + 1)).time == T + 1
    assert judged(rule, cosigned("a", 0), cosigned("a", T), cosigned("b", T)).time == T


def test_without_witnesses_nothing_has_a_time() -> None:
    found = judged(policy("quorum none"), cosigned("a", T))

    assert (found.quorum_met, found.time) == (True, None)


def test_an_ml_dsa_witness_counts_beside_an_ed25519_one() -> None:
    rule = policy(f"witness q {witness_vkey('q', ML_DSA)}", "group g all a q", "quorum g")

    assert judged(rule, cosigned("a"), cosigned("q", T + 1, ML_DSA)).time == T + 1
    assert not judged(rule, cosigned("q", T, ML_DSA)).quorum_met


def test_unknown_signers_are_ignored() -> None:
    found = judged(policy("quorum a", witnesses="a"), cosigned("b"), cosigned("a", key=signer("b")), cosigned("a"))

    assert found.cosigned == (("a", T),)


def test_unknown_signers_only_leave_no_log_and_no_quorum() -> None:
    found = policy("quorum a", witnesses="a").judge(note(log_line(key="stranger"), cosigned("b")))

    assert (found.log, found.quorum_met, found.checkpoint) == (None, False, CHECKPOINT)


def test_a_quorum_of_witnesses_does_not_stand_for_the_log() -> None:
    found = policy("quorum a").judge(note(cosigned("a")))

    assert (found.log, found.quorum_met) == (None, True)


def test_another_log_of_the_policy_does_not_vouch_for_this_origin() -> None:
    other = VerifierKey("log.example/b", signer("log2").public_key)
    rule = policy("quorum none", log=f"log {format_vkey(other)}")

    assert rule.judge(note(log_line(name="log.example/b", key="log2"))).log is None


@pytest.mark.parametrize(
    "line",
    [
        log_line(text=format_checkpoint(Checkpoint(ORIGIN, 2, leaf_hash(b"one")))),
        sign_cosignature(format_checkpoint(Checkpoint(ORIGIN, 2, leaf_hash(b"one"))), "a.example", signer("a"), T),
        NoteSignature("a.example", cosigner_key("a.example", signer("a")).key_id, bytes(3)),
    ],
    ids=["log", "witness", "short"],
)  # fmt: skip
def test_a_known_keys_bad_signature_is_never_ignored(line: NoteSignature) -> None:
    with pytest.raises(ProofError, match="does not verify"):
        judged(policy("quorum none"), line, cosigned("b"))


def test_a_log_signature_is_no_cosignature_and_the_other_way_round() -> None:
    key = Ed25519Signer.from_seed(bytes(32))
    as_log, as_witness = VerifierKey(ORIGIN, key.public_key), cosigner_key(ORIGIN, key)
    rule = parse_trust_policy(f"log {format_vkey(as_log)}\nwitness a {format_vkey(as_witness)}\nquorum a\n".encode())
    signature = key.sign(TEXT.encode())

    assert not rule.judge(note(NoteSignature(ORIGIN, as_log.key_id, signature))).quorum_met
    with pytest.raises(ProofError, match="does not verify"):
        rule.judge(note(NoteSignature(ORIGIN, as_witness.key_id, bytes(8) + signature)))


def test_a_hundred_signatures_are_judged_and_one_more_is_refused() -> None:
    strangers = [cosigned("b", T + number) for number in range(98)]
    whole = note(log_line(), *strangers, cosigned("a"))

    assert policy("quorum a", witnesses="a").judge(whole).quorum_met
    with pytest.raises(FormatError, match="101 signatures, expected at most 100"):
        policy("quorum a").judge(whole + whole.split(b"\n")[-2] + b"\n")
