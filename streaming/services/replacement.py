"""A video takes the place of another one: new viewers get it, who has begun goes on with the old (docs/decisions/0024-replacing-a-film.md)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from streaming.models import Grant, VideoAsset
from streaming.selectors.current import last_replaced_by

NOTABLE_MS = 10_000
NOTABLE_SHARE = 0.02


class ReplacementRefused(DomainError):
    code = "replacement_refused"


@dataclass(frozen=True)
class Comparison:
    """What staff read before they confirm."""

    old: VideoAsset
    new: VideoAsset
    staying: int  # people who have begun with the old one and keep it

    @property
    def differs(self) -> bool:
        """Whether the length changes by more than 2 % or ten seconds: boards approve minutes."""
        before, after = self.old.duration_ms or 0, self.new.duration_ms or 0
        return abs(after - before) > min(NOTABLE_MS, NOTABLE_SHARE * before)


def compare(*, old: VideoAsset, new: VideoAsset) -> Comparison:
    """Both side by side. Raises ReplacementRefused where `new` may not take the place of `old`."""
    _check(old, new)
    return Comparison(old, new, Grant.objects.filter(asset=old).values("user").distinct().count())


def replace_asset(*, old: VideoAsset, new: VideoAsset, by: User) -> VideoAsset:
    """Let whoever begins from now on watch `new` where `old` is meant. The same again changes nothing.

    Whatever `old` had itself replaced points to `new` then too, so that one step always leads to the last. Raises
    ReplacementRefused.
    """
    with transaction.atomic():
        rows = {row.pk: row for row in VideoAsset.objects.select_for_update(no_key=True).filter(pk__in=[old.pk, new.pk]).order_by("pk")}
        old, new = rows[old.pk], rows[new.pk]
        if old.replaced_by_id == new.pk:
            return old
        _check(old, new)
        VideoAsset.objects.filter(replaced_by=old).update(replaced_by=new)
        old.replaced_by, old.replaced_at = new, clock.now()
        old.save(update_fields=["replaced_by", "replaced_at", "updated_at"])
        record_audit(
            actor=by,
            action="streaming.replace_asset",
            record=old,
            replaced_by=str(new.uuid),
            sha256=new.sha256,
            before_ms=old.duration_ms,
            after_ms=new.duration_ms,
        )
    return old


def undo_replacement(*, old: VideoAsset, by: User) -> VideoAsset:
    """Let new viewers get `old` again. A second call changes nothing. Raises ReplacementRefused once somebody may watch the new one."""
    with transaction.atomic():
        old = VideoAsset.objects.select_for_update(no_key=True, of=("self",)).select_related("replaced_by").get(pk=old.pk)
        new = old.replaced_by
        if new is None:
            return old
        VideoAsset.objects.select_for_update(no_key=True).get(pk=new.pk)
        if last_replaced_by(new) != old:
            raise ReplacementRefused(_("Another file came between. Undo the latest replacement first, on its own page."))
        if Grant.objects.filter(asset=new).exists():
            words = _("People watch “%(title)s” already and keep it. To go back, upload the earlier file again and let it take this one's place.")
            raise ReplacementRefused(words % {"title": new.title})
        old.replaced_by = old.replaced_at = None
        old.save(update_fields=["replaced_by", "replaced_at", "updated_at"])
        VideoAsset.objects.filter(replaced_by=new).update(replaced_by=old)
        record_audit(actor=by, action="streaming.undo_replacement", record=old, replaced_by=str(new.uuid))
    return old


def refuse_in_chain(asset: VideoAsset) -> None:
    """Raises ReplacementRefused for a video that replaced another one, or was replaced: who began with either keeps it."""
    if asset.replaced_by_id:
        words = _("“%(title)s” was replaced by another file, and whoever began with it goes on watching it, so it stays.")
        raise ReplacementRefused(words % {"title": asset.title})
    if replaced := last_replaced_by(asset):
        words = _("“%(title)s” has taken the place of “%(old)s”, so it stays. Undo that first, on the page of “%(old)s”.")
        raise ReplacementRefused(words % {"title": asset.title, "old": replaced.title})


def _check(old: VideoAsset, new: VideoAsset) -> None:
    if old.pk == new.pk:
        raise ReplacementRefused(_("A video cannot take its own place. Choose another one."))
    if old.replaced_by_id:
        raise ReplacementRefused(_("This video has been replaced already. Replace the one that took its place."))
    if new.replaced_by_id:
        raise ReplacementRefused(_("“%(title)s” has itself been replaced. Choose the video that took its place.") % {"title": new.title})
    if VideoAsset.objects.filter(replaced_by=new).exists():
        raise ReplacementRefused(_("“%(title)s” has taken the place of another video already. Upload the file once more for this one.") % {"title": new.title})
    if new.state != VideoAsset.State.READY:
        raise ReplacementRefused(_("“%(title)s” is not ready yet. Wait until it is, then confirm.") % {"title": new.title})
