from django.contrib import admin

from countries.models import Country


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):
    """Countries come from a fixture; the desk shows what the portal knows of them."""

    list_display = ["iso3", "name", "unicef_region", "income_group", "is_ldc", "is_lldc", "is_sids"]
    list_filter = ["unicef_region", "income_group"]
    search_fields = ["iso3", "names"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
