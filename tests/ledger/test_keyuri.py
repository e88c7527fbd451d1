"""Names of keys on tokens: RFC 7512, and no secret in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.keys.keyuri import KeyUri, format_key_uri, parse_key_uri

WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=12)


def test_the_attributes_of_a_uri_are_read() -> None:
    which = "object=checkpoint%20key;type=private;token=The%20Software%20Token;id=%69%95%3E%00"
    text = f"pkcs11:{which}?module-path=/usr/lib/x.so"

    assert parse_key_uri(text) == KeyUri(
        token="The Software Token", object="checkpoint key", id=b"i\x95>\x00", module_path="/usr/lib/x.so"
    )


@given(
    st.builds(
        KeyUri,
        token=WORDS,
        serial=WORDS | st.just(""),
        manufacturer=WORDS | st.just(""),
        model=WORDS | st.just(""),
        object=WORDS,
        id=st.binary(max_size=12),
        module_path=WORDS | st.just(""),
    )
)
def test_every_name_comes_back_as_it_was(uri: KeyUri) -> None:
    assert parse_key_uri(format_key_uri(uri)) == uri


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aims", "begins pkcs11:"),
        ("pkcs11:", "expected a token (or serial) and an object (or id)"),
        ("pkcs11:token=aims", "expected a token (or serial) and an object (or id)"),
        ("pkcs11:object=a", "expected a token (or serial) and an object (or id)"),
        ("pkcs11:token=aims;object=a;", "expected one of token, serial"),
        ("pkcs11:token=aims;object=a?", "expected one of module-path"),
        ("pkcs11:token=aims;object=a;slot-id=3", "found 'slot-id', expected one of token"),
        ("pkcs11:token=aims;object=a?module-name=x", "found 'module-name', expected one of module-path"),
        ("pkcs11:token=aims;object=a;token=b", "token: expected it once"),
        ("pkcs11:token=;object=a", "token: expected it once, with a value"),
        ("pkcs11:token=ai ms;object=a", "in the characters of RFC 7512"),
        ("pkcs11:token=aims;object=%4", "in the characters of RFC 7512"),
        ("pkcs11:token=aims;object=%ff", "escapes that are not UTF-8"),
        ("pkcs11:token=aims;object=%00", "escapes of control characters"),
        ("pkcs11:token=aims;object=a;type=cert", "type: expected private"),
        ("PKCS11:token=aims;object=a", "begins pkcs11:"),
        ("pkcs11:token=aims;object=" + "a" * 1_024, "at most 1024 characters"),
    ],
)
def test_what_is_no_such_name_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_key_uri(text)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "pkcs11:token=aims;object=a?pin-value=4711",
        "pkcs11:token=aims;object=a?module-path=/x&pin-source=file:4711",
        "pkcs11:token=aims;object=a;pin-value=4711",
        "pkcs11:nonsense;pin-value=4711",
        "pkcs11:pin-value=4711?nonsense",
    ],
)
def test_a_pin_in_a_name_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(BadInput, match="found a PIN in it; set AIMS_PIN, or wait to be asked") as caught:
        parse_key_uri(text)

    assert "4711" not in str(caught.value)
