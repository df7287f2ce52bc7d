"""What a learner says when asking for a pack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import Board
from credits.petitions.selectors import Candidate
from credits.petitions.services import MAX_WORDS


class WordsForm(forms.Form):
    words = forms.CharField(
        label=_("What it gives you in your profession, in your own words"),
        help_text=_("Bodies judge whether the content lies within your scope of practice. Only you can say what you use it for."),
        required=False,
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class PetitionForm(WordsForm):
    board = forms.ModelChoiceField(Board.objects.none(), label=_("Whom you ask"), widget=forms.RadioSelect, empty_label=None, to_field_name="code")
    field_order = ("board", "words")

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = [one.board.pk for one in candidates if one.is_open]
        self.fields["board"].queryset = Board.objects.filter(pk__in=bodies)  # type: ignore[attr-defined]  # a choice field
