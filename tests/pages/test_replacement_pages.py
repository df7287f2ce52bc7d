"""Replacing a film and saying on how many devices it may be watched, in a real browser at a phone's width and a desk's."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from tests.factories.accounts import user_with_role
from tests.factories.payments import MembershipPriceFactory
from tests.factories.streaming import ReadyAssetFactory


def test_staff_compare_two_films_before_one_takes_the_others_place(transactional_db, new_page, sign_in, live_site, look):
    old = ReadyAssetFactory(title="Hamstring release, from the pelvis to the knee", duration_ms=600_000, original_name="IMG_0042.MOV", size_bytes=840_000_000)
    new = ReadyAssetFactory(title="Hamstring release, sound mended", duration_ms=655_000, original_name="hamstring-final-final.mp4", size_bytes=910_000_000)
    page = new_page(bypass_csp=True)
    sign_in(page, user_with_role(Role.STAFF), live_site)

    page.goto(live_site + reverse("streaming_desk:asset_replace", args=[old.uuid]))
    faults = look(page, "replace-choose")
    page.get_by_label("The video that takes its place").select_option(label=f"{new.title} (10:55)")
    page.get_by_role("button", name="Compare the two").click()
    faults += look(page, "replace-compare", "The length differs.")

    assert faults == []
    expect(page.get_by_role("button", name="Replace the file")).to_be_visible()


def test_the_offer_says_on_how_many_devices(transactional_db, new_page, live_site, look):
    product = MembershipPriceFactory(product__streams=3, product__is_active=True).product
    page = new_page(bypass_csp=True)

    page.goto(live_site + product.get_absolute_url())

    assert look(page, "offer-devices", "Watch on up to 3 devices at once") == []
