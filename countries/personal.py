"""Which columns hold something of a person: each app says so of its tables, once, in its own ``personal.py``.

Whatever could hold personal data is named there, also where it does not, so that a column that is added and
forgotten is found. What a person is given of it and what is left after an erasure follows from it.
"""

from typing import NamedTuple

ALL = "*"


class Table(NamedTuple):
    """What one table holds of people; columns are named in strings, separated by spaces.

    ``links``: {lookup that leads from a row to a person: the columns that this person is shown, or ALL of those that
    neither lead to others nor are hidden nor stand in ``apart``}. A link is a number: once the account that it leads
    to has no name any more, it leads to nobody.
    ``identity``: what names or reaches a person: given out, and emptied by an erasure.
    ``hidden``: given to nobody, and emptied by an erasure.
    ``words``: what somebody wrote in their office: given to those it is linked to, and kept without their name.
    ``apart``: columns that only the links that name them show.
    ``impersonal``: could hold personal data by its type, and does not.
    ``removed``: the links by which the whole row goes with its person.
    """

    links: dict = {}
    identity: str = ""
    hidden: str = ""
    words: str = ""
    apart: str = ""
    impersonal: str = ""
    removed: str = ""

    def columns(self, kind):
        """The names of the columns of one ``kind``, as a list."""
        return getattr(self, kind).split()

    def shown(self, lookup, columns):
        """Those of ``columns``, all that the table has, that the person to whom ``lookup`` leads is given."""
        if self.links[lookup] != ALL:
            return self.links[lookup].split()
        left_out = {*self.links, *self.columns("hidden"), *self.columns("apart")} - {*self.columns("identity")}
        return [name for name in columns if name not in left_out]


TABLES = {
    "countries.Country": Table(
        impersonal="iso3 iso2 m49 names un_status un_region un_subregion capital_name official_languages"
    ),
    "countries.StatusList": Table(impersonal="as_of source note"),
    "countries.Indicator": Table(impersonal="code names unit units area sdg source licence note"),
    "countries.IndicatorValue": Table(impersonal="source"),
    "countries.IndicatorRevision": Table(impersonal="source"),
}
