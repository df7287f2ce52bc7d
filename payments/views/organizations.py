"""Pages of organizations: buying seats, giving them, seeing how far people are; and taking a seat."""

from __future__ import annotations

import csv

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organization, OrganizationManager, User
from accounts.organizations import add_manager, create_organization, remove_manager, update_organization
from accounts.permissions import SignedInRequest
from core.csv_text import plain
from core.errors import DomainError
from core.limits import check_limit
from core.money import format_money
from payments import subjects
from payments.forms.organizations import BuySeatsForm, InviteForm, ManagerForm, OrganizationForm
from payments.models import OrganizationSeat, Price, Product, SeatPool
from payments.selectors.seats import organization_pools, seat_rows
from payments.services import seats, start_order
from payments.views.shop import ORDERS, ORDERS_RATE, pay

PER_PAGE = 50


def _organization(request: SignedInRequest, pk: int) -> Organization:
    """One that the viewer runs; to everybody else there is no such page."""
    return get_object_or_404(Organization.objects.managed_by(request.user), pk=pk)


def _pool(request: SignedInRequest, pk: int) -> SeatPool:
    return get_object_or_404(organization_pools(request.user), pk=pk)


def _seat(request: SignedInRequest, pk: int) -> OrganizationSeat:
    return get_object_or_404(OrganizationSeat.objects.select_related("pool", "user"), pk=pk, pool__in=SeatPool.objects.managed_by(request.user))


@require_safe
def organization_list(request: SignedInRequest) -> HttpResponse:
    return render(request, "payments/organization_list.html", {"organizations": Organization.objects.managed_by(request.user)})


def organization_create(request: SignedInRequest) -> HttpResponse:
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        check_limit(request, group="payments.create_organization", rate="10/h")
        organization = create_organization(by=request.user, **form.cleaned_data)
        return redirect("payments:organization_detail", pk=organization.pk)
    return render(request, "payments/organization_form.html", {"form": form}, status=422 if form.errors else 200)


def organization_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    organization = _organization(request, pk)
    form = OrganizationForm(request.POST or None, instance=organization)
    if request.method == "POST" and form.is_valid():
        update_organization(organization=organization, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. Receipts show it from now on."))
        return redirect("payments:organization_detail", pk=pk)
    return render(request, "payments/organization_form.html", {"form": form, "organization": organization}, status=422 if form.errors else 200)


def organization_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What it bought, what it can buy, who runs it. POST adds a manager."""
    organization = _organization(request, pk)
    form = ManagerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        check_limit(request, group="payments.add_manager", rate="20/h")  # the answer says who has an account
        try:
            row = add_manager(organization=organization, email=form.cleaned_data["email"], by=request.user)
        except DomainError as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(request, _("%(who)s runs %(organization)s with you now.") % {"who": row.user, "organization": organization})
            return redirect("payments:organization_detail", pk=pk)
    page = Paginator(organization_pools(request.user).filter(organization=organization), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "organization": organization,
        "page_obj": page,
        "products": Product.objects.on_sale().filter(for_organizations=True)[:PER_PAGE],
        "orders": organization.orders.select_related("price__product")[:PER_PAGE],
        "managers": organization.managers.filter(removed_at__isnull=True).select_related("user"),
        "form": form,
    }
    return render(request, "payments/organization_detail.html", context, status=422 if form.errors else 200)


@require_POST
def manager_remove(request: SignedInRequest, pk: int, user_pk: int) -> HttpResponse:
    organization = _organization(request, pk)
    user = get_object_or_404(User, pk=user_pk, organizations_managed__in=OrganizationManager.objects.filter(organization=organization, removed_at__isnull=True))
    try:
        remove_manager(organization=organization, user=user, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("payments:organization_detail", pk=pk)
    if user == request.user:
        return redirect("payments:organization_list")
    return redirect("payments:organization_detail", pk=pk)


def seats_buy(request: SignedInRequest, pk: int, slug: str) -> HttpResponse:
    """Choose how many; POST makes the order and leads to the payment page."""
    organization = _organization(request, pk)
    product = get_object_or_404(Product.objects.on_sale().prefetch_related("items"), slug=slug, for_organizations=True)
    tiers = [tier for tier in product.prices.active().order_by("min_quantity") if not tier.is_recurring and tier.currency == settings.PAYMENTS_CURRENCY]
    form = BuySeatsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        quantity = form.cleaned_data["quantity"]
        fitting: list[Price] = [tier for tier in tiers if tier.min_quantity <= quantity]
        if not fitting:
            fewest = min((tier.min_quantity for tier in tiers), default=0)
            form.add_error(
                "quantity", _("At least %(fewest)s seats are sold at once.") % {"fewest": fewest} if tiers else _("This is not for sale at the moment.")
            )
        else:
            check_limit(request, group=ORDERS, rate=ORDERS_RATE)  # a code can be guessed here too
            try:
                order = start_order(
                    user=request.user, price=fitting[-1], quantity=quantity, promotion=form.cleaned_data["promotion"], organization=organization
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                return pay(request, order)
    titles = subjects.titles_of([item.subject for item in product.items.all()])
    rows = [{"tier": tier, "each": format_money(tier.amount_cents, tier.currency)} for tier in tiers]
    context = {"organization": organization, "product": product, "tiers": rows, "opens": list(titles.values()), "form": form}
    return render(request, "payments/seats_buy.html", context, status=422 if form.errors else 200)


def pool_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The seats of one purchase. POST invites."""
    pool = _pool(request, pk)
    form = InviteForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        check_limit(request, group="payments.invite", rate="30/h")
        try:
            outcome = seats.invite(pool=pool, addresses=form.cleaned_data["addresses"], by=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            if outcome.sent:
                sent = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", len(outcome.sent)) % {
                    "count": len(outcome.sent)
                }
                messages.success(request, sent)
            if left_out := form.cleaned_data["left_out"]:
                messages.warning(
                    request, _("Left out, because no e-mail address is in it: %(what)s.") % {"what": ", ".join(word[:60] for word in left_out[:10])}
                )
            if outcome.already:
                messages.info(request, _("Already invited or seated: %(who)s.") % {"who": ", ".join(outcome.already[:10])})
            return redirect(pool)
    context = {"pool": pool, "rows": seat_rows(pool), "form": form, "link": seats.link_token(pool) if pool.link_is_on else "", "site_url": settings.SITE_URL}
    return render(request, "payments/pool_detail.html", context, status=422 if form.errors else 200)


@require_POST
def pool_link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch the link for everybody on or off."""
    pool = seats.set_link(pool=_pool(request, pk), is_on=request.POST.get("link") == "on", by=request.user)
    messages.success(
        request, _("The link is on. Whoever follows it may take a free seat.") if pool.link_is_on else _("The link is off and will not work again.")
    )
    return redirect(pool)


@require_safe
def pool_report(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far everybody is, as a CSV file."""
    pool = _pool(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="seats-{pool.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow([_("state"), _("name"), _("e-mail"), _("since"), _("progress"), _("percent"), _("completed on")])
    for row in seat_rows(pool):
        person, seat, progress = row.seat.user, row.seat, row.progress
        who = [plain(person.display_name), plain(person.email)] if person else ["", plain(seat.email)]
        since = seat.taken_at or seat.invited_at
        far = [plain(progress.text), "" if progress.percent is None else progress.percent, progress.completed_on or ""] if progress else ["", "", ""]
        writer.writerow([seat.get_state_display(), *who, since.date() if since else "", *far])
    return response


@require_POST
def seat_free(request: SignedInRequest, pk: int) -> HttpResponse:
    seat = _seat(request, pk)
    try:
        seats.free_seat(seat=seat, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The seat is free again."))
    return redirect(seat.pool)


@require_POST
def seat_invite_again(request: SignedInRequest, pk: int) -> HttpResponse:
    seat = _seat(request, pk)
    try:
        seats.invite_again(seat=seat, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("A new invitation is on its way; the link in the old one has ended."))
    return redirect(seat.pool)


def seat_take(request: SignedInRequest, token: str) -> HttpResponse:
    """What a link or an invitation leads to: GET says what it is and what the organization will see, POST takes the seat."""
    try:
        if request.method == "POST":
            seat = seats.take_seat(token=token, user=request.user)
            messages.success(request, _("The seat is yours. You can begin now."))
            return redirect(_start_of(seat))
        if held := seats.seat_held(token=token, user=request.user):
            messages.info(request, _("You have this seat already."))
            return redirect(_start_of(held))
        pool = seats.pool_of_token(token)
    except DomainError as refusal:
        return render(request, "payments/seat_take.html", {"refusal": refusal.message}, status=409)
    return render(request, "payments/seat_take.html", {"pool": pool, "token": token})


def _start_of(seat: OrganizationSeat) -> str:
    """Where somebody begins with the seat."""
    return subjects.kind_of(seat.pool.line.subject).url(seat.pool.line.subject) or reverse("portal:dashboard")
