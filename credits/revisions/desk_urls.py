from django.urls import path

from credits.revisions import desk, desk_revisions

urlpatterns = [
    path("", desk.rule_list, name="rule_list"),
    path("revisions/<int:pk>/", desk_revisions.rule_revision, name="rule_revision"),
    path("revisions/<int:pk>/text/", desk_revisions.rule_text, name="rule_text"),
    path("revisions/<int:pk>/try/", desk_revisions.trial_add, name="rule_trial_add"),
    path("revisions/<int:pk>/<slug:verb>/", desk_revisions.rule_act, name="rule_act"),
    path("dry-runs/<int:pk>/", desk_revisions.rule_trial, name="rule_trial"),
    path("dry-runs/<int:pk>/rows.csv", desk_revisions.trial_csv, name="rule_trial_csv"),
    path("facts/<int:pk>/withdraw/", desk.fact_unverify, name="fact_unverify"),
    path("boards/<slug:code>/", desk.rule_board, name="rule_board"),
    path("boards/<slug:code>/document.yaml", desk.rule_document, name="rule_document"),
    path("boards/<slug:code>/verify/", desk.fact_verify, name="fact_verify"),
    path("boards/<slug:code>/draft/", desk_revisions.draft_add, name="rule_draft_add"),
    path("boards/<slug:code>/change/", desk_revisions.row_change, name="rule_change"),
    path("boards/<slug:code>/waiver/", desk_revisions.row_waive, name="rule_waive"),
    path("boards/<slug:code>/what-if/", desk_revisions.row_what_if, name="rule_what_if"),
]
