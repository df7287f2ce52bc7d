"""Why nothing can be said of where a licence stands, in words to the officer at the desk: what they can do about it."""

from __future__ import annotations

from dataclasses import replace

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.models import Licence
from credits.standings import Gap

# The title and the explanation of each gap, by its code.
WORDS: dict[str, tuple[Promise | str, Promise | str]] = {
    "no_rules": (
        gettext_lazy("The rules of this board are not in our data"),
        gettext_lazy(
            "We have no renewal rules of %(board)s that could be evaluated. Ask the board what it wants, and tell the learner; their awards are kept."
        ),
    ),
    "nothing_asked": (
        gettext_lazy("No continuing education is asked for"),
        gettext_lazy("By what was read here, %(board)s asks for none. Read its own text again before anybody relies on that; awards are kept all the same."),
    ),
    "no_calendar": (
        gettext_lazy("We do not know when the cycle ends"),
        gettext_lazy("When a cycle ends is not established: %(why)s Ask the board for the renewal date, and tell the learner; their awards are kept."),
    ),
    "no_cycle": (
        gettext_lazy("The board’s next period is not known here"),
        gettext_lazy("The periods this board has named are over, and the next is not in our data yet. Ask the board when it ends."),
    ),
    "not_begun": (
        gettext_lazy("The first cycle has not begun"),
        gettext_lazy("The licence is dated later than today. Its first cycle begins with it. If the date is wrong, ask the learner to correct it."),
    ),
    "missing_issued_on": (
        gettext_lazy("One fact is missing"),
        gettext_lazy("Ask the learner to give the date the licence was issued: its cycles are counted from it."),
    ),
    "missing_number": (
        gettext_lazy("One fact is missing"),
        gettext_lazy("Ask the learner to give the number of the licence: this board’s calendar goes by it."),
    ),
    "missing_born_on": (
        gettext_lazy("One fact is missing"),
        gettext_lazy("Ask the learner to give their date of birth on their own pages: this board’s calendar goes by it, and only they can see it."),
    ),
    "missing_practising_since": (
        gettext_lazy("One fact is missing"),
        gettext_lazy("Ask the learner to give the day since when they practise: what this board asks goes by the years in practice."),
    ),
    "facts_unfit": (
        gettext_lazy("Two facts contradict each other"),
        gettext_lazy(
            "What is on file for this licence does not fit together: %(why)s Look at the decisions noted for it, or ask the learner to correct the rest."
        ),
    ),
}
OF_THE_BOARD = ("no_rules", "nothing_asked", "no_calendar", "no_cycle")


def gap_for_officer(licence: Licence, gap: Gap) -> Gap:
    """The same gap in words to an officer. What the board must say leads to its own pages, the rest to what is on file."""
    title, explanation = WORDS[gap.code]
    said = str(explanation) % {"board": licence.board.name, "why": gap.why}
    worded = replace(gap, title=str(title), explanation=said)
    if gap.code in OF_THE_BOARD:
        return worded
    return replace(worded, address=reverse("credits_desk:licence_detail", args=[licence.pk]), action=_("See what is on file"))
