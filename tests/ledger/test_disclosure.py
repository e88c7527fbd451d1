"""Erasable members: the RFC's own digests, round trips for any body, and each way to cheat."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.disclosure
from ledger.disclosure import (
    DisclosedMember,
    Disclosure,
    Opened,
    disclosure_digest,
    open_disclosures,
    parse_disclosure,
    seal,
)
from ledger.encoding import format_base64url
from ledger.errors import FormatError, ProofError

# RFC 9901 section 5.1: what the disclosures of its example say, byte by byte, and their digests.
RFC_EXAMPLE = {
    '["2GLC42sKQveCfGfryNRN9w", "given_name", "John"]': "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4",
    '["eluV5Og3gSNII8EYnsxA_A", "family_name", "Doe"]': "TGf4oLbgwd5JQaHyKVQZU9UdGE0w5rtDsrZzfUaomLo",
    '["6Ij7tM-a5iVPGboS5tmvVA", "email", "johndoe@example.com"]': "JzYjH4svliH0R3PyEMfeZu6Jt69u5qehZo7F7EPYlSE",
    '["eI8ZWm9QnKPpNPeNenHdhQ", "phone_number", "+1-202-555-0101"]': "PorFbpKuVu6xymJagvkFsFXAbRoc2JGlAUA2BA4o7cI",
    '["Qg_O64zqAxe412a108iroA", "phone_number_verified", true]': "XQ_3kPKt1XyX7KANkqVR6yZ2Va5NrPIvPYbyMvRKBMM",
    '["AJx-095VPrpTtN4QMOqROA", "address", {"street_address": "123 Main St", "locality": "Anytown", '
    '"region": "Anystate", "country": "US"}]': "XzFrzwscM6Gn6CJDc6vVK8BkMnfG8vOSKfpPIZdAfdE",
    '["Pc33JM2LchcU_lHggv_ufQ", "birthdate", "1940-01-01"]': "gbOsI4Edq2x2Kw-w5wPEzakob9hV1cRD0ATN3oQL9JM",
    '["G02NSrQfjFXQ7Io09syajA", "updated_at", 1570000000]': "CrQe7S5kqBAHt-nMYXgc6bdt2SH5aTY1sU_M-PgkjPI",
}
RFC_BODY = {"sub": "user_42", "_sd": sorted(RFC_EXAMPLE.values())}

SALT = "AAECAwQFBgcICQoLDA0ODw"


def salts() -> Callable[[], bytes]:
    """A source of salts that never repeats one and is the same in each run."""
    numbers = iter(range(10**6))
    return lambda: sha256(b"%d" % next(numbers)).digest()[:16]


def disclosure(text: str) -> Disclosure:
    return Disclosure(format_base64url(text.encode()))


def saying(name: str, value: Any, salt: str = SALT) -> Disclosure:
    return disclosure(json.dumps([salt, name, value]))


BODY: dict[str, Any] = {
    "decision": "refused",
    "affected_person": {"name": "Ada Example", "reference": "A-17", "born": 1990},
    "witnesses": [{"name": "B", "role": "overseer"}, {"name": "C"}, {"role": "none"}],
    "a/b~c": {"x~y/z": [1, 2, {"deep": None}]},
}
PATHS = ["/affected_person/name", "/affected_person/born", "/witnesses/0/name", "/witnesses/1/name", "/a~1b~0c"]


@pytest.mark.parametrize(("contents", "digest"), RFC_EXAMPLE.items())
def test_the_digests_of_the_rfc_are_computed_from_its_disclosures(contents: str, digest: str) -> None:
    assert disclosure(contents).digest == digest


@pytest.mark.parametrize(
    ("text", "digest"),
    [  # RFC 9901 section 4.2.3; the second is one of an array element, which we hash but do not accept.
        (
            "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
            "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",
        ),
        ("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0", "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"),
    ],
)
def test_the_other_digests_of_the_rfc_are_computed_too(text: str, digest: str) -> None:
    assert disclosure_digest(text) == digest


def test_the_example_of_the_rfc_opens() -> None:
    opened = open_disclosures(RFC_BODY, map(disclosure, RFC_EXAMPLE))

    assert opened.body == {"sub": "user_42"} | {json.loads(t)[1]: json.loads(t)[2] for t in RFC_EXAMPLE}
    assert opened.unresolved == {}
    assert opened.matched["XzFrzwscM6Gn6CJDc6vVK8BkMnfG8vOSKfpPIZdAfdE"] == "/address"


def test_the_example_in_the_docstring_is_computed_by_the_module() -> None:
    quoted = (ledger.disclosure.__doc__ or "").split("Example, from")[1].split("`")[1::2]
    contents, text, digest = quoted[:3]

    assert disclosure(contents) == Disclosure(text)
    assert disclosure_digest(text) == digest == RFC_EXAMPLE[contents]
    assert parse_disclosure(text).name == "given_name"


def test_sealing_leaves_digests_where_the_members_were() -> None:
    before = copy.deepcopy(BODY)

    sealed, disclosures = seal(BODY, PATHS, salts())

    assert before == BODY, "the body that came in was changed"
    assert sealed["affected_person"] == {
        "reference": "A-17",
        "_sd": sorted(d.digest for d in disclosures if parse_disclosure(d.text).value in ("Ada Example", 1990)),
    }
    assert sealed["witnesses"][0].keys() == {"role", "_sd"}
    assert sealed["witnesses"][1].keys() == {"_sd"}
    assert sealed["witnesses"][2] == {"role": "none"}
    assert len(sealed["_sd"]) == 1
    assert "a/b~c" not in sealed
    assert [parse_disclosure(d.text).name for d in disclosures].count("name") == 3
    for hidden in ("Ada", "1990", "deep"):
        assert hidden not in json.dumps(sealed)


def test_a_disclosure_is_compact_json_with_a_salt_of_22_characters() -> None:
    _, (made,) = seal({"name": "Möbius"}, ["/name"], lambda: bytes(range(16)))

    assert made == disclosure(f'["{SALT}","name","Möbius"]')
    assert parse_disclosure(made.text) == DisclosedMember(bytes(range(16)), "name", "Möbius")


def test_opening_puts_everything_back_and_says_where() -> None:
    sealed, disclosures = seal(BODY, PATHS, salts())
    kept = copy.deepcopy(sealed)

    opened = open_disclosures(sealed, disclosures)

    assert opened.body == BODY
    assert sealed == kept, "the sealed body was changed"
    assert sorted(opened.matched.values()) == sorted(PATHS)
    assert list(opened.matched) == [d.digest for d in disclosures]
    assert not opened.unresolved


def test_what_is_not_disclosed_is_reported_with_the_object_it_stood_in() -> None:
    sealed, disclosures = seal(BODY, PATHS, salts())
    shown = [d for d in disclosures if parse_disclosure(d.text).name == "born"]

    body, unresolved, matched = open_disclosures(sealed, shown)

    assert body["affected_person"] == {"reference": "A-17", "born": 1990}
    assert list(matched.values()) == ["/affected_person/born"]
    assert sorted(unresolved.values()) == ["", "/affected_person", "/witnesses/0", "/witnesses/1"]
    assert not unresolved.keys() & matched.keys()
    assert "_sd" not in json.dumps(body)


def test_the_order_of_disclosures_does_not_change_the_body() -> None:
    sealed, disclosures = seal(BODY, PATHS, salts())

    one, other = open_disclosures(sealed, disclosures), open_disclosures(sealed, reversed(disclosures))

    assert json.dumps(one.body) == json.dumps(other.body)
    assert list(one.matched) == list(other.matched)[::-1]


def test_what_is_handed_out_can_not_be_changed_behind_the_callers_back() -> None:
    sealed, disclosures = seal(BODY, PATHS, salts())
    opened = open_disclosures(sealed, disclosures[:1])

    for mapping in (opened.matched, opened.unresolved):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["digest"] = "/somewhere"  # type: ignore[index]


NAMES = st.text(max_size=5).filter(lambda name: name not in {"_sd", "_sd_alg", "..."})
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
).map(lambda value: json.loads(json.dumps(value)))
BODIES = st.dictionaries(NAMES, JSON_VALUES, max_size=5)


def members(value: Any, pointer: str = "") -> list[str]:
    """Pointers of all members of objects in a JSON value, worked out apart from the module."""
    if isinstance(value, list):
        return [p for place, item in enumerate(value) for p in members(item, f"{pointer}/{place}")]
    found = []
    for name, member in value.items() if isinstance(value, dict) else ():
        path = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        found += [path, *members(member, path)]
    return found


@given(BODIES, st.data())
def test_any_body_comes_back_from_any_choice_of_members(body: dict[str, Any], data: st.DataObject) -> None:
    candidates = members(body)
    chosen = data.draw(st.lists(st.sampled_from(candidates), unique=True)) if candidates else []
    paths = [p for p in chosen if not any(p.startswith(f"{q}/") for q in chosen)]

    sealed, disclosures = seal(body, paths, salts())

    shown = data.draw(st.permutations(disclosures))
    opened = open_disclosures(sealed, shown)
    assert opened.body == body
    assert sorted(opened.matched.values()) == sorted(paths)
    hidden = open_disclosures(sealed, ())
    assert len(hidden.unresolved) == len(paths) == len(disclosures)
    assert set(members(hidden.body)) == {
        p for p in candidates if not any(p == q or p.startswith(f"{q}/") for q in paths)
    }


@given(st.data())
def test_a_disclosure_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    sealed, disclosures = seal(BODY, PATHS, salts())
    chosen = data.draw(st.integers(0, len(disclosures) - 1))
    text = disclosures[chosen].text
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters().filter(lambda c: c != text[place]))
    changed = Disclosure(text[:place] + character + text[place + 1 :])

    with pytest.raises((FormatError, ProofError)):
        open_disclosures(sealed, [*disclosures[:chosen], changed, *disclosures[chosen + 1 :]])


def test_a_disclosure_that_says_the_same_in_other_bytes_is_refused() -> None:
    sealed, (made,) = seal({"name": "Adam"}, ["/name"], lambda: bytes(range(16)))
    assert len(made.text) % 4 == 2, "the last character has unused bits"

    with pytest.raises(ProofError, match=r"disclosure of 'name': its digest .* is in no _sd of the body"):
        open_disclosures(sealed, [disclosure(f'["{SALT}", "name", "Adam"]')])
    with pytest.raises(FormatError, match="unpadded base64url"):
        open_disclosures(sealed, [Disclosure(made.text + "=")])
    with pytest.raises(FormatError, match="canonical base64url"):
        open_disclosures(sealed, [Disclosure(made.text[:-1] + chr(ord(made.text[-1]) + 1))])


def test_a_disclosure_of_another_body_belongs_to_no_digest() -> None:
    sealed, disclosures = seal(BODY, PATHS, salts())

    with pytest.raises(ProofError, match="disclosure of 'name': its digest"):
        open_disclosures(sealed, [*disclosures, saying("name", "Eve")])


def test_a_disclosure_given_twice_is_refused() -> None:
    sealed, disclosures = seal(BODY, PATHS, salts())

    with pytest.raises(FormatError, match="disclosures: found that of 'name' twice, expected each once"):
        open_disclosures(sealed, [disclosures[0], *disclosures])


def test_a_digest_in_two_places_of_a_body_is_refused() -> None:
    made = saying("name", "Ada")
    sealed = {"first": {"_sd": [made.digest]}, "second": {"_sd": [made.digest]}}

    for given_disclosures in ([made], []):
        with pytest.raises(FormatError, match=rf"body: /second/_sd: found {made.digest} twice"):
            open_disclosures(sealed, given_disclosures)


def test_a_disclosed_name_that_the_object_has_already_is_refused() -> None:
    first, second = saying("name", "Ada"), saying("name", "Eve", "AAAAAAAAAAAAAAAAAAAAAA")

    with pytest.raises(FormatError, match="disclosure: /p/name: found a member that is there"):
        open_disclosures({"p": {"name": "in clear", "_sd": [first.digest]}}, [first])
    with pytest.raises(FormatError, match="disclosure: /name: found a member that is there"):
        open_disclosures({"_sd": sorted([first.digest, second.digest])}, [first, second])


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (saying("_sd", ["x"]), "disclosure: /_sd: found a reserved name"),
        (saying("...", "x"), r"disclosure: /\.\.\.: found a reserved name"),
        (saying("_sd_alg", "sha-512"), "disclosure: /_sd_alg: found a reserved name"),
        (saying("name", {"_sd": ["x" * 43]}), "disclosure: /name/_sd: found a reserved name"),
        (saying("name", [1, {"...": "x" * 43}]), r"disclosure: /name/1/\.\.\.: found a reserved name"),
        (saying("name", {"a": {"_sd_alg": "sha-256"}}), "disclosure: /name/a/_sd_alg: found a reserved name"),
        (saying("name", "Ada", "AAECAwQFBgcICQoLDA0O"), "disclosure: salt: found AAECAwQFBgcICQoLDA0O, expected"),
        (saying("name", "Ada", SALT + "AAAA"), "disclosure: salt: found .* expected base64url of 16 bytes"),
        (saying("name", "Ada", SALT[:-1] + "x"), "disclosure: salt: found .* expected canonical base64url"),
        (saying("name", "Ada", SALT + "=="), "disclosure: salt: found .* expected unpadded base64url"),
        (saying("name", "Ada", ""), "disclosure: salt: found , expected base64url of 16 bytes"),
        (disclosure(f'[7, "{SALT}", "Ada"]'), "disclosure: salt: found 7"),
        (disclosure('[["x"], "name", "Ada"]'), "disclosure: salt: found "),
        (disclosure(f'["{SALT}", 7, "Ada"]'), "disclosure: name: found 7, expected a string"),
        (disclosure(f'["{SALT}", null, "Ada"]'), "disclosure: name: found None, expected a string"),
        (disclosure(f'["{SALT}", "FR"]'), "expected a list of salt, name and value"),
        (disclosure(f'["{SALT}", "name", "Ada", 1]'), "expected a list of salt, name and value"),
        (disclosure('{"a": 1, "b": 2, "c": 3}'), "expected a list of salt, name and value"),
        (disclosure('"abc"'), "expected a list of salt, name and value"),
        (disclosure(f'["{SALT}", "name", NaN]'), "expected a finite number"),
        (disclosure(f'["{SALT}", "name", 1e400]'), "expected a finite number"),
        (disclosure(f'["{SALT}", "name", 9007199254740992]'), "expected an integer within"),
        (disclosure(f'["{SALT}", "name", {{"a": 1, "a": 2}}]'), "expected each member name once"),
        (disclosure(f'["{SALT}", "name", "\\ud800"]'), "lone surrogate"),
        (disclosure(f'["{SALT}", "name", {"[" * 40}{"]" * 40}]'), "nesting deeper than 32"),
        (disclosure(f'["{SALT}", "name", "Ada"] x'), "expected one JSON value"),
        (disclosure(""), "expected one JSON value"),
        (Disclosure(format_base64url(b'["\xff"]')), "expected UTF-8"),
        (Disclosure("W10\n"), "disclosure: found "),
        (Disclosure("Wё10"), "disclosure: found "),
        (Disclosure("A" * 60_000), "found 60000 characters, expected at most 54614"),
    ],
)
def test_a_malformed_disclosure_is_refused(made: Disclosure, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_disclosure(made.text)
    with pytest.raises(FormatError, match=message):
        open_disclosures({"_sd": [format_base64url(bytes(32))]}, [made])


FIRST, LAST = sorted((saying("a", 1).digest, saying("b", 2).digest))


@pytest.mark.parametrize(
    ("sealed", "message"),
    [
        ({"_sd": []}, r"body: /_sd: found \[\], expected a list of digests, left out when empty"),
        ({"_sd": FIRST}, "expected a list of digests"),
        ({"_sd": None}, "found None, expected a list of digests"),
        ({"_sd": {FIRST: 1}}, "expected a list of digests"),
        ({"p": [{"_sd": [7]}]}, "body: /p/0/_sd: found 7, expected base64url of a SHA-256 digest"),
        ({"_sd": [FIRST[:-1]]}, "canonical base64url|expected base64url of a SHA-256 digest"),
        ({"_sd": [FIRST + "="]}, "unpadded base64url"),
        ({"_sd": [format_base64url(bytes(31))]}, "expected base64url of a SHA-256 digest"),
        ({"_sd": [LAST, FIRST]}, "found digests out of order, expected them sorted, each once"),
        ({"_sd": [FIRST, FIRST]}, "found digests out of order, expected them sorted, each once"),
        ({"_sd": [FIRST, LAST], "_sd_alg": "sha-256"}, "body: /_sd_alg: found a reserved name"),
        ({"list": [{"...": FIRST}]}, r"body: /list/0/\.\.\.: found a reserved name"),
        ({"p": {"_sd_alg": "sha-512"}}, "body: /p/_sd_alg: found a reserved name"),
    ],
)
def test_a_sealed_body_with_anything_but_sorted_digests_is_refused(sealed: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        open_disclosures(sealed, ())


@pytest.mark.parametrize("name", ["_sd", "_sd_alg", "..."])
@pytest.mark.parametrize("paths", [[], ["/p"], ["/q"]])
def test_a_body_that_brings_reserved_names_is_not_sealed(name: str, paths: list[str]) -> None:
    with pytest.raises(FormatError, match=r"body: /p/0/(_sd|_sd_alg|\.\.\.): found a reserved name"):
        seal({"p": ({name: ["x"]},), "q": 1}, paths, salts())


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["/absent"], "no member of an object: /absent"),
        ([""], "no member of an object: "),
        (["decision"], "no member of an object: decision"),
        (["/witnesses/0"], "no member of an object: /witnesses/0"),
        (["/witnesses/3/name"], "no member of an object: /witnesses/3/name"),
        (["/decision/"], "no member of an object: /decision/"),
        (["/a/b~c"], "no member of an object: /a/b~c"),
        (["/decision", "/decision"], "an erasable path is there twice"),
        (["/witnesses/0/name", "/witnesses"], "/witnesses/0/name lies inside another erasable member"),
        (["/affected_person", "/affected_person/name"], "/affected_person/name lies inside another"),
    ],
)
def test_a_path_that_names_no_member_of_its_own_is_the_callers_mistake(paths: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        seal(BODY, paths, salts())


def test_a_member_beside_one_whose_name_begins_alike_is_not_inside_it() -> None:
    sealed, disclosures = seal({"a": 1, "ab": 2, "a-": {"b": 3}}, ["/a", "/ab", "/a-/b"], salts())

    assert sealed.keys() == {"_sd", "a-"}
    assert open_disclosures(sealed, disclosures).body == {"a": 1, "ab": 2, "a-": {"b": 3}}


@pytest.mark.parametrize("salt", [b"", bytes(15), bytes(17)])
def test_a_salt_of_another_length_is_the_callers_mistake(salt: bytes) -> None:
    with pytest.raises(ValueError, match="a salt is 16 bytes that were never used before"):
        seal({"a": 1}, ["/a"], lambda: salt)


def test_a_salt_used_twice_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="a salt is 16 bytes that were never used before"):
        seal({"a": 1, "b": 2}, ["/a", "/b"], lambda: bytes(16))


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, 2**70, b"bytes", {1: "one"}, {"a": {1, 2}}, "\ud800", [float("nan")], object()],
)
def test_a_value_that_would_not_come_back_is_not_sealed(value: Any) -> None:
    with pytest.raises(FormatError, match=r"^(body: /a|disclosure)(/\w+)?: found "):
        seal({"a": value}, ["/a"], salts())


def test_a_disclosure_says_at_most_as_much_as_a_statement() -> None:
    room = 40_960 - len(f'["{SALT}","a",""]')

    sealed, disclosures = seal({"a": "x" * room}, ["/a"], salts())
    assert open_disclosures(sealed, disclosures).body == {"a": "x" * room}

    with pytest.raises(FormatError, match=r"^disclosure: found 54615 characters, expected at most 54614"):
        seal({"a": "x" * (room + 1)}, ["/a"], salts())


def test_a_body_without_erasable_members_is_only_copied() -> None:
    sealed, disclosures = seal(BODY, [], salts())

    assert (sealed, disclosures) == (BODY, ())
    assert sealed is not BODY
    opened = open_disclosures(sealed, ())
    assert opened == Opened(BODY, {}, {})
    assert opened.body["witnesses"] is not BODY["witnesses"]
