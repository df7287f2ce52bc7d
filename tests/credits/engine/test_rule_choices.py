"""Which row the engine takes from the boards' files, and how much it asks: by hand from the texts, versions, tiers and exceptions."""

import pytest

from credits.engine.run import evaluate
from credits.rulebook import load

RULES = load()
OLD = {"issued_on": "2000-05-10", "born_on": "1991-02-14", "number": "1240", "practising_since": "2000-05-10"}
ACTIVE = [{"from": "2000-05-10", "status": "active"}]


def answer(board, end, licence):
    rules = RULES[board]
    calendar = rules.calendar or {"anchor": "periods", "periods": [{"start": f"{int(end[:4]) - rules.lengths['months'] // 12}-{end[5:7]}-01", "end": end}]}
    result = evaluate(
        {
            "schema": "smrt-ce-case/1",
            "operation": "standing",
            "as_of": "2026-11-23",
            "licence": OLD | licence,
            "calendar": calendar,
            "rules": rules.case_rules(),
            "credits": [],
            "evaluate": [end],
        }
    )
    cycle = result["cycles"][0]
    chosen = cycle.get("rule")
    return chosen and (chosen["id"].removeprefix(f"{board}."), chosen["version"]), cycle.get("required")


@pytest.mark.parametrize(
    ("board", "end", "licence", "chosen", "required"),
    [
        # versions, by the end of the cycle
        ("us_il_massage", "2022-12-31", {}, ("standard", 1), "24"),
        ("us_il_massage", "2024-12-31", {}, ("standard", 2), "25"),
        ("us_il_massage", "2006-12-31", {}, None, None),
        ("us_dc_massage", "2019-01-31", {}, ("standard", 1), "12"),
        ("us_dc_massage", "2021-01-31", {}, ("standard", 2), "14"),
        ("us_hi_massage", "2022-06-30", {}, ("standard", 1), "0"),
        ("us_hi_massage", "2024-06-30", {}, ("standard", 2), "12"),
        ("us_ky_massage", "2020-05-10", {}, None, None),
        ("us_ky_massage", "2022-05-10", {}, ("standard", 2), "12"),
        ("us_nj_massage", "2020-11-30", {}, ("standard", 1), "20"),
        ("us_nj_massage", "2026-11-30", {}, ("standard", 2), "20"),
        ("us_ne_massage", "2025-11-01", {}, ("standard", 2), "16"),
        ("us_wa_massage", "2023-02-14", {}, ("standard", 1), "24"),
        ("us_wa_massage", "2025-02-14", {}, ("standard", 2), "24"),
        ("us_ia_massage", "2024-05-10", {}, ("standard", 1), "16"),
        ("us_ia_massage", "2026-05-10", {}, ("standard", 2), "16"),
        # waivers
        ("us_fl_massage", "2021-08-31", {}, ("standard", 1), "24"),
        ("us_fl_massage", "2023-08-31", {}, ("waiver", 1), "24"),
        ("us_fl_massage", "2025-08-31", {}, ("waiver", 1), "24"),
        ("us_fl_massage", "2027-08-31", {}, ("standard", 1), "24"),
        ("us_pa_massage", "2025-01-31", {"issued_on": "2023-06-01"}, ("first_renewal", 1), "2"),  # the child-abuse hours are not waived
        ("us_pa_massage", "2027-01-31", {"issued_on": "2025-02-01"}, ("standard", 1), "24"),
        # first renewals
        ("us_fl_massage", "2027-08-31", {"issued_on": "2026-02-28"}, ("first_renewal", 1), "19"),  # February 2026 to August 2027
        ("us_fl_massage", "2027-08-31", {"issued_on": "2027-08-30"}, ("first_renewal", 1), "3"),  # one month, and both topics
        ("us_tn_massage", "2026-12-31", {"issued_on": "2025-01-15"}, ("first_renewal", 1), "24"),
        ("us_tn_massage", "2026-12-31", {"issued_on": "2026-01-15"}, ("first_renewal", 1), "12"),
        ("us_tn_massage", "2026-12-31", {"issued_on": "2026-09-01"}, ("first_renewal", 1), "4"),
        ("us_tn_massage", "2026-12-31", {"issued_on": "2026-12-31"}, ("first_renewal", 1), "4"),
        ("us_nj_massage", "2026-11-30", {"issued_on": "2025-11-30"}, ("first_renewal", 1), "20"),
        ("us_nj_massage", "2026-11-30", {"issued_on": "2025-12-01"}, ("first_renewal", 1), "10"),
        ("us_md_massage", "2026-10-31", {"issued_on": "2025-11-01"}, ("first_renewal", 1), "1"),  # an hour of implicit bias stays
        ("us_md_massage", "2026-10-31", {"issued_on": "2025-10-31"}, ("standard", 2), "24"),
        ("us_ny_massage", "2026-02-28", {"issued_on": "2025-06-01"}, ("first_renewal", 1), "0"),
        ("us_ny_massage", "2029-02-28", {"issued_on": "2025-06-01"}, ("standard", 1), "36"),
        ("us_wi_massage", "2027-02-28", {"issued_on": "2026-02-28"}, ("first_renewal", 1), "0"),
        ("us_sc_massage", "2026-06-30", {"issued_on": "2026-06-30"}, ("first_renewal", 1), "0"),
        # time out of practice
        ("us_tn_massage", "2026-12-31", {"status_history": [*ACTIVE, {"from": "2025-11-02", "status": "inactive"}]}, ("partly_retired", 1), "11"),
        ("us_tn_massage", "2026-12-31", {"status_history": [*ACTIVE, {"from": "2025-02-02", "status": "inactive"}]}, ("partly_retired", 1), "4"),
        # tiers
        ("us_nd_massage", "2026-02-28", {"issued_on": "2024-01-10", "practising_since": "1990-01-01"}, ("practice_25", 1), "3"),
        ("us_nd_massage", "2026-02-28", {"issued_on": "2024-01-10", "practising_since": "2011-02-28"}, ("practice_15", 1), "6"),
        ("us_nd_massage", "2026-02-28", {"issued_on": "2024-01-10", "practising_since": "2011-03-01"}, ("second_renewal", 1), "24"),
        ("us_nd_massage", "2028-02-28", {"issued_on": "2024-01-10", "practising_since": "2020-01-01"}, ("standard", 1), "24"),
        ("us_nd_massage", "2024-02-28", {"issued_on": "2024-01-10", "practising_since": "1990-01-01"}, ("first_renewal", 1), "0"),
        # by the date of certification
        ("nsca", "2026-12-31", {}, ("before_2024", 1), "6"),
        ("nsca", "2026-12-31", {"issued_on": "2024-12-31"}, ("in_2024", 1), "4"),
        ("nsca", "2026-12-31", {"issued_on": "2025-01-01"}, ("in_2025", 1), "2"),
        ("nsca", "2026-12-31", {"issued_on": "2026-06-30"}, ("early_2026", 1), "1"),
        ("nsca", "2026-12-31", {"issued_on": "2026-07-01"}, ("late_2026", 1), "0"),
        # another credential instead
        ("us_va_massage", "2027-02-28", {"credentials": [{"credential": "ncbtmb_bc", "expires": "2027-02-28"}]}, ("board_certified", 1), "0"),
        ("us_va_massage", "2027-02-28", {"credentials": [{"credential": "ncbtmb_bc", "expires": "2027-02-27"}]}, ("standard", 1), "24"),
        # on top of the total
        ("us_mi_massage", "2026-12-31", {}, ("standard", 2), "18"),
    ],
)  # fmt: skip
def test_the_row_and_the_amount(board, end, licence, chosen, required):
    assert answer(board, end, licence) == (chosen, required)
