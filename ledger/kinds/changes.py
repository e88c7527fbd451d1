"""`model_change` and `release`: what was altered, and which version went where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import Actor, Amount, Body, Country, Hex256, Instant, Name, Part, Slug, Text, doc
from ledger.kinds.by_action import ByAction, Members
from ledger.kinds.design import DocumentPointer, FormOfSupply, Identifier
from ledger.kinds.parts import DatasetIdentity, Json, ModelIdentity, Notified


class ChangedItem(Part):
    """One thing that changed, before and after; a new thing has no before."""

    item: Annotated[
        Literal[
            "model", "weights", "prompt", "threshold", "hyperparameters", "code", "configuration",
            "guardrail", "data", "dependency", "hardware", "user_interface", "oversight_measure",
            "documentation",
        ],
        doc("What changed."),
    ]  # fmt: skip
    name: Annotated[Name, doc("Its name, e.g. decision threshold, or a path in the repository.")]
    before: Annotated[Hex256 | None, doc("SHA-256 before; absent for something new.")] = None
    after: Annotated[Hex256 | None, doc("SHA-256 after; absent for something removed.")] = None
    value_before: Annotated[Json, doc("Value before, where it is short enough to be read.")] = None
    value_after: Annotated[Json, doc("Value after, where it is short enough to be read.")] = None


class Assessed(Part):
    """A yes-or-no judgement with its reason."""

    answer: Annotated[bool, doc("The judgement.")]
    reason: Annotated[Text, doc("Why.")]


class Training(Part):
    """How a changed model was trained (Annex IV 2(a), (d), Annex XI Section 1 point 2)."""

    datasets: Annotated[list[DatasetIdentity], Field(min_length=1, description="Data used, each with purpose.")]
    method: Annotated[Text, doc("Algorithm and way of training.")]
    parameters: Annotated[dict[str, Json] | None, doc("Hyperparameters.")] = None
    seed: Annotated[int | None, doc("Seed of random numbers.")] = None
    code_digest: Annotated[Hex256 | None, doc("SHA-256 of the training code or its commit's archive.")] = None
    environment: Annotated[Text | None, doc("Software and hardware it ran on.")] = None


class ModelChange(Body):
    """A model, prompt, threshold, configuration or code changed (Annex IV 2(f), 6; Articles 12(2)(a), 43(4)).

    The author is the entry's `actor`; approval is an `approval` entry that points here.
    """

    kind: ClassVar[str] = "model_change"
    identity: ClassVar[tuple[str, ...]] = ("change_id",)

    change_id: Annotated[Slug, doc("Name of the change.")]
    to_version: Annotated[Slug, doc("Version of the system with the change.")]
    description: Annotated[Text, doc("What was changed.")]
    reason: Annotated[Text, doc("Why.")]
    items: Annotated[list[ChangedItem], Field(min_length=1, description="Each thing, before and after.")]
    substantial_modification: Annotated[
        Assessed, doc("Whether it is a substantial modification (Art. 3(23)), and why.")
    ]
    predetermined_change: Annotated[
        Slug | None, doc("The pre-determined change it carries out, as `ai_system` names it; absent: none.")
    ] = None
    from_version: Annotated[Slug | None, doc("Version before; absent for the first one.")] = None
    aim: Annotated[
        Literal[
            "first_version", "correction", "improvement", "bias_mitigation", "security", "maintenance",
            "new_function", "new_purpose", "rollback", "other",
        ]
        | None,
        doc("What the change is for."),
    ] = None  # fmt: skip
    model: Annotated[ModelIdentity | None, doc("The model after the change.")] = None
    training: Annotated[Training | None, doc("How the model was trained.")] = None
    architecture: Annotated[Text | None, doc("Architecture after the change.")] = None
    parameters: Annotated[Amount | None, doc("Number of parameters after the change.")] = None
    effect: Annotated[Text | None, doc("Effect on performance and risks, expected or measured.")] = None
    requested_by: Annotated[Actor | None, doc("Who asked for it.")] = None
    rollback: Annotated[Text | None, doc("How it can be undone.")] = None
    informed: Annotated[list[Notified] | None, doc("Who was told, e.g. the notified body.")] = None


class Precondition(Part):
    """Something that had to hold before the release."""

    condition: Annotated[Text, doc("What had to hold.")]
    met: Annotated[bool, doc("Whether it did.")]
    evidence: Annotated[Hex256 | None, doc("Digest of the statement that shows it.")] = None


class Release(ByAction, Body):
    """A version was placed on the market, deployed, rolled back, withdrawn or retired (Annexes IV, VIII)."""

    kind: ClassVar[str] = "release"
    identity: ClassVar[tuple[str, ...]] = ("release_id",)
    by_action: ClassVar[Mapping[str, Members]] = {
        "placed_on_market": Members(),
        "put_into_service": Members(),
        "deployed": Members(),
        "rolled_back": Members(needs=("rolled_back_to", "reason")),
        "withdrawn": Members(needs=("reason",)),
        "recalled": Members(needs=("reason",)),
        "disabled": Members(needs=("reason",)),
        "retired": Members(needs=("reason",), may=("disposal",)),
    }

    system_version: Annotated[Slug, doc("Version of the AI system in `subject`.")]
    release_id: Annotated[Slug, doc("Name of the release.")]
    action: Annotated[
        Literal[
            "placed_on_market", "put_into_service", "deployed", "rolled_back", "disabled", "withdrawn",
            "recalled", "retired",
        ],
        doc("What happened to the version."),
    ]  # fmt: skip
    effective: Annotated[Instant, doc("From when on, RFC 3339 with Z.")]
    environment: Annotated[Name | None, doc("Where it runs, e.g. production; absent for a market as such.")] = None
    member_states: Annotated[list[Country] | None, doc("Member States concerned.")] = None
    forms_of_supply: Annotated[list[FormOfSupply] | None, doc("Forms in which it is supplied.")] = None
    channels: Annotated[list[Name] | None, doc("Channels of distribution and levels of access.")] = None
    deployers: Annotated[list[Name] | None, doc("Deployers who got it.")] = None
    identifiers: Annotated[list[Identifier] | None, doc("Serial, lot or catalogue numbers.")] = None
    model: Annotated[ModelIdentity | None, doc("The model in it.")] = None
    component_inventory: Annotated[
        Hex256 | None, doc("Digest of the `component_inventory` statement of this version.")
    ] = None
    instructions_for_use: Annotated[DocumentPointer | None, doc("Instructions for use given with it.")] = None
    preconditions: Annotated[list[Precondition] | None, doc("What had to hold first, and whether it did.")] = None
    plan: Annotated[DocumentPointer | None, doc("Plan of the roll-out.")] = None
    replaces_version: Annotated[Slug | None, doc("Version that it takes the place of.")] = None
    rolled_back_to: Annotated[Slug | None, doc("Version that runs again.")] = None
    reason: Annotated[Text | None, doc("Why it was taken back or ended.")] = None
    disposal: Annotated[Text | None, doc("What became of its model, data and logs.")] = None
