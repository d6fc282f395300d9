"""Accounts and units only: the domain has no place in the admin, so that an administrator sees no ledger content."""

from django.contrib import admin

from accounts.models import Membership, Unit, User


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin):
    list_display = ("name", "short_name", "parent", "position", "is_active")
    search_fields = ("name", "short_name")
    list_filter = ("is_active",)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("username", "name", "position_title", "is_active")
    search_fields = ("username", "name")
    fields = ("username", "name", "position_title", "phone", "email", "is_active", "must_change_password")
    inlines = (MembershipInline,)
