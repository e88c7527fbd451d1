"""What the requirement files ask for, and the members of bodies that carry it.

A member is written kind.member, dotted inside: ``control.exceptions.system``. Several are set apart by spaces.
"""

# Control of Annex A -> item of evidence -> the members (kind.member, dotted inside) that carry it.
ANNEX_A: dict[str, dict[str, str]] = {
    "A.2.2": {
        "current AI policy version, owner, effective date": (
            "document.version document.owner document.effective_from document.document_type"
        ),
        "top-management signature on that version": "approval.digest approval.authority approval.scope",
        "publication/acknowledgement to staff and, where fit, outsiders": (
            "communication.topic communication.at document.distribution"
        ),
    },
    "A.2.3": {
        "policy map: each related policy, version, clause that refers to AI": (
            "document.related.document document.related.version document.related.place"
        ),
        "cross-references and gaps found": "document.related.gap",
        "decision on resolving conflicts": "approval.reason approval.conditions decision.trade_offs",
    },
    "A.2.4": {
        "review date, next review, superseded version": (
            "document.reviewed_on document.review_due document.references"
        ),
        "outcome of the review (confirmed/changed) by the named approver": (
            "document.review_outcome approval.decision"
        ),
        "input and decision touching the policy": (
            "management_review.decisions.about management_review.inputs.summary"
        ),
    },
    "A.3.2": {
        "role, holder, authority, dates, per system": (
            "role_assignment.role role_assignment.holder.id role_assignment.authority "
            "role_assignment.starts role_assignment.ends role_assignment.systems"
        ),
        "appointment/acceptance": "role_assignment.accepted approval.scope",
        "holder is competent for the role": "training_record.role training_record.result",
    },
    "A.3.3": {
        "procedure incl. confidentiality/anonymity and no reprisal": "document.summary document.requirements",
        "counts, triage, outcome (content redacted)": (
            "complaint.type complaint.handling complaint.outcome complaint.protected"
        ),
        "what changed as a result": "corrective_action.changes corrective_action.trigger_id",
        "staff were told about the channel": "communication.recipients",
    },
    "A.4.2": {
        "inventory entry with component list / AIBOM": "ai_system.name component_inventory.components",
        "tool, compute and staffing links per stage": (
            "component_inventory.human_resources resource_usage.phase role_assignment.stages"
        ),
        "datasets attached to the system": "dataset_lineage.used_by",
    },
    "A.4.3": {
        "dataset record with version, categories, rights, intended use": (
            "dataset_lineage.dataset_version dataset_lineage.licence dataset_lineage.purposes "
            "dataset_lineage.bias_examination dataset_lineage.storage"
        ),
        "latest result": "dataset_lineage.quality evaluation.datasets",
        "datasheet": "document.document_type",
    },
    "A.4.4": {
        "tool, version, licence, owner": (
            "component_inventory.components.version component_inventory.components.licence"
        ),
        "tool/framework upgrade": "model_change.items",
        "third-party tool review": "supplier.supplies supplier.result",
    },
    "A.4.5": {
        "environment, region, accelerator, capacity, energy estimate": (
            "component_inventory.locations resource_usage.quantities resource_usage.location"
        ),
        "environment used by a release": "release.environment",
    },
    "A.4.6": {
        "people/roles per stage": "role_assignment.stages role_assignment.competence",
        "competence evidence": "training_record.competence training_record.expires",
        "headcount/skills gap": "component_inventory.human_resources training_record.gap",
    },
    "A.5.2": {
        "AIIA procedure: triggers, roles, scales, thresholds, approval": (
            "document.document_type document.requirements"
        ),
        "assessments done under it": (
            "impact_assessment.procedure impact_assessment.trigger impact_assessment.thresholds"
        ),
        "who accepted the process": "approval.scope",
    },
    "A.5.3": {
        "signed version, date, retention rule": (
            "impact_assessment.version impact_assessment.status impact_assessment.retention"
        ),
        "retention period and location": "document.keep_until document.location",
        "approver and date": "approval.statement approval.actor",
    },
    "A.5.4": {
        "section on persons/groups: fairness, privacy, safety, accessibility, rights, vulnerable groups": (
            "impact_assessment.individuals impact_assessment.impacts.dimension impact_assessment.parties.vulnerable"
        ),
        "bias/performance by subgroup": "evaluation.metrics.group",
        "stakeholder input": "impact_assessment.parties.consulted complaint.text",
    },
    "A.5.5": {
        "society section with reasoning": "impact_assessment.society impact_assessment.impacts.on",
        "energy/compute figures": "resource_usage.quantities",
        "input from outside parties": "complaint.sender impact_assessment.parties.consulted",
    },
    "A.6.1.2": {
        "development objective, metric, target": (
            "objective.objective objective.area objective.target.metric objective.target.value"
        ),
        "result against the target": "evaluation.metrics.passed objective.result.reached",
        "measure built in because of the objective": "decision.objectives decision.decision",
    },
    "A.6.1.3": {
        "life-cycle/SDLC procedure": "document.document_type",
        "gate decisions": "approval.scope approval.decision",
        "changes that went through the process": ("model_change.substantial_modification model_change.requested_by"),
        "required tests were run": "evaluation.plan_id evaluation.result",
    },
    "A.6.2.2": {
        "requirement set version, incl. oversight, data, legal, accuracy": (
            "requirement.requirement_version requirement.concerns requirement.acceptance"
        ),
        "sign-off": "approval.scope",
        "source needs": "requirement.source requirement.requested_by",
    },
    "A.6.2.3": {
        "decision, alternatives, reason": ("decision.options.rejected_because decision.reason decision.decision"),
        "version history": "model_change.to_version model_change.items",
        "training/tuning inputs": "dataset_lineage.used_by",
        "architecture description": "document.document_type component_inventory.architecture",
    },
    "A.6.2.4": {
        "test plan, criteria, dataset and model version, results, pass/fail": (
            "test_plan.metrics test_plan.acceptance evaluation.datasets evaluation.model evaluation.result"
        ),
        "acceptance decision": "approval.scope",
        "usability/oversight test": "oversight_action.action evaluation.types",
    },
    "A.6.2.5": {
        "plan, environment, pre-conditions met, rollback": (
            "release.plan release.environment release.preconditions release.rolled_back_to"
        ),
        "go-live decision": "approval.decision",
        "release tests": "evaluation.result",
        "users informed": "communication.recipients",
    },
    "A.6.2.6": {
        "metric, threshold, breach, drift check": (
            "monitoring.metrics.threshold monitoring.status monitoring.reference_period"
        ),
        "issues found in operation": "incident.detected",
        "repair/update": "model_change.reason",
        "intervention in operation": "oversight_action.action",
    },
    "A.6.2.7": {
        "model card, technical file, instructions; version, audience": (
            "document.audience document.version document.document_type"
        ),
        "delivery to each audience": "communication.recipients communication.at",
        "approval and retention": "document.status document.keep_until approval.digest",
    },
    "A.6.2.8": {
        "log source, period, hash, retention, gap check": (
            "runtime_log.period runtime_log.digest runtime_log.keep_until runtime_log.gaps"
        ),
        "logging specification": "document.document_type",
        "log used in an investigation": "incident.investigation case.queries",
    },
    "A.7.2": {
        "data-management procedure for AI": "document.requirements",
        "datasets under it": "dataset_lineage.purposes",
        "control results": "dataset_lineage.quality evaluation.types",
        "use approved": "approval.scope",
    },
    "A.7.3": {
        "source, licence, consent/legal basis, selection criteria": (
            "dataset_lineage.sources.licence dataset_lineage.sources.legal_basis dataset_lineage.selection"
        ),
        "data licence": "supplier.licence supplier.agreement document.document_type",
        "data supplier check": "supplier.criteria supplier.findings",
        "acquisition decision": "approval.scope",
    },
    "A.7.4": {
        "requirement, measure, result, action": ("test_plan.acceptance evaluation.metrics evaluation.findings.action"),
        "bias/representativeness test": "evaluation.metrics.group dataset_lineage.representativeness",
        "dataset version checked": "evaluation.datasets.version",
    },
    "A.7.5": {
        "chain: origin, transfers, transformations, hashes": (
            "dataset_lineage.sources.digest dataset_lineage.transformations dataset_lineage.provenance"
        ),
        "steps in the chain": "dataset_lineage.transformations.method",
        "proof of integrity": "runtime_log.merkle_root",
    },
    "A.7.6": {
        "method, parameters, reason, in/out hash": (
            "dataset_lineage.transformations.parameters dataset_lineage.transformations.reason "
            "dataset_lineage.transformations.input_digest "
            "dataset_lineage.transformations.output_digest"
        ),
        "before/after": (
            "dataset_lineage.transformations.records_before dataset_lineage.transformations.records_after"
        ),
        "method chosen": "approval.scope",
    },
    "A.8.2": {
        "user information/instructions version": ("document.version document.audience ai_system.instructions_for_use"),
        "delivery, notice, disclosure banner": "communication.content communication.channel",
        "user briefing": "training_record.audience training_record.participants",
    },
    "A.8.3": {
        "report, triage, answer, time to answer": "complaint.received complaint.handling complaint.answered",
        "complaints/feedback procedure": "document.document_type",
        "result": "corrective_action.effectiveness",
    },
    "A.8.4": {
        "incident communication plan with deadlines per authority/contract": (
            "document.document_type context.deadline"
        ),
        "record with notification times": "incident.reports.sent incident.informed.at",
        "message sent": "communication.content",
    },
    "A.8.5": {
        "register of reporting duties and deadlines": (
            "context.obligation context.deadline context.party context.exists"
        ),
        "report filed": "communication.legal_basis communication.due",
        "authority request and answer": "communication.answers complaint.answered",
    },
    "A.9.2": {
        "use procedure / acceptable use": "document.document_type",
        "use case approved": "approval.scope",
        "use-case entry": "ai_system.context_of_use ai_system.organisation_roles",
        "oversight performed": "oversight_action.action",
    },
    "A.9.3": {
        "use objective, metric, target": "objective.area objective.target.metric objective.target.value",
        "measured value": "monitoring.metrics.value objective.result.value",
        "progress reviewed": "management_review.inputs.topic management_review.decisions.about",
    },
    "A.9.4": {
        "intended purpose and prohibited uses": "ai_system.intended_purpose ai_system.excluded_uses",
        "use-pattern/abuse check": "monitoring.type monitoring.conclusion",
        "stop/deny": "oversight_action.safe_state",
        "misuse case": "incident.description",
    },
    "A.10.2": {
        "clause set / shared-responsibility matrix": "supplier.duties.duty supplier.duties.party",
        "RACI across parties": "role_assignment.involvement.part role_assignment.party",
        "duty accepted by supplier": "supplier.duties.accepted",
    },
    "A.10.3": {
        "due diligence, score, conditions, re-assessment date": (
            "supplier.action supplier.score supplier.conditions supplier.reassess_by"
        ),
        "AI clauses, incident and change notice": "supplier.clauses.about supplier.clauses.clause",
        "supplier-caused issue": "incident.investigation",
        "upstream change received": "model_change.items component_inventory.components.supplier_id",
    },
    "A.10.4": {
        "need/expectation and how it was met": "requirement.requested_by requirement.how_met",
        "information given to customers": "communication.recipients",
        "customer feedback": "complaint.sender monitoring.feedback",
        "customer terms": "document.document_type supplier.clauses.clause",
    },
}

# Clauses of the management system, in the same way.
CLAUSES: dict[str, str] = {
    "4.1": "context.aspect context.origin context.relevant context.roles",
    "4.2": "context.needs context.addressed party.roles requirement.source",
    "4.3": "context.includes context.excludes context.sites context.systems",
    "5.2": "document.owner approval.digest communication.recipients",
    "5.3": "role_assignment.duties role_assignment.authority",
    "6.1.2": "risk.criteria risk.consequences.on risk.before.likelihood risk.before.level risk.priority",
    "6.1.3": (
        "risk.option risk.controls risk.measures.due risk.after.level risk.acceptance.accepted "
        "control.applicable control.justification control.ground control.exceptions.system"
    ),
    "6.1.4": "impact_assessment.unintended_uses impact_assessment.deployment.jurisdictions",
    "6.2": "objective.actions.owner objective.resources objective.due objective.evaluated_how",
    "6.3": "decision.consequences decision.resources decision.actions.owner",
    "7.2": "training_record.gap training_record.effect role_assignment.competence",
    "7.5.2": "document.language document.number document.author approval.digest",
    "7.5.3": "document.distribution document.location document.keep_until document.external",
    "8.2": "risk.trigger risk.review_due",
    "8.3": "risk.measures.effect risk.measures.status",
    "8.4": "impact_assessment.trigger impact_assessment.review_due",
    "9.2.2": ("audit.programme audit.frequency audit.criteria audit.scope audit.independence audit.reported_to"),
    "9.3.2": "management_review.inputs.topic management_review.inputs.trend",
    "9.3.3": "management_review.decisions.decision management_review.actions.due",
    "10.2": ("nonconformity.correction nonconformity.cause nonconformity.elsewhere nonconformity.corrective_actions"),
}

# Points of the AI Act that these groups of kinds answer.
AI_ACT: dict[str, str] = {
    "AnnexIV-1-f": "document.alternative_text",
    "AnnexIV-2-b": (
        "decision.assumptions decision.persons_or_groups decision.optimised_for "
        "decision.weights.relevance decision.expected_output decision.trade_offs"
    ),
    "AnnexIV-2-f": "decision.foreseen_changes approval.scope",
    "AnnexIV-4": "decision.metrics test_plan.metrics",
    "AnnexIV-5": "risk.hazard risk.acceptance.by",
    "AnnexIV-7": "standard_applied.extent standard_applied.cited_in_oj standard_applied.reason",
    "AnnexIV-8": "document.document_type approval.scope",
    "AnnexIV-9": "document.document_type approval.digest",
    "Art9-2-b": "risk.misuse risk.arises_in",
    "Art9-3": "risk.reducible_by",
    "Art9-4": "risk.interactions",
    "Art9-5": "risk.measures.order risk.scope risk.acceptance.reason",
    "Art9-9": "risk.minors risk.vulnerable_groups",
    "Art17-1-e": "standard_applied.requirements",
    "Art17-1-m": "role_assignment.duties role_assignment.involvement.activity",
    "Art25-4": "supplier.open_source supplier.clauses.about",
    "Art27-1-a": "impact_assessment.deployment.process",
    "Art27-1-b": "impact_assessment.deployment.period impact_assessment.deployment.frequency",
    "Art27-1-c": "impact_assessment.parties.group",
    "Art27-1-d": "impact_assessment.impacts.impact impact_assessment.impacts.risks",
    "Art27-1-e": "impact_assessment.oversight",
    "Art27-1-f": "impact_assessment.if_risks_occur",
    "Art27-3": "impact_assessment.notifications.sent_on",
    "Art43-4": "decision.substantial_modification",
    "Art63-1": "party.size",
    "AnnexV-2": "party.name party.address party.acts_for",
    "AnnexV-6": "standard_applied.standard standard_applied.edition",
    "AnnexV-7": "certificate.body certificate.procedure certificate.number party.notified_body_number",
    "AnnexV-8": "approval.place approval.on_behalf_of approval.actor.role approval.actor.name",
    "AnnexVI-2": "audit.audit_type audit.checks.requirement audit.checks.result",
    "AnnexVII-4.7": "certificate.state",
    "AnnexVIII-A-1": "party.contact.email",
    "AnnexVIII-A-8": "certificate.certificate_type certificate.valid_until",
    "AnnexVIII-C-4": "impact_assessment.summary",
}

# Columns of the statement of applicability -> the member of `control` they come from.
SOA_COLUMNS: dict[str, str] = {
    "control_id": "control_id",
    "control_title": "title",
    "source": "source",
    "applicable": "applicable",
    "systems": "exceptions.system",
    "justification": "justification",
    "justification_basis": "drivers",
    "risk_refs": "risks",
    "impact_assessment_refs": "impact_assessments",
    "objective_refs": "objectives",
    "implementation_status": "implementation_status",
    "implementation_summary": "implementation_summary",
    "owner": "owner",
    "document_refs": "documents",
    "evidence_refs": "evidence.kind",
    "evidence_state": "evidence.shows",
    "last_reviewed": "last_reviewed",
    "crosswalk_refs": "crosswalk",
}
