"""Ed25519 keys that never leave a hardware token, through the module of its maker (PKCS#11).

The key's name is a URI (`ledger.keys.keyuri`); where it names no module, `AIMS_PKCS11_MODULE` does. The token signs by
CKM_EDDSA without parameters, plain Ed25519 of RFC 8032. What it signed is verified before it is used. One PIN is tried
once: a token locks itself after a few wrong ones.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from ledger.errors import BadInput, FormatError, ProofError, StoreError, clip
from ledger.keys.keyuri import TOKEN_ATTRIBUTES, KeyUri
from ledger.signing import check_public_key, key_id, verify

if TYPE_CHECKING:
    from pkcs11 import Session, Token
    from pkcs11.exceptions import PKCS11Error

__all__ = ["MODULE_VARIABLE", "TokenSigner", "create_token_key", "open_token_key"]

MODULE_VARIABLE: Final = "AIMS_PKCS11_MODULE"
_LOOK: Final = "see that the token is plugged in and that the module was made for it"
_MAKE_ONE: Final = "make one with 'aims key link --generate'"
# CKA_EC_PARAMS of Ed25519: its object identifier (1.3.101.112), or its name as older modules write it.
_ED25519_PARAMETERS: Final = (bytes.fromhex("06032b6570"), b"\x13\x0cedwards25519")


class TokenSigner:
    """A signer whose private key is on a token; the session stays open until the process ends or `close`."""

    def __init__(self, uri: KeyUri, session: Session, key: Any, public_key: bytes) -> None:
        self._uri, self._session, self._key, self._public_key = uri, session, key, public_key

    @property
    def public_key(self) -> bytes:
        """The key's 32 raw bytes."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`, verified.

        Raises:
            StoreError: if the token does not sign, or signs with another key than it shows.
        """
        import pkcs11

        try:
            signature = bytes(self._key.sign(message, mechanism=pkcs11.Mechanism.EDDSA))
            verify(self._public_key, signature, message)
        except pkcs11.PKCS11Error as error:
            raise StoreError(f"key {self._uri}: the token does not sign ({_words(error)})", remedy=_LOOK) from error
        except ProofError as error:
            raise StoreError(
                f"key {self._uri}: the token's signature does not verify with its key {key_id(self._public_key)[:16]}",
                remedy="the private and the public object are of two keys, or the token is defective",
            ) from error
        return signature

    def close(self) -> None:
        """Close the session; of several keys of one token the first one opened logs all of them out."""
        self._session.close()


def open_token_key(uri: KeyUri, pin: str) -> TokenSigner:
    """The signer of the key that `uri` names.

    Raises:
        BadInput: no such module, token or key, several, a wrong PIN, or a key that is not Ed25519.
        StoreError: the token can't be used for another reason.
    """
    session = _session(uri, pin, writing=False)
    try:
        return _signer(uri, session)
    except BaseException:
        session.close()
        raise


def create_token_key(uri: KeyUri, pin: str) -> TokenSigner:
    """A new key on the token, under the label and id of `uri`; it can't be read out of it.

    Raises:
        BadInput: as `open_token_key`, or if a key of that name is there.
        StoreError: if the token does not make Ed25519 keys.
    """
    require_library()
    import pkcs11

    session = _session(uri, pin, writing=True)
    try:
        if list(session.get_objects(_template(uri, pkcs11.ObjectClass.PRIVATE_KEY))):
            raise BadInput(f"key {uri}: exists already", remedy="choose another object; a key is never overwritten")
        parameters = {pkcs11.Attribute.EC_PARAMS: _ED25519_PARAMETERS[0]}
        domain = session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, parameters, local=True)
        domain.generate_keypair(
            mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            store=True,
            label=uri.object or None,
            id=uri.id or None,
            private_template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
        )
        return _signer(uri, session)
    except pkcs11.PKCS11Error as error:
        session.close()
        raise StoreError(
            f"key {uri}: the token makes no Ed25519 key ({_words(error)})",
            remedy="look up whether it knows CKM_EC_EDWARDS_KEY_PAIR_GEN",
        ) from error
    except BaseException:
        session.close()
        raise


def require_library() -> None:
    """Return if the extra `pkcs11` is installed.

    Raises:
        BadInput: if it is not.
    """
    try:
        import pkcs11  # noqa: F401  # an extra: most keys are files
    except ImportError as error:
        raise BadInput("token: python-pkcs11 is not installed", remedy="pip install 'aims-ledger[pkcs11]'") from error


def _session(uri: KeyUri, pin: str, *, writing: bool) -> Session:
    require_library()
    import pkcs11

    token = _token(uri)
    try:
        return token.open(rw=writing, user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:
        return token.open(rw=writing)  # a process logs in once; another key of this token was opened before
    except pkcs11.PinIncorrect as error:
        raise BadInput(
            f"token {token.label}: wrong PIN", remedy="it was tried once; a token locks itself after a few wrong ones"
        ) from error
    except (pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
        raise BadInput(f"token {token.label}: no PIN of this token has this form", remedy="give its PIN") from error
    except pkcs11.PinLocked as error:
        raise BadInput(
            f"token {token.label}: its PIN is locked", remedy="its security officer can set it again"
        ) from error
    except pkcs11.PKCS11Error as error:
        raise StoreError(f"token {token.label}: can't be opened ({_words(error)})", remedy=_LOOK) from error


def _token(uri: KeyUri) -> Token:
    import pkcs11

    path = uri.module_path or os.environ.get(MODULE_VARIABLE, "")
    if not path:
        raise BadInput(f"key {uri}: no PKCS#11 module named", remedy=f"set {MODULE_VARIABLE}, or add ?module-path=…")
    try:
        module = pkcs11.lib(path)
    except pkcs11.PKCS11Error as error:
        raise BadInput(
            f"PKCS#11 module {path}: can't be loaded ({clip(str(error).rpartition(': ')[2])})",
            remedy=f"name the file that came with the token in {MODULE_VARIABLE} or module-path",
        ) from error
    try:
        present = list(module.get_tokens(token_flags=pkcs11.TokenFlag.TOKEN_INITIALIZED))
    except pkcs11.PKCS11Error as error:
        raise StoreError(f"PKCS#11 module {path}: can't list its tokens ({_words(error)})", remedy=_LOOK) from error
    found = [token for token in present if _is_meant(token, uri)]
    if len(found) != 1:
        there = ", ".join(sorted(clip(token.label) for token in present)) or "none"
        what = "several tokens are meant" if found else "no such token"
        raise BadInput(f"key {uri}: {what}; there are: {there}", remedy="name its label and serial, and plug it in")
    return found[0]


def _is_meant(token: Token, uri: KeyUri) -> bool:
    has = {
        "token": token.label,
        "serial": token.serial.decode("utf-8", "replace").strip(),
        "manufacturer": token.manufacturer_id,
        "model": token.model,
    }
    return all(getattr(uri, name) in ("", has[name]) for name in TOKEN_ATTRIBUTES)


def _template(uri: KeyUri, kind: Any) -> dict[Any, Any]:
    import pkcs11

    wanted: dict[Any, Any] = {pkcs11.Attribute.CLASS: kind}
    if uri.object:
        wanted[pkcs11.Attribute.LABEL] = uri.object
    if uri.id:
        wanted[pkcs11.Attribute.ID] = uri.id
    return wanted


def _signer(uri: KeyUri, session: Session) -> TokenSigner:
    import pkcs11

    try:
        keys: list[Any] = list(session.get_objects(_template(uri, pkcs11.ObjectClass.PRIVATE_KEY)))
        if len(keys) != 1:
            what = "several keys are meant" if keys else "no such key on the token"
            raise BadInput(f"key {uri}: {what}", remedy="name its object and id")
        kind = keys[0].key_type
        if kind != pkcs11.KeyType.EC_EDWARDS:
            found = getattr(kind, "name", kind)
            raise BadInput(f"key {uri}: found a key of type {found}, expected Ed25519", remedy=_MAKE_ONE)
        shown = list(session.get_objects(_template(uri, pkcs11.ObjectClass.PUBLIC_KEY))) or keys
        public_key = _public_key(uri, shown[0])
    except pkcs11.PKCS11Error as error:
        raise StoreError(f"key {uri}: can't be read from the token ({_words(error)})", remedy=_LOOK) from error
    return TokenSigner(uri, session, keys[0], public_key)


def _public_key(uri: KeyUri, shown: Any) -> bytes:
    import pkcs11

    if bytes(shown[pkcs11.Attribute.EC_PARAMS]) not in _ED25519_PARAMETERS:
        raise BadInput(f"key {uri}: found another Edwards curve, expected Ed25519", remedy=_MAKE_ONE)
    point = bytes(shown[pkcs11.Attribute.EC_POINT])
    # PKCS#11 wraps the point into an OCTET STRING; some tokens leave that out.
    raw = point[2:] if len(point) == 34 and point.startswith(b"\x04\x20") else point
    try:
        return check_public_key(raw)
    except FormatError as error:
        raise BadInput(f"key {uri}: {error}", remedy=_MAKE_ONE) from error


def _words(error: PKCS11Error) -> str:
    """The error's own words, or its name, which is that of the PKCS#11 return code."""
    return clip(str(error) or type(error).__name__, 160)
