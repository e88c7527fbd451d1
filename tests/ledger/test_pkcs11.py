"""Keys on a real token module, SoftHSM2: they sign like any other, and what is wrong is one clear line."""

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.errors import AimsError, BadInput, StoreError
from ledger.keys.keyuri import KeyUri, parse_key_uri
from ledger.keys.pkcs11 import TokenSigner, create_token_key, open_token_key
from ledger.signing import Ed25519Signer, Signer, verify
from tests.ledger.harness import assert_one_clear_line
from tests.ledger.hsm import PIN, Hsm

KEY = KeyUri(token="aims", object="checkpoint")


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hsm:
    """One token, called aims."""
    made = Hsm.at(tmp_path / "hsm", monkeypatch)
    made.token()
    return made


def refusal(uri: KeyUri, pin: str = PIN, kind: type[AimsError] = BadInput) -> str:
    with pytest.raises(kind) as caught:
        open_token_key(uri, pin)
    assert_one_clear_line(caught.value)
    return str(caught.value)


def test_a_key_made_on_the_token_signs_what_anybody_can_verify(hsm: Hsm) -> None:
    signer = create_token_key(KEY, PIN)

    assert isinstance(signer, Signer)
    for message in (b"", b"x", b"a long message" * 10_000):
        verify(signer.public_key, signer.sign(message), message)


def test_the_private_key_can_not_be_read_out(hsm: Hsm) -> None:
    import pkcs11

    create_token_key(KEY, PIN).close()

    with hsm.session() as session:
        (key,) = session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})
        assert (key[pkcs11.Attribute.SENSITIVE], key[pkcs11.Attribute.EXTRACTABLE]) == (True, False)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_a_key_is_found_again_by_label_by_id_and_on_the_token_named_by_its_serial(hsm: Hsm) -> None:
    made = create_token_key(KeyUri(token="aims", object="checkpoint", id=b"\x07"), PIN)
    import pkcs11

    serial = pkcs11.lib(hsm.module).get_token(token_label="aims").serial.decode()

    for uri in (KEY, KeyUri(token="aims", id=b"\x07"), KeyUri(serial=serial, object="checkpoint")):
        assert open_token_key(uri, PIN).public_key == made.public_key


def test_several_keys_of_one_token_are_open_at_once(hsm: Hsm) -> None:
    first, second = (create_token_key(KeyUri(token="aims", object=name), PIN) for name in ("a", "b"))

    assert first.public_key != second.public_key
    for signer in (second, first):
        verify(signer.public_key, signer.sign(b"x"), b"x")


def test_the_module_can_be_named_in_the_uri(hsm: Hsm, monkeypatch: pytest.MonkeyPatch) -> None:
    create_token_key(KEY, PIN)
    monkeypatch.delenv("AIMS_PKCS11_MODULE")

    found = open_token_key(parse_key_uri(f"pkcs11:token=aims;object=checkpoint?module-path={hsm.module}"), PIN)

    assert len(found.sign(b"x")) == 64
    assert "no PKCS#11 module named; set AIMS_PKCS11_MODULE" in refusal(KEY)


def test_a_wrong_pin_is_said_and_tried_once(hsm: Hsm) -> None:
    create_token_key(KEY, PIN).close()

    assert refusal(KEY, "0000").startswith("token aims: wrong PIN; it was tried once")
    assert refusal(KEY, "").startswith("token aims: ")
    assert open_token_key(KEY, PIN)


def test_the_right_pin_stays_out_of_messages(hsm: Hsm) -> None:
    create_token_key(KEY, PIN).close()

    for said in (refusal(KeyUri(token="aims", object="other"), PIN), refusal(KEY, "998877")):
        assert PIN not in said
        assert "998877" not in said


def test_a_missing_token_is_said_with_those_that_are_there(hsm: Hsm) -> None:
    hsm.token("spare")

    said = refusal(KeyUri(token="lost", object="checkpoint"))

    assert "no such token; there are: aims, spare" in said


def test_two_tokens_of_one_label_are_too_many(hsm: Hsm) -> None:
    hsm.token("aims")

    assert "several tokens are meant; there are: aims, aims; name its label and serial" in refusal(KEY)


def test_a_missing_module_is_said_with_its_reason(hsm: Hsm, tmp_path: Path) -> None:
    (tmp_path / "no.so").write_bytes(b"no module")

    said = [refusal(KeyUri(token="aims", object="a", module_path=str(tmp_path / name))) for name in ("gone", "no.so")]

    assert "can't be loaded (No such file or directory)" in said[0]
    assert "can't be loaded (file too short)" in said[1]


def test_a_missing_key_and_two_of_one_name_are_said(hsm: Hsm) -> None:
    for number in (b"\x01", b"\x02"):
        create_token_key(KeyUri(token="aims", object="twin", id=number), PIN).close()

    assert "no such key on the token" in refusal(KEY)
    assert "several keys are meant; name its object and id" in refusal(KeyUri(token="aims", object="twin"))
    assert open_token_key(KeyUri(token="aims", object="twin", id=b"\x02"), PIN)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("rsa", "found a key of type RSA, expected Ed25519"),
        ("p256", "found a key of type EC, expected Ed25519"),
        ("ed448", "found another Edwards curve, expected Ed25519"),
    ],
)
def test_a_key_of_another_type_is_refused(hsm: Hsm, kind: str, said: str) -> None:
    hsm.generate("checkpoint", kind)

    assert said in refusal(KEY)


def test_a_key_is_never_made_over_another(hsm: Hsm) -> None:
    made = create_token_key(KEY, PIN)

    with pytest.raises(BadInput, match="exists already; choose another object"):
        create_token_key(KEY, PIN)

    assert open_token_key(KEY, PIN).public_key == made.public_key


def test_a_private_and_a_public_object_of_two_keys_are_found_out_at_the_first_signature(hsm: Hsm) -> None:
    import pkcs11

    create_token_key(KeyUri(token="aims", object="one"), PIN).close()
    create_token_key(KeyUri(token="aims", object="two"), PIN).close()
    with hsm.session() as session:
        for kind, label in ((pkcs11.ObjectClass.PRIVATE_KEY, "one"), (pkcs11.ObjectClass.PUBLIC_KEY, "two")):
            (found,) = session.get_objects({pkcs11.Attribute.CLASS: kind, pkcs11.Attribute.LABEL: label})
            found[pkcs11.Attribute.LABEL] = "checkpoint"
    signer = open_token_key(KEY, PIN)

    with pytest.raises(StoreError, match="does not verify with its key") as caught:
        signer.sign(b"x")

    assert_one_clear_line(caught.value)


def test_a_token_pulled_out_while_it_is_used_is_said(hsm: Hsm) -> None:
    signer = create_token_key(KEY, PIN)
    hsm.remove()

    with pytest.raises(StoreError, match="the token does not sign") as caught:
        signer.sign(b"x")

    assert_one_clear_line(caught.value)


def test_without_the_extra_the_remedy_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)

    assert refusal(KEY).endswith("pip install 'aims-ledger[pkcs11]'")


def test_openssl_verifies_what_the_token_signed(hsm: Hsm, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from tests.programs import program

    signer: TokenSigner = create_token_key(KEY, PIN)
    public = Ed25519PublicKey.from_public_bytes(signer.public_key)
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "message").write_bytes(b"x")
    (tmp_path / "signature").write_bytes(signer.sign(b"x"))

    files = ["-inkey", "key.pem", "-in", "message", "-sigfile", "signature"]

    done = subprocess.run(
        [program("openssl"), "pkeyutl", "-verify", "-pubin", "-rawin", *files],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )

    assert done.stdout == b"Signature Verified Successfully\n"


def test_a_signer_in_memory_and_one_on_a_token_are_the_same_to_their_users(hsm: Hsm) -> None:
    for signer in (Ed25519Signer.generate(), create_token_key(KEY, PIN)):
        assert isinstance(signer, Signer)
        assert (len(signer.public_key), len(signer.sign(b"x"))) == (32, 64)
