"""What staff type and choose about videos."""

from __future__ import annotations

import base64
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from streaming.gathering import PIECE_BYTES
from streaming.languages import language_code
from streaming.models import VideoAsset
from streaming.pipeline import picture
from streaming.pipeline import probe as pipeline_probe
from streaming.pipeline.formats import HEAD_BYTES
from streaming.services.captions import MAX_BYTES

ACCEPT = ".mp4,.m4v,.mov,.mkv,.webm,.avi,.ts,.mts,.m2ts,.mpg,.mpeg,.3gp,video/*"
HEX_SHA256 = r"\A[0-9a-f]{64}\Z"
START = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")


class UploadForm(forms.Form):
    """The upload without JavaScript; with it the same fields are read by static/js/upload.js."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False, help_text=_("As it stands in your list of videos. Empty: the name of the file."))
    file = forms.FileField(
        label=_("Video file"),
        allow_empty_file=True,
        help_text=_("MP4, MOV, MKV, WebM or AVI, up to 20 GB, as your camera or editing program wrote it."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
    )


class OpenUploadForm(forms.Form):
    """What static/js/upload.js says of a file before it sends it."""

    title = forms.CharField(max_length=1000, required=False)
    name = forms.CharField(max_length=10_000, strip=False)
    size = forms.IntegerField()
    fingerprint = forms.RegexField(HEX_SHA256)
    head = forms.CharField(max_length=2 * HEAD_BYTES, required=False)
    anyway = forms.BooleanField(required=False)

    def clean_head(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["head"], validate=True)
        except ValueError as error:
            raise ValidationError(_("This is not base64.")) from error


class PieceForm(forms.Form):
    """One piece: where it belongs, and the SHA-256 of what is sent."""

    offset = forms.IntegerField(min_value=0, max_value=pipeline_probe.MAX_BYTES)
    length = forms.IntegerField(min_value=1, max_value=PIECE_BYTES)
    sha256 = forms.RegexField(HEX_SHA256)


class PieceAddressForm(forms.Form):
    """The same for a piece that goes straight to the bucket, which checks an MD5."""

    offset = forms.IntegerField(min_value=0, max_value=pipeline_probe.MAX_BYTES)
    length = forms.IntegerField(min_value=1, max_value=PIECE_BYTES)
    md5 = forms.RegexField(r"\A[A-Za-z0-9+/]{22}==\Z")


class TitleForm(forms.ModelForm):
    class Meta:
        model = VideoAsset
        fields = ["title"]
        labels = {"title": _("Title")}


class ReplacementForm(forms.Form):
    """Which video takes the place of another: the newest that are ready and stand in nobody's place yet."""

    new = forms.ModelChoiceField(label=_("The video that takes its place"), queryset=VideoAsset.objects.none(), help_text=_("The 50 newest that are ready."))

    def __init__(self, *args: Any, old: VideoAsset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = VideoAsset.objects.ready().filter(replaced_by=None, replaces=None).exclude(pk=old.pk).order_by("-created_at", "-pk").values("pk")[:50]
        field = self.fields["new"]
        field.queryset = VideoAsset.objects.filter(pk__in=newest).order_by("-created_at", "-pk")  # type: ignore[attr-defined]  # a choice field
        field.label_from_instance = lambda asset: f"{asset.title} ({asset.length_text})"  # type: ignore[attr-defined]  # a choice field


class LanguageField(forms.CharField):
    """A language by its code or its name, from the list that pages have as `caption-languages`."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"list": "caption-languages", "autocomplete": "off", "spellcheck": "false"})
        super().__init__(
            label=_("Language"), max_length=120, widget=widget, help_text=_("Type a name or a code, such as Spanish, español or es-MX."), **options
        )

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        code = language_code(typed)
        if not code:
            raise ValidationError(_("“%(language)s” is no language we know. Choose one from the list.") % {"language": typed[:40]})
        return code


class LanguageForm(forms.Form):
    language = LanguageField()


class CaptionForm(forms.Form):
    language = LanguageField(initial="en")
    file = forms.FileField(
        label=_("Caption file"),
        help_text=_("WebVTT, SRT, SBV or TTML, in any encoding. It replaces the captions of this language."),
        widget=forms.ClearableFileInput(attrs={"accept": ".vtt,.srt,.sbv,.ttml,.dfxp,.xml,.txt,text/vtt,application/ttml+xml"}),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        data: bytes = file.read(MAX_BYTES + 1)
        return data


class PosterNumber(forms.Form):
    number = forms.IntegerField(min_value=0, max_value=99)


class PosterUpload(forms.Form):
    picture = forms.FileField(
        label=_("A picture of your own"),
        help_text=_("JPEG, PNG or WebP, best in the shape of the film. It replaces the poster at once."),
        widget=forms.ClearableFileInput(attrs={"accept": ".jpg,.jpeg,.png,.webp,image/jpeg,image/png,image/webp"}),
    )

    def clean_picture(self) -> bytes:
        file = self.cleaned_data["picture"]
        data: bytes = file.read(picture.MAX_BYTES + 1)
        return data


class ChapterForm(forms.Form):
    """One row; an empty one is left out."""

    start = forms.CharField(
        label=_("Starts at"), max_length=9, required=False, widget=forms.TextInput(attrs={"placeholder": "1:30", "size": 8, "autocomplete": "off"})
    )
    title = forms.CharField(label=_("Chapter"), max_length=120, required=False)

    def clean_start(self) -> int | None:
        """Milliseconds from m:ss or h:mm:ss."""
        text = self.cleaned_data["start"].strip()
        if not text:
            return None
        match = START.fullmatch(text)
        if match is None:
            raise ValidationError(_("Write the time as minutes:seconds, such as 1:30."))
        return (int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])) * 1000

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if "start" in values and (values["start"] is None) != (not values.get("title")):
            raise ValidationError(_("A chapter needs both a time and a title. Empty the row to remove it."))
        return values


ChapterRows = forms.formset_factory(ChapterForm, extra=3, max_num=60)
