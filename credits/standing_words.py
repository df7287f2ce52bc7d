"""A standing in words: what is still missing, and what became of each unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.held_awards import Hold, why_held
from credits.models import Award, ExternalCredit
from credits.rulebook import BoardRules
from credits.rulebook.words import MODES, Unit, amount, label_words, match_words

# Why units do not count, by the vocabulary's reason.
REASONS = {
    "revoked": gettext_lazy("the award was revoked"),
    "review_not_accepted": gettext_lazy("the award is held until what it waits for is given"),
    "not_yet_earned": gettext_lazy("its date is later than today"),
    "used_in_other_cycle": gettext_lazy("it was used in another cycle"),
    "not_accredited": gettext_lazy("the board does not accept this approval"),
    "excluded_activity": gettext_lazy("the board does not accept this kind of activity"),
    "repeat": gettext_lazy("the same course counted before, too recently to count again"),
    "outside_window": gettext_lazy("it was earned outside the cycles shown"),
    "grace_fee_missing": gettext_lazy("it was earned late, and no late fee is on file"),
    "over_cap": gettext_lazy("it is over the most the board counts of its kind"),
    "in_later_window": gettext_lazy("a later cycle can use it"),
    "not_split": gettext_lazy("the rest of a credit that was partly used can not be used later"),
    "no_carry_over": gettext_lazy("it was not needed, and nothing carries over"),
    "cycle_not_met": gettext_lazy("nothing carries over out of a cycle that is not met"),
    "carry_expired": gettext_lazy("it was carried over as often as is allowed"),
    "carry_not_eligible": gettext_lazy("its kind does not carry over"),
    "carry_ceiling": gettext_lazy("it is more than may carry over"),
}
EXTERNAL_REASONS = {
    "revoked": gettext_lazy("it was withdrawn"),
    "review_not_accepted": gettext_lazy("the school has not accepted its proof"),
    "not_accredited": gettext_lazy("the board takes it only with an approval that was not named"),
}
DISPOSITIONS = {
    "counted": (gettext_lazy("Counted"), "ok"),
    "over_cap": (gettext_lazy("Over a limit"), "warn"),
    "carried_out": (gettext_lazy("Goes into the next cycle"), "ok"),
    "left_for_later": (gettext_lazy("Kept for a later cycle"), "muted"),
    "lost": (gettext_lazy("Not used"), "muted"),
    "excluded": (gettext_lazy("Does not count"), "warn"),
}
STATUSES = {
    "exempt": (gettext_lazy("Nothing due"), "ok"),
    "met": (gettext_lazy("Complete"), "ok"),
    "met_late": (gettext_lazy("Complete, with late credit"), "ok"),
    "deferred": (gettext_lazy("Moved to the next cycle"), "warn"),
    "open": (gettext_lazy("Open"), "info"),
    "short": (gettext_lazy("Not complete on record"), "warn"),
    "no_rule": (gettext_lazy("No rule known"), "muted"),
}


@dataclass(frozen=True)
class Words:
    """What sentences are made of: the board's unit, words by code, what stands behind the credits, and whether the holder reads them."""

    unit: Unit
    names: dict[str, str] = field(hash=False)
    awards: dict[str, Award | ExternalCredit] = field(hash=False)
    to_holder: bool = True
    holds: Mapping[str, Hold] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Line:
    """What became of some units of one award. `why` names what they were counted as, or why they were not."""

    title: str
    day: date | None
    units: str
    word: str
    badge: str
    why: str
    rule: str = ""


def day_words(text: str) -> str:
    return date_format(date.fromisoformat(text), "F j, Y")


def status_word(row: dict[str, Any]) -> tuple[str, str]:
    if row["blocked_by"] and row["status"] in ("exempt", "met", "met_late"):
        return _("A card is missing"), "warn"
    word, badge = STATUSES[row["status"]]
    return str(word), badge


def sentence_of(row: dict[str, Any], content: dict[str, Any], words: Words, as_of: date) -> str:
    """One sentence on a cycle, such as “6 more hours by August 31, 2027, at least 4 hands-on in person, 2 of ethics”."""
    said = {"end": day_words(row["end"])}
    match row["status"]:
        case "no_rule":
            return _("We know no rule for a cycle that ends on %(end)s. Ask the board what it wants for this renewal.") % said
        case "open":
            return f"{_open(row, words, as_of)}{_of_which(row, content, words)}."
        case "short":
            missing = amount(row["additional_needed"], words.unit)
            return _("%(missing)s were missing on %(close)s, by what is on record here.") % {"missing": missing, "close": day_words(_last_day(row))}
        case "deferred":
            return _("The cycle that ended on %(end)s moves %(units)s into the next.") % (said | {"units": amount(row["shortfall_out"], words.unit)})
    if row["blocked_by"]:
        cards = get_text_list([words.names.get(code, code) for code in row["blocked_by"]], _("and"))
        return _("For the renewal of %(end)s one thing is missing: a current %(cards)s.") % (said | {"cards": cards})
    if row["status"] == "exempt":
        return _("Nothing is due in the cycle that ends on %(end)s.") % said
    return _("Everything is on record for the cycle that ends on %(end)s: %(units)s.") % (said | {"units": amount(row["required"], words.unit)})


def _open(row: dict[str, Any], words: Words, as_of: date) -> str:
    needed = amount(row["additional_needed"], Unit(f"more {words.unit.singular}", f"more {words.unit.plural}"))
    if as_of.isoformat() <= row["window_close"]:
        return _("%(needed)s by %(day)s") % {"needed": needed, "day": day_words(row["window_close"])}
    return _("%(needed)s by %(day)s, when the time for late credit ends") % {"needed": needed, "day": day_words(_last_day(row))}


def _last_day(row: dict[str, Any]) -> str:
    return str(row["grace_last_day"] or row["window_close"])


def _of_which(row: dict[str, Any], content: dict[str, Any], words: Words) -> str:
    parts = [_part(missing["units"], minimum_of(content, missing["code"]), words) for missing in row["minima_missing"]]
    return "".join(f", {part}" for part in parts if part)


def _part(units: str, minimum: dict[str, Any], words: Words) -> str:
    match = minimum.get("match", {})
    if not match:
        return ""  # any unit fills it
    what = match_words(match, words.names)
    values = {"units": units, "what": what}
    text = _("%(units)s of %(what)s") if "categories" in match else _("at least %(units)s %(what)s")
    more = _(" on top of the total") if minimum.get("relation") == "additional" else ""
    return text % values + more


def minimum_of(content: dict[str, Any], code: str) -> dict[str, Any]:
    return next((minimum for minimum in content.get("minima", ()) if minimum["code"] == code), {})


def minimum_label(content: dict[str, Any], code: str, words: Words) -> str:
    what = minimum_what(content, code, words)
    return what[0].upper() + what[1:]


def minimum_what(content: dict[str, Any], code: str, words: Words) -> str:
    """What fills a minimum, to follow an amount: "ethics", "of any kind"."""
    match = minimum_of(content, code).get("match", {})
    return match_words(match, words.names) if match else _("of any kind")


def minimum_name(rules: BoardRules | None, code: str, names: Mapping[str, str]) -> str:
    """A minimum's name where no one row is at hand: its category's word, or that any kind fills it."""
    if code in names:
        return names[code][0].lower() + names[code][1:] if names[code][1:2].islower() else names[code]
    found = [part for row in (rules.rules if rules else ()) for part in row.content.get("minima", ()) if part["code"] == code]
    return code.replace("_", " ") if not found or any(part.get("match") for part in found) else _("of any kind")


def must_match(row: dict[str, Any], content: dict[str, Any], words: Words) -> Iterator[str]:
    """What bounds the units still to be earned, while they can be, and what else is to be known about the cycle."""
    if row["status"] == "open":
        yield from _bounds(row["additional_must_match"], content, words)
    reasons = row["reasons"]
    if "distinct_categories_missing" in reasons:
        distinct = content["distinct"]
        kinds = get_text_list([words.names.get(code, code) for code in distinct["categories"]], _("or"))
        yield _("At least %(count)s different kinds are wanted: %(kinds)s.") % {"count": distinct["min"], "kinds": kinds}
    for code in row["blocked_by"]:
        yield _("This must be current for the renewal: %(card)s.") % {"card": words.names.get(code, code)}
    if row["carried_in"] != "0":
        yield _("%(units)s came over from the cycle before.") % {"units": amount(row["carried_in"], words.unit)}
    if row["shortfall_in"] != "0":
        yield _("%(units)s that were missing in the cycle before are asked for in this one.") % {"units": amount(row["shortfall_in"], words.unit)}
    if "required_overridden" in reasons:
        yield _("A CE officer recorded a decision of the board for this cycle; it is followed here.")
    if "raised_to_fit_minima" in reasons:
        yield _("The minima together need more than the total; the total was raised to fit them.")
    if row["exception"]:
        if words.to_holder:
            yield _("You renewed this cycle. What is on record has changed since; the figures stay as they were, and the school looks at it.")
        else:
            yield _("The learner renewed this cycle. What is on record has changed since; the figures stay as they were: look at it with the learner.")


def _bounds(bounds: dict[str, Any], content: dict[str, Any], words: Words) -> Iterator[str]:
    if 0 < len(bounds["modes"]) < len(MODES):
        yield _("What is missing can be earned: %(modes)s.") % {"modes": get_text_list([MODES[mode] for mode in bounds["modes"]], _("or"))}
    for label in bounds["not_categories"]:
        yield _("No more of this counts: %(what)s.") % {"what": label_words(label, words.names)}
    for cap in bounds["at_most"]:
        found: dict[str, Any] = next((part for part in content.get("caps", ()) if part["code"] == cap["cap"]), {})
        said = {"units": amount(cap["units"], words.unit), "what": match_words(found.get("match", {}), words.names)}
        yield (_("No more of this counts: %(what)s.") if cap["units"] == "0" else _("At most %(units)s more of this: %(what)s.")) % said


def _is_waiting(row: dict[str, Any], words: Words) -> bool:
    """Whether it was typed in and nobody at the school has decided about its proof yet."""
    credit = words.awards.get(row["credit"])
    return row["reason"] == "review_not_accepted" and isinstance(credit, ExternalCredit) and credit.is_pending


def _hold(row: dict[str, Any], words: Words) -> Hold | None:
    """What keeps an award from counting that is held now."""
    return words.holds.get(row["credit"]) if row["reason"] == "review_not_accepted" else None


def line_of(line: dict[str, Any], content: dict[str, Any], words: Words, *, is_open: bool) -> Line:
    """While the cycle is open nothing is lost yet: the engine says what would be, if it ended today."""
    named, badge = DISPOSITIONS[line["disposition"]]
    word = str(named)
    why = _reason(line, words) or _served(line, content, words)
    if _is_waiting(line, words):
        word, badge = _("Not counted yet"), "info"
    elif _hold(line, words):
        word = _("Held")
    if is_open and line["disposition"] == "lost":
        word, why = _("Not needed so far"), _("it fits nothing that is still missing; at the end of the cycle: %(why)s") % {"why": why}
    return _line(line, words, word, badge, why)


def _served(line: dict[str, Any], content: dict[str, Any], words: Words) -> str:
    if line["disposition"] != "counted":
        return ""
    if not line["serves"]:
        return _("as part of the total")
    whole = all(served["units"] == line["units"] for served in line["serves"])
    parts = [_filled(content, served, words, whole=whole) for served in line["serves"]]
    return _("as %(what)s") % {"what": get_text_list(parts, _("and"))}


def _filled(content: dict[str, Any], served: dict[str, Any], words: Words, *, whole: bool) -> str:
    what = minimum_what(content, served["minimum"], words)
    if not whole:
        return f"{served['units']} {what}"
    return what if minimum_of(content, served["minimum"]).get("match") else _("%(units)s of any kind") % {"units": words.unit.plural}


def unplaced_line(row: dict[str, Any], words: Words) -> Line:
    if row["reason"] == "outside_window":
        return _line(row, words, _("Not in these cycles"), "muted", "")
    word = _("Not counted yet") if _is_waiting(row, words) else _("Held") if _hold(row, words) else str(DISPOSITIONS["excluded"][0])
    return _line(row, words, word, "muted", _reason(row, words))


def _reason(row: dict[str, Any], words: Words) -> str:
    """Why units do not count; "" when they do. What was typed in waits for other things than an award does."""
    if _is_waiting(row, words):
        credit = words.awards[row["credit"]]
        if isinstance(credit, ExternalCredit) and credit.status == ExternalCredit.Status.ASKED:
            if words.to_holder:
                return _("the school asks you for more about its proof, under “Earned elsewhere”; it counts once the school has accepted it")
            return _("more was asked for about its proof; it counts once that is accepted")
        return _("its proof waits for review; it counts once the school has accepted it")
    if hold := _hold(row, words):
        return why_held(hold, words.to_holder)
    if isinstance(words.awards.get(row["credit"]), ExternalCredit) and row["reason"] in EXTERNAL_REASONS:
        return str(EXTERNAL_REASONS[row["reason"]])
    return str(REASONS[row["reason"]]) if row["reason"] else ""


def _line(row: dict[str, Any], words: Words, word: str, badge: str, why: str) -> Line:
    award = words.awards.get(row["credit"])
    if award is None:  # a held credential
        name = row["credit"].removeprefix("credential:")
        return Line(words.names.get(name, name), None, row["units"], word, badge, why, row.get("rule", ""))
    title = _("%(title)s (earned elsewhere)") % {"title": award.title} if isinstance(award, ExternalCredit) else award.title
    return Line(title, award.completed_on, row["units"], word, badge, why, row.get("rule", ""))
