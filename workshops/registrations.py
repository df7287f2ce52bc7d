"""What this app tells the apps below it at start: its entitlement subjects and its desk pages."""

from __future__ import annotations

from accounts.models import Role
from core import desk
from credits.retention.sources import add_source
from credits.transcripts.sources import register_source
from payments import subjects
from workshops.booking.retention import RegistrationAnswers, WaiverAcceptances
from workshops.moving.subjects import MoveKind
from workshops.selectors import workshops_booked
from workshops.subjects import WorkshopKind


def register() -> None:
    subjects.register(WorkshopKind())
    subjects.register(MoveKind())
    register_source("workshops", workshops_booked)
    desk.register("Workshops", "workshops_desk:workshop_list", roles=(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER), group="Teaching", order=30)
    for source in (RegistrationAnswers(), WaiverAcceptances()):
        add_source(source)
    desk.register("Statements", "workshops_desk:statement_list", roles=(Role.STAFF, Role.INSTRUCTOR), group="Teaching", order=43)
    desk.register("Waivers", "workshops_desk:waiver_list", roles=(Role.STAFF, Role.INSTRUCTOR), group="Teaching", order=44)
    desk.register("Venues", "workshops_desk:venue_list", roles=(Role.STAFF, Role.INSTRUCTOR), group="Teaching", order=40)
    desk.register("Cancellation policies", "workshops_desk:policy_list", roles=(Role.STAFF,), group="Teaching", order=42)
    desk.register("Demand", "workshops_desk:demand_map", roles=(Role.STAFF,), group="Teaching", order=45)
