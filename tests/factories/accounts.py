"""People for tests."""

import factory
from django.utils import timezone

from accounts.models import LegalName, RoleAssignment, User

PASSWORD = "a-long-password"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n:05}@example.org")
    password = factory.django.Password(PASSWORD)


class LegalNameFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LegalName

    user = factory.SubFactory(UserFactory)
    given_names = "Zoë"
    family_name = "Đặng"
    confirmed_at = factory.LazyFunction(timezone.now)
    confirmed_by = factory.SelfAttribute("user")


def user_with_role(*roles: str) -> User:
    user = UserFactory()
    for role in roles:
        RoleAssignment.objects.create(user=user, role=role)
    return user
