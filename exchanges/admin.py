"""The desk: what can be looked at of exchanges and resources. The workflow moves them, pages maintain funds.

Only what was opened or published once is here: drafts are read by the country that writes them, also not at the desk.
"""

from django.contrib import admin
from django.db.models import URLField

from exchanges.models import Call, Contribution, Exchange, Fund, ImpactFigure, Need, Offer, Project
from practices.admin import ReadOnly

_ADDRESSES = {URLField: {"assume_scheme": "https"}}


class OpenedAdmin(ReadOnly, admin.ModelAdmin):
    """Offers and needs that were opened."""

    list_display = ["code", "title", "country", "status", "opened_at", "expires_on"]
    list_filter = ["status"]
    search_fields = ["code", "title"]
    list_select_related = ["country"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(opened_at__isnull=False)


admin.site.register([Offer, Need], OpenedAdmin)


@admin.register(Exchange)
class ExchangeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["code", "title", "form", "status", "start_year", "published_at", "is_verified"]
    list_filter = ["status", "form", "is_verified"]
    search_fields = ["code", "title"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(published_at__isnull=False)


@admin.register(Fund)
class FundAdmin(ReadOnly, admin.ModelAdmin):
    formfield_overrides = _ADDRESSES
    list_display = ["name", "organisation", "size", "currency", "size_as_of", "is_verified", "updated_at"]
    list_filter = ["is_verified"]
    search_fields = ["name"]
    list_select_related = ["organisation"]


@admin.register(Call)
class CallAdmin(ReadOnly, admin.ModelAdmin):
    formfield_overrides = _ADDRESSES
    list_display = ["title", "fund", "opens_on", "closes_on"]
    list_select_related = ["fund"]


@admin.register(Project)
class ProjectAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["code", "title", "fund", "status", "start_year", "amount", "currency", "is_verified"]
    list_filter = ["status", "is_verified"]
    search_fields = ["code", "title"]
    list_select_related = ["fund"]


@admin.register(Contribution)
class ContributionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["kind", "country", "organisation", "committed", "disbursed", "currency", "value_on"]
    list_filter = ["kind"]
    list_select_related = ["country", "organisation"]

    def get_queryset(self, request):
        return super().get_queryset(request).live()


@admin.register(ImpactFigure)
class ImpactFigureAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["month", "measure", "value"]
    list_filter = ["measure"]
