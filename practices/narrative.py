"""The sections of the text of a version, by the names that programs give them: in the API and in imported files."""

# Name → column of Version; ``lessons`` is made of its rows.
SECTIONS = {
    "challenge": "challenge",
    "objectives": "objectives",
    "approach": "approach",
    "results": "results_narrative",
    "enabling_conditions": "enabling_conditions",
    "constraints": "constraints",
    "what_did_not_work": "what_did_not_work",
    "lessons": None,
    "equity": "equity",
    "sustainability": "sustainability",
    "replication_keep": "replication_keep",
    "replication_change": "replication_change",
    "replication_preconditions": "replication_preconditions",
    "replication_support": "replication_support",
    "learnt_from": "learnt_from",
    "shared_with": "shared_with",
}
