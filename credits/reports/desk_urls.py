from django.urls import path

from credits.reports import batch_desk, desk

urlpatterns = [
    path("", desk.report_list, name="report_list"),
    path("batches/<int:pk>/", batch_desk.report_batch, name="report_batch"),
    path("batches/<int:pk>/renew/", batch_desk.report_renew, name="report_renew"),
    path("batches/<int:pk>/discard/", batch_desk.report_discard, name="report_discard"),
    path("batches/<int:pk>/lock/", batch_desk.report_lock, name="report_lock"),
    path("batches/<int:pk>/file/", batch_desk.report_file, name="report_file"),
    path("batches/<int:pk>/post/", batch_desk.report_post, name="report_post"),
    path("batches/<int:pk>/give-up/", batch_desk.report_abandon, name="report_abandon"),
    path("batches/<int:pk>/answers/", batch_desk.report_results, name="report_results"),
    path("batches/<int:pk>/answers/form/", batch_desk.report_template, name="report_template"),
    path("batches/<int:pk>/answers/all-accepted/", batch_desk.report_accept_rest, name="report_accept_rest"),
    path("rows/<int:pk>/", batch_desk.report_row, name="report_row"),
    path("awards/<int:pk>/leave-out/", desk.report_leave_out, name="report_leave_out"),
    path("awards/<int:pk>/ask/", desk.report_ask, name="report_ask"),
    path("left-out/<int:pk>/take-in/", desk.report_take_in, name="report_take_in"),
    path("<slug:code>/", desk.report_board, name="report_board"),
    path("<slug:code>/settings/", desk.report_route, name="report_route"),
    path("<slug:code>/courses/", desk.report_courses, name="report_courses"),
    path("<slug:code>/courses/<int:pk>/", desk.report_course, name="report_course"),
    path("<slug:code>/make/", desk.report_make, name="report_make"),
]
