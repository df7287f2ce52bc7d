from django.urls import path

from credits.certificates import public

app_name = "verify"

urlpatterns = [
    path("", public.lookup, name="lookup"),
    path("issuer.json", public.issuer, name="issuer"),
    path("keys.json", public.key_set, name="key_set"),
    path("keys/<slug:kid>.json", public.key, name="key"),
    path("status/<int:number>/<slug:purpose>.jwt", public.status_list, name="status_list"),
    path("<str:token>.json", public.certificate_json, name="certificate_json"),
    path("<str:token>.jwt", public.certificate_jwt, name="certificate_jwt"),
    path("<str:token>.pdf", public.certificate_pdf, name="certificate_pdf"),
    path("<str:token>/check/", public.certificate_check, name="certificate_check"),
    path("<str:token>/", public.certificate_page, name="certificate_page"),
]
