"""An invoice as a PDF of one or more pages, written by hand: text in Helvetica, nothing else."""

from stripe_standin.billing.words import day
from stripe_standin.money import shown

LEFT, TOP, RIGHT, LINE_PT, LINES_A_PAGE = 56, 780, 540, 16, 44


def invoice_pdf(invoice: dict) -> bytes:
    rows: list[tuple[str, str]] = [
        (f"Invoice {invoice['number']}", ""),
        (invoice["account_name"], ""),
        ("Stand-in for Stripe: no money moved.", ""),
        ("", ""),
        ("Date", day(invoice["created"])),
        ("For", invoice["customer_name"] or invoice["customer_email"] or invoice["customer"]),
        ("Status", invoice["status"]),
        ("", ""),
    ]
    for line in invoice["lines"]["data"]:
        rows.append((line["description"], shown(line["amount"], line["currency"])))
        rows.append((f"   {day(line['period']['start'])} to {day(line['period']['end'])}", ""))
    rows.append(("", ""))
    rows += sums(invoice)
    return document([rows[start : start + LINES_A_PAGE] for start in range(0, len(rows), LINES_A_PAGE)])


def sums(invoice: dict) -> list[tuple[str, str]]:
    """The lines under the lines: label and amount."""
    currency = invoice["currency"]
    found = [("Subtotal", invoice["subtotal"])]
    found += [("Discount", -part["amount"]) for part in invoice["total_discount_amounts"] or []]
    found += [("Tax" if tax["tax_behavior"] == "exclusive" else "Tax included", tax["amount"]) for tax in invoice["total_taxes"] or []]
    found.append(("Total", invoice["total"]))
    if (applied := (invoice["ending_balance"] or 0) - (invoice["starting_balance"] or 0)) > 0:
        found.append(("From your balance", -applied))
    found.append(("Amount due", invoice["amount_due"]))
    return [(label, shown(amount, currency)) for label, amount in found]


def _text(words: str) -> bytes:
    return words.encode("cp1252", "replace").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _page(rows: list[tuple[str, str]]) -> bytes:
    parts = []
    for number, (left, right) in enumerate(rows):
        y = TOP - number * LINE_PT
        parts.append(b"BT /F1 10 Tf %d %d Td (%s) Tj ET" % (LEFT, y, _text(left)))
        if right:
            parts.append(b"BT /F1 10 Tf %d %d Td (%s) Tj ET" % (RIGHT - 5 * len(right), y, _text(right)))
    return b"\n".join(parts)


def document(pages: list[list[tuple[str, str]]]) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, rows in enumerate(pages):
        body = _page(rows)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body))
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
        len(objects) + 1,
        len(out),
    )
