"""What flows from one cycle to the next: carried units, used credits, a shortfall, and cycles that are closed."""

from __future__ import annotations

from credits.engine.dates import civil
from credits.engine.standing import prepare, standing_of
from tests.credits.engine.standing_cases import YEARS, credit, cycle, cycles, lines, rule

THREE = ("2024-12-31", "2025-12-31", "2026-12-31")
TWO = THREE[1:]
CARRY = {"generations": 1, "satisfies_minima": True}
TWO_YEARS = {"open": {"year_offset": -1, "month": 1, "day": 1}, "close": {"year_offset": 0, "month": 12, "day": 31}}
ETHICS = {"code": "ethics", "match": {"categories": ["ethics"]}, "units": "2"}


def test_carried_units_live_as_many_generations_as_the_rule_gives_them():
    held = [credit("a", "2024-05-01", "40")]

    one = cycles(*held, evaluate_ends=THREE, carry=CARRY)
    two = cycles(*held, evaluate_ends=THREE, carry=CARRY | {"generations": 2})

    assert [(found["carried_in"], found["carried_out"], found["lost"]) for found in one] == [("0", "30", "0"), ("30", "0", "20"), ("0", "0", "0")]
    assert [(found["carried_in"], found["carried_out"], found["lost"]) for found in two] == [("0", "30", "0"), ("30", "20", "0"), ("20", "0", "10")]
    assert lines(one[1]) == [("a", 0, "counted", "10", None), ("a", 0, "lost", "20", "carry_expired")]
    assert one[2]["applied"] == "0"


def test_the_newest_surplus_is_carried():
    held = [credit("a", "2025-05-01", "8"), credit("b", "2025-06-01", "3"), credit("c", "2025-06-01", "4")]

    found = cycles(*held, evaluate_ends=TWO, carry=CARRY | {"max_units": "4"})[0]

    assert lines(found) == [
        ("a", 0, "counted", "8", None),
        ("b", 0, "counted", "2", None),
        ("b", 0, "lost", "1", "carry_ceiling"),
        ("c", 0, "carried_out", "4", None),
    ]


def test_the_lesser_of_two_carry_ceilings_holds_and_a_fraction_is_of_what_is_required():
    held = [credit("a", "2025-05-01", "30")]

    assert cycles(*held, evaluate_ends=TWO, carry=CARRY | {"max_units": "6", "max_fraction_of_required": "0.5"})[0]["carried_out"] == "5"
    assert cycles(*held, evaluate_ends=TWO, carry=CARRY | {"max_units": "4", "max_fraction_of_required": "0.5"})[0]["carried_out"] == "4"
    assert cycles(*held, evaluate_ends=TWO, carry=CARRY)[0]["carried_out"] == "20"


def test_new_units_may_be_used_before_carried_ones():
    held = [credit("a", "2025-05-01", "15"), credit("b", "2026-05-01", "7")]

    first = cycles(*held, evaluate_ends=TWO, carry=CARRY)[1]
    last = cycles(*held, evaluate_ends=TWO, carry=CARRY | {"consume": "new_first"})[1]

    assert lines(first) == [("a", 0, "counted", "5", None), ("b", 0, "counted", "5", None), ("b", 0, "carried_out", "2", None)]
    assert lines(last) == [("a", 0, "counted", "3", None), ("a", 0, "lost", "2", "carry_expired"), ("b", 0, "counted", "7", None)]


def test_carried_units_serve_minima_only_where_the_rule_says_so():
    held = [credit("a", "2025-05-01", "20", ["ethics"])]

    may = cycles(*held, evaluate_ends=TWO, minima=[ETHICS], carry=CARRY)[1]
    may_not = cycles(*held, evaluate_ends=TWO, minima=[ETHICS], carry=CARRY | {"satisfies_minima": False})[1]

    assert may["status"] == "met"
    assert (may_not["applied"], may_not["additional_needed"], may_not["minima_missing"]) == ("8", "2", [{"code": "ethics", "units": "2"}])


def test_an_exempt_cycle_may_carry():
    rules = [rule(id="first", when={"cycle_end": {"to": "2025-12-31"}}, required={"units": "0"}, carry=CARRY), rule(carry=CARRY)]

    first, second = cycles(credit("a", "2025-05-01", "4"), rules=rules, evaluate_ends=TWO)

    assert (first["status"], first["carried_out"], second["carried_in"], second["applied"]) == ("exempt", "4", "4", "4")


def test_carried_units_outlive_a_rule_without_carry_over():
    rules = [rule(id="old", when={"cycle_end": {"to": "2025-12-31"}}, carry=CARRY), rule()]

    second = cycles(credit("a", "2025-05-01", "15"), rules=rules, evaluate_ends=TWO)[1]

    assert (second["carried_in"], second["applied"]) == ("5", "5")


def test_what_comes_into_a_cycle_without_a_rule_passes_through_it():
    carry = CARRY | {"generations": 2}
    rules = [rule(when={"cycle_end": {"to": "2024-12-31"}}, carry=carry), rule(id="later", when={"cycle_end": {"from": "2026-01-01"}}, carry=carry)]

    found = cycles(credit("a", "2024-05-01", "15"), rules=rules, evaluate_ends=THREE)

    assert [(each["status"], each["carried_in"], each["carried_out"]) for each in found] == [("met", "0", "5"), ("no_rule", "5", "5"), ("open", "5", "0")]


def test_an_earlier_cycle_uses_a_credit_first_and_the_rest_is_not_split():
    first, second = cycles(credit("a", "2025-05-01", "12"), credit("b", "2025-06-01", "3"), evaluate_ends=TWO, window=TWO_YEARS)

    assert lines(first) == [("a", 0, "counted", "10", None), ("a", 0, "lost", "2", "not_split"), ("b", 0, "left_for_later", "3", "in_later_window")]
    assert lines(second) == [("a", 0, "excluded", "12", "used_in_other_cycle"), ("b", 0, "counted", "3", None)]


def test_the_rest_of_a_credit_serves_a_later_window_where_credits_may_be_split():
    first, second = cycles(credit("a", "2025-05-01", "12"), evaluate_ends=TWO, window=TWO_YEARS, split_across_cycles=True)

    assert lines(first) == [("a", 0, "counted", "10", None), ("a", 0, "left_for_later", "2", "in_later_window")]
    assert lines(second) == [("a", 0, "counted", "2", None), ("a", 0, "excluded", "10", "used_in_other_cycle")]


def test_surplus_of_a_credit_submitted_for_one_cycle_is_not_left_for_another():
    first = cycles(credit("a", "2025-05-01", "12", assigned_to="2025-12-31"), evaluate_ends=TWO, window=TWO_YEARS, carry=CARRY)[0]

    assert lines(first) == [("a", 0, "counted", "10", None), ("a", 0, "carried_out", "2", None)]


def test_credits_in_grace_fill_up_the_earlier_cycle_and_no_more():
    held = [credit("a", "2025-05-01", "7"), credit("b", "2026-01-10", "3"), credit("c", "2026-01-20", "5")]

    first, second = cycles(*held, evaluate_ends=TWO, grace={"days": 30, "fee_required": False})

    assert (first["status"], first["grace_last_day"], first["reasons"]) == ("met_late", "2026-01-30", ["grace_credits_used"])
    assert lines(first)[2:] == [("c", 0, "left_for_later", "5", "in_later_window")]
    assert lines(second) == [("b", 0, "excluded", "3", "used_in_other_cycle"), ("c", 0, "counted", "5", None)]


def test_a_grace_fee_counts_when_it_was_paid_in_time():
    def status(paid_on: str, as_of: str) -> str:
        licence = {"renewals": [{"cycle_end": "2025-12-31", "late_fee_paid_on": paid_on}]}
        return cycles(
            credit("a", "2026-01-10", "10"),
            licence=licence,
            as_of=as_of,
            evaluate_ends=TWO,
            grace={"months": 1, "fee_required": True},
        )[0]["status"]

    assert status("2026-01-31", "2026-06-01") == "met_late"
    assert status("2026-02-01", "2026-06-01") == "short"
    assert status("2026-01-31", "2026-01-30") == "open"


def test_a_credit_without_its_grace_fee_serves_the_cycle_it_lies_in():
    first, second = cycles(credit("a", "2026-01-10", "10"), evaluate_ends=TWO, grace={"days": 30, "fee_required": True})

    assert lines(first) == [("a", 0, "excluded", "10", "grace_fee_missing")]
    assert second["status"] == "met"


def test_a_late_renewal_opens_the_next_window_later():
    licence = {"renewals": [{"cycle_end": "2025-12-31", "renewed_on": "2026-02-10"}]}
    held = [credit("a", "2026-02-10", "4"), credit("b", "2026-02-11", "4")]

    after = cycles(*held, licence=licence, late_renewal={"next_window_opens": "day_after_renewal"})[0]
    fixed = cycles(*held, licence=licence, late_renewal={"next_window_opens": "2026-02-01"})[0]
    in_time = cycles(*held, licence={"renewals": [{"cycle_end": "2025-12-31", "renewed_on": "2025-12-31"}]}, late_renewal={"next_window_opens": "2026-02-01"})[
        0
    ]

    assert (after["window_open"], after["applied"]) == ("2026-02-11", "4")
    assert (fixed["window_open"], fixed["applied"]) == ("2026-02-01", "8")
    assert in_time["window_open"] == "2026-01-01"


def test_a_shortfall_moves_on_once_the_cycle_is_over_and_only_when_it_is_small_enough():
    held = [credit("a", "2026-05-01", "7")]
    carry = CARRY | {"shortfall_max": "3"}

    assert cycle(*held, carry=carry, as_of="2026-12-31")["status"] == "open"
    over = cycle(*held, carry=carry, as_of="2027-01-01")
    assert (over["status"], over["shortfall_out"], over["applied"], over["additional_needed"]) == ("deferred", "3", "7", "3")
    large = cycle(credit("a", "2026-05-01", "6"), carry=carry, as_of="2027-01-01")
    assert (large["status"], large["shortfall_out"]) == ("short", "0")


def test_a_shortfall_of_a_minimum_does_not_move_on():
    found = cycle(credit("a", "2026-05-01", "10"), carry=CARRY | {"shortfall_max": "3"}, minima=[ETHICS], as_of="2027-01-01")

    assert (found["status"], found["shortfall_out"], found["applied"]) == ("short", "0", "8")


def test_a_renewed_cycle_is_over():
    licence = {"renewals": [{"cycle_end": "2025-12-31", "renewed_on": "2025-12-15"}]}

    first, second = cycles(credit("a", "2025-05-01", "9"), evaluate_ends=TWO, licence=licence, carry=CARRY | {"shortfall_max": "3"})

    assert (first["status"], first["exception"], second["required"]) == ("deferred", False, "11")


def test_a_frozen_cycle_keeps_its_figures_and_what_it_left():
    licence = {"renewals": [{"cycle_end": "2025-12-31", "renewed_on": "2025-12-20"}]}
    held = [credit("a", "2025-05-01", "14"), credit("a", "2025-05-01", "9", version=2, recorded_on="2026-03-01")]

    first, second = cycles(*held, evaluate_ends=TWO, licence=licence, carry=CARRY)

    assert (first["exception"], first["status"], first["carried_out"]) == (True, "met", "4")
    assert first["reasons"] == ["closed_cycle_changed"]
    assert (second["carried_in"], second["exception"]) == ("4", False)


def test_a_credit_that_came_after_the_renewal_serves_the_next_cycle():
    licence = {"renewals": [{"cycle_end": "2025-12-31", "renewed_on": "2025-11-01"}]}

    first, second = cycles(credit("a", "2025-05-01", "10"), credit("b", "2025-11-20", "5"), evaluate_ends=TWO, licence=licence, window=TWO_YEARS)

    assert lines(first)[1] == ("b", 0, "excluded", "5", "not_yet_earned")
    assert (first["exception"], second["applied"]) == (False, "5")


def test_a_renewal_still_to_come_freezes_nothing():
    licence = {"renewals": [{"cycle_end": "2026-12-31", "renewed_on": "2027-01-01"}]}

    assert cycle(credit("a", "2026-05-01", "10"), licence=licence)["exception"] is False


def test_each_closed_cycle_is_as_it_was_on_its_own_day():
    licence = {"renewals": [{"cycle_end": "2024-12-31", "renewed_on": "2024-12-31"}, {"cycle_end": "2025-12-31", "renewed_on": "2025-12-31"}]}
    held = [credit("a", "2024-05-01", "15"), credit("a", "2024-05-01", "12", version=2, recorded_on="2025-06-01"), credit("b", "2025-05-01", "5")]

    found = cycles(*held, evaluate_ends=THREE, licence=licence, carry=CARRY)

    assert [(each["carried_in"], each["applied"], each["exception"]) for each in found] == [("0", "10", True), ("5", "10", False), ("0", "0", False)]


def test_many_closed_cycles_are_worked_out_once_each():
    days = [f"{year}-12-31" for year in range(1931, 2031)]
    calendar = {"anchor": "periods", "periods": [{"start": f"{day[:4]}-01-01", "end": day} for day in days]}
    licence = {"issued_on": "1931-01-01", "renewals": [{"cycle_end": day, "renewed_on": day} for day in days]}
    held = [credit(f"c{day}", day, "11") for day in days]

    found = cycles(*held, calendar=calendar, licence=licence, evaluate_ends=tuple(days), as_of="2031-01-01", carry=CARRY)

    assert [each["number"] for each in found if each["exception"] or each["status"] != "met"] == []
    assert [each["carried_in"] for each in found[:11]] == [str(number) if number < 10 else "10" for number in range(11)]


def test_duties_due_every_few_cycles_or_once():
    def due(minimum: dict, *, met_in: str | None = None, held: tuple = ()) -> list[bool]:
        licence = {"met_before": [{"code": "ethics", "cycle_end": met_in}]} if met_in else {}
        return [bool(found["minima"]) for found in cycles(*held, evaluate_ends=THREE, licence=licence, minima=[ETHICS | minimum])]

    met = (credit("a", "2024-05-01", "2", ["ethics"]),)
    assert due({}, held=met) == [True, True, True]
    assert due({"due_every": 2}) == [True, True, True]
    assert due({"due_every": 2}, held=met) == [True, False, True]
    assert due({"due_every": 0}, held=met) == [True, False, False]
    assert due({"due_every": 2}, met_in="2023-12-31") == [False, True, True]
    assert due({"due_every": 3}, met_in="2023-12-31") == [False, False, True]
    assert due({"due_every": 0}, met_in="2020-12-31") == [False, False, False]


def test_a_minimum_whose_parent_is_not_due_stands_alone():
    nested = [ETHICS | {"due_every": 0}, {"code": "law", "match": {"categories": ["law"]}, "units": "1", "nested_in": "ethics"}]
    licence = {"met_before": [{"code": "ethics", "cycle_end": "2024-12-31"}]}

    found = cycle(credit("a", "2026-05-01", "10", ["law"]), licence=licence, minima=nested)

    assert [(row["code"], row["missing"]) for row in found["minima"]] == [("law", "0")]


def test_a_held_credential_gives_its_units_last_and_is_not_carried():
    licence = {"credentials": [{"credential": "cpr", "from": "2025-01-01", "expires": "2027-01-01"}]}
    options = {"licence": licence, "credentials": [{"credential": "cpr", "current_on": "cycle_end", "units": "2"}], "carry": CARRY}

    needed = cycle(credit("a", "2026-05-01", "9"), **options)
    spare = cycle(credit("a", "2026-05-01", "12"), **options)

    assert lines(needed) == [
        ("a", 0, "counted", "9", None),
        ("credential:cpr", 0, "counted", "1", None),
        ("credential:cpr", 0, "lost", "1", "carry_not_eligible"),
    ]
    assert lines(spare)[1:] == [("a", 0, "carried_out", "2", None), ("credential:cpr", 0, "lost", "2", "carry_not_eligible")]


def test_the_highest_version_known_on_the_day_counts():
    held = [credit("a", "2026-05-01", "3"), credit("a", "2026-05-01", "8", version=2, recorded_on="2026-06-01")]

    assert cycle(*held, as_of="2026-05-31")["applied"] == "3"
    assert cycle(*held, as_of="2026-06-01")["applied"] == "8"
    assert cycle(credit("a", "2026-05-01", "3", recorded_on="2026-06-01"), as_of="2026-05-31")["dispositions"] == []


def test_a_credit_of_no_units_is_listed():
    assert lines(cycle(credit("a", "2026-05-01", "0"))) == [("a", 0, "counted", "0", None)]


def test_rules_read_once_serve_many_licences():
    prepared = prepare([rule(carry=CARRY)], YEARS)
    held = [credit("a", "2026-05-01", "3")]

    found = standing_of(prepared, {"issued_on": "2020-01-01"}, held, civil("2026-12-31"), [civil("2026-12-31")])

    assert found["cycles"] == cycles(*held, carry=CARRY)
