"""The site with one page more: a player under a grant, as a course page would show it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template import RequestContext, Template
from django.urls import path

from smrt_platform.urls import urlpatterns as site_urls
from streaming.csp import player_page
from streaming.models import Grant, VideoAsset
from streaming.selectors import player_context

PAGE = """{% extends "base.html" %}{% block title %}Watch{% endblock %}
{% block content %}<div class="stack"><h1>Hamstring release</h1>{% include "streaming/_player.html" %}</div>{% endblock %}"""


@player_page
def watch(request: HttpRequest, grant: int) -> HttpResponse:
    found = get_object_or_404(Grant.objects.visible_to(request.user).select_related("asset"), pk=grant)
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"player": player_context(grant=found, request=request)})))


@player_page
def preview(request: HttpRequest, asset: int) -> HttpResponse:
    found = get_object_or_404(VideoAsset, pk=asset)
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"player": player_context(asset=found, preview=True)})))


urlpatterns = [path("try/preview/<int:asset>/", preview), path("try/<int:grant>/", watch), *site_urls]
