"""What a workshop says of itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from workshops.models import Workshop
from workshops.slugs import free_slug


class WorkshopForm(forms.ModelForm):
    class Meta:
        model = Workshop
        fields = [
            "title",
            "summary",
            "description",
            "activity",
            "venue",
            "instructor",
            "instructor_name",
            "capacity",
            "is_free",
            "prerequisites",
            "what_to_bring",
            "cancellation_policy",
        ]
        help_texts = {
            "is_free": gettext_lazy("If not, people buy their seat: make a product that opens this workshop, with a price, and put it on sale."),
        }
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("description", "prerequisites", "what_to_bring", "cancellation_policy")}

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        teachers = User.objects.filter(role_assignments__role=Role.INSTRUCTOR, is_active=True).distinct()
        if not user.has_role(Role.STAFF):
            teachers = teachers.filter(pk=user.pk)
            self.fields["instructor"].initial = user.pk
        self.fields["instructor"].queryset = teachers.order_by("email")  # type: ignore[attr-defined]  # a choice field

    def save(self, commit: bool = True) -> Workshop:
        """Fill the instance without storing it: services.save_workshop stores it with its schedule."""
        workshop: Workshop = super().save(commit=False)
        if not workshop.slug:
            workshop.slug = free_slug(workshop.title)
        return workshop
