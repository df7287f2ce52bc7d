"""The hosted page of an invoice, where an open one can be paid, and its PDF."""

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from stripe_standin.billing import collection
from stripe_standin.billing.looks import offered_cards
from stripe_standin.billing.pdf import invoice_pdf, sums
from stripe_standin.calls import Thing
from stripe_standin.errors import ApiError
from stripe_standin.resources.payment_methods import attach, new_method
from stripe_standin.store import Store

blueprint = Blueprint("invoice", __name__)
STATUS_WORDS = {"open": "Not paid yet", "paid": "Paid", "void": "Void", "uncollectible": "Not collected"}


def _invoice(store: Store, secret: str) -> Thing:
    found = store.all("invoice", _secret=secret)
    if not found:
        abort(404)
    return found[0]


@blueprint.route("/i/<secret>", methods=["GET", "POST"])
def show_invoice(secret: str) -> AnyResponse | str | tuple[str, int]:
    store: Store = current_app.extensions["stand_in"].store
    with store.transaction():
        invoice = _invoice(store, secret)
        if request.method == "GET":
            return _page(invoice, done=request.args.get("done", ""))
        try:
            with store.savepoint():
                if invoice["status"] == "open":
                    method = attach(store, new_method(store, request.form.get("card", "")), invoice["customer"])
                    if refusal := collection.collect(store, invoice, payment_method=method["id"]):
                        raise refusal
        except ApiError as error:
            return _page(_invoice(store, secret), error=error.message), 402 if error.status == 402 else 422
    return redirect(f"{request.path}?done=paid", 303)


def _page(invoice: Thing, *, done: str = "", error: str = "") -> str:
    return render_template(
        "invoice.html",
        invoice=invoice,
        status=STATUS_WORDS[invoice["status"]],
        sums=sums(invoice),
        cards=offered_cards(),
        error=error,
        message="Thank you, it is paid." if done and invoice["status"] == "paid" else "",
    )


@blueprint.route("/i/<secret>/pdf")
def download_invoice(secret: str) -> Response:
    store: Store = current_app.extensions["stand_in"].store
    with store.transaction():
        invoice = _invoice(store, secret)
    name = f"invoice-{invoice['number']}.pdf"
    return Response(invoice_pdf(invoice), content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})
