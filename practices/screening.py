"""What the portal finds in a case study when it is handed in, so that curators know where to look first."""

from practices import duplicates
from practices.enums import Check


def screen(submission, version, *, by):
    """[Check] that stand out in ``version`` (loaded ``with_content``) of ``submission``; empty when none does.

    ``by``: who hands it in, as whom it is compared with others.
    """
    results = version.results.all()
    figures = [row for row in results if row.baseline is not None or row.latest is not None]
    costs = (version.cost_setup, version.cost_yearly, version.cost_note)
    found = {
        Check.DUPLICATE: bool(duplicates.similar(submission, by)),
        Check.SOURCE: any(not row.source for row in figures),
        Check.FIGURES: not any(row.baseline is not None and row.latest is not None for row in results),
        Check.REFERENCES: not version.references.all(),
        Check.COST: all(cost in (None, "") for cost in costs),
    }
    return [check for check, is_found in found.items() if is_found]
