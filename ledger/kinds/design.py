"""What a system's register says about its design and use: parts of `ai_system` (Annex IV points 1 to 3)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ledger.kinds.base import Amount, Count, Hex256, Language, Name, Part, Slug, Text, Url, doc
from ledger.kinds.parts import Group, PartyInRole

OversightAim = Literal["understand", "automation_bias", "interpret", "override", "stop", "two_person_check"]


class Identifier(Part):
    """One more name by which the system can be traced."""

    scheme: Annotated[Name, doc("What numbers it, e.g. EU database, serial number, lot, catalogue.")]
    value: Annotated[Name, doc("The number or name.")]


class EarlierVersion(Part):
    """How this version relates to one before it (Annex IV 1(a))."""

    system_version: Annotated[Slug, doc("The earlier version.")]
    relation: Annotated[Text, doc("What this version changes and whether it replaces the earlier one.")]


class TargetGroup(Part):
    """Persons or groups on whom the system is meant to be used."""

    group: Annotated[Name, doc("Which persons.")]
    description: Annotated[Text | None, doc("How they come into contact with it.")] = None
    minors: Annotated[bool | None, doc("Persons under 18 are among them (Art. 9(9)).")] = None
    vulnerable: Annotated[bool | None, doc("They are vulnerable in this context (Art. 9(9)).")] = None


class Interaction(Part):
    """Something outside the system that it works with or can be connected to (Annex IV 1(b))."""

    type: Annotated[Literal["hardware", "software", "ai_system", "data_source", "service"], doc("What it is.")]
    name: Annotated[Name, doc("Its name.")]
    version: Annotated[Name | None, doc("Its version.")] = None
    description: Annotated[Text, doc("What passes between them, in which direction, through which interface.")]


class SoftwareVersion(Part):
    """Relevant software or firmware and what must be updated with it (Annex IV 1(c))."""

    type: Annotated[Literal["software", "firmware"], doc("Which of the two.")]
    name: Annotated[Name, doc("Its name.")]
    version: Annotated[Name, doc("Its version.")]
    update_requirements: Annotated[Text | None, doc("Conditions attached to updating it.")] = None


class FormOfSupply(Part):
    """One form in which the system reaches the market or goes into service (Annex IV 1(d))."""

    form: Annotated[
        Literal["embedded", "download", "api", "hosted_service", "device", "internal", "other"],
        doc("The form."),
    ]
    description: Annotated[Text | None, doc("What the deployer receives.")] = None


class Hardware(Part):
    """Hardware the system is meant to run on (Annex IV 1(e))."""

    name: Annotated[Name, doc("Kind or model of hardware.")]
    specification: Annotated[Text, doc("What it must offer: processors, memory, accelerators, sensors.")]


class HostProduct(Part):
    """The product the system is a component of (Annex IV 1(f)); pictures are artefacts `product_picture`."""

    name: Annotated[Name, doc("Name and model of the product.")]
    description: Annotated[Text, doc("Its outside, its marking and its inner layout, in words.")]
    safety_component: Annotated[bool, doc("The system is a safety component of it (Art. 3(14)).")]
    law: Annotated[list[Slug] | None, doc("Product laws of Annex I, e.g. AnnexI-A-11.")] = None


class DocumentPointer(Part):
    """A version of a document that has its own `document` entry."""

    document_id: Annotated[Slug, doc("Document, as in its entry.")]
    version: Annotated[Slug, doc("Version of the document.")]
    digest: Annotated[Hex256 | None, doc("SHA-256 of the file.")] = None
    language: Annotated[Language | None, doc("Language tag, BCP 47.")] = None
    url: Annotated[Url | None, doc("Where it can be had.")] = None


class KeyChoice(Part):
    """A main design choice (Annex IV 2(b)); the whole story is in a `decision` entry."""

    choice: Annotated[Text, doc("What was chosen.")]
    rationale: Annotated[Text, doc("Why.")]
    assumptions: Annotated[list[Text] | None, doc("What was assumed, also about the persons it is used on.")] = None
    decision_id: Annotated[Slug | None, doc("The `decision` entry with options and trade-offs.")] = None


class Parameter(Part):
    """How much one parameter or input matters (Annex IV 2(b))."""

    name: Annotated[Name, doc("Parameter or input.")]
    relevance: Annotated[Text, doc("Its weight or role in the result.")]


class DevelopmentStep(Part):
    """One step of building the system (Annex IV 2(a))."""

    step: Annotated[Text, doc("What was done, by which method.")]
    tools: Annotated[list[Name] | None, doc("Tools used, with versions.")] = None
    third_party: Annotated[
        Text | None, doc("Third-party systems, models or tools used in it, and how they were changed.")
    ] = None


class Design(Part):
    """The design specification (Annex IV 2(a) to (c))."""

    general_logic: Annotated[Text, doc("How system and algorithms work, in outline.")]
    algorithms: Annotated[list[Text] | None, doc("Algorithms or model types used.")] = None
    key_choices: Annotated[list[KeyChoice] | None, doc("Main design choices and why.")] = None
    classification_choices: Annotated[Text | None, doc("What it sorts cases into, and why so.")] = None
    optimisation_target: Annotated[Text | None, doc("What it is made to optimise.")] = None
    parameters: Annotated[list[Parameter] | None, doc("Relevance of the parameters.")] = None
    trade_offs: Annotated[list[Text] | None, doc("Trade-offs accepted to meet Chapter III Section 2.")] = None
    development_steps: Annotated[list[DevelopmentStep] | None, doc("How it was built.")] = None
    architecture: Annotated[
        Text | None, doc("How software components build on and feed each other in the whole processing.")
    ] = None
    training_methods: Annotated[Text | None, doc("How the model is trained.")] = None
    data_requirements: Annotated[Text | None, doc("What the training data must be like.")] = None
    continues_to_learn: Annotated[
        bool | None, doc("It changes itself in use; then feedback loops are an issue (Art. 15(4)).")
    ] = None


class InputField(Part):
    """One input, as the system expects it (Annex IV point 3, Art. 13(3)(b)(vi))."""

    name: Annotated[Name, doc("Name of the input.")]
    description: Annotated[Text, doc("What it means, its unit, and which values are allowed.")]
    required: Annotated[bool | None, doc("The system does not work without it.")] = None
    personal: Annotated[bool | None, doc("It is personal data.")] = None
    special_category: Annotated[bool | None, doc("It is a special category of personal data.")] = None


class Output(Part):
    """What the system gives out (Annex IV 2(b), Art. 13(3)(b)(vii))."""

    description: Annotated[Text, doc("What comes out, in which form and range.")]
    quality: Annotated[Text | None, doc("What quality is expected of it.")] = None
    interpretation: Annotated[Text | None, doc("How to read it, and how not to.")] = None
    explanation: Annotated[Text | None, doc("What the system can say to explain it.")] = None


class Modality(Part):
    """A form of input or output of a model, with its limit."""

    side: Annotated[Literal["input", "output"], doc("Which side.")]
    modality: Annotated[Literal["text", "image", "audio", "video", "tabular", "other"], doc("The form.")]
    format: Annotated[Name | None, doc("File or data format.")] = None
    maximum_size: Annotated[Name | None, doc("Largest size with its unit, e.g. 128000 tokens.")] = None


class PredeterminedChange(Part):
    """A change planned and assessed in advance (Annex IV 2(f), Art. 43(4))."""

    change_id: Annotated[Slug, doc("Name that a later `model_change` refers to.")]
    change: Annotated[Text, doc("What will change in the system.")]
    performance: Annotated[Text, doc("What that does to its performance, within which limits.")]
    technical_solution: Annotated[Text, doc("What keeps it compliant after the change.")]
    trigger: Annotated[Text | None, doc("When it happens.")] = None


class OversightMeasure(Part):
    """A measure of human oversight (Article 14, Annex IV 2(e))."""

    measure_id: Annotated[Slug, doc("Name that an `oversight_action` refers to.")]
    measure: Annotated[Text, doc("What a person can or must do, or what the system offers for it.")]
    by: Annotated[Literal["built_in", "deployer"], doc("Built in by the provider, or for the deployer (Art. 14(3)).")]
    aims: Annotated[list[OversightAim], Field(min_length=1, description="What it is for (Art. 14(4), (5)).")]
    interpretation_aid: Annotated[Text | None, doc("Technical aid for reading outputs (Art. 13(3)(d)).")] = None
    assessment: Annotated[Text | None, doc("Why it is needed and enough.")] = None


class Limitation(Part):
    """A limit of what the system can do (Annex IV point 3)."""

    limitation: Annotated[Text, doc("What it does not do well, or not at all.")]
    circumstances: Annotated[Text | None, doc("When this shows.")] = None


class UnintendedOutcome(Part):
    """A foreseeable result nobody wants (Annex IV point 3); assessed in a `risk` entry."""

    outcome: Annotated[Text, doc("What may happen, from which source.")]
    endangers: Annotated[
        list[Literal["health", "safety", "fundamental_rights", "discrimination"]],
        Field(min_length=1, description="What it endangers."),
    ]
    risk_id: Annotated[Slug | None, doc("The `risk` entry.")] = None


class DeclaredPerformance(Part):
    """A level of performance stated to deployers (Art. 15(3), Art. 13(3)(b)(ii) and (v))."""

    metric: Annotated[Name, doc("Metric.")]
    level: Annotated[float, doc("Stated level, in `unit`.")]
    unit: Annotated[Name | None, doc("Unit; absent for a pure number.")] = None
    group: Annotated[Group | None, doc("Group it is stated for; absent means overall.")] = None
    evaluation_id: Annotated[Slug | None, doc("The evaluation it rests on.")] = None


class Maintenance(Part):
    """Life time and care (Art. 13(3)(e))."""

    expected_lifetime: Annotated[Text, doc("How long the system is meant to be used.")]
    measures: Annotated[Text | None, doc("Maintenance and care, and how often.")] = None
    software_updates: Annotated[Text | None, doc("How and when software is updated.")] = None
    resources: Annotated[Text | None, doc("Computing and hardware needed to run it.")] = None


class Logging(Part):
    """How the system records events (Article 12, Art. 13(3)(f))."""

    event_types: Annotated[list[Name], Field(min_length=1, description="Events recorded automatically.")]
    mechanism: Annotated[Text, doc("How deployers collect, store and read the logs.")]
    retention_days: Annotated[Count | None, doc("How long they are kept, in days.")] = None


class GeneralPurposeModel(Part):
    """What a general-purpose AI model's documentation adds (Annexes XI and XII)."""

    tasks: Annotated[list[Text], Field(min_length=1, description="Tasks the model is meant to do.")]
    host_systems: Annotated[Text | None, doc("Kind and nature of systems it can go into.")] = None
    architecture: Annotated[Text | None, doc("Architecture of the model.")] = None
    parameters: Annotated[Amount | None, doc("Number of parameters.")] = None
    licence: Annotated[Name | None, doc("Licence, by SPDX id where there is one.")] = None
    acceptable_use: Annotated[DocumentPointer | None, doc("Acceptable use policy.")] = None
    integration: Annotated[Text | None, doc("Technical means needed to integrate it.")] = None
    base_models: Annotated[list[Name] | None, doc("Models it was made from.")] = None
    distribution: Annotated[list[Name] | None, doc("Channels of distribution and levels of access.")] = None


class Parties(Part):
    """Organisations around the system, besides its provider; each has a `party` entry."""

    authorised_representative: Annotated[PartyInRole | None, doc("Of a provider outside the Union.")] = None
    submitter: Annotated[PartyInRole | None, doc("Who registers for provider or deployer.")] = None
    importers: Annotated[list[PartyInRole] | None, doc("Importers.")] = None
    distributors: Annotated[list[PartyInRole] | None, doc("Distributors.")] = None
    product_manufacturer: Annotated[PartyInRole | None, doc("Maker of the host product.")] = None
    deployers: Annotated[list[PartyInRole] | None, doc("Deployers known by name.")] = None
    suppliers: Annotated[list[PartyInRole] | None, doc("Suppliers of components, models or services.")] = None
