"""Parts that several kinds share: planned actions, ratings, measures, evidence asked for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ledger.kinds.base import Date, Name, Part, Slug, Text, doc, text_like

KindName = Annotated[str, text_like("[a-z][a-z0-9_]{0,63}", "the name of a kind"), doc("Kind of entry.")]
Level = Annotated[int, Field(ge=1, le=5), doc("1 (lowest) to 5 (highest) on the organisation's scale.")]
Trigger = Literal[
    "first", "scheduled", "change_planned", "change_made", "incident", "monitoring", "law_changed", "other"
]
Stage = Literal[
    "inception", "design", "development", "verification", "deployment", "operation", "re_evaluation",
    "retirement",
]  # fmt: skip


class PlannedAction(Part):
    """Something that is to be done."""

    action: Annotated[Text, doc("What is to be done.")]
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that does it.")] = None
    due: Annotated[Date | None, doc("By when.")] = None
    status: Annotated[Literal["planned", "in_progress", "done", "dropped"] | None, doc("How far it is.")] = None
    result: Annotated[Text | None, doc("What came of it.")] = None


class Rating(Part):
    """How bad and how likely, on the scale that the risk criteria define."""

    severity: Level
    likelihood: Annotated[Level | None, doc("1 (rare) to 5 (almost certain); absent where it makes no sense.")] = None
    level: Annotated[Name | None, doc("Resulting level in the words of the risk criteria.")] = None
    reason: Annotated[Text | None, doc("What the rating rests on.")] = None


class Measure(Part):
    """Something done against a risk or harm, or to bring about a benefit."""

    measure: Annotated[Text, doc("What is done.")]
    order: Annotated[
        Literal["by_design", "mitigation", "information_or_training"] | None,
        doc("Place in the order of Art. 9(5): remove by design, mitigate, inform or train."),
    ] = None
    status: Annotated[
        Literal["planned", "in_progress", "implemented", "verified", "ineffective", "dropped"],
        doc("How far it is; 'verified' means its effect was checked."),
    ]
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) answerable for it.")] = None
    due: Annotated[Date | None, doc("By when it is to be in place.")] = None
    controls: Annotated[list[Slug] | None, doc("Controls it belongs to, by control id, e.g. A.6.2.4.")] = None
    effect: Annotated[Text | None, doc("How its effect was checked, and what was found.")] = None


class EvidenceItem(Part):
    """An item of evidence that a declaration names, to be found in the ledger."""

    kind: KindName
    about: Annotated[Name | None, doc("Which one: document id, plan, topic or system; absent for any.")] = None
    shows: Annotated[Text, doc("What it has to show.")]
