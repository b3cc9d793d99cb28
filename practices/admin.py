"""The desk: reference data and what can be looked at. Content changes only through the workflow."""

from django.contrib import admin

from practices.models import ChallengeArea, CountryOffice, Practice, SdgTarget, Topic, ValidityCheck
from practices.serial import raise_public_serial
from practices.vocabulary import load_names


class ReadOnly:
    """Rows that the desk shows and never writes."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReferenceAdmin(admin.ModelAdmin):
    """Reference rows are corrected here and never deleted; every page may show them, so the public serial rises."""

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        load_names()
        raise_public_serial()


@admin.register(ChallengeArea)
class ChallengeAreaAdmin(ReferenceAdmin):
    list_display = ["slug", "name", "figure", "source"]
    readonly_fields = ["slug", "position"]

    def has_add_permission(self, request):
        return False


@admin.register(Topic)
class TopicAdmin(ReferenceAdmin):
    list_display = ["slug", "name", "area", "merged_into"]
    list_filter = ["area"]
    search_fields = ["slug", "names"]


@admin.register(SdgTarget)
class SdgTargetAdmin(ReferenceAdmin):
    list_display = ["code", "text", "goal"]
    list_filter = ["goal"]


@admin.register(Practice)
class PracticeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["reference", "slug", "country", "status", "published_at", "is_review_due"]
    list_filter = ["status", "is_review_due"]
    search_fields = ["reference", "slug"]


@admin.register(CountryOffice)
class CountryOfficeAdmin(admin.ModelAdmin):
    list_display = ["country", "asks_for_endorsement"]


@admin.register(ValidityCheck)
class ValidityCheckAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["checked_at", "practices_count", "due_count"]
