from django.urls import path

from credits.audits import desk

urlpatterns = [
    path("", desk.pack_list, name="audit_pack_list"),
    path("add/", desk.pack_add, name="audit_pack_add"),
    path("<int:pk>/", desk.pack_detail, name="audit_pack_detail"),
    path("<int:pk>/download/", desk.pack_download, name="audit_pack_download"),
    path("<int:pk>/again/", desk.pack_again, name="audit_pack_again"),
    path("<int:pk>/remove/", desk.pack_remove, name="audit_pack_remove"),
]
