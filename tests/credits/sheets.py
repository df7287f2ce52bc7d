"""A printed certificate's facts for tests that need no database."""

from typing import Any

from credits.certificates.sheet import sheet_of

VERIFY_URL = "https://school.example/c/7k3f92qdabcdefghjkmnpqrstu/"


def a_snapshot(**changes: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "kind": "achievement",
        "heading": "Certificate of Achievement",
        "name": "Zoë Đặng",
        "licence": None,
        "title": "SMRT for the Knee: Hamstrings, Gastrocnemius and Calcaneal Tendon",
        "is_plain": False,
        "units": "6",
        "unit_printed": "CE hours",
        "split": [{"category": "Technique", "units": "5"}, {"category": "Ethics", "units": "1"}],
        "minutes": 360,
        "board": "NCBTMB Approved Provider program (course approval)",
        "approval_board": "NCBTMB Approved Provider program (course approval)",
        "approval_board_url": "https://www.ncbtmb.org/",
        "approval_number": "452911-20",
        "provider_name": "SMRT School",
        "provider_number": "1123-4",
        "provider_contact": "14 Elm Street, Asheville, NC 28801",
        "completed_on": "2026-11-22",
        "zone": "America/New_York",
        "dates": [],
        "mode": "self_paced",
        "course_type": "Home Study",
        "location": "On-line",
        "verification": "has completed by home study, and passed the examination of",
        "instructor": "Jonas Oduya",
        "instructor_credentials": "LMT, BCTMB",
        "signer": "Maria Lindqvist",
        "signer_role": "Program administrator",
        "signature_svg": "",
        "serial": "SMRT-7K3F-92QD",
        "token": "7k3f92qdabcdefghjkmnpqrstu",
        "verify_url": VERIFY_URL,
        "version": 1,
        "replaces": "",
        "issued_at": "2026-11-22T17:00:00+00:00",
        "issued_on": "2026-11-22",
        **changes,
    }


def a_sheet(**changes: Any) -> dict[str, Any]:
    return sheet_of(a_snapshot(**changes))
