"""What the AI Act asks for, fact by fact, and the members that carry each fact.

Points are those of Regulation (EU) 2024/1689 as amended in 2026; the facts are in our own words. A member is
written ``kind.member``, dotted inside; several are set apart by spaces.
"""

Facts = dict[str, str]

ANNEX_IV: dict[str, Facts] = {
    "1(a)": {
        "intended purpose": "ai_system.intended_purpose",
        "provider": "ai_system.provider.party_id ai_system.provider.name",
        "version": "ai_system.system_version",
        "relation to earlier versions": "ai_system.earlier_versions.relation model_change.from_version",
    },
    "1(b)": {
        "hardware, software, other AI systems it works with": "ai_system.interactions.type",
        "how it works with them": "ai_system.interactions.description",
        "interfaces between components": "component_inventory.components.builds_on",
    },
    "1(c)": {
        "versions of software and firmware": (
            "ai_system.software_versions.version component_inventory.components.version"
        ),
        "conditions of updating": (
            "ai_system.software_versions.update_requirements component_inventory.components.update_requirements"
        ),
    },
    "1(d)": {"forms of supply": "ai_system.forms_of_supply.form release.forms_of_supply.description"},
    "1(e)": {"target hardware": "ai_system.target_hardware.specification component_inventory.components.type"},
    "1(f)": {"host product, pictures": "ai_system.host_product.description ai_system.artefacts.role"},
    "1(g)": {"user interface": "ai_system.user_interface"},
    "1(h)": {"instructions for use": "ai_system.instructions_for_use.digest release.instructions_for_use.version"},
    "2(a)": {
        "methods and steps of development": "ai_system.design.development_steps.step model_change.training.method",
        "third-party systems and tools": (
            "ai_system.design.development_steps.third_party component_inventory.components.third_party"
        ),
        "how they were used, integrated, altered": (
            "component_inventory.components.used_for component_inventory.components.modified"
        ),
    },
    "2(b)": {
        "general logic of system and algorithms": "ai_system.design.general_logic ai_system.design.algorithms",
        "key design choices with reasons": (
            "ai_system.design.key_choices.choice ai_system.design.key_choices.rationale"
        ),
        "assumptions, also about persons": "ai_system.design.key_choices.assumptions",
        "classification choices": "ai_system.design.classification_choices",
        "what it optimises": "ai_system.design.optimisation_target",
        "relevance of parameters": "ai_system.design.parameters.relevance",
        "expected output and its quality": "ai_system.output.description ai_system.output.quality",
        "trade-offs": "ai_system.design.trade_offs",
    },
    "2(c)": {
        "how components build on each other": "ai_system.design.architecture component_inventory.architecture",
        "computing resources to develop, train, test, validate": (
            "resource_usage.phase resource_usage.quantities.quantity resource_usage.quantities.value"
        ),
        "how they were measured": "resource_usage.quantities.basis resource_usage.quantities.method",
    },
    "2(d)": {
        "training methods": "ai_system.design.training_methods model_change.training.method",
        "data used for training": "model_change.training.datasets.digest dataset_lineage.used_by.digest",
        "general description, scope, main characteristics": "dataset_lineage.description dataset_lineage.fields.name",
        "provenance": "dataset_lineage.provenance dataset_lineage.sources.digest dataset_lineage.sources.holder",
        "how obtained and selected": "dataset_lineage.sources.obtained_how dataset_lineage.selection",
        "labelling": "dataset_lineage.labelling.procedure",
        "cleaning": "dataset_lineage.cleaning dataset_lineage.transformations.method",
    },
    "2(e)": {
        "oversight measures needed and why": (
            "ai_system.oversight_measures.measure ai_system.oversight_measures.assessment"
        ),
        "technical aids to interpret outputs": "ai_system.oversight_measures.interpretation_aid",
    },
    "2(f)": {
        "pre-determined changes": "ai_system.predetermined_changes.change",
        "their effect on performance": "ai_system.predetermined_changes.performance",
        "technical solutions that keep compliance": "ai_system.predetermined_changes.technical_solution",
        "a change that carries one out": "model_change.predetermined_change",
    },
    "2(g)": {
        "test and validation procedures": "test_plan.protocol evaluation.protocol",
        "data used and its characteristics": "evaluation.datasets.digest evaluation.datasets.split",
        "metrics": "evaluation.metrics.metric evaluation.metrics.value evaluation.metrics.n",
        "kinds of tests: accuracy, robustness, other requirements": "evaluation.types",
        "possibly discriminatory effects": "evaluation.metrics.group.value evaluation.discriminatory_effects",
        "test logs": "evaluation.logs evaluation.artefacts.digest",
        "reports dated and signed by those responsible": "evaluation.report evaluation.responsible.id",
        "tests of pre-determined changes": "evaluation.predetermined_change test_plan.predetermined_change",
    },
    "2(h)": {
        "cybersecurity measures": "security_event.type security_event.description security_event.threats",
        "whether they are in place": "security_event.status",
    },
    "3": {
        "capabilities": "ai_system.capabilities",
        "limitations": "ai_system.limitations.limitation ai_system.limitations.circumstances",
        "accuracy for specific groups": (
            "evaluation.metrics.group.attribute ai_system.declared_performance.group.value"
        ),
        "overall expected accuracy": "ai_system.declared_performance.level",
        "foreseeable unintended outcomes": "ai_system.unintended_outcomes.outcome",
        "risks to health, safety, rights, discrimination": "ai_system.unintended_outcomes.endangers risk.interests",
        "oversight measures": "ai_system.oversight_measures.by oversight_action.measure_id",
        "specification of input data": "ai_system.inputs.description ai_system.inputs.required",
    },
    "4": {
        "why the metrics suit the system": "test_plan.metrics.justification",
        "why the limits are where they are": "test_plan.metrics.threshold_reason",
    },
    "5": {"risk management": "risk.hazard risk.measures risk.acceptance"},
    "6": {
        "changes through the life of the system": (
            "model_change.description model_change.reason model_change.items.before model_change.items.after"
        ),
        "releases": "release.action release.effective release.replaces_version",
    },
    "7": {"standards applied": "standard_applied.standard standard_applied.extent standard_applied.cited_in_oj"},
    "8": {"declaration of conformity": "document.document_type document.artefacts.digest"},
    "9": {
        "post-market plan": "document.document_type test_plan.repeat_days",
        "evaluation of performance after release": (
            "monitoring.metrics.value monitoring.still_compliant monitoring.plan"
        ),
    },
}

ANNEX_VIII: dict[str, Facts] = {
    "A 1": {"provider": "ai_system.provider.party_id party.party_id"},
    "A 2": {"submitter": "ai_system.parties.submitter.party_id"},
    "A 3": {"authorised representative": "ai_system.parties.authorised_representative.party_id"},
    "A 4": {"trade name, other identifiers": "ai_system.name ai_system.identifiers.value"},
    "A 5": {"purpose, components and functions": "ai_system.intended_purpose ai_system.functions"},
    "A 6": {"data, inputs and logic": "ai_system.inputs.name ai_system.design.general_logic"},
    "A 7": {"status": "ai_system.status release.action"},
    "A 8": {"certificate": "certificate.number certificate.valid_until"},
    "A 10": {"Member States": "ai_system.member_states release.member_states"},
    "A 11": {"declaration of conformity": "document.document_type"},
    "A 12": {"instructions for use": "ai_system.instructions_for_use.url"},
    "A 13": {"further information": "ai_system.information_url"},
    "B 6": {"condition of Art. 6(3)": "classification.exemption.conditions"},
    "C 1": {"deployer": "ai_system.parties.deployers.party_id"},
    "C 3": {"provider's entry": "ai_system.provider_entry_url"},
    "C 4": {"summary of the impact assessment": "impact_assessment.summary"},
}

ANNEXES_XI_XII: dict[str, Facts] = {
    "XI S1 1(a)": {"tasks and host systems": "ai_system.gpai.tasks ai_system.gpai.host_systems"},
    "XI S1 1(b)": {"acceptable use": "ai_system.gpai.acceptable_use.digest"},
    "XI S1 1(c)": {"release and distribution": "release.effective release.channels ai_system.gpai.distribution"},
    "XI S1 1(d)": {"architecture, parameters": "ai_system.gpai.architecture model_change.parameters"},
    "XI S1 1(e)": {"modality and format": "ai_system.modalities.modality ai_system.modalities.format"},
    "XI S1 1(f)": {"licence": "ai_system.gpai.licence"},
    "XI S1 2(a)": {"integration": "ai_system.gpai.integration"},
    "XI S1 2(b)": {"training": "model_change.training.parameters ai_system.design.optimisation_target"},
    "XI S1 2(c)": {
        "number of data points": "dataset_lineage.records dataset_lineage.splits.records",
        "unsuitable sources": "dataset_lineage.unsuitable_content",
        "identifiable biases": "dataset_lineage.bias_examination.examined_how",
        "reservations of rights": "dataset_lineage.sources.rights_reserved",
        "synthetic data": "dataset_lineage.sources.generated_by.model_id",
    },
    "XI S1 2(d)": {"compute and time": "resource_usage.quantities.quantity resource_usage.period.start"},
    "XI S1 2(e)": {"energy, known or estimated": "resource_usage.quantities.basis"},
    "XI S2 2": {"adversarial testing": "evaluation.attacks.threat evaluation.attacks.successes"},
    "XII 2(b)": {"maximum size": "ai_system.modalities.maximum_size"},
}

ARTICLES: dict[str, Facts] = {
    "5, 6, 50": {
        "each question, answer and reason": (
            "classification.answers.question classification.answers.answer classification.answers.reason"
        ),
        "who, when, which law": "classification.decided_by.id classification.decided_on classification.law_version",
        "why not high-risk": (
            "classification.exemption.no_significant_risk classification.exemption.no_material_influence"
        ),
        "date rules": "classification.first_supplied_on",
        "profiling": "classification.profiling",
        "route": "classification.conformity_route classification.fria_due classification.registration_due",
    },
    "9(8)": {
        "limits set beforehand, probabilistic": "test_plan.metrics.threshold test_plan.metrics.judged_on",
        "when": "test_plan.due test_plan.phase",
    },
    "10(2)(a)": {"design choices": "dataset_lineage.design_choices"},
    "10(2)(b)": {"origin, original purpose": "dataset_lineage.sources.type dataset_lineage.sources.original_purpose"},
    "10(2)(c)": {"preparation": "dataset_lineage.transformations.type dataset_lineage.transformations.output_digest"},
    "10(2)(d)": {"assumptions": "dataset_lineage.assumptions"},
    "10(2)(e)": {"availability, quantity, suitability": "dataset_lineage.suitability"},
    "10(2)(f)": {
        "biases examined": "dataset_lineage.bias_examination.found dataset_lineage.bias_examination.feedback_loop"
    },
    "10(2)(g)": {"measures against them": "dataset_lineage.bias_examination.measure model_change.aim"},
    "10(2)(h)": {"gaps": "dataset_lineage.gaps.gap dataset_lineage.gaps.measure"},
    "10(3)": {
        "statistics per group": "dataset_lineage.statistics.group.value dataset_lineage.statistics.value",
        "representativeness, errors, completeness": "dataset_lineage.representativeness dataset_lineage.quality.value",
    },
    "10(4)": {"setting": "dataset_lineage.intended_setting.geographical dataset_lineage.intended_setting.behavioural"},
    "4a(1)": {
        "conditions (a) to (f)": (
            "dataset_lineage.special_categories.why_other_data_fail dataset_lineage.special_categories.safeguards "
            "dataset_lineage.special_categories.access dataset_lineage.special_categories.transfers "
            "dataset_lineage.special_categories.deletion dataset_lineage.special_categories.processing_record"
        )
    },
    "12(2)": {
        "events recorded": "runtime_log.event_types.type ai_system.logging.event_types",
        "nothing lost": "runtime_log.gaps.reason runtime_log.previous runtime_log.segment",
    },
    "12(3)": {
        "(a) period of use": "ai_decision.biometric.use.start ai_decision.biometric.use.end",
        "(b) reference database": "ai_decision.biometric.reference_database.dataset_id",
        "(c) matching input": "ai_decision.biometric.matching_input",
        "(d) verifiers": "ai_decision.biometric.verified_by oversight_action.second_person.id",
    },
    "13(3)": {
        "(b)(ii) circumstances that change the result": "evaluation.circumstances",
        "(b)(iv) ability to explain": "ai_system.output.explanation",
        "(b)(vii) reading the output": "ai_system.output.interpretation",
        "(e) resources, life time, care, updates": (
            "ai_system.maintenance.resources ai_system.maintenance.expected_lifetime "
            "ai_system.maintenance.measures ai_system.maintenance.software_updates"
        ),
        "(f) collecting logs": "ai_system.logging.mechanism",
    },
    "14(4)": {
        "understand, automation bias, interpret, override, stop": (
            "ai_system.oversight_measures.aims oversight_action.aim"
        ),
        "what the overseer saw": "oversight_action.output_shown oversight_action.aids",
        "what the overseer did, and why": (
            "oversight_action.action oversight_action.reason oversight_action.reason_code"
        ),
        "outcome before and after": "oversight_action.outcome_shown oversight_action.outcome_after",
        "stop into a safe state": "oversight_action.safe_state",
    },
    "15(3)": {"levels declared": "ai_system.declared_performance.metric ai_system.declared_performance.evaluation_id"},
    "15(4)": {"learning in use": "ai_system.design.continues_to_learn"},
    "15(5)": {"attacks": "security_event.threats evaluation.attacks.method"},
    "19, 26(6)": {"retention of logs": "runtime_log.keep_until runtime_log.controlled_by"},
    "20": {
        "correction, withdrawal, disablement, recall": "corrective_action.type corrective_action.scope",
        "who was told": "corrective_action.informed.party corrective_action.informed.at",
    },
    "26(5)": {"provider told": "communication.counterpart communication.at"},
    "26(7), (11)": {"workers and persons told": "communication.topic communication.recipients"},
    "43(4)": {
        "substantial or not, and why": (
            "model_change.substantial_modification.answer model_change.substantial_modification.reason"
        )
    },
    "72(2)": {
        "data collected and analysed": "monitoring.type monitoring.period.start monitoring.conclusion",
        "from deployers": "monitoring.feedback.source",
        "interaction with other AI": "monitoring.interactions",
    },
    "73": {
        "(1) where": "incident.member_states",
        "(2) aware, link": (
            "incident.aware_provider incident.aware_deployer incident.causal_link.status incident.causal_link.since"
        ),
        "(3) two days": "incident.widespread_infringement incident.critical_infrastructure",
        "(4) ten days": "incident.death",
        "(5) two steps": "incident.reports.type incident.reports.next_expected",
        "(6) investigation": (
            "incident.investigation.risk_assessment incident.investigation.system_preserved "
            "incident.corrective_actions incident.investigation.root_cause"
        ),
        "other law": "incident.reports.law",
        "Art. 3(49) category": "incident.categories incident.harms",
        "when it happened and was noticed": "incident.occurred.start incident.detected",
        "when it became reportable": "incident.aware_reportable",
        "system numbers": "incident.identifiers.value",
        "why not reportable": "incident.not_reportable_because",
        "risk file reviewed": "incident.investigation.risk_file_reviewed",
    },
    "50": {"people told, output marked": "ai_system.transparency classification.transparency_duties"},
    "86": {"explanation": "complaint.explanation ai_decision.explanation ai_decision.factors.contribution"},
}
