"""What every kind's body shares: common members, erasable members, references, artefacts.

A body is the ``data`` of a statement. Unknown members are refused; what the schema does not foresee goes
into ``extra``. Erasable members are optional and marked with `Erasable`: in the leaf they are replaced by
their RFC 9901 digest in the object's ``_sd`` list, so a body is valid with and without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class Erasable:
    """Marks a member whose value may be erased later (personal data); such a member is optional.

    Use it as ``name: Annotated[str | None, Erasable()] = None`` in a `Part` or `Body` that also inherits
    `HasErasable`.
    """

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        schema["x-erasable"] = True
        return schema


PATTERNS: dict[str, str] = {}
"""What each pattern of a string type means, in words; error messages use it."""


def text_like(pattern: str, words: str) -> StringConstraints:
    """The constraint that a string matches `pattern` from end to end, which people read as `words`."""
    whole = f"^{pattern}$"
    PATTERNS[whole] = words
    return StringConstraints(pattern=whole)


def doc(text: str) -> Any:
    """The description of a member, as it appears in the JSON Schema and in error messages."""
    return Field(description=text)


# Years 1000 to 2999, and only days that exist: JSON Schema has no other way to refuse 31 February.
_LEAP_YEAR = "([12][0-9](0[48]|[2468][048]|[13579][26])|(1[26]|2[048])00)"
_DATE = (
    "([12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z"

Hex256 = Annotated[str, text_like("[0-9a-f]{64}", "64 lower-case hex digits (SHA-256)")]
SdDigest = Annotated[str, text_like("[A-Za-z0-9_-]{43}", "43 characters of base64url (SHA-256)")]
Instant = Annotated[
    str,
    text_like(f"{_DATE}T{_TIME}", "an instant in UTC like 2026-11-23T10:00:00Z"),
    Field(description="Instant in UTC, RFC 3339 with Z."),
]
Date = Annotated[
    str,
    text_like(_DATE, "a date that exists, like 2026-11-23"),
    Field(description="Calendar date, YYYY-MM-DD."),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Slug = Annotated[
    str,
    text_like(
        "[A-Za-z0-9][A-Za-z0-9._:@/-]{0,199}",
        "an identifier: letters, digits and . _ : @ / -, at most 200, first a letter or digit",
    ),
    Field(description="Identifier without spaces, chosen by the organisation."),
]
Country = Annotated[
    str,
    text_like("[A-Z]{2}", "a country code of two capitals, like DE"),
    Field(description="Country, ISO 3166-1 alpha-2 (Greece: GR)."),
]
Language = Annotated[
    str,
    text_like("[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", "a language tag like de or pt-BR"),
    Field(description="Language tag, BCP 47."),
]
Url = Annotated[
    str,
    text_like("[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,1000}", "an absolute URI in ASCII, like https://example.org/"),
    Field(description="Absolute URI."),
]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1, description="Share between 0 and 1.")]


class Part(BaseModel):
    """An object inside a body; unknown members are refused, values are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


class HasErasable(Part):
    """A part with erasable members; their digests take their place in ``_sd``."""

    sd: Annotated[
        list[SdDigest] | None,
        Field(alias="_sd", min_length=1, description="Digests of erasable members, sorted (RFC 9901)."),
    ] = None


class Artefact(Part):
    """A file or other byte string, named by its digest."""

    name: Annotated[Name, Field(description="File name or other name for people.")]
    role: Annotated[Name, Field(description="What it is here, e.g. model, dataset, test_report, configuration.")]
    digest: Annotated[Hex256, Field(description="SHA-256 of the bytes; if `salted`, of a 32-byte salt and the bytes.")]
    size: Annotated[int, Field(ge=0, description="Bytes.")]
    media_type: Annotated[Name, Field(description="IANA media type.")] = "application/octet-stream"
    attached: Annotated[bool, Field(description="The bytes are kept in the ledger's blob folder.")] = False
    salted: Annotated[bool, Field(description="Personal attachment: its digest is salted and it is erasable.")] = False


Relation = Literal[
    "supersedes", "corrects", "approves", "responds_to", "derived_from", "evidence_for", "about", "answers"
]


class Reference(Part):
    """A pointer at an earlier statement (or one of the same batch), by the digest of its bytes."""

    rel: Annotated[Relation, Field(description="What this entry is to the other one.")]
    statement: Annotated[Hex256, Field(description="SHA-256 of the other statement's bytes.")]


class Actor(HasErasable):
    """Who did it: a pseudonym, and a name that can be erased."""

    id: Annotated[Slug, Field(description="Pseudonym, stable within the organisation.")]
    role: Annotated[Name | None, Field(description="Function in the organisation.")] = None
    name: Annotated[Name | None, Erasable(), Field(description="Name of the person.")] = None


class Body(Part):
    """The common members of every kind.

    `kind` is the kind of entry; `identity` names the members that, with the statement's subject, say what an
    entry is about: two entries of a kind with equal identity are about the same thing.
    """

    kind: ClassVar[str] = ""
    identity: ClassVar[tuple[str, ...]] = ()

    system_version: Annotated[
        Slug | None, Field(description="Version of the AI system in `subject` that this is about.")
    ] = None
    systems: Annotated[list[Slug] | None, Field(description="AI systems covered by an organisation-wide entry.")] = None
    # Factories: a plain [] would be copied for every body, which costs as much as checking a small one.
    # Assigned, not annotated: type checkers see a default only where it is assigned.
    artefacts: list[Artefact] = Field(default_factory=list, description="Files this entry names.")
    references: list[Reference] = Field(default_factory=list, description="Earlier statements this entry points at.")
    actor: Annotated[Actor | None, Field(description="Who did it.")] = None
    retention: Annotated[
        Slug | None,
        Field(description="Retention class from the organisation's policy, e.g. technical-file-10y."),
    ] = None
    extra: Annotated[
        dict[str, Any] | None, Field(description="What this schema does not foresee; not interpreted.")
    ] = None

    def to_data(self) -> dict[str, Any]:
        """The body as JSON members, without absent ones and empty lists of the common members."""
        data = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        for name in ("artefacts", "references"):
            if not data.get(name):
                data.pop(name, None)
        return data
