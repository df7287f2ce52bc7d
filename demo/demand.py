"""Where people of the demonstration ask for a workshop: one town over its threshold, others below it, and an alert."""

from __future__ import annotations

from accounts.models import User
from workshops.alerts.services import set_alert
from workshops.demand.counting import count_demand
from workshops.demand.pins import PinInput, confirm_pin, set_pin
from workshops.models import Pin, SearchAlert
from workshops.near.places import find_places
from workshops.near.searches import NearSearch

# Address, town, miles, months, level, people, note.
ASKING = (
    ("marisol@example.org", "Tallahassee, FL", 50, (2, 3, 4), "all", 2, "My colleague and I share a practice; weekends suit us best."),
    ("dana.k@example.org", "Tallahassee, FL", 100, (3, 4), "all", 1, ""),
    ("tallahassee.clinic@example.org", "Tallahassee, FL", 25, (), "all", 4, "We can offer our own treatment room with six tables."),
    ("joel@example.org", "Thomasville, GA", 50, (3, 10), "all", 1, "Driving to Tallahassee is fine."),
    ("amrita@example.org", "Quincy, FL", 50, (), "foundation", 2, ""),
    ("wes@example.org", "Dothan, AL", 100, (9, 10), "advanced", 1, "I have done the foundation day; looking for the next step."),
    ("pnw.touch@example.org", "Portland, OR", 100, (6, 7), "foundation", 3, "Nothing comes out west!"),
    ("heather@example.org", "Eugene, OR", 150, (), "foundation", 1, ""),
    ("colm@example.org", "Leeds, England", 50, (5,), "all", 1, ""),
)


def make_demand(*, learner: User) -> None:
    """Safe to repeat: whoever has asked keeps what they asked for."""
    for email, town, radius, months, level, people, note in ASKING:
        places = find_places(town)
        if places and not Pin.objects.filter(email=email).exists():
            wish = PinInput(places[0].label, places[0].lat, places[0].lng, radius, "mi", months, level, people, note)
            confirm_pin(pin=set_pin(wish=wish, email=email))
    count_demand()
    if not SearchAlert.objects.filter(user=learner).exists():
        set_alert(search=NearSearch(place="Pensacola, FL", radius=100, level="advanced"), pace=SearchAlert.Pace.DAILY, user=learner)
