"""`component_inventory` and `resource_usage`: what a version is made of, and what it consumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import Amount, Body, Count, Country, Date, Hex256, Name, Part, Slug, Text, Url, doc
from ledger.kinds.by_action import ByAction, Members
from ledger.kinds.parts import ModelIdentity, Period


class Component(Part):
    """One part of the bill of materials."""

    component_id: Annotated[Slug, doc("Name within this inventory.")]
    type: Annotated[
        Literal[
            "software", "library", "framework", "tool", "operating_system", "firmware", "hardware", "model",
            "pre_trained_model", "dataset", "service", "other",
        ],
        doc("What it is."),
    ]  # fmt: skip
    name: Annotated[Name, doc("Its name.")]
    version: Annotated[Name, doc("Its version, exactly; for a service, the version of its interface.")]
    digest: Annotated[Hex256 | None, doc("SHA-256 of its file.")] = None
    supplier: Annotated[Name | None, doc("Who supplies it; absent for our own.")] = None
    supplier_id: Annotated[Slug | None, doc("The supplier's `party` entry.")] = None
    licence: Annotated[Name | None, doc("Licence, by SPDX id where there is one.")] = None
    purl: Annotated[Url | None, doc("Package URL.")] = None
    third_party: Annotated[bool | None, doc("It comes from somebody else.")] = None
    used_for: Annotated[Text | None, doc("What it does in the system, and how it was integrated.")] = None
    modified: Annotated[Text | None, doc("How it was changed; absent: unchanged.")] = None
    builds_on: Annotated[list[Slug] | None, doc("Components it needs or gets its input from.")] = None
    update_requirements: Annotated[Text | None, doc("Conditions attached to updating it.")] = None
    supported_until: Annotated[Date | None, doc("End of support.")] = None


class Location(Part):
    """Where the system, or a part of it, is hosted."""

    place: Annotated[Name, doc("Site, region or cloud.")]
    country: Annotated[Country | None, doc("Country, ISO 3166-1 alpha-2.")] = None
    operator: Annotated[Name | None, doc("Who runs it.")] = None
    capacity: Annotated[Text | None, doc("Computing capacity there.")] = None


class HumanResource(Part):
    """People needed for a stage of the system's life, without names."""

    function: Annotated[Name, doc("What they do, e.g. oversight, verification.")]
    competence: Annotated[Text, doc("What they must know.")]
    number: Annotated[Count | None, doc("How many.")] = None


class ComponentInventory(Body):
    """A version's bill of materials was fixed (Annex IV 1(b), 1(c), 1(e), 2(a), 2(c); ISO/IEC 42001 A.4)."""

    kind: ClassVar[str] = "component_inventory"
    identity: ClassVar[tuple[str, ...]] = ("system_version",)

    system_version: Annotated[Slug, doc("Version of the AI system in `subject`.")]
    components: Annotated[list[Component], Field(min_length=1, description="The components.")]
    complete: Annotated[bool, doc("Nothing relevant is known to be left out.")]
    left_out: Annotated[Text | None, doc("What is left out, and why.")] = None
    architecture: Annotated[
        Text | None, doc("How components build on and feed each other in the whole processing.")
    ] = None
    bill_of_materials: Annotated[
        Hex256 | None, doc("SHA-256 of the bill in a standard format (CycloneDX, SPDX), also an artefact.")
    ] = None
    locations: Annotated[list[Location] | None, doc("Where it is hosted.")] = None
    human_resources: Annotated[list[HumanResource] | None, doc("People it needs.")] = None


class Quantity(ByAction):
    """An amount consumed, and how that is known; the unit is in the name of the quantity."""

    switch: ClassVar[str] = "basis"
    by_action: ClassVar[Mapping[str, Members]] = {
        "measured": Members(needs=("value",)),
        "estimated": Members(needs=("value",)),
        "derived": Members(needs=("value",)),
        "supplier_stated": Members(needs=("value",)),
        "not_available": Members(),
    }

    quantity: Annotated[
        Literal[
            "energy_kwh", "compute_flop", "wall_clock_hours", "accelerator_hours", "cpu_hours",
            "peak_memory_gib", "storage_gib", "water_litres", "emissions_kg_co2e", "requests",
        ],
        doc("What was consumed, and in which unit."),
    ]  # fmt: skip
    basis: Annotated[
        Literal["measured", "estimated", "derived", "supplier_stated", "not_available"],
        doc("How the value is known; `not_available`: it is not, and `method` says why."),
    ]
    value: Annotated[Amount | None, doc("Amount, in the quantity's unit.")] = None
    method: Annotated[Text, doc("Meter, tool or calculation; or why there is no value.")]


class ResourceUsage(Body):
    """Compute, time or energy was used (Annex IV 2(c), Art. 13(3)(e), Annex XI Section 1 point 2)."""

    kind: ClassVar[str] = "resource_usage"
    identity: ClassVar[tuple[str, ...]] = ("usage_id",)

    usage_id: Annotated[Slug, doc("Name of this record.")]
    phase: Annotated[
        Literal["development", "training", "fine_tuning", "validation", "testing", "operation"],
        doc("What it was used for."),
    ]
    quantities: Annotated[list[Quantity], Field(min_length=1, description="Amounts consumed.")]
    period: Annotated[Period | None, doc("When.")] = None
    task: Annotated[Text | None, doc("The task measured, e.g. 1000 decisions of a stated kind.")] = None
    model: Annotated[ModelIdentity | None, doc("The model concerned.")] = None
    hardware: Annotated[list[Name] | None, doc("Hardware used, with numbers of units.")] = None
    location: Annotated[Location | None, doc("Where it ran.")] = None
