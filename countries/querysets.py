"""Which figures, and how they are loaded."""

from django.db import models


class IndicatorValueQuerySet(models.QuerySet):
    def latest_each(self):
        """The latest figure of every country and indicator, in one pass over the index."""
        return self.order_by("indicator_id", "country_id", "-year").distinct("indicator_id", "country_id")

    def points(self):
        """Rows (indicator code, ISO3, year, value): what comparing needs and no more."""
        return self.values_list("indicator_id", "country_id", "year", "value")
