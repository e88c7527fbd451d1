"""What the ledger says about itself: its policy and keys, erasures, cases, holds, pruning, attestations.

`LedgerEvent` and `KeyEvent` are the only entries that change who may sign; the schema checks their shape,
the ledger's rules decide whether they take effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

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
)
from ledger.kinds.by_action import ByAction, Members

Role = Literal["pipeline", "overseer", "compliance", "approver", "investigator", "auditor", "admin"]
Algorithm = Literal["ed25519"]
Origin = Annotated[
    str,
    StringConstraints(pattern=r"^[!-*,-~]{1,255}$"),
    Field(description="Name of a ledger in its checkpoints: printable ASCII without spaces and '+'."),
]
Vkey = Annotated[
    str,
    StringConstraints(pattern=r"^[!-*,-~]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{4,4000}={0,2}$"),
    Field(description="Verifier key of a signed note, NAME+KEYID+BASE64 (C2SP signed-note)."),
]
PublicKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9+/]{4,4000}={0,2}$"),
    Field(description="DER SubjectPublicKeyInfo in padded base64."),
]
SourceUri = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,500}$"),
    Field(description="URI that statements signed with the key may name as their source."),
]
KindName = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,63}|\*)$")]
Pointer = Annotated[
    str,
    StringConstraints(pattern=r"^(/([^/~]|~[01])*)+$", max_length=1000),
    Field(description="JSON pointer (RFC 6901) of the member inside `data`, e.g. /actor/name."),
]


class PolicyBody(Part):
    """Who may sign what, and what needs more than one person."""

    roles: Annotated[
        dict[KindName, list[Role]],
        Field(description="Roles that may sign a kind, by kind; '*' stands for every kind not listed."),
    ]
    principals: Annotated[
        dict[KindName, Annotated[int, Field(ge=1, le=8)]],
        Field(description="Different principals that must sign a kind; 1 where not listed."),
    ] = {}
    self_approval: Annotated[
        Literal["refused", "waived"],
        Field(description="Whether a principal may approve its own entries; 'waived' is always shown."),
    ] = "refused"
    quorum: Annotated[
        int,
        Field(ge=1, le=8, description="Different admins needed to change policy, admins or checkpoint keys."),
    ] = 1
    freshness: Annotated[
        dict[KindName, Annotated[int, Field(ge=1)]] | None,
        Field(description="Days after which evidence of a kind counts as stale."),
    ] = None
    retention: Annotated[
        dict[Slug, Annotated[int, Field(ge=1)]] | None,
        Field(description="Days that a retention class is kept, by class."),
    ] = None


class FounderKey(HasErasable):
    """A signing key enrolled by the first entry."""

    public_key: PublicKey
    algorithm: Annotated[Algorithm, Field(description="Signature algorithm.")] = "ed25519"
    principal: Annotated[Slug, Field(description="Person or machine the key belongs to (a pseudonym).")]
    principal_name: Annotated[Name | None, Erasable(), Field(description="Name of the principal.")] = None
    roles: Annotated[list[Role], Field(min_length=1, description="What the key may be used for.")]
    sources: Annotated[
        list[SourceUri], Field(min_length=1, description="Allowed `source` of its statements.")
    ]


class Predecessor(Part):
    """The ledger that this one continues, as its last checkpoint showed it."""

    origin: Origin
    size: Annotated[int, Field(ge=1, description="Number of entries.")]
    root: Annotated[Hex256, Field(description="Merkle root at that size.")]
    vkey: Vkey


class Successor(Part):
    """The ledger that continues this one."""

    origin: Origin
    vkey: Vkey


class LedgerEvent(ByAction, Body):
    """The ledger was created, its policy, checkpoint keys or clock were changed, or it was closed."""

    kind: ClassVar[str] = "ledger"
    identity: ClassVar[tuple[str, ...]] = ()
    by_action: ClassVar[Mapping[str, Members]] = {
        "created": Members(("founder", "origin", "checkpoint_keys", "keys", "policy"), ("predecessor",)),
        "policy_changed": Members(("policy", "reason")),
        "checkpoint_key_added": Members(("checkpoint_key", "reason")),
        "checkpoint_key_retired": Members(("checkpoint_key", "reason")),
        "clock_reset": Members(("clock", "reason")),
        "closed": Members(("reason",), ("successor",)),
    }

    action: Annotated[
        Literal[
            "created",
            "policy_changed",
            "checkpoint_key_added",
            "checkpoint_key_retired",
            "clock_reset",
            "closed",
        ],
        Field(description="What happened to the ledger."),
    ]
    founder: Annotated[Name | None, Field(description="Organisation or person that created the ledger.")] = (
        None
    )
    origin: Origin | None = None
    checkpoint_keys: Annotated[
        list[Vkey] | None, Field(min_length=1, description="Keys that sign checkpoints from the start.")
    ] = None
    keys: Annotated[
        list[FounderKey] | None,
        Field(min_length=1, description="First signing keys; one has the role admin."),
    ] = None
    policy: Annotated[PolicyBody | None, Field(description="The policy from this entry on, complete.")] = None
    predecessor: Annotated[Predecessor | None, Field(description="Ledger that this one continues.")] = None
    reason: Annotated[Text | None, Field(description="Why it was done.")] = None
    checkpoint_key: Annotated[
        Vkey | None, Field(description="Key that starts or stops signing checkpoints.")
    ] = None
    clock: Annotated[Instant | None, Field(description="Time from which the ledger's clock runs on.")] = None
    successor: Annotated[Successor | None, Field(description="Ledger that continues this one.")] = None

    @model_validator(mode="after")
    def one_founder_key_is_an_admin(self) -> Self:
        """Refuse a ledger that nobody could ever administer."""
        if self.keys is not None and not any("admin" in key.roles for key in self.keys):
            raise ValueError("keys: none has the role admin, expected at least one")
        return self


class KeyEvent(ByAction, HasErasable, Body):
    """A signing key was enrolled, rotated, revoked or reported compromised."""

    kind: ClassVar[str] = "key"
    identity: ClassVar[tuple[str, ...]] = ("keyid",)
    by_action: ClassVar[Mapping[str, Members]] = {
        "enrolled": Members(
            ("public_key", "algorithm", "principal", "roles", "sources"), ("principal_name", "sd")
        ),
        "rotated": Members(
            ("public_key", "algorithm", "principal", "roles", "sources", "replaces"), ("principal_name", "sd")
        ),
        "revoked": Members(("reason",)),
        "compromised": Members(("since", "reason")),
    }

    action: Annotated[
        Literal["enrolled", "rotated", "revoked", "compromised"],
        Field(description="What happened to the key."),
    ]
    keyid: Annotated[Hex256, Field(description="SHA-256 of the key's DER SubjectPublicKeyInfo.")]
    public_key: PublicKey | None = None
    algorithm: Annotated[Algorithm | None, Field(description="Signature algorithm.")] = None
    principal: Annotated[
        Slug | None, Field(description="Person or machine the key belongs to (a pseudonym).")
    ] = None
    principal_name: Annotated[Name | None, Erasable(), Field(description="Name of the principal.")] = None
    roles: Annotated[list[Role] | None, Field(min_length=1, description="What the key may be used for.")] = (
        None
    )
    sources: Annotated[
        list[SourceUri] | None, Field(min_length=1, description="Allowed `source` of its statements.")
    ] = None
    replaces: Annotated[Hex256 | None, Field(description="Key id of the old key, which ends here.")] = None
    since: Annotated[Instant | None, Field(description="From when on the key was no longer safe.")] = None
    reason: Annotated[Text | None, Field(description="Why it was done.")] = None


class ErasedValue(Part):
    """One erasable member whose value is deleted."""

    pointer: Pointer
    digest: Annotated[SdDigest, Field(description="Digest of its disclosure, as in `_sd`.")]


class Erasure(Body):
    """Erasable values or personal attachments of one statement were deleted; the statement still verifies."""

    kind: ClassVar[str] = "erasure"
    identity: ClassVar[tuple[str, ...]] = ("statement",)

    statement: Annotated[Hex256, Field(description="Digest of the statement whose values are deleted.")]
    members: Annotated[list[ErasedValue], Field(description="Erasable members that are deleted.")] = []
    attachments: Annotated[list[Hex256], Field(description="Digests of personal attachments deleted.")] = []
    legal_basis: Annotated[
        Text, Field(description="Why they must or may be deleted, e.g. GDPR Art. 17(1)(b).")
    ]
    requested_by: Annotated[Actor | None, Field(description="Who asked for it.")] = None
    approved_by: Annotated[Slug, Field(description="Principal who approved it.")]
    reason: Annotated[Text | None, Field(description="Circumstances, without personal data.")] = None

    @model_validator(mode="after")
    def something_is_erased(self) -> Self:
        """Refuse an erasure of nothing."""
        if not self.members and not self.attachments:
            raise ValueError("members, attachments: both are empty, expected at least one value to erase")
        return self
