"""A first visit stays light, and nothing on the page moves after it is drawn."""

import gzip

import pytest

from tests.factories.courses import enrolled, published_course
from tests.factories.payments import MembershipPriceFactory
from tests.factories.workshops import VenueFactory, WorkshopFactory
from workshops.models import Place

MOST_BYTES = 100_000
HEADERS = 300  # about what a response's own lines take
SHIFT = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value }).observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(sum), 200);
})"""


def transferred(response) -> int:
    """What the response weighs as production sends it: text compressed (nginx, WhiteNoise), fonts as they are."""
    body = response.body()
    is_font = response.url.endswith(".woff2")
    return HEADERS + len(body if is_font else gzip.compress(body))


PENSACOLA = "/workshops/?place=Pensacola%2C+FL"


@pytest.mark.parametrize(
    "path",
    [
        "/", "/courses/", "/workshops/", f"{PENSACOLA}&radius=50", f"{PENSACOLA}&radius=50&first=2099-01-01", PENSACOLA,
        "/workshops/a-saturday/", "/c/", "/account/login/", "/payments/products/library/",
    ],
)  # fmt: skip
def test_a_first_visit_weighs_less_than_100_kb_and_nothing_moves(page, live_site, path):
    for _ in range(12 if path == "/courses/" else 1):
        published_course(lessons=1)
    WorkshopFactory(slug="a-saturday")
    if path.startswith("/workshops/?") or path == "/workshops/":  # a page of the list, here and over three continents
        Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.42, lng=-87.22, region="FL", weight=54000)
        for n in range(12):
            WorkshopFactory(venue=VenueFactory(lat=30.41 + n % 3 * 4, lng=-87.22 + n % 4 * 0.2 + n % 2 * 80))
    MembershipPriceFactory(product__slug="library", trial_days=14)
    responses = []
    page.on("response", lambda response: responses.append(response))

    page.goto(live_site + path)
    page.wait_for_load_state("networkidle")

    weights = {response.url.removeprefix(live_site): transferred(response) for response in responses}
    assert sum(weights.values()) < MOST_BYTES, weights
    assert any(url.endswith(".woff2") for url in weights)
    assert page.evaluate(SHIFT) == 0


def test_the_player_page_weighs_less_than_100_kb_before_the_player_and_the_video(page, live_site, sign_in):
    attempt = enrolled()
    sign_in(page, attempt.learner, live_site)
    responses = []
    page.on("response", lambda response: responses.append(response))

    page.goto(f"{live_site}/courses/attempts/{attempt.pk}/lessons/{attempt.version.lessons.first().pk}/")
    page.wait_for_load_state("networkidle")

    own = [r for r in responses if not any(part in r.url for part in ("/vendor/hls", "/vendor/media-chrome", "/js/player/", "/v/", "/api/"))]
    weights = {response.url.removeprefix(live_site): transferred(response) for response in own}
    assert sum(weights.values()) < MOST_BYTES, weights
    assert len(own) < len(responses), "the player's code was not asked for"
