"""Files that go with a message."""

from __future__ import annotations

from dataclasses import dataclass
from email.encoders import encode_base64
from email.message import EmailMessage as Letter
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTP

from notifications.models import MailAttachment


@dataclass(frozen=True)
class Attachment:
    """A file for `send_mail_once`. `content_type` has its parameters: "text/calendar; method=REQUEST; charset=utf-8"."""

    filename: str
    content_type: str
    content: bytes


def mime_part(attachment: MailAttachment) -> MIMENonMultipart:
    """The part of the mail that holds the file. Parameters stay: mail programs read a calendar's `method` from them."""
    head = Letter(policy=SMTP)
    head["Content-Type"] = attachment.content_type
    part = MIMENonMultipart(head.get_content_maintype(), head.get_content_subtype(), policy=SMTP, **dict(head["Content-Type"].params))
    part.set_payload(bytes(attachment.content))
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.filename)
    return part
