"""Each mail once, logged, resendable."""

import smtplib
import threading
from functools import partial

import pytest
from django.core import mail
from django.template import engines

from core import jobs
from core.errors import DomainError
from core.models import AuditEntry, Job
from notifications.attachments import Attachment
from notifications.models import MailMessage
from notifications.services import deliver, header_text, send_again, send_mail_once
from notifications.tasks import mark_failed
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.notifications import MailMessageFactory
from tests.fixtures.at_once import at_once

SOURCES = {
    "tests/mail/note_subject.txt": "{{ school_name }}: {{ title }}",
    "tests/mail/note.txt": "Dear {{ recipient.display_name }},\n\n{{ title }}\n",
    "tests/mail/other_subject.txt": "Other",
    "tests/mail/other.txt": "Other",
}


@pytest.fixture(autouse=True)
def templates(monkeypatch):
    """The tests' own mail templates, beside the project's."""
    engine = engines["django"].engine
    original = engine.find_template
    found = {name: engine.from_string(source) for name, source in SOURCES.items()}
    monkeypatch.setattr(engine, "find_template", lambda name, *args, **kwargs: (found[name], None) if name in found else original(name, *args, **kwargs))


def send(key="one", template="tests/mail/note", **changes):
    values = {"context": {"title": "Ready"}, **changes}
    if "recipient" not in values:
        values["recipient"] = UserFactory(display_name="Zoë")
    return send_mail_once(key=key, template=template, **values)


def test_a_mail_is_rendered_when_it_is_decided_and_queued(db):
    message = send()

    assert (message.subject, message.body_text) == ("SMRT School: Ready", "Dear Zoë,\n\nReady\n")
    assert (message.state, message.to_address) == ("queued", message.recipient.email)
    assert Job.objects.get().args == {"message": message.pk}
    assert mail.outbox == []


def test_plain_text_is_not_escaped(db):
    message = send(recipient=UserFactory(display_name="O'Brien & <b>"), context={"title": "Knee & hip"})

    assert message.body_text == "Dear O'Brien & <b>,\n\nKnee & hip\n"


def test_a_key_is_sent_once_as_it_was_first_rendered(db):
    user = UserFactory()
    first = send(recipient=user)

    again = send(recipient=user, context={"title": "Changed since"})

    assert again == first
    assert again.subject == "SMRT School: Ready"
    assert Job.objects.count() == 1


def test_a_repeat_is_the_same_mail_after_the_person_changed_their_address(db):
    user = UserFactory()
    first = send(recipient=user)
    user.email = "new@example.org"
    user.save()

    assert send(recipient=user) == first


@pytest.mark.parametrize("change", [{"recipient": "somebody else"}, {"template": "tests/mail/other"}])
def test_a_key_taken_by_another_message_is_a_bug_that_shows(db, change):
    user = UserFactory()
    send(recipient=user)
    if "recipient" in change:
        change = {"recipient": UserFactory()}

    with pytest.raises(ValueError, match="taken by another message"):
        send(**{"recipient": user, **change})

    assert MailMessage.objects.count() == 1


def test_a_mail_without_anybody_to_send_it_to_is_refused(db):
    with pytest.raises(ValueError, match="recipient or an address"):
        send(recipient=None)


@pytest.mark.parametrize(
    "nasty", ["Knee\r\nBcc: all@example.org", "Knee\nBcc: all@example.org", "Knee\u2028Bcc: all@example.org", "Knee\x0bBcc: all@example.org"]
)
def test_what_a_person_typed_cannot_become_a_header(db, nasty):
    message = send(context={"title": nasty})
    deliver(message=message)

    assert message.subject == "SMRT School: Knee Bcc: all@example.org"
    assert mail.outbox[0].message().get("Bcc") is None
    assert mail.outbox[0].recipients() == [message.to_address]


def test_a_long_subject_is_cut():
    assert len(header_text("x" * 900)) == 250


def test_the_job_delivers_once(db):
    message = send()

    assert jobs.run(Job.objects.get().pk)
    deliver(message=message)

    message.refresh_from_db()
    sent = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert (message.state, sent.to, sent.subject, sent.body) == ("sent", [message.to_address], message.subject, message.body_text)
    assert sent.extra_headers == {"Message-ID": f"<smrt-{message.pk}@testserver>", "Auto-Submitted": "auto-generated"}
    assert message.sent_at is not None


def test_a_failed_delivery_is_tried_again_and_then_shown(db, monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected("the server went away")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    message = send()
    job = Job.objects.get()

    for _ in range(5):
        Job.objects.update(run_after=message.created_at)
        assert not jobs.run(job.pk)

    message.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, message.state) == ("dead", "failed")
    assert "the server went away" in message.error


def test_a_dead_job_tried_again_sends_the_failed_message(db):
    message = MailMessageFactory(failed=True)

    deliver(message=message)

    message.refresh_from_db()
    assert (message.state, message.error, len(mail.outbox)) == ("sent", "", 1)


def test_a_late_failure_does_not_undo_a_sent_message(db):
    message = MailMessageFactory(sent=True)

    mark_failed(message=message.pk, error="too late")

    message.refresh_from_db()
    assert (message.state, message.error) == ("sent", "")


def test_a_confidential_message_is_erased_once_sent(db):
    message = send(is_confidential=True)
    shown = message.shown_body
    deliver(message=message)

    message.refresh_from_db()
    assert (shown, message.shown_body, message.body_text) == ("", "", "")
    assert "Ready" in mail.outbox[0].body


def test_send_again_makes_a_new_message_that_names_the_old_one(db):
    old, staff = MailMessageFactory(sent=True), user_with_role("staff")
    old.recipient.email = "new@example.org"
    old.recipient.save()

    new = send_again(message=old, by=staff)

    assert (new.resend_of, new.body_text, new.subject, new.to_address) == (old, old.body_text, old.subject, "new@example.org")
    assert Job.objects.get().args == {"message": new.pk}
    assert AuditEntry.objects.get().actor == staff


def test_send_again_refuses_a_confidential_message(db):
    message = MailMessageFactory(sent=True, is_confidential=True)

    with pytest.raises(DomainError, match="request a new one"):
        send_again(message=message, by=user_with_role("staff"))

    assert MailMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_message_once(monkeypatch):
    message, sent = MailMessageFactory(), []
    slow = threading.Event()

    def server(self, messages):
        sent.append(messages)
        slow.wait(0.3)
        return 1

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", server)

    at_once(*[partial(deliver, message=message)] * 2)

    assert len(sent) == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_one_key_write_one_message():
    user = UserFactory()

    for number in range(5):
        one, other = at_once(*[partial(send, key=f"round:{number}", recipient=user)] * 2)
        assert one == other

    assert MailMessage.objects.count() == Job.objects.count() == 5


def test_a_calendar_goes_with_its_mail_and_again_with_a_repeat(db):
    letter = b"BEGIN:VCALENDAR\r\nX:\xc3\xa9\r\nEND:VCALENDAR\r\n"
    message = send(attachments=[Attachment("day-1.ics", "text/calendar; method=REQUEST; charset=utf-8", letter)])
    deliver(message=message)

    deliver(message=send_again(message=message, by=user_with_role("staff")))

    parts = [sent.message().get_payload()[1] for sent in mail.outbox]
    assert [(part.get_content_type(), part.get_param("method"), part.get_filename(), part.get_payload(decode=True)) for part in parts] == [
        ("text/calendar", "REQUEST", "day-1.ics", letter)
    ] * 2


def test_a_repeat_of_a_key_attaches_nothing(db):
    user, file = UserFactory(), Attachment("a.txt", "text/plain", b"a")

    first, second = (send(recipient=user, attachments=[file]) for _ in range(2))

    assert (first, second.attachments.count()) == (second, 1)
