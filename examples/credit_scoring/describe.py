"""What the bank says about credit scoring: its design, its inputs, its oversight. Words only, for `records_system`."""

from __future__ import annotations

from ledger.kinds.design import (
    Design,
    DevelopmentStep,
    InputField,
    Interaction,
    KeyChoice,
    Limitation,
    Logging,
    Maintenance,
    Output,
    OversightMeasure,
    Parameter,
    TargetGroup,
    UnintendedOutcome,
)

PURPOSE = (
    "Propose to a credit officer whether an application of a natural person for a consumer loan of 250 to "
    "20,000 (amounts of the data set) should be approved, from the estimated probability that the loan "
    "is repaid as agreed."
)
EXCLUDED_USES = [
    "refusing an application without a decision by a credit officer",
    "existing loans, collection, marketing, pricing",
    "business loans of legal persons",
    "applicants outside Germany",
]
MISUSE = [
    "an officer follows proposals without looking at the file (automation bias)",
    "an application is changed and resubmitted until it is approved",
    "the score is used to set interest rates",
]


_KEY_CHOICES = [
    KeyChoice(
        choice="a linear scorecard instead of boosted trees",
        rationale="each contribution can be shown to officer and applicant as it entered the result",
        assumptions=["with 700 cases a flexible model gains little and is harder to oversee"],
        decision_id="D-1",
    ),
    KeyChoice(
        choice="sex code and age are no inputs and are used for measuring only",
        rationale="different treatment by sex or age is not wanted; differences must still be seen",
        assumptions=["other inputs may stand in for both; therefore groups are measured in each test"],
        decision_id="D-2",
    ),
]


def design(version: str, threshold: float) -> Design:
    """The design specification of a version."""
    return Design(
        general_logic="A scorecard adds a weight for each of seven inputs to a base value; the logistic "
        f"function turns the sum into a probability of repayment. From {threshold:.2f} upwards the "
        "system proposes to approve, below it to decline; a person decides every proposal to decline.",
        algorithms=["logistic regression with L2 penalty (scikit-learn)", "additive scorecard at run time"],
        key_choices=_KEY_CHOICES,
        classification_choices="Two proposals, approve and decline, because officers asked for a clear "
        "line; the score is shown beside it so that cases near the line are seen.",
        optimisation_target="Log-likelihood of the good-or-bad label; the threshold then minimises the "
        "cost per application (bad risk approved 5, good risk declined 1) as far as approval ratios "
        "between groups stay at 0.80 or above.",
        parameters=[
            Parameter(name="checking_account", relevance="strongest input; 'no account' weighs in favour"),
            Parameter(name="duration, credit_amount", relevance="longer and larger loans weigh against"),
            Parameter(name="saving_accounts, housing", relevance="savings and own home weigh in favour"),
            Parameter(name="purpose, job", relevance="weak"),
        ],
        trade_offs=[
            "accuracy given up for a model that can be read",
            "lower cost given up for smaller differences between age bands: the cheapest threshold was not taken",
        ],
        development_steps=[
            DevelopmentStep(
                step="data set examined, gaps written down, splits drawn with a seed",
                tools=["scikit-learn"],
                third_party="the data set, unchanged",
            ),
            DevelopmentStep(
                step="scorecard trained on the development data",
                tools=["scikit-learn", "pandas"],
                third_party="scikit-learn's logistic regression, unchanged; no pre-trained model",
            ),
            DevelopmentStep(
                step="groups measured on the held-out split",
                tools=["fairlearn"],
                third_party="fairlearn, unchanged; it takes no part in proposals",
            ),
        ],
        architecture=f"{'Scorecard' if version == '1.0' else 'Input guard, scorecard'}, decision rule, officer's "
        f"screen, decision log; see version {'1' if version == '1.0' else '2'} of the architecture document.",
        training_methods="Numbers standardised, categories one-hot encoded, weights centred on the "
        f"average application and rounded to six digits. Version {version} is that file.",
        data_requirements="Applications with known outcome from the population the system is used on; at "
        "least 30 cases in each group that is to be judged.",
        continues_to_learn=False,
    )


INPUTS = [
    InputField(
        name="credit_amount",
        description="Amount applied for, whole number from 250 to 20,000.",
        required=True,
        personal=True,  # in service it is what a certain applicant asked for
    ),
    InputField(name="duration", description="Months, whole number from 4 to 72.", required=True, personal=True),
    InputField(
        name="job",
        description="0 unskilled non-resident, 1 unskilled, 2 skilled, 3 highly skilled.",
        required=True,
        personal=True,
    ),
    InputField(name="housing", description="own, rent or free.", required=True, personal=True),
    InputField(
        name="saving_accounts",
        description="little, moderate, quite rich, rich or not_known.",
        required=True,
        personal=True,
    ),
    InputField(
        name="checking_account",
        description="little, moderate, rich, or not_known, which means: has no checking account.",
        required=True,
        personal=True,
    ),
    InputField(name="purpose", description="One of eight purposes of the loan.", required=True, personal=True),
]


def output(version: str) -> Output:
    """What a version puts out; the first one scores every application."""
    return Output(
        description=f"A proposal (approve{' or decline' if version == '1.0' else ', decline or not scored'}), a score "
        "from 0 to 1, and the contribution of each input in log odds against the average application of the "
        "training data.",
        quality="Area under the ROC curve about 0.75 on held-out data; see the evaluations for intervals and groups.",
        interpretation="The score is an estimate for a group of similar applications of 1973 to 1975, not a "
        "fact about a person.",
        explanation="The five largest contributions, in words for the applicant on request.",
    )


LIMITATIONS = [
    Limitation(
        limitation="Trained on German applications of 1973 to 1975 in which bad risks are over-represented.",
        circumstances="Always; scores are not calibrated for applicants of today.",
    ),
    Limitation(
        limitation="Less accurate for applicants under 25.",
        circumstances="See the numbers per age band; good risks under 25 are approved less often.",
    ),
    Limitation(
        limitation="Results per sex code say little about women and men.",
        circumstances="The code of the data set merges groups; see the known gaps of the data set.",
    ),
    Limitation(
        limitation="Fewer than 30 held-out cases of 60 and over.",
        circumstances="Values for them are shown and not judged.",
    ),
]

OUTCOMES = [
    UnintendedOutcome(
        outcome="A good risk is proposed for decline and the officer follows without looking.",
        endangers=["fundamental_rights"],
        risk_id="R-1",
    ),
    UnintendedOutcome(
        outcome="Young applicants are approved less often at the same creditworthiness.",
        endangers=["discrimination", "fundamental_rights"],
        risk_id="R-2",
    ),
    UnintendedOutcome(
        outcome="Missing data are read as a favourable value and bad risks are approved.",
        endangers=["fundamental_rights"],
        risk_id="R-3",
    ),
]

TARGET_GROUPS = [
    TargetGroup(
        group="adults applying for consumer credit",
        description="They apply in a branch or online; 18 is the lowest age.",
        minors=False,
        vulnerable=True,
    )
]

INTERACTIONS = [
    Interaction(
        type="software",
        name="core banking",
        version="14",
        description="delivers applications as JSON over an internal interface; gets the officer's decision back",
    ),
    Interaction(
        type="software",
        name="credit desk",
        version="6.2",
        description="shows proposal and contributions, sends overrides; no other AI system is connected",
    ),
]

MAINTENANCE = Maintenance(
    expected_lifetime="24 months, or until own data replace the public data set",
    measures="monthly review of monitoring; measured again each year",
    software_updates="security updates of the service within 30 days",
    resources="1 processor core and 256 MB of memory for each instance",
)

LOGGING = Logging(
    event_types=["proposal", "override", "stop", "error"],
    mechanism="one ledger entry per proposal and per oversight action; read with `aims log` and `aims show`",
    retention_days=730,
)


def oversight(version: str) -> list[OversightMeasure]:
    """The measures of human oversight of a version."""
    measures = [
        OversightMeasure(
            measure_id="OM-1",
            measure="A credit officer decides every proposal to decline and may override any proposal.",
            by="deployer",
            aims=["override", "automation_bias"],
            assessment="Needed because a refusal weighs heavily on a person (R-1); enough while officers "
            "have the time for it.",
        ),
        OversightMeasure(
            measure_id="OM-2",
            measure="The screen shows score, threshold and the five largest contributions.",
            by="built_in",
            aims=["understand", "interpret"],
            interpretation_aid="Bar chart of contributions, as computed, without another model in between.",
            assessment="Needed so that an officer can see why; possible because the model is additive.",
        ),
        OversightMeasure(
            measure_id="OM-3",
            measure="A stop button; applications are then decided without the system.",
            by="built_in",
            aims=["stop"],
            assessment="Needed for faults such as R-3.",
        ),
    ]
    if version != "1.0":
        measures.append(
            OversightMeasure(
                measure_id="OM-4",
                measure="A second officer, who does not see the proposal, decides every proposal to "
                "decline as well; if the two differ, the application goes to the head of the desk.",
                by="deployer",
                aims=["two_person_check", "automation_bias"],
                assessment="Added because the fairness test of 1.1 missed its limits for age (R-2).",
            )
        )
    return measures
