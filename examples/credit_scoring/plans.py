"""What each test measures, why, and within which limits: the metrics of the test plans."""

from __future__ import annotations

from measure import SEX_CODE, SMALLEST_GROUP, gap_names

from ledger.kinds.evaluation import PlannedMetric, TestType
from ledger.kinds.parts import Group

_EACH_GROUP = [Group(attribute=SEX_CODE, value="*"), Group(attribute="age band", value="*")]
_OWN_LIMIT = "our own limit for taking a closer look; no law sets it"


def plan_metrics(kind: TestType, version: str) -> list[PlannedMetric]:
    """What a test of `kind` measures for a version; later versions have stricter limits."""
    first = version == "1.0"
    return {"accuracy": _accuracy, "bias": _fairness, "robustness": _robustness}[kind](first)


def _accuracy(first: bool) -> list[PlannedMetric]:
    return [
        PlannedMetric(
            metric="roc_auc",
            definition="Area under the ROC curve of the score against the label.",
            justification="Tells how well applications are ranked, whatever the threshold.",
            threshold=0.7,
            direction="at_least",
            judged_on="value",
            threshold_reason="usual for scorecards with few inputs",
            requirement_id="REQ-1",
        ),
        PlannedMetric(
            metric="accuracy",
            definition="Share of proposals that agree with the label.",
            justification="Understood by everybody; alone it would reward approving everyone, so it has no limit.",
        ),
        PlannedMetric(
            metric="balanced_accuracy",
            definition="Mean of the shares of good and of bad risks that are proposed rightly.",
            justification="Counts both kinds of risk alike although good ones are more frequent.",
            threshold=0.6,
            direction="at_least",
            judged_on="value",
            threshold_reason="clearly above 0.50, which a constant proposal reaches",
            requirement_id="REQ-1",
        ),
        PlannedMetric(
            metric="cost_per_application",
            definition="5 for each bad risk approved and 1 for each good risk declined, over all applications.",
            justification="The two errors cost differently; the weights are documented with the data set.",
            threshold=1.5 if first else 0.9,
            direction="at_most",
            judged_on="value",
            threshold_reason="approving everyone costs 1.50" if first else "objective O-1",
            requirement_id="REQ-1",
        ),
    ]


def _fairness(first: bool) -> list[PlannedMetric]:
    del first  # the same limits for every version
    observed = {
        "approval_rate": "Share of applications proposed for approval,",
        "true_positive_rate": "Share of good risks proposed for approval,",
        "false_positive_rate": "Share of bad risks proposed for approval,",
        "accuracy": "Share of proposals that agree with the label,",
    }
    planned = [
        PlannedMetric(
            metric=metric,
            definition=f"{text} for each sex code and each age band.",
            justification="Shows where a difference comes from; small groups make limits useless here.",
            groups=_EACH_GROUP,
        )
        for metric, text in observed.items()
    ]
    for attribute in (SEX_CODE, "age band"):
        ratio, opportunity = gap_names(attribute)
        planned += [
            PlannedMetric(
                metric=ratio,
                definition=f"Lowest approval rate over highest, among groups of {SMALLEST_GROUP} cases or more.",
                justification="Similar chances of a proposal to approve, whatever the outcome later.",
                threshold=0.8,
                direction="at_least",
                judged_on="value",
                threshold_reason=_OWN_LIMIT,
                smallest_n=SMALLEST_GROUP,
                requirement_id="REQ-2",
            ),
            PlannedMetric(
                metric=opportunity,
                definition=f"Largest difference of true positive rates, groups of {SMALLEST_GROUP} cases or more.",
                justification="A person who would repay should have similar chances in every group.",
                threshold=0.1,
                direction="at_most",
                judged_on="value",
                threshold_reason=_OWN_LIMIT,
                smallest_n=SMALLEST_GROUP,
                requirement_id="REQ-2",
            ),
        ]
    return planned


def _robustness(first: bool) -> list[PlannedMetric]:
    return [
        PlannedMetric(
            metric="proposals_changed_by_noise",
            definition="Share of proposals that change when amount and duration vary by 5 % (normal), 20 repeats.",
            justification="Typing errors and rounding should not decide.",
            threshold=0.02,
            direction="at_most",
            judged_on="value",
            threshold_reason="2 in 100 is what officers correct without effort",
            requirement_id="REQ-3",
        ),
        PlannedMetric(
            metric="approvals_gained_by_lost_data",
            definition="Share of cases newly proposed for approval when their checking account status is lost.",
            justification="Lost data must not help an application.",
            threshold=None if first else 0.0,
            direction=None if first else "at_most",
            judged_on=None if first else "value",
            threshold_reason=None if first else "lesson of incident INC-1",
            requirement_id="REQ-3",
        ),
    ]
