"""The desk: what the portal knows of countries. It comes from fixtures and imports, and is looked at here."""

from django.contrib import admin

from countries.models import Country, Indicator, IndicatorRevision, IndicatorValue, StatusList


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the desk shows and never writes."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Country)
class CountryAdmin(ReadOnlyAdmin):
    list_display = ["iso3", "name", "unicef_region", "income_group", "is_ldc", "is_lldc", "is_sids"]
    list_filter = ["unicef_region", "income_group"]
    search_fields = ["iso3", "names"]


@admin.register(StatusList)
class StatusListAdmin(ReadOnlyAdmin):
    list_display = ["code", "as_of", "source"]


@admin.register(Indicator)
class IndicatorAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "area", "unit", "better", "source", "licence"]
    list_filter = ["area"]


@admin.register(IndicatorValue)
class IndicatorValueAdmin(ReadOnlyAdmin):
    list_display = ["country", "indicator", "year", "value", "source", "imported_at"]
    list_filter = ["indicator"]
    list_select_related = ["country", "indicator"]
    search_fields = ["country__iso3", "country__names"]
    show_full_result_count = False


@admin.register(IndicatorRevision)
class IndicatorRevisionAdmin(ReadOnlyAdmin):
    list_display = ["figure", "value", "source", "imported_at", "replaced_at"]
    list_filter = ["figure__indicator"]
    list_select_related = ["figure"]
    date_hierarchy = "replaced_at"
