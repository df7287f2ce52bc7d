"""Completions with everything an auditor asks for, and packs of them."""

from datetime import UTC, datetime
from typing import Any

from credits.audits.services import make_pack, request_pack
from credits.certificates.services import issue_certificate
from credits.models import Activity, AuditPack, Award, Dossier
from credits.services import award_completion, record_completion
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, LicenceFactory

COURSE_FACTS: dict[str, Any] = {
    "course": {"title": "SMRT for the knee", "attempt": 81, "attempt_number": 1},
    "version": 2,
    "published_at": "2026-01-05T09:00:00Z",
    "objectives": ["Find the tight tissue."],
    "outline": [{"section": "The back of the knee", "lesson": "Hamstrings", "video": "v-1", "video_sha256": "a" * 64, "duration_ms": 600_000}],
    "lessons": [
        {
            "asset": "v-1", "sha256": "a" * 64, "duration_ms": 600_000, "covered": [[0, 590_000]], "covered_ms": 590_000, "fraction": 0.983333,
            "wall_ms": 400_000, "sessions": 2, "beats": 41, "first_opened_at": "2026-03-01T12:00:00+00:00", "last_beat_at": "2026-03-01T12:10:00+00:00",
        }
    ],
    "exam": {
        "number": 1, "started_at": "2026-03-01T12:11:00Z", "submitted_at": "2026-03-01T12:20:00Z", "score": 100, "pass_mark": 70,
        "as_shown": [
            {
                "question": 7, "text": "Which tissue?",
                "choices": [{"choice": 1, "text": "The hamstrings", "is_right": True}, {"choice": 2, "text": "=1+1", "is_right": False}],
            }
        ],
        "answers": {"7": 1},
    },
    "affirmation": {"wording": "I affirm that I am Zoë Đặng.", "affirmed_at": "2026-03-01T12:10:30Z"},
    "evaluation_submitted": True,
    "instructor": {"name": "Ana Ruiz", "credentials": "LMT", "biography": "Twelve years of practice."},
    "offered": {"title": "SMRT for the knee", "minutes": {"self_paced": 360}},
}  # fmt: skip
TRACE = {"code": "completed", "met": True, "title": "Completed", "why": "Everything is there.", "todo": "", "children": []}
DAY = datetime(2026, 3, 1, 18, tzinfo=UTC)


def completion(*, learner: Any = None, activity: Activity | None = None, at: datetime = DAY, key: str = "", certified: bool = True, **options: Any) -> Dossier:
    """A home-study completion awarded for every licence the learner has on file, with its certificates issued."""
    learner = learner or LegalNameFactory().user
    activity = activity or ActivityFactory(title="SMRT for the knee")
    key = key or f"course-attempt:{Dossier.objects.count() + 1}"
    values = {"facts": COURSE_FACTS, "trace": TRACE, "files": [("sign in.png", b"\x89PNG signed")], **options}
    dossier = record_completion(key=key, user=learner, activity=activity, kind="home_study", completed_at=at, zone="America/New_York", **values)
    award_completion(dossier=dossier)
    if certified:
        for award in Award.objects.filter(dossier=dossier):
            issue_certificate(award=award)
    return dossier


def licensed(activity: Activity, **options: Any) -> Any:
    """A learner with a licence of a board that approved `activity`."""
    accreditation = activity.accreditations.order_by("pk").first() or AccreditationFactory(activity=activity)
    return LicenceFactory(user=LegalNameFactory().user, board=accreditation.board, **options).user


def ready_pack(**scope: Any) -> AuditPack:
    officer = scope.pop("officer", None) or user_with_role("ce_officer")
    return make_pack(pack=request_pack(officer=officer, purpose="Letter 2026-113 of the board", **scope))
