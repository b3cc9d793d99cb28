"""Saving a step of the form, against the bare statements that change its rows, in the same kind of transaction."""

import re

from django.db import transaction

from bench.measuring import Figure, Recorder, replay, side_by_side
from practices import drafting
from practices.models import Submission
from tests.make import make_target
from tests.submissions import make_draft

LIMIT = 3
ROUNDS = 60
# Per step, two states between which its writer goes to and fro.
STATES = {
    "basics": ({"summary": "One."}, {"summary": "Another."}),
    "challenge": ({"challenge": "One."}, {"challenge": "Another."}),
    "approach": ({"approach": "One."}, {"approach": "Another."}),
    "results": ({"results_narrative": "One."}, {"results_narrative": "Another."}),
    "lessons": ({"what_did_not_work": "One."}, {"what_did_not_work": "Another."}),
    "conditions": ({"equity": "One."}, {"equity": "Another."}),
    "closing": ({"consent_statement": "One."}, {"consent_statement": "Another."}),
    "challenge, a first text": ({"challenge": ""}, {"challenge": "Another."}),
    "basics, an SDG target": ({"sdg_targets": ["3.2"]}, {"sdg_targets": ["3.2", "2.2"]}),
    "lessons, a row": (
        {"lessons": [{"kind": "worked", "text": "One.", "for_whom": ""}]},
        {"lessons": [{"kind": "worked", "text": text, "for_whom": ""} for text in ("One.", "Two.")]},
    ),
}
_DELETE = re.compile(r'DELETE FROM "(\w+)" WHERE "\w+"\."id" IN')


def figures():
    """[Figure] of one save per step."""
    make_target("2.2")
    draft = make_draft()
    return [_figure(draft, what, *states) for what, states in STATES.items()]


def _figure(draft, what, before, after):
    step = what.partition(",")[0]

    def save(values):
        found = Submission.objects.select_related("version").get(pk=draft.pk)
        return lambda: drafting.save_step(found, step, values, by=draft.lead, revision=found.revision)

    save(before)()
    writes = _recorded(save(after), draft.version_id)
    save(before)()
    prepared = {"save": save(after)}

    def portal():
        prepared["save"]()
        return lambda: save(before)()

    def bare():
        with transaction.atomic():
            replay(writes)

        def back():
            save(before)()
            prepared["save"] = save(after)

        return back

    return Figure(f"Save a step: {what}", *side_by_side(portal, bare, rounds=ROUNDS), LIMIT)


def _recorded(save, version_id):
    """The writes of ``save``; what it deletes by ids is deleted by its version, so that it can be done again."""
    with Recorder() as recorder:
        save()
    writes = []
    for sql, params in recorder.writes:
        found = _DELETE.match(sql)
        again = f'DELETE FROM "{found[1]}" WHERE version_id = %s' if found else ""  # noqa: S608 - Django's own names
        writes.append((again, [version_id]) if found else (sql, params))
    return writes
