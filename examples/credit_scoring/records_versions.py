"""Chapters 6 and 8: a version is trained, described, approved and released; everything by digest."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version as installed

from bank import SYSTEM, Bank, now, person, refer
from model import (
    SEED,
    Application,
    Rule,
    Scorecard,
    format_rule,
    format_scorecard,
    parse_scorecard,
    train,
)
from records_tests import environment

from ledger import Receipt
from ledger.kinds import (
    ComponentInventory,
    ModelChange,
    Reference,
    ResourceUsage,
)
from ledger.kinds.changes import Assessed, ChangedItem, Training
from ledger.kinds.components import Component, HumanResource, Location, Quantity
from ledger.kinds.parts import DatasetIdentity, ModelIdentity, Period

_LIBRARIES = {
    "scikit-learn": ("BSD-3-Clause", "trains the scorecard"),
    "fairlearn": ("MIT", "measures groups"),
    "pandas": ("BSD-3-Clause", "holds tables in training"),
    "numpy": ("BSD-3-Clause", "arithmetic below the others"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the system: its two files, their digests, and the entry that brought it."""

    version: str
    card: Scorecard
    rule: Rule
    card_digest: str
    rule_digest: str
    change: Receipt

    @property
    def model(self) -> ModelIdentity:
        """How other entries name its model."""
        return ModelIdentity(model_id="credit-scorecard", version=self.version, digest=self.card_digest)


def make_version(
    bank: Bank,
    rule: Rule,
    applications: Sequence[Application],
    datasets: list[DatasetIdentity],
    *,
    before: Version | None = None,
    reason: str = "First version.",
    because: Sequence[Reference] = (),
) -> Version:
    """Train a version and record the change, what it is made of, and what the training consumed."""
    started, wall, processor = now(), time.perf_counter(), time.process_time()
    card = train(applications, rule.version)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    files = {f"scorecard-{rule.version}.json": format_scorecard(card), f"rule-{rule.version}.json": format_rule(rule)}
    card_digest, rule_digest = (sha256(content).hexdigest() for content in files.values())
    assert parse_scorecard(format_scorecard(card)) == card, "the file must hold all of the model"
    model = ModelIdentity(model_id="credit-scorecard", version=rule.version, digest=card_digest)
    change = bank.ledger.record(
        ModelChange(
            system_version=rule.version,
            change_id=f"change-{rule.version}",
            from_version=before.version if before else None,
            to_version=rule.version,
            aim="improvement" if before else "first_version",
            description=_describe(rule, before),
            reason=reason,
            items=_items(rule, card_digest, rule_digest, before),
            substantial_modification=_substantial(before),
            model=model,
            training=Training(
                datasets=datasets,
                method="logistic regression, L2 penalty, lbfgs; weights rounded to six digits and centred",
                parameters={"C": 1.0, "max_iter": 2000},
                seed=SEED,
                environment="; ".join(environment().software),
            ),
            architecture="additive scorecard with seven inputs",
            parameters=float(len(card.numbers) + sum(len(c) for c in card.categories.values()) + 1),
            requested_by=person("staff-110"),
            rollback="put the two files of the version before back in place",
            actor=person("staff-140"),
        ),
        signers=[bank.keys.pipeline, bank.keys.scientist],
        subject=SYSTEM,
        references=list(because),
        attach=[
            bank.attach(name, content, role=role, media_type="application/json")
            for (name, content), role in zip(files.items(), ("model", "configuration"), strict=True)
        ],
    )
    version = Version(rule.version, card, rule, card_digest, rule_digest, change)
    _record_resources(bank, version, started, wall, processor)
    return version


def _describe(rule: Rule, before: Version | None) -> str:
    if before is None:
        return f"Scorecard trained on the training part; proposal to approve from {rule.threshold:.2f} upwards."
    return (
        f"Scorecard trained again, on training and validation part; threshold {before.rule.threshold:.2f} "
        f"becomes {rule.threshold:.2f}; applications without checking account status are no longer "
        "scored."
    )


def _items(rule: Rule, card: str, decision_rule: str, before: Version | None) -> list[ChangedItem]:
    old = before.rule if before else None
    return [
        ChangedItem(
            item="weights",
            name="scorecard",
            before=before.card_digest if before else None,
            after=card,
        ),
        ChangedItem(
            item="threshold",
            name="decision rule: threshold",
            before=before.rule_digest if before else None,
            after=decision_rule,
            value_before=old.threshold if old else None,
            value_after=rule.threshold,
        ),
        ChangedItem(
            item="guardrail",
            name="decision rule: missing checking account status",
            value_before=old.missing_checking_account if old else None,
            value_after=rule.missing_checking_account,
        ),
    ]


def _substantial(before: Version | None) -> Assessed:
    if before is None:
        return Assessed(answer=False, reason="first version, nothing to compare with")
    return Assessed(
        answer=False,
        reason="same purpose, inputs and persons; the version before was used in a pilot only and never "
        "placed on the market or assessed for conformity",
    )


def _record_resources(bank: Bank, version: Version, started: str, wall: float, processor: float) -> None:
    """What training consumed, as far as it was measured; what was not measured is said to be so."""
    bank.ledger.record(
        ResourceUsage(
            system_version=version.version,
            usage_id=f"training-{version.version}",
            phase="training",
            quantities=[
                Quantity(
                    quantity="wall_clock_hours",
                    basis="measured",
                    value=round(wall / 3600, 9),
                    method=f"monotonic clock around the call that trains: {wall:.3f} seconds",
                ),
                Quantity(
                    quantity="cpu_hours",
                    basis="measured",
                    value=round(processor / 3600, 9),
                    method=f"processor time of the process during that call: {processor:.3f} seconds",
                ),
                Quantity(
                    quantity="energy_kwh",
                    basis="not_available",
                    method="not measured: the machine has no meter; not estimated either",
                ),
            ],
            period=Period(start=started, end=now()),
            task=f"one training of the scorecard, {version.version}",
            model=version.model,
            hardware=[environment().hardware or "unknown"],
        ),
        signers=bank.keys.pipeline,
        subject=SYSTEM,
        references=[refer("about", version.change)],
    )


def record_components(bank: Bank, version: Version, dataset: str) -> Receipt:
    """The receipt of the bill of materials of a version."""
    body = ComponentInventory(
        system_version=version.version,
        components=[*_own_parts(version, dataset), *_libraries()],
        complete=False,
        left_out="operating system and container image of the data centre; they follow with the cybersecurity test",
        architecture=f"{_guarded(version.version, 'then ')}scorecard, then decision rule; the screen and the log read "
        "their results",
        locations=[
            Location(
                place="data centre Musterstadt",
                country="DE",
                operator="Beispielbank AG (fictional)",
                capacity="two nodes with one instance each (1 processor core, 256 MB); either suffices",
            )
        ],
        human_resources=[
            HumanResource(function="oversight", competence="credit analysis, oversight training", number=12),
            HumanResource(function="development and test", competence="statistics, fairness measurement", number=2),
            HumanResource(function="model risk", competence="investigation of faults", number=1),
        ],
    )
    return bank.ledger.record(
        body, signers=bank.keys.pipeline, subject=SYSTEM, references=[refer("about", version.change)]
    )


def _own_parts(version: Version, dataset: str) -> list[Component]:
    """What runs, what it was made from, and what it runs on."""
    return [
        Component(
            component_id="scorecard",
            type="model",
            name="credit-scorecard",
            version=version.version,
            digest=version.card_digest,
            builds_on=["german-credit", "scikit-learn"],
            used_for="weights of the inputs",
        ),
        Component(
            component_id="rule",
            type="software",
            name="decision rule",
            version=version.version,
            digest=version.rule_digest,
            builds_on=["scorecard"],
            used_for="threshold and missing data",
        ),
        Component(
            component_id="scoring-service",
            type="software",
            name="scoring service",
            version=version.version,
            builds_on=["scorecard", "rule", "python"],
            used_for=f"{_guarded(version.version)}scoring, log",
            update_requirements="released together with scorecard and rule",
        ),
        Component(
            component_id="german-credit",
            type="dataset",
            name="German credit applications",
            version="1",
            digest=dataset,
            supplier="UCI Machine Learning Repository",
            licence="DbCL-1.0",
            third_party=True,
            used_for="training and tests; not in the running service",
        ),
        Component(
            component_id="python",
            type="software",
            name="Python",
            version=platform.python_version(),
            supplier="Python Software Foundation",
            licence="PSF-2.0",
            third_party=True,
            used_for="runs the scoring service",
        ),
        Component(
            component_id="server",
            type="hardware",
            name="x86-64 server",
            version="any with 1 processor core and 256 MB free for the instance",
            used_for="runs the scoring service",
        ),
    ]


def _guarded(version: str, then: str = "") -> str:
    """The input guard before the other parts, in versions that have it."""
    return "" if version == "1.0" else f"input guard, {then}"


def _libraries() -> list[Component]:
    """The libraries of training and measuring, in the versions that are installed."""
    return [
        Component(
            component_id=name,
            type="library",
            name=name,
            version=installed(name),
            supplier="open-source maintainers",
            supplier_id="open-source",
            licence=licence,
            purl=f"pkg:pypi/{name}@{installed(name)}",
            third_party=True,
            used_for=f"{purpose}; not in the running service",
            update_requirements="pinned; a new version needs a retraining and all tests",
        )
        for name, (licence, purpose) in _LIBRARIES.items()
    ]
