"""Chapter 4: the data set. Where it came from, how it is split, what is in it per group, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bank import HERE, SYSTEM, Bank, person, refer
from measure import GROUPINGS
from model import CATEGORIES, NUMBERS, SEED, Application, Splits, format_split, read_applications, split

from ledger import Receipt
from ledger.kinds import Approval, DatasetLineage, Decision
from ledger.kinds.data import BiasFinding, DataField, Gap, Labelling, Setting, Source, Split, Transformation
from ledger.kinds.governance import Option
from ledger.kinds.parts import DatasetIdentity, Fact, Group, SetPurpose

FILE = "german_credit.csv"
SEX_CAVEAT = (
    "The column behind the sex code mixes sex and marital status, and its codebook is known to be "
    "unsound: in a corrected codebook one code joins women who are not single with single men, and "
    "single women carry a code that was read as male. Numbers per sex code therefore compare two mixed "
    "groups; they neither show nor rule out different results for women and men."
)
_PURPOSES: dict[str, SetPurpose] = {"train": "training", "validation": "validation", "test": "testing"}


@dataclass(frozen=True, slots=True)
class Data:
    """The applications, their splits, the digests of the file and of each list of row numbers, the lineage entry."""

    splits: Splits
    digest: str
    rows: Mapping[str, str]
    lineage: Receipt

    def used(self, name: str) -> DatasetIdentity:
        """One split, as tests and model changes name it: by the digest of its file of row numbers."""
        return DatasetIdentity(
            dataset_id="german-credit", version="1", digest=self.rows[name], purpose=_PURPOSES[name], split=name
        )


def record_data(bank: Bank) -> Data:
    """The data set, split and recorded."""
    content = (HERE / "data" / FILE).read_bytes()
    applications = read_applications(content)
    splits = split(applications)
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    files = {name: format_split(part) for name, part in parts.items()}
    digest = sha256(content).hexdigest()
    digests = {name: sha256(rows).hexdigest() for name, rows in files.items()}
    lineage = bank.ledger.record(
        _lineage(
            applications,
            digest,
            [
                Split(
                    name=name,
                    purpose=_PURPOSES[name],
                    records=len(part),
                    digest=digests[name],
                    method=f"random, stratified by risk and sex code, seed {SEED}; the digest is that of "
                    "the file of row numbers",
                )
                for name, part in parts.items()
            ],
        ),
        signers=bank.keys.pipeline,
        subject=SYSTEM,
        attach=[
            bank.attach(FILE, content, role="dataset", media_type="text/csv"),
            bank.attach(
                "german_credit.README.md",
                (HERE / "data" / "README.md").read_bytes(),
                role="licence",
                media_type="text/markdown",
            ),
            *(
                bank.attach(f"rows-{name}.json", rows, role="split", media_type="application/json")
                for name, rows in files.items()
            ),
        ],
    )
    _record_judgement(bank, lineage)
    return Data(splits, digest, digests, lineage)


def _statistics(applications: Sequence[Application]) -> list[Fact]:
    def share(part: Sequence[Application], group: Group | None = None) -> Fact:
        good = sum(a.good for a in part)
        return Fact(name="share of good risks", value=round(good / len(part), 4), n=len(part), group=group)

    facts = [share(applications)]
    for attribute, group_of in GROUPINGS.items():
        for label in sorted({group_of(a) for a in applications}):
            part = [a for a in applications if group_of(a) == label]
            facts.append(share(part, Group(attribute=attribute, value=label)))
    for name, unit in (("credit_amount", "DM"), ("duration", "months")):
        ordered = sorted(int(a.inputs[name] or 0) for a in applications)
        facts.append(Fact(name=f"median of {name}", value=ordered[len(ordered) // 2], unit=unit, n=len(ordered)))
    return facts


def _lineage(applications: Sequence[Application], digest: str, splits: list[Split]) -> DatasetLineage:
    return DatasetLineage(
        dataset_id="german-credit",
        dataset_version="1",
        name="German credit applications (Statlog), ten columns",
        digest=digest,
        purposes=["training", "validation", "testing", "bias_detection"],
        description="1,000 real credit applications with their outcome: seven inputs, sex code and age "
        "for measuring, and the label good or bad risk.",
        records=len(applications),
        sources=[_source(digest, len(applications))],
        provenance="Collected by a bank in southern Germany from 1973 to 1975, published by Statlog, then "
        "reduced to ten columns by others. How the ten columns were derived is not documented beyond "
        "their names.",
        collection="Applications that were granted and whose repayment is known; refused applications are not in it.",
        selection="Bad risks were drawn far more often than they occurred, to have 300 of them.",
        licence="DbCL-1.0",
        legal_basis="public data without identifiers; GDPR does not apply as far as nobody can be identified",
        personal_data="anonymised",
        data_subjects=["applicants for consumer credit"],
        modalities=["tabular"],
        countries=["DE"],
        fields=_fields(),
        transformations=_transformations(),
        labelling=Labelling(
            procedure="The lending bank judged after the end of the loan whether it had been repaid as agreed.",
            labellers="unknown",
            label_meaning="Good means repaid as agreed with that bank at that time; it stands in for creditworthiness.",
        ),
        cleaning="None needed: no duplicate rows and no empty values were found; 'not_known' was kept as a category.",
        splits=splits,
        statistics=_statistics(applications),
        quality=[
            Fact(name="share of empty values", value=0.0, n=len(applications)),
            Fact(name="duplicate rows", value=_duplicates(applications), n=len(applications)),
        ],
        representativeness="They represent customers of one bank fifty years ago, not applicants of today.",
        assumptions=["what made a loan go bad then resembles what does now; not tested, and doubtful"],
        design_choices=["sex code and age are kept for measuring and are no inputs"],
        suitability="Enough for a linear scorecard with seven inputs; too small for groups below 30 cases.",
        bias_examination=_biases(),
        gaps=_gaps(),
        unsuitable_content="Not applicable to ten columns of numbers and categories.",
        intended_setting=Setting(
            geographical="Germany",
            contextual="consumer credit of a retail bank",
            functional="proposals for officers",
            reflected="Country and product are reflected; time, currency and population are not.",
        ),
        storage="In the ledger's blob folder with each copy of the ledger; public data, no access limits.",
        retention="technical-file-10y",
    )


def _source(digest: str, records: int) -> Source:
    """Where the file came from."""
    return Source(
        name="Statlog (German Credit Data)",
        type="public_dataset",
        digest=digest,
        url="https://doi.org/10.24432/C5NC77",
        holder="UCI Machine Learning Repository; donated by H. Hofmann, 1994",
        obtained_how="as a file of ten readable columns derived by others from the twenty original ones",
        records=records,
        licence="DbCL-1.0",
        legal_basis="no identifiable persons; used for development only",
        original_purpose="decisions of a bank in southern Germany on credit, 1973 to 1975",
    )


def _transformations() -> list[Transformation]:
    """The steps of preparation, in order."""
    return [
        Transformation(
            type="splitting",
            method=f"three parts, stratified by risk and sex code, seed {SEED}",
            reason="groups and outcomes in the same proportions in each part",
            parameters={"train": 500, "validation": 200, "test": 300, "seed": SEED},
            tool="scikit-learn",
        ),
        Transformation(
            type="scaling",
            method="numbers standardised with mean and spread of the training part",
            tool="scikit-learn",
        ),
        Transformation(
            type="encoding",
            method="categories one-hot encoded; an unknown category is an error",
            tool="scikit-learn",
        ),
    ]


def _biases() -> list[BiasFinding]:
    """Biases that were looked for."""
    return [
        BiasFinding(
            bias="applicants under 25 have fewer good outcomes in the data, and inputs such as "
            "duration and savings depend on age",
            groups=[Group(attribute="age band", value="under 25")],
            found=True,
            examined_how="share of good risks per age band; measured again in each fairness test",
            may_affect=["discrimination", "fundamental_rights"],
            measure="age is no input; approval ratio between bands limits the choice of the threshold",
        ),
        BiasFinding(
            bias="only granted loans are in the data (reject inference)",
            found=True,
            examined_how="by reading the description of the data set",
            feedback_loop=True,
            measure="none yet; see the gaps",
        ),
    ]


def _gaps() -> list[Gap]:
    """What is wrong with the data, the sex codes first."""
    return [
        Gap(
            gap=f"The sex codes are unsound. {SEX_CAVEAT}",
            effect="Discrimination by sex can be neither found nor excluded with these data.",
            measure="Caveat beside each result per sex code; own data with a sound field before any wider use.",
        ),
        Gap(
            gap="Data of 1973 to 1975, one bank, Deutsche Mark.",
            effect="Performance on applicants of today is unknown.",
            measure="Shadow use beside officers' decisions until own data exist.",
        ),
        Gap(
            gap="Refused applications are missing.",
            effect="Bad risks that look good to the old bank are invisible.",
            measure="Planned: officers approve a small share of proposals to decline, and these are followed.",
        ),
        Gap(
            gap="'not_known' means 'has no account' in checking_account, and mixes 'none' and "
            "'unknown' in saving_accounts.",
            effect="Missing data can be taken for a statement.",
            measure="The share of missing values is watched every day; risk R-3.",
        ),
    ]


def _fields() -> list[DataField]:
    texts = {
        "credit_amount": "amount of the loan",
        "duration": "length of the loan",
        "job": "0 unskilled non-resident, 1 unskilled, 2 skilled, 3 highly skilled",
        "housing": "own, rent or free",
        "saving_accounts": "savings; not_known mixes 'none' and 'unknown'",
        "checking_account": "balance; not_known means: has none",
        "purpose": "what the loan is for",
    }
    units = {"credit_amount": "DM", "duration": "months"}
    return [
        *(DataField(name=n, description=texts[n], type="integer", unit=units.get(n), missing=0.0) for n in NUMBERS),
        *(DataField(name=n, description=texts[n], type="category", missing=0.0) for n in CATEGORIES),
        DataField(
            name="sex", description="sex code; unsound, see the gaps", type="category", missing=0.0, protected=True
        ),
        DataField(name="age", description="age", type="integer", unit="years", missing=0.0, protected=True),
        DataField(name="risk", description="label: 1 good, 0 bad", type="integer", missing=0.0),
    ]


def _duplicates(applications: Sequence[Application]) -> float:
    rows = [(*sorted(a.inputs.items()), a.sex, a.age, a.good) for a in applications]
    return float(len(rows) - len(set(rows)))


def _record_judgement(bank: Bank, lineage: Receipt) -> None:
    """The decision to use data that old, and the sign-off by someone else."""
    decision = bank.ledger.record(
        Decision(
            decision_id="D-3",
            topics=["data", "assumption"],
            title="Data for the first versions",
            decision="The Statlog data are used for versions 1.x, with their gaps written down.",
            reason="No own data with known outcome exist yet; the data are public, real and well studied.",
            options=[
                Option(name="synthetic data", rejected_because="would show what we put in"),
                Option(name="wait for own data", rejected_because="the procedure can be built and tried before"),
            ],
            trade_offs="A start now against results that do not carry over to applicants of today.",
            assumptions=["officers decide; the system only proposes"],
            persons_or_groups=["adults applying for consumer credit"],
            requirements=["AnnexIV-2-d", "A.7.2"],
            deciders=[person("staff-120"), person("staff-140")],
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        references=[refer("about", lineage)],
    )
    bank.ledger.record(
        Approval(
            decision="approved",
            scope="data",
            statement=lineage.statement,
            object="data set german-credit 1 for versions 1.x",
            conditions=[
                "caveat beside every result per sex code",
                "pilot at the credit desk with replayed applications only",
            ],
            actor=person("staff-110"),
        ),
        signers=bank.keys.approver,
        subject=SYSTEM,
        references=[refer("approves", lineage), refer("about", decision)],
    )
