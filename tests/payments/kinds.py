"""A kind of subject with few places, for tests of buying: it keeps its holds in memory and writes down what it was asked."""

from core.errors import DomainError
from payments.signals import line_released
from payments.subjects import SubjectKind


class ScarceKind(SubjectKind):
    prefix = "thing"
    title = "Thing"

    def __init__(self, places=1):
        self.places, self.holds, self.given, self.untils = places, {}, set(), []

    @property
    def left(self):
        return self.places - len(self.given | set(self.holds))

    def reserve(self, *, user, subject, reference, until):
        if reference not in self.holds and not self.left:
            raise DomainError("Nothing is left. Come back later.", code="full")
        self.holds[reference] = until
        self.untils.append(until)

    def confirm(self, *, user, subject, reference):
        if reference not in self.given and not (self.holds.pop(reference, None) or self.left):
            return False
        self.given.add(reference)
        return True

    def url(self, subject):
        return "/things/"

    def let_go(self, sender, user, subject, reference, **kwargs):
        self.holds.pop(reference, None)

    def listen(self):
        line_released.connect(self.let_go)
        return self
