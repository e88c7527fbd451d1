"""What the ledger says about itself: its creation and policy, its keys, and what was erased.

`LedgerEvent` and `KeyEvent` are the only entries that change who may sign; the schema checks their shape,
the ledger's rules decide whether they take effect.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ledger.kinds.base import (
    Actor,
    Body,
    Erasable,
    HasErasable,
    Hex256,
    Instant,
    Name,
    Part,
    SdDigest,
    Slug,
    Text,
    Url,
    doc,
    text_like,
)
from ledger.kinds.by_action import ByAction, Members, OneOf, Table

Role = Literal["pipeline", "overseer", "compliance", "approver", "investigator", "auditor", "admin"]
Algorithm = Literal["ed25519"]
Origin = Annotated[
    str,
    text_like(r"[!#-*,-\[\]-~]{1,255}", "printable ASCII but space, plus, double quote and backslash, at most 255"),
    doc("Name of a ledger in its checkpoints."),
]
Vkey = Annotated[
    str,
    text_like(r"[!#-*,-\[\]-~]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{4,4000}={0,2}", "a verifier key NAME+KEYID+BASE64"),
    doc("Verifier key of a signed note (C2SP signed-note)."),
]
PublicKey = Annotated[
    str,
    text_like("[A-Za-z0-9+/]{4,4000}={0,2}", "padded base64"),
    doc("DER SubjectPublicKeyInfo in padded base64."),
]
KindName = Annotated[str, text_like(r"([a-z][a-z0-9_]{0,63}|\*)", "the name of a kind, or *")]
Pointer = Annotated[
    str,
    text_like("(/([^/~]|~[01])*)+", "a JSON pointer like /actor/name"),
    Field(max_length=1000),
    doc("Place of the member inside `data` (RFC 6901)."),
]
Days = Annotated[int, Field(ge=1)]
Principals = Annotated[int, Field(ge=1, le=8)]


class PolicyBody(Part):
    """Who may sign what, and what needs more than one person."""

    roles: Annotated[
        dict[KindName, list[Role]],
        doc("Roles that may sign a kind, by kind; '*' stands for every kind not listed."),
    ]
    principals: Annotated[
        dict[KindName, Principals], doc("Different principals that must sign a kind; 1 where not listed.")
    ] = {}
    self_approval: Annotated[
        Literal["refused", "waived"],
        doc("Whether a principal may approve its own entries; 'waived' is always shown."),
    ] = "refused"
    quorum: Annotated[
        Principals, doc("Different admins needed to change policy, waivers, admins or checkpoint keys.")
    ] = 1
    freshness: Annotated[dict[KindName, Days] | None, doc("Days after which evidence of a kind counts as stale.")] = (
        None
    )
    retention: Annotated[dict[Slug, Days] | None, doc("Days for which a retention class is kept, by class.")] = None


class FounderKey(HasErasable):
    """A signing key enrolled by the first entry."""

    public_key: PublicKey
    algorithm: Annotated[Algorithm, doc("Signature algorithm.")] = "ed25519"
    principal: Annotated[Slug, doc("Person or machine the key belongs to (a pseudonym).")]
    principal_name: Annotated[Name | None, Erasable(), doc("Name of the principal.")] = None
    roles: Annotated[list[Role], Field(min_length=1), doc("What the key may be used for.")]
    sources: Annotated[list[Url], Field(min_length=1), doc("Allowed `source` of its statements.")]


class Predecessor(Part):
    """The ledger that this one continues, as its last checkpoint showed it."""

    origin: Origin
    size: Annotated[int, Field(ge=1), doc("Number of entries.")]
    root: Annotated[Hex256, doc("Merkle root at that size.")]
    vkey: Vkey


class Successor(Part):
    """The ledger that continues this one."""

    origin: Origin
    vkey: Vkey


_ONE_ADMIN = {"contains": {"properties": {"roles": {"contains": {"const": "admin"}}}}}


class LedgerEvent(ByAction, Body):
    """The ledger was created, its policy, checkpoint keys or clock were changed, or it was closed."""

    kind: ClassVar[str] = "ledger"
    identity: ClassVar[tuple[str, ...]] = ()
    by_action: ClassVar[Table] = {
        "created": Members(("founder", "origin", "checkpoint_keys", "keys", "policy"), ("predecessor",)),
        "policy_changed": Members(("policy", "reason")),
        "checkpoint_key_added": Members(("checkpoint_key", "reason")),
        "checkpoint_key_retired": Members(("checkpoint_key", "reason")),
        "clock_reset": Members(("clock", "reason")),
        "closed": Members(("reason",), ("successor",)),
    }

    action: Annotated[
        Literal[
            "created", "policy_changed", "checkpoint_key_added", "checkpoint_key_retired", "clock_reset",
            "closed",
        ],
        doc("What happened to the ledger."),
    ]  # fmt: skip
    founder: Annotated[Name | None, doc("Organisation or person that created the ledger.")] = None
    origin: Annotated[Origin | None, doc("The ledger's name in its checkpoints.")] = None
    checkpoint_keys: Annotated[
        list[Vkey] | None, Field(min_length=1), doc("Keys that sign checkpoints from the start.")
    ] = None
    keys: Annotated[
        list[FounderKey] | None,
        Field(min_length=1, json_schema_extra=_ONE_ADMIN),
        doc("First signing keys; one has the role admin."),
    ] = None
    policy: Annotated[PolicyBody | None, doc("The policy from this entry on, complete.")] = None
    predecessor: Annotated[Predecessor | None, doc("Ledger that this one continues.")] = None
    reason: Annotated[Text | None, doc("Why it was done.")] = None
    checkpoint_key: Annotated[Vkey | None, doc("Key that starts or stops signing checkpoints.")] = None
    clock: Annotated[Instant | None, doc("Time from which the ledger's clock runs on.")] = None
    successor: Annotated[Successor | None, doc("Ledger that continues this one.")] = None

    @model_validator(mode="after")
    def one_founder_key_is_an_admin(self) -> Self:
        """Refuse a ledger that nobody could ever administer."""
        if self.keys is not None and not any("admin" in key.roles for key in self.keys):
            raise ValueError("keys: none has the role admin, expected at least one")
        return self


class KeyEvent(ByAction, HasErasable, Body):
    """A signing key was enrolled, rotated, revoked or reported compromised."""

    kind: ClassVar[str] = "key"
    identity: ClassVar[tuple[str, ...]] = ()
    by_action: ClassVar[Table] = {
        "enrolled": Members(("public_key", "algorithm", "principal", "roles", "sources"), ("principal_name", "sd")),
        "rotated": Members(
            ("public_key", "algorithm", "principal", "roles", "sources", "replaces"), ("principal_name", "sd")
        ),
        "revoked": Members(("reason",)),
        "compromised": Members(("since", "reason")),
    }

    action: Annotated[Literal["enrolled", "rotated", "revoked", "compromised"], doc("What happened to the key.")]
    keyid: Annotated[Hex256, doc("SHA-256 of the key's DER SubjectPublicKeyInfo.")]
    public_key: Annotated[PublicKey | None, doc("DER SubjectPublicKeyInfo in padded base64.")] = None
    algorithm: Annotated[Algorithm | None, doc("Signature algorithm.")] = None
    principal: Annotated[Slug | None, doc("Person or machine the key belongs to (a pseudonym).")] = None
    principal_name: Annotated[Name | None, Erasable(), doc("Name of the principal.")] = None
    roles: Annotated[list[Role] | None, Field(min_length=1), doc("What the key may be used for.")] = None
    sources: Annotated[list[Url] | None, Field(min_length=1), doc("Allowed `source` of its statements.")] = None
    replaces: Annotated[Hex256 | None, doc("Key id of the old key, which ends with this entry.")] = None
    since: Annotated[Instant | None, doc("From when on the key was no longer safe.")] = None
    reason: Annotated[Text | None, doc("Why it was done.")] = None


class ErasedValue(Part):
    """One erasable member whose value is deleted."""

    pointer: Pointer
    digest: Annotated[SdDigest, doc("Digest of its disclosure, as in `_sd`.")]


class Erasure(OneOf, Body):
    """Erasable values or personal attachments of one statement were deleted; the statement still verifies."""

    kind: ClassVar[str] = "erasure"
    identity: ClassVar[tuple[str, ...]] = ()
    one_of: ClassVar[tuple[str, ...]] = ("members", "attachments")

    statement: Annotated[Hex256, doc("Digest of the statement whose values are deleted.")]
    members: Annotated[list[ErasedValue], doc("Erasable members that are deleted.")] = []
    attachments: Annotated[list[Hex256], doc("Digests of personal attachments deleted.")] = []
    legal_basis: Annotated[Text, doc("Why they must or may be deleted, e.g. GDPR Art. 17(1)(b).")]
    requested_by: Annotated[Actor | None, doc("Who asked for it.")] = None
    approved_by: Annotated[Slug, doc("Principal who approved it.")]
    reason: Annotated[Text | None, doc("Circumstances, without personal data.")] = None
