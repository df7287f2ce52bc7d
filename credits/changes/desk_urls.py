from django.urls import path

from credits.changes import desk

urlpatterns = [path("<int:offering>/<int:accreditation>/", desk.change_detail, name="change_detail")]
