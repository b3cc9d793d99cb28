"""People, memberships and organisations at the desk, and the audit, to read."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts import audit, credentials, second_factor, sessions
from accounts.enums import AuditAction
from accounts.identity import shown_lately
from accounts.kinds import Kind
from accounts.models import AuditEvent, Membership, Organisation, User
from accounts.roles import tell_of_role

# What the audit keeps of a person when the desk changes it; of the address only that it changed, for it stays for good.
KEPT = ("is_active", "is_staff", "is_superuser")


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "name"]


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["organisation"]


# Who decides on people has lately shown who they are.
@method_decorator(shown_lately, name="changeform_view")
@method_decorator(shown_lately, name="user_change_password")
@method_decorator(shown_lately, name="delete_view")
@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    add_form = UserCreationForm
    inlines = [MembershipInline]
    list_display = ["email", "name", "is_active", "is_staff"]
    list_filter = ["memberships__role", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    actions = ["take_second_factor"]
    filter_horizontal = ["user_permissions"]
    readonly_fields = ["last_login", "created_at"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name", "language", "time_zone"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "user_permissions"]}),
        (_("Dates"), {"fields": ["created_at", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]}),
    ]

    @admin.action(description=_("Remove all second factors, which were lost"), permissions=["change"])
    @method_decorator(shown_lately)
    def take_second_factor(self, request, queryset):
        for user in queryset:
            if self.has_change_permission(request, user):
                second_factor.take_all(user, by=request.user)

    def save_model(self, request, obj, form, change):
        before = User.objects.filter(pk=obj.pk).values("email", *KEPT).first() or {}
        super().save_model(request, obj, form, change)
        old = before.pop("email", obj.email)
        changes = audit.difference(before, {name: getattr(obj, name) for name in KEPT})
        if old != obj.email:
            credentials.note_new_address(obj, old, by=request.user)
        if changes:
            audit.record(AuditAction.ACCOUNT_CHANGED, actor=request.user, subject=obj, changes=changes)
        if not obj.is_active:
            sessions.end(obj.sign_ins.all())

    def save_related(self, request, form, formsets, change):
        person = form.instance
        before = Membership.objects.named_for(person)
        super().save_related(request, form, formsets, change)
        after = Membership.objects.named_for(person)
        for role in sorted(before - after):
            audit.record(AuditAction.ROLE_TAKEN, actor=request.user, subject=person, changes={"role": [role, ""]})
        for role in sorted(after - before):
            audit.record(AuditAction.ROLE_GIVEN, actor=request.user, subject=person, changes={"role": ["", role]})

    def get_readonly_fields(self, request, obj=None):
        """Only who may do everything decides who else may; otherwise an administrator could promote themselves."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, "is_staff", "is_superuser", "user_permissions"]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_within_reach(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_within_reach(request, obj)

    def save_formset(self, request, form, formset, change):
        """Keep the memberships, and tell the person which roles they were given and which were taken from them."""
        before = {row.pk: row for row in Membership.objects.filter(user=form.instance).select_related("organisation")}
        super().save_formset(request, form, formset, change)
        after = {row.pk: row for row in Membership.objects.filter(user=form.instance).select_related("organisation")}
        for kind, rows, others in ((Kind.ROLE_TAKEN, before, after), (Kind.ROLE_GIVEN, after, before)):
            for pk, row in rows.items():
                if pk not in others or row.what != others[pk].what:
                    tell_of_role(kind, row)

    def _is_within_reach(self, request, obj):
        return request.user.is_superuser or obj is None or not obj.is_superuser


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ["name", "kind", "country"]
    list_filter = ["kind"]
    list_select_related = ["country"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    """Read only: the database would refuse anything else."""

    list_display = ["at", "action", "actor", "subject", "request_id"]
    list_filter = ["action"]
    list_select_related = ["actor"]
    search_fields = ["subject", "request_id", "actor__email"]
    date_hierarchy = "at"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
