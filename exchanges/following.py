"""Exchanges, offers and needs for whoever keeps a copy of them, as ``practices.following`` gives practices."""

from exchanges.changes import POSITIONS, public
from practices.following import Changed, Followed, behind


class FollowedRows(Followed):
    """``load``: a function of a queryset, how its rows are loaded."""

    def __init__(self, listing, load):
        super().__init__(listing)
        self.load, self.model = load, listing.filter.MODEL
        self.positions = POSITIONS[self.model]
        name = self.positions._meta.pk.name
        self.columns = (name, f"{name}__code")

    def tell(self, found):
        ids = [key for _at, key, _code in found]
        answering = self.load(self.listing.filter.rows()).in_bulk(ids)
        readable = set(public(self.model).filter(pk__in=ids).values_list("pk", flat=True))
        return [self._changed(at, code, answering.get(key), key in readable) for at, key, code in found]

    def _changed(self, at, code, row, is_readable):
        if row:
            return Changed(at, card=row)
        return Changed(at, gone={"code": code, "gone": True, "status": "unmatched" if is_readable else "hidden"})

    def count(self):
        return self.listing.filter.rows().count()

    def after(self, place, limit):
        since = self.listing.filter.SINCE
        rows = behind(self.listing.filter.rows(), place, since=since, key="pk")
        return [(getattr(row, since), row.pk, row) for row in self.load(rows)[:limit]]
