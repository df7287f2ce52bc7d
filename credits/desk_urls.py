from django.urls import include, path

from credits.desk import approvals, certificates, flags, ledger, licences

app_name = "credits_desk"

urlpatterns = [
    path("", ledger.overview, name="overview"),
    path("boards/", approvals.board_list, name="board_list"),
    path("boards/<slug:code>/verify/", approvals.board_verify, name="board_verify"),
    path("activities/", approvals.activity_list, name="activity_list"),
    path("activities/add/", approvals.activity_add, name="activity_add"),
    path("activities/<int:pk>/", approvals.activity_detail, name="activity_detail"),
    path("activities/<int:pk>/edit/", approvals.activity_edit, name="activity_edit"),
    path("approvals/", approvals.accreditation_list, name="accreditation_list"),
    path("approvals/add/", approvals.accreditation_add, name="accreditation_add"),
    path("approvals/<int:pk>/", approvals.accreditation_detail, name="accreditation_detail"),
    path("approvals/<int:pk>/edit/", approvals.accreditation_edit, name="accreditation_edit"),
    path("approvals/<int:pk>/withdraw/", approvals.accreditation_withdraw, name="accreditation_withdraw"),
    path("approvals/<int:pk>/letter/", approvals.accreditation_letter, name="accreditation_letter"),
    path("approvals/<int:pk>/letter/add/", approvals.accreditation_letter_add, name="accreditation_letter_add"),
    path("licences/", licences.licence_list, name="licence_list"),
    path("licences/<int:pk>/", licences.licence_detail, name="licence_detail"),
    path("licences/<int:pk>/standing/", licences.licence_standing, name="licence_standing"),
    path("licences/<int:pk>/decide/", licences.override_add, name="override_add"),
    path("licences/decisions/<int:pk>/withdraw/", licences.override_withdraw, name="override_withdraw"),
    path("licences/proofs/<int:pk>/", licences.credential_proof, name="credential_proof"),
    path("completions/", ledger.dossier_list, name="dossier_list"),
    path("completions/<int:pk>/", ledger.dossier_detail, name="dossier_detail"),
    path("completions/files/<int:pk>/", ledger.dossier_file, name="dossier_file"),
    path("awards/", ledger.award_list, name="award_list"),
    path("awards/issue/", ledger.award_issue, name="award_issue"),
    path("awards/<int:pk>/", ledger.award_detail, name="award_detail"),
    path("awards/<int:pk>/correct/", ledger.award_correct, name="award_correct"),
    path("awards/<int:pk>/revoke/", ledger.award_revoke, name="award_revoke"),
    path("certificates/", certificates.certificate_list, name="certificate_list"),
    path("certificates/<int:pk>/retry/", certificates.certificate_retry, name="certificate_retry"),
    path("certificates/<int:pk>/review/", certificates.certificate_review, name="certificate_review"),
    path("changes/", include("credits.changes.desk_urls")),
    path("tasks/", include("credits.worklist.desk_urls")),
    path("audits/", include("credits.audits.desk_urls")),
    path("flags/", flags.flag_list, name="flag_list"),
    path("flags/<int:pk>/lift/", flags.flag_lift, name="flag_lift"),
]
