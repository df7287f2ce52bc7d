from django.urls import path

from credits.imports import desk

urlpatterns = [
    path("", desk.import_list, name="import_list"),
    path("add/", desk.import_add, name="import_add"),
    path("template.csv", desk.import_template, name="import_template"),
    path("<int:pk>/", desk.import_detail, name="import_detail"),
    path("<int:pk>/left-out.csv", desk.import_mistakes, name="import_mistakes"),
    path("<int:pk>/confirm/", desk.import_confirm, name="import_confirm"),
    path("<int:pk>/discard/", desk.import_discard, name="import_discard"),
    path("<int:pk>/undo/", desk.import_undo, name="import_undo"),
]
