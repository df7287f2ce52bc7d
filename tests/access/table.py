"""The table. Columns: stranger, another learner, owner, instructor (of that course or workshop), CE officer, staff.

A seventh cell is the manager of the organization; without one, a manager is what another learner is.
`+` is let in, `-` is kept out. `get("------", pk="award.pk")` names what each part of the address is in tests/access/world.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from tests.access.world import PEOPLE

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Row:
    cells: str
    method: str = "GET"
    names: dict[str, str] = field(default_factory=dict)
    query: str = ""
    content_type: str = FORM
    data: dict[str, Any] = field(default_factory=dict)

    def lets_in(self, person: str) -> bool:
        cells = self.cells if len(self.cells) == len(PEOPLE) else self.cells + self.cells[PEOPLE.index("learner")]
        return cells[PEOPLE.index(person)] == "+"

    def kwargs(self, things: Any) -> dict[str, Any]:
        return {part: _look_up(things, path) for part, path in self.names.items()}

    def body(self, things: Any) -> str:
        values = {name: str(_look_up(things, value[1:])) if str(value).startswith("@") else value for name, value in self.data.items()}
        return json.dumps(values) if self.content_type == JSON else "&".join(f"{name}={value}" for name, value in values.items())


def _look_up(things: Any, path: str) -> Any:
    return path[1:] if path.startswith("=") else reduce(getattr, path.split("."), things)


def get(cells: str, query: str = "", **names: str) -> Row:
    return Row(cells, "GET", names, query)


def post(cells: str, data: dict[str, Any] | None = None, **names: str) -> Row:
    return Row(cells, "POST", names, data=data or {})


def api(cells: str, data: dict[str, Any] | None = None, method: str = "POST", **names: str) -> Row:
    return Row(cells, method, names, content_type=JSON, data=data or {})


EVERYONE, SIGNED_IN, NOBODY = "++++++", "-+++++", "------"
OWNER, STAFF, OFFICERS = "--+---", "-----+", "----+-"
MANAGER = "------+"
LEDGER, TEAM, TEACHERS = "----++", "---+++", "---+-+"  # staff and CE officer; the whole school; staff and the instructor

TABLE: dict[str, Row] = {
    "accounts-me": get(SIGNED_IN),
    "accounts:legal_name_confirm": get(SIGNED_IN),
    "accounts:profile": get(SIGNED_IN),
    "accounts_desk:person_deactivate": get(STAFF, pk="people_owner.pk"),
    "accounts_desk:person_detail": get(STAFF, pk="people_owner.pk"),
    "accounts_desk:person_list": get(STAFF),
    "accounts_desk:person_reactivate": get(STAFF, pk="people_owner.pk"),
    "accounts_desk:role_grant": get(STAFF, pk="people_owner.pk"),
    "accounts_desk:role_revoke": get(STAFF, pk="people_instructor.pk", role="=instructor"),
    "api-docs": get(SIGNED_IN),
    "api-schema": get(SIGNED_IN),
    "core_desk:job_list": get(STAFF),
    "core_desk:job_retry": post(STAFF, pk="job.pk"),
    "courses:affirm": post(OWNER, pk="attempt.pk"),
    "courses:attempt_detail": get(OWNER, pk="attempt.pk"),
    "courses:attempt_list": get(SIGNED_IN),
    "courses:completion": get(OWNER, pk="completed_attempt.pk"),
    "courses:course_detail": get(EVERYONE, slug="course.slug"),
    "courses:course_list": get(EVERYONE),
    "courses:enroll": post(SIGNED_IN, slug="course.slug"),
    "courses:evaluation": get(OWNER, pk="attempt.pk"),
    "courses:exam": get(OWNER, pk="attempt.pk"),
    "courses:exam_attempt": get(OWNER, pk="attempt.pk", number="exam.number"),
    "courses:lesson_detail": get(OWNER, pk="attempt.pk", lesson_pk="lesson.pk"),
    "courses:preview": get(SIGNED_IN, slug="course.slug", lesson_pk="preview.pk"),
    "courses:start_again": post(SIGNED_IN, slug="course.slug"),
    "courses_api:affirm": api(OWNER, pk="attempt.pk"),
    "courses_api:attempt-detail": get(OWNER, pk="attempt.pk"),
    "courses_api:attempt-list": get(SIGNED_IN),
    "courses_api:course-detail": get(SIGNED_IN, slug="course.slug"),
    "courses_api:course-list": get(SIGNED_IN),
    "courses_api:enroll": api(SIGNED_IN, slug="course.slug"),
    "courses_api:evaluation": api(OWNER, pk="attempt.pk"),
    "courses_api:exam_start": api(OWNER, pk="attempt.pk"),
    "courses_api:exam_submit": api(OWNER, pk="attempt.pk", number="exam.number"),
    "courses_api:start_again": api(SIGNED_IN, slug="course.slug"),
    "courses_desk:activity_create": get(TEACHERS, pk="draft.pk"),
    "courses_desk:allow_exam": get(STAFF, pk="attempt.pk"),
    "courses_desk:attempt_detail": get(TEAM, pk="attempt.pk"),
    "courses_desk:course_create": get(TEACHERS),
    "courses_desk:course_detail": get(TEAM, pk="course.pk"),
    "courses_desk:course_list": get(TEAM),
    "courses_desk:draft_create": post(TEACHERS, pk="course.pk"),
    "courses_desk:evaluation_delete": get(TEACHERS, pk="draft_evaluation.pk"),
    "courses_desk:evaluation_edit": get(TEACHERS, pk="draft_evaluation.pk"),
    "courses_desk:evaluation_move": post(TEACHERS, pk="draft_evaluation.pk"),
    "courses_desk:evaluation_standard": post(TEACHERS, pk="draft.pk"),
    "courses_desk:lesson_create": get(TEACHERS, pk="draft.pk"),
    "courses_desk:lesson_delete": get(TEACHERS, pk="draft_lesson.pk"),
    "courses_desk:lesson_edit": get(TEACHERS, pk="draft_lesson.pk"),
    "courses_desk:lesson_move": post(TEACHERS, pk="draft_lesson.pk"),
    "courses_desk:lesson_watch": get(TEAM, pk="draft_lesson.pk"),
    "courses_desk:question_create": get(TEACHERS, pk="draft.pk"),
    "courses_desk:question_delete": get(TEACHERS, pk="draft_question.pk"),
    "courses_desk:question_edit": get(TEACHERS, pk="draft_question.pk"),
    "courses_desk:question_move": post(TEACHERS, pk="draft_question.pk"),
    "courses_desk:roster": get(TEAM, pk="course.pk"),
    "courses_desk:section_delete": get(TEACHERS, pk="draft_section.pk"),
    "courses_desk:section_edit": get(TEACHERS, pk="draft_section.pk"),
    "courses_desk:section_move": post(TEACHERS, pk="draft_section.pk"),
    "courses_desk:version_answers": get(TEAM, pk="course.current_version.pk"),
    "courses_desk:version_credit": get(TEAM, pk="draft.pk"),
    "courses_desk:version_details": get(TEAM, pk="draft.pk"),
    "courses_desk:version_discard": get(TEACHERS, pk="draft.pk"),
    "courses_desk:version_evaluation": get(TEAM, pk="draft.pk"),
    "courses_desk:version_exam": get(TEAM, pk="draft.pk"),
    "courses_desk:version_outline": get(TEAM, pk="draft.pk"),
    "courses_desk:version_preview": get(TEAM, pk="draft.pk"),
    "courses_desk:version_publish": get(TEAM, pk="draft.pk"),
    "credits:certificate_list": get(SIGNED_IN),
    "credits:certificate_privacy": post(OWNER, pk="certificate.pk"),
    "credits:claim_create": post(OWNER, pk="dossier.pk"),
    "credits:credit_list": get(SIGNED_IN),
    "credits:licence_add": get(SIGNED_IN),
    "credits:licence_edit": get(OWNER, pk="licence.pk"),
    "credits:licence_list": get(SIGNED_IN),
    "credits:licence_remove": get(OWNER, pk="spare_licence.pk"),
    "credits_api:activity-detail": get(SIGNED_IN, pk="accreditation.activity.pk"),
    "credits_api:activity-list": get(SIGNED_IN),
    "credits_api:award-correct": api(OFFICERS, pk="award.pk"),
    "credits_api:award-detail": get("--+-++", pk="award.pk"),
    "credits_api:award-issue": api(OFFICERS),
    "credits_api:award-list": get(SIGNED_IN),
    "credits_api:award-revoke": api(OFFICERS, pk="award.pk"),
    "credits_api:board-detail": get(SIGNED_IN, code="accreditation.board.code"),
    "credits_api:board-list": get(SIGNED_IN),
    "credits_api:completion-claim": api(OWNER, pk="dossier.pk"),
    "credits_api:completion-detail": get(OWNER, pk="dossier.pk"),
    "credits_api:completion-list": get(SIGNED_IN),
    "credits_api:licence-add": api(SIGNED_IN),
    "credits_api:licence-change": api(OWNER, pk="licence.pk"),
    "credits_api:licence-detail": get(OWNER, pk="licence.pk"),
    "credits_api:licence-list": get(SIGNED_IN),
    "credits_api:licence-remove": api(OWNER, pk="spare_licence.pk"),
    "credits_desk:accreditation_add": get(LEDGER),
    "credits_desk:accreditation_detail": get(LEDGER, pk="accreditation.pk"),
    "credits_desk:accreditation_edit": get(OFFICERS, pk="accreditation.pk"),
    "credits_desk:accreditation_letter": get(LEDGER, pk="spare_accreditation.pk"),
    "credits_desk:accreditation_letter_add": post(OFFICERS, pk="accreditation.pk"),
    "credits_desk:accreditation_list": get(LEDGER),
    "credits_desk:accreditation_withdraw": get(OFFICERS, pk="spare_accreditation.pk"),
    "credits_desk:activity_add": get(OFFICERS),
    "credits_desk:activity_detail": get(LEDGER, pk="accreditation.activity.pk"),
    "credits_desk:activity_edit": get(OFFICERS, pk="accreditation.activity.pk"),
    "credits_desk:activity_list": get(LEDGER),
    "credits_desk:award_correct": get(OFFICERS, pk="award.pk"),
    "credits_desk:award_detail": get(LEDGER, pk="award.pk"),
    "credits_desk:award_issue": get(OFFICERS),
    "credits_desk:award_list": get(LEDGER),
    "credits_desk:award_revoke": get(OFFICERS, pk="award.pk"),
    "credits_desk:board_list": get(LEDGER),
    "credits_desk:board_verify": post(OFFICERS, code="accreditation.board.code"),
    "credits_desk:certificate_list": get(LEDGER),
    "credits_desk:certificate_retry": post(OFFICERS, pk="failed_certificate.pk"),
    "credits_desk:certificate_review": get(OFFICERS, pk="certificate.pk"),
    "credits_desk:dossier_detail": get(LEDGER, pk="dossier.pk"),
    "credits_desk:dossier_file": get(LEDGER, pk="dossier_file.pk"),
    "credits_desk:dossier_list": get(LEDGER),
    "credits_desk:flag_lift": get(OFFICERS, pk="flag.pk"),
    "credits_desk:flag_list": get(LEDGER),
    "credits_desk:overview": get(LEDGER),
    "delivery:file": get(NOBODY, token="=forged", expires="=9999999999", asset_uuid="asset.uuid", file="=master.m3u8"),
    "delivery:native": get(NOBODY, asset_uuid="asset.uuid", file="=master.m3u8"),
    "delivery:refused": get(NOBODY, rest="=nothing"),
    "desk:home": get(TEAM),
    "health:live": get(EVERYONE),
    "health:ready": get(EVERYONE),
    "notifications_desk:message_detail": get(STAFF, pk="message.pk"),
    "notifications_desk:message_list": get(STAFF),
    "notifications_desk:message_send_again": post(STAFF, pk="message.pk"),
    "payments-access-detail": get(OWNER, pk="access_grant.pk"),
    "payments-access-list": get(SIGNED_IN),
    "payments-membership": get(SIGNED_IN),
    "payments:manager_remove": post(MANAGER, pk="organization.pk", user_pk="manager_pk"),
    "payments:order_cancel": post(OWNER, pk="order.pk"),
    "payments:order_detail": get("--+--+", pk="order.pk"),
    "payments:order_list": get(SIGNED_IN),
    "payments:order_pay": post(OWNER, pk="order.pk"),
    "payments:order_receipt": get("--+--+", pk="paid_order.pk"),
    "payments:order_receipt_pdf": get("--+--+", pk="paid_order.pk"),
    "payments:payment_receipt": get("--+--+", pk="renewal.pk"),
    "payments:payment_receipt_pdf": get("--+--+", pk="renewal.pk"),
    "payments:membership": get(SIGNED_IN),
    "payments:membership_keep": post(SIGNED_IN),
    "payments:membership_pause": post(SIGNED_IN, {"months": "1"}),
    "payments:membership_pay": post(SIGNED_IN),
    "payments:membership_portal": post(SIGNED_IN),
    "payments:membership_resume": post(SIGNED_IN),
    "payments:organization_create": get(SIGNED_IN),
    "payments:organization_detail": get(MANAGER, pk="organization.pk"),
    "payments:organization_edit": get(MANAGER, pk="organization.pk"),
    "payments:organization_list": get(SIGNED_IN),
    "payments:pool_detail": get(MANAGER, pk="pool.pk"),
    "payments:pool_link": post(MANAGER, pk="pool.pk"),
    "payments:pool_report": get(MANAGER, pk="pool.pk"),
    "payments:seat_free": post(MANAGER, pk="organization_seat.pk"),
    "payments:seat_invite_again": post(MANAGER, pk="organization_seat.pk"),
    "payments:seat_take": get(SIGNED_IN, token="pool_token"),
    "payments:seats_buy": get(MANAGER, pk="organization.pk", slug="organization_price.product.slug"),
    "payments:product_detail": get(EVERYONE, slug="product.slug"),
    "payments:receipt_list": get(SIGNED_IN),
    "payments:stripe_webhook": api(EVERYONE),  # who sent it is told by its signature
    "payments_desk:grant_create": get(STAFF),
    "payments_desk:grant_list": get(STAFF),
    "payments_desk:grant_revoke": get(STAFF, pk="access_grant.pk"),
    "payments_sales:dispute_list": get(STAFF),
    "payments_sales:movements_csv": get(STAFF),
    "payments_sales:order_cancel": get(STAFF, pk="order.pk"),
    "payments_sales:order_check": post(STAFF, pk="order.pk"),
    "payments_sales:order_detail": get(STAFF, pk="order.pk"),
    "payments_sales:order_list": get(STAFF),
    "payments_sales:payment_list": get(STAFF),
    "payments_sales:payment_refund": get(STAFF, pk="payment.pk"),
    "payments_sales:payout_detail": get(STAFF, payout_id="=po_1"),
    "payments_sales:payout_list": get(STAFF),
    "payments_sales:refund_detail": get(STAFF, pk="refund.pk"),
    "payments_sales:revenue": get(STAFF),
    "payments_sales:subscription_list": get(STAFF),
    "payments_sales:code_create": get(STAFF),
    "payments_sales:code_edit": get(STAFF, pk="promotion.pk"),
    "payments_sales:code_list": get(STAFF),
    "payments_sales:price_set": post(STAFF, pk="product.pk"),
    "payments_sales:price_take_off": post(STAFF, pk="price.pk"),
    "payments_sales:prices_sync": post(STAFF),
    "payments_sales:product_create": get(STAFF),
    "payments_sales:product_detail": get(STAFF, pk="product.pk"),
    "payments_sales:product_edit": get(STAFF, pk="product.pk"),
    "payments_sales:product_list": get(STAFF),
    "payments_sales:product_sale": post(STAFF, pk="product.pk"),
    "payments_sales:product_split": get(STAFF),
    "payments_sales:event_list": get(STAFF),
    "payments_sales:reconcile_now": post(STAFF),
    "portal:dashboard": get(SIGNED_IN),
    "portal:home": get(EVERYONE),
    "portal:search": get(EVERYONE),
    "streaming_api:grant_transcript": get(OWNER, pk="watch_grant.pk"),
    "streaming_api:preview_transcript": get(NOBODY, key="=forged"),
    "streaming_api:grant_edition": get(OWNER, pk="watch_grant.pk"),
    "streaming_api:session_address": get(OWNER, token="session.token"),
    "streaming_api:session_beats": api(SIGNED_IN, token="session.token"),
    "streaming_api:session_close": api(OWNER, token="session.token"),
    "streaming_api:session_open": api(SIGNED_IN),
    "streaming_desk:asset_delete": get(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_detail": get(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_edition": get(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_list": get(TEACHERS),
    "streaming_desk:asset_progress": get(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_rename": post(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_replace": get(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_replace_undo": post(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_retry": post(STAFF, uuid="asset.uuid"),
    "streaming_desk:asset_upload": get(TEACHERS),
    "streaming_desk:caption_add": post(STAFF, uuid="asset.uuid"),
    "streaming_desk:caption_remove": post(STAFF, uuid="asset.uuid", pk="caption.pk"),
    "streaming_desk:chapters_save": post(STAFF, uuid="asset.uuid"),
    "streaming_desk:poster_choose": post(STAFF, uuid="asset.uuid"),
    "streaming_desk:poster_upload": post(STAFF, uuid="asset.uuid"),
    "streaming_desk:remake": get(STAFF),
    "streaming_desk:remake_begin": post(STAFF),
    "streaming_desk:remake_stop": post(STAFF),
    "streaming_desk:space_list": get(STAFF),
    "streaming_desk:upload_address": post(STAFF, uuid="upload.uuid"),  # its uploader's alone, here staff
    "streaming_desk:upload_discard": post(STAFF, uuid="upload.uuid"),  # its uploader's alone, here staff
    "streaming_desk:upload_finish": post(STAFF, uuid="upload.uuid"),  # its uploader's alone, here staff
    "streaming_desk:upload_open": post(TEACHERS),
    "streaming_desk:upload_piece": get(STAFF, uuid="upload.uuid"),  # its uploader's alone, here staff
    "streaming_desk:viewer_mark_save": post(STAFF, uuid="asset.uuid"),
    "verify:certificate_check": post(EVERYONE, token="certificate.token"),
    "verify:certificate_json": get(EVERYONE, token="certificate.token"),
    "verify:certificate_jwt": get(EVERYONE, token="certificate.token"),
    "verify:certificate_page": get(EVERYONE, token="certificate.token"),
    "verify:certificate_pdf": get("--+-++", token="certificate.token"),
    "verify:issuer": get(EVERYONE),
    "verify:key": get(EVERYONE, kid="certificate.signing_key.kid"),
    "verify:key_set": get(EVERYONE),
    "verify:lookup": get(EVERYONE),
    "verify:status_list": get(EVERYONE, number="certificate.status_list.number", purpose="=revocation"),
    "workshops:seat_cancel": get(SIGNED_IN, slug="workshop.slug"),
    "workshops:workshop_calendar": get(EVERYONE, slug="workshop.slug"),
    "workshops:workshop_detail": get(EVERYONE, slug="workshop.slug"),
    "workshops:workshop_list": get(EVERYONE),
    "workshops:workshop_register": post(SIGNED_IN, slug="workshop.slug"),
    "workshops_api:seat-detail": get(OWNER, pk="seat.pk"),
    "workshops_api:seat-list": get(SIGNED_IN),
    "workshops_api:workshop-cancel": api(SIGNED_IN, slug="workshop.slug"),
    "workshops_api:workshop-detail": get(EVERYONE, slug="workshop.slug"),
    "workshops_api:workshop-list": get(EVERYONE),
    "workshops_api:workshop-register": api(SIGNED_IN, slug="workshop.slug"),
    "workshops_desk:attendance_annul": post(TEACHERS, pk="past_workshop.pk", entry="entry.pk"),
    "workshops_desk:attendance_edit": get(TEACHERS, pk="past_workshop.pk", seat="seat.pk", block="block.pk"),
    "workshops_desk:attendance_mark": post(TEACHERS, pk="past_workshop.pk", seat="seat.pk", block="block.pk"),
    "workshops_desk:attendance_mark_all": post(TEACHERS, pk="past_workshop.pk", block="block.pk"),
    "workshops_desk:seat_add": post(STAFF, pk="past_workshop.pk"),
    "workshops_desk:seat_remove": post(STAFF, pk="past_workshop.pk", seat="seat.pk"),
    "workshops_desk:venue_create": get(STAFF),
    "workshops_desk:venue_edit": get(STAFF, pk="venue.pk"),
    "workshops_desk:venue_list": get(TEACHERS),
    "workshops_desk:workshop_cancel": get(STAFF, pk="past_workshop.pk"),
    "workshops_desk:workshop_complete": post(TEACHERS, pk="past_workshop.pk"),
    "workshops_desk:workshop_create": get(TEACHERS),
    "workshops_desk:workshop_edit": get(TEACHERS, pk="draft_workshop.pk"),
    "workshops_desk:workshop_list": get(TEAM),
    "workshops_desk:workshop_publish": post(TEACHERS, pk="draft_workshop.pk"),
    "workshops_desk:workshop_roster": get(TEAM, pk="past_workshop.pk"),
}

# Addresses of django-allauth, which keeps its own gates and tests: sign-in, sign-up, e-mail addresses, second factors, sessions.
ELSEWHERE = {
    "account_change_password",
    "account_confirm_email",
    "account_confirm_login_code",
    "account_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_set_password",
    "account_signup",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "usersessions_list",
}
