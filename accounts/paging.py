"""A page of a list as ``templates/partials/pager.html`` wants it."""


class Pages:
    """Where a django.core.paginator.Page stands: ``page``, ``pages_count``, and the query string of any other page.

    ``query``: the QueryDict of the address, whose other values are kept.
    """

    def __init__(self, page, query):
        self.page, self.pages_count, self._query = page.number, page.paginator.num_pages, query

    def page_query(self, number):
        query = self._query.copy()
        query["page"] = str(number)
        return query.urlencode()
