"""Mail for tests."""

import factory
from django.utils import timezone

from notifications.models import MailMessage
from tests.factories.accounts import UserFactory


class MailMessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MailMessage

    key = factory.Sequence(lambda n: f"mail:{n}")
    recipient = factory.SubFactory(UserFactory)
    to_address = factory.SelfAttribute("recipient.email")
    template = "tests/mail/note"
    subject = "Your certificate"
    body_text = "It is ready.\n"

    class Params:
        sent = factory.Trait(state=MailMessage.State.SENT, sent_at=factory.LazyFunction(timezone.now))
        failed = factory.Trait(state=MailMessage.State.FAILED, error="550 no such mailbox")
