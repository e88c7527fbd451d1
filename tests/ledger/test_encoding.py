"""Text encodings: what Python's own decoders let through, and that each value has one spelling."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import (
    MAX_SIZE,
    format_base64,
    format_base64url,
    parse_base64,
    parse_base64url,
    parse_decimal,
    parse_hex,
)
from ledger.errors import FormatError

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
# What a careless parser would take for a digit, a blank or nothing at all.
LOOKALIKES = "\u0664\uff15\u00b2\u00a0\u3000\u2028\u200b\x0b\x0c\x1c\x85\r\n\t _+-"


@given(st.integers(0, MAX_SIZE))
def test_every_size_comes_back(number: int) -> None:
    assert parse_decimal(str(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-1", "-0", "+7", "007", "00", "1_000", " 5", "5 ", "1\n", "\n1", "1\x00", "0x10", "1e3", "1.0"),
        *("５", "٣", "²", "1\u00a0", "\u30001", "1\u2028", "Ⅷ", "nan", "1,0", "9" * 21, "9" * 5_000),
    ],
)
def test_a_number_is_ascii_digits_and_nothing_else(text: str) -> None:
    with pytest.raises(FormatError, match=r"^tree size: found .*, expected a decimal number without sign or leading"):
        parse_decimal(text, "tree size")


@given(st.text(st.sampled_from("0123456789" + LOOKALIKES), max_size=12))
def test_a_number_is_taken_in_one_spelling_only(text: str) -> None:
    try:
        value = parse_decimal(text)
    except FormatError:
        return
    assert str(value) == text


def test_a_number_over_its_maximum_is_refused() -> None:
    assert parse_decimal("255", maximum=255) == 255
    with pytest.raises(FormatError, match=r"^width: found 256, expected at most 255$"):
        parse_decimal("256", "width", 255)
    with pytest.raises(FormatError, match=f"^number: found {MAX_SIZE + 1}, expected at most {MAX_SIZE}$"):
        parse_decimal(str(MAX_SIZE + 1))


@given(st.binary(max_size=100))
def test_all_bytes_come_back_from_base64(data: bytes) -> None:
    assert format_base64(data) == base64.b64encode(data).decode()
    assert parse_base64(format_base64(data)) == data
    assert parse_base64url(format_base64url(data)) == data
    assert parse_hex(data.hex(), len(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        *("QUJD!!@@ \n", "QUJD\n", " QUJD", "QU JD", "QUJ", "QUI", "QQ", "Q", "Q===", "QUJD====", "QUJD=", "="),
        *("====", "QU=J", "QUI=QUI=", "QUJDQQ=", "QQ=\n=", "QU-D", "QU_D", "QÜJD", "QUJ\uff24", "QUJD\x00"),
    ],
)
def test_base64_with_junk_or_wrong_padding_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"^sig: found .*, expected (padded standard|canonical) base64") as caught:
        parse_base64(text, "sig")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("data", [b"A", b"AB"])
def test_base64_whose_unused_bits_are_set_is_refused(data: bytes) -> None:
    good = format_base64(data)
    at = len(good.rstrip("=")) - 1

    others = [good[:at] + letter + good[at + 1 :] for letter in ALPHABET if letter != good[at]]
    same = [text for text in others if base64.b64decode(text, validate=True) == data]

    assert same, "Python takes several spellings of these bytes"
    for text in same:
        with pytest.raises(FormatError, match=r"expected canonical base64 \(unused bits zero\)$"):
            parse_base64(text)
        with pytest.raises(FormatError, match=r"expected canonical base64url \(unused bits zero\)$"):
            parse_base64url(text.rstrip("=").replace("+", "-").replace("/", "_"))


@given(st.text(st.sampled_from("AQgw0+/-_=\n é"), max_size=10))
def test_base64_is_taken_in_one_spelling_only(text: str) -> None:
    for parse, write in ((parse_base64, format_base64), (parse_base64url, format_base64url)):
        try:
            data = parse(text)
        except FormatError:
            continue
        assert write(data) == text


@pytest.mark.parametrize("text", ["QUI=", "QU+D", "QU/D", "QUJD\n", " QUJD", "Q", "QUJDQ", "QÜJD", "QUJ\uff24", "="])
def test_base64url_is_unpadded_and_has_its_own_alphabet(text: str) -> None:
    with pytest.raises(FormatError, match=r"^digest: found .*, expected unpadded base64url$"):
        parse_base64url(text, "digest")


@pytest.mark.parametrize(
    "text",
    ["", "0", "0a0", "0A0b", "0g0b", " a0b", "0a0b\n", "0a 0b", "0a0b0c", "0x0b", "٣٣٣٣", "0a\x000b", "+a0b", "0a_0"],
)
def test_hex_is_lower_case_of_the_right_length(text: str) -> None:
    with pytest.raises(FormatError, match=r"^keyid: found .*, expected 4 lower-case hex digits$"):
        parse_hex(text, 2, "keyid")
