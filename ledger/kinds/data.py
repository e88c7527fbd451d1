"""`dataset_lineage`: where a dataset version came from and what it is like (Article 10, Annex IV 2(d))."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import (
    Body,
    Count,
    Country,
    Date,
    Fraction,
    Hex256,
    Language,
    Name,
    Part,
    Slug,
    Text,
    Url,
    doc,
)
from ledger.kinds.parts import DatasetIdentity, Fact, Group, Json, ModelIdentity, Period, SetPurpose


class Source(Part):
    """Something the dataset was made from."""

    name: Annotated[Name, doc("Name of the source.")]
    type: Annotated[
        Literal[
            "public_dataset", "licensed", "private_third_party", "crawled", "user_data", "own_operations",
            "collected_for_purpose", "synthetic", "derived", "other",
        ],
        doc("How it came to be available."),
    ]  # fmt: skip
    digest: Annotated[Hex256 | None, doc("SHA-256 of the bytes received.")] = None
    dataset: Annotated[DatasetIdentity | None, doc("The source, if it is a dataset in this ledger.")] = None
    url: Annotated[Url | None, doc("Where it was obtained.")] = None
    holder: Annotated[Name | None, doc("Organisation it came from.")] = None
    obtained_on: Annotated[Date | None, doc("Day it was obtained, YYYY-MM-DD.")] = None
    obtained_how: Annotated[Text | None, doc("How it was obtained, including crawler names and behaviour.")] = None
    period: Annotated[Period | None, doc("When the data came into being.")] = None
    records: Annotated[Count | None, doc("Number of records taken.")] = None
    licence: Annotated[Name | None, doc("Licence, by SPDX id where there is one.")] = None
    rights_reserved: Annotated[Text | None, doc("How reservations against text and data mining were respected.")] = None
    legal_basis: Annotated[Text | None, doc("Legal basis for personal data, e.g. GDPR Art. 6(1)(b).")] = None
    original_purpose: Annotated[
        Text | None, doc("For personal data: what it was first collected for (Art. 10(2)(b)).")
    ] = None
    generated_by: Annotated[ModelIdentity | None, doc("For synthetic data: the model that made it.")] = None


class Transformation(Part):
    """One step of preparing the data, in order."""

    type: Annotated[
        Literal[
            "annotation", "labelling", "cleaning", "updating", "enrichment", "aggregation", "filtering",
            "deduplication", "imputation", "scaling", "encoding", "anonymisation", "pseudonymisation",
            "balancing", "splitting", "other",
        ],
        doc("Kind of preparation (Art. 10(2)(c))."),
    ]  # fmt: skip
    method: Annotated[Text, doc("What was done and how.")]
    reason: Annotated[Text | None, doc("Why this method, by which criterion.")] = None
    parameters: Annotated[dict[str, Json] | None, doc("Settings of the method.")] = None
    tool: Annotated[Name | None, doc("Program and version.")] = None
    code_digest: Annotated[Hex256 | None, doc("SHA-256 of the code that did it.")] = None
    input_digest: Annotated[Hex256 | None, doc("SHA-256 of the data before.")] = None
    output_digest: Annotated[Hex256 | None, doc("SHA-256 of the data after.")] = None
    records_before: Annotated[Count | None, doc("Number of records before.")] = None
    records_after: Annotated[Count | None, doc("Number of records after.")] = None


class Labelling(Part):
    """How labels came about."""

    procedure: Annotated[Text, doc("Who labels what by which rules, or where existing labels came from.")]
    guideline: Annotated[Hex256 | None, doc("SHA-256 of the labelling guideline.")] = None
    labellers: Annotated[Text | None, doc("Who labelled: number, qualification, tools; no names.")] = None
    agreement: Annotated[Fact | None, doc("Agreement between labellers.")] = None
    label_meaning: Annotated[Text | None, doc("What the label stands for and what it only stands in for.")] = None


class Split(Part):
    """One part of the dataset, used apart from the others."""

    name: Annotated[Name, doc("Name of the split, e.g. train.")]
    purpose: Annotated[SetPurpose, doc("What it is for.")]
    records: Annotated[Count, doc("Number of records.")]
    digest: Annotated[Hex256 | None, doc("SHA-256 of its bytes.")] = None
    method: Annotated[Text | None, doc("How it was drawn: random, stratified, by time; with the seed.")] = None


class DataField(Part):
    """One column, field or modality of the data."""

    name: Annotated[Name, doc("Name in the data.")]
    description: Annotated[Text | None, doc("What it measures or stands for.")] = None
    type: Annotated[Name | None, doc("Kind of value, e.g. integer, category, image.")] = None
    unit: Annotated[Name | None, doc("Unit of the values.")] = None
    missing: Annotated[Fraction | None, doc("Share of records without a value, 0 to 1.")] = None
    personal: Annotated[bool | None, doc("It is personal data.")] = None
    protected: Annotated[bool | None, doc("It is, or stands for, a protected characteristic.")] = None


class SpecialCategories(Part):
    """Special categories of personal data processed for bias work: the conditions of Article 4a(1)."""

    categories: Annotated[list[Name], Field(min_length=1, description="Which ones, e.g. health, ethnic origin.")]
    purpose: Annotated[Text, doc("The bias to be detected or corrected.")]
    why_other_data_fail: Annotated[Text, doc("Why other, synthetic or anonymised data do not do (a).")]
    safeguards: Annotated[Text, doc("Limits on reuse, security, pseudonymisation (b).")]
    access: Annotated[Text, doc("Who has access and how that is controlled and documented (c).")]
    transfers: Annotated[Text, doc("That it goes to nobody else (d).")]
    deletion: Annotated[Text, doc("When it is or was deleted (e).")]
    processing_record: Annotated[Text | None, doc("Where the reasons stand in the processing records (f).")] = None


class BiasFinding(Part):
    """One possible bias that was looked for (Art. 10(2)(f) and (g))."""

    bias: Annotated[Text, doc("What it is and how it may arise.")]
    groups: Annotated[list[Group] | None, doc("Groups concerned.")] = None
    found: Annotated[bool, doc("Whether the examination found it.")]
    examined_how: Annotated[Text, doc("How it was looked for.")]
    may_affect: Annotated[
        list[Literal["health", "safety", "fundamental_rights", "discrimination"]] | None,
        doc("What it may harm."),
    ] = None
    feedback_loop: Annotated[bool | None, doc("Outputs may come back as inputs and strengthen it.")] = None
    measure: Annotated[Text | None, doc("What was done to prevent or weaken it.")] = None
    evaluation_id: Annotated[Slug | None, doc("The evaluation that measured it.")] = None


class Gap(Part):
    """Something the data lack (Art. 10(2)(h))."""

    gap: Annotated[Text, doc("What is missing or wrong.")]
    effect: Annotated[Text | None, doc("What it puts at risk.")] = None
    measure: Annotated[Text | None, doc("How it is or will be dealt with.")] = None


class Setting(Part):
    """The setting in which the system is meant to be used, as far as the data reflect it (Art. 10(4))."""

    geographical: Annotated[Text | None, doc("Places and jurisdictions.")] = None
    contextual: Annotated[Text | None, doc("Circumstances of use.")] = None
    behavioural: Annotated[Text | None, doc("How the persons concerned behave.")] = None
    functional: Annotated[Text | None, doc("The task the system does there.")] = None
    reflected: Annotated[Text | None, doc("How far the data reflect this setting.")] = None


class DatasetLineage(Body):
    """A dataset version came into being (Article 10, Annex IV point 2(d), ISO/IEC 42001 A.7)."""

    kind: ClassVar[str] = "dataset_lineage"
    identity: ClassVar[tuple[str, ...]] = ("dataset_id", "dataset_version")

    dataset_id: Annotated[Slug, doc("Dataset, stable over its versions.")]
    dataset_version: Annotated[Slug, doc("Version of the dataset.")]
    name: Annotated[Name, doc("Name for people.")]
    digest: Annotated[Hex256, doc("SHA-256 of the dataset file or of its manifest.")]
    purposes: Annotated[list[SetPurpose], Field(min_length=1, description="What it is for.")]
    description: Annotated[Text, doc("What the data are: scope and main characteristics.")]
    records: Annotated[Count, doc("Number of records.")]
    sources: Annotated[list[Source], Field(min_length=1, description="What it was made from.")]
    provenance: Annotated[Text | None, doc("History of the data before the sources named here.")] = None
    collection: Annotated[Text | None, doc("How the data were collected.")] = None
    selection: Annotated[Text | None, doc("How records were selected, and what was left out.")] = None
    licence: Annotated[Name | None, doc("Licence of the dataset as a whole.")] = None
    legal_basis: Annotated[Text | None, doc("Legal basis of using personal data in it.")] = None
    personal_data: Annotated[
        Literal["none", "anonymised", "pseudonymised", "identifiable"] | None,
        doc("Whether it holds personal data, and in what form."),
    ] = None
    data_subjects: Annotated[list[Name] | None, doc("Categories of persons the data are about.")] = None
    special_categories: Annotated[
        SpecialCategories | None, doc("Special categories processed for bias work (Art. 4a).")
    ] = None
    modalities: Annotated[
        list[Literal["tabular", "text", "image", "audio", "video", "sensor", "other"]] | None,
        doc("Form of the data."),
    ] = None
    languages: Annotated[list[Language] | None, doc("Natural languages in it.")] = None
    countries: Annotated[list[Country] | None, doc("Countries the data are from.")] = None
    period: Annotated[Period | None, doc("When the data were collected.")] = None
    fields: Annotated[list[DataField] | None, doc("Columns, fields or modalities.")] = None
    transformations: Annotated[list[Transformation] | None, doc("Preparation steps, in order.")] = None
    labelling: Annotated[Labelling | None, doc("How labels came about.")] = None
    cleaning: Annotated[Text | None, doc("How errors, outliers and duplicates were handled.")] = None
    splits: Annotated[list[Split] | None, doc("Parts used apart from each other.")] = None
    statistics: Annotated[list[Fact] | None, doc("Statistical properties, overall and per group (Art. 10(3)).")] = None
    quality: Annotated[list[Fact] | None, doc("Errors and completeness, measured.")] = None
    representativeness: Annotated[Text | None, doc("Whom the data represent, and how well.")] = None
    assumptions: Annotated[
        list[Text] | None, doc("What the data are assumed to measure and represent (Art. 10(2)(d)).")
    ] = None
    design_choices: Annotated[list[Text] | None, doc("Choices about the data (Art. 10(2)(a)).")] = None
    suitability: Annotated[
        Text | None, doc("Availability, quantity and suitability of the data needed (Art. 10(2)(e)).")
    ] = None
    bias_examination: Annotated[
        list[BiasFinding] | None, doc("Biases looked for; an empty list says none was looked for.")
    ] = None
    gaps: Annotated[list[Gap] | None, doc("Known gaps; an empty list says none is known.")] = None
    unsuitable_content: Annotated[
        Text | None, doc("How unsuitable sources and illegal content were found and kept out.")
    ] = None
    intended_setting: Annotated[Setting | None, doc("The setting of use that the data should reflect.")] = None
    used_by: Annotated[list[ModelIdentity] | None, doc("Model versions made or tested with it.")] = None
    storage: Annotated[Text | None, doc("Where it is kept, who has access, and until when.")] = None
