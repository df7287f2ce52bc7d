"""Verbs of the planner, one module per noun."""

from planner.services.following import look_again, wishes_of
from planner.services.looking import (
    ask_for_all,
    ask_to_look,
    note_news_of_board,
    note_news_of_course,
    note_news_of_person,
    note_news_of_workshop,
)
from planner.services.reminders import wants_mail
from planner.services.routes import drop_route, follow_again, rename_route, save_route, set_mail

__all__ = [
    "ask_for_all",
    "ask_to_look",
    "drop_route",
    "follow_again",
    "look_again",
    "note_news_of_board",
    "note_news_of_course",
    "note_news_of_person",
    "note_news_of_workshop",
    "rename_route",
    "save_route",
    "set_mail",
    "wants_mail",
    "wishes_of",
]
