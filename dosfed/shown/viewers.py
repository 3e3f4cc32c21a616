"""For whom a page is made."""

from dataclasses import dataclass, replace
from datetime import datetime

from dosfed.deliberation.model import Role
from dosfed.deliberation.team.rules import (
    higher,
    may_facilitate,
    may_moderate,
    may_operate,
    may_organise,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who is signed in; `id` is their actor's, here or on the server of their `host`.

    `role` is what they are everywhere; `roles`, what they are in some consultations alone.
    """

    id: str
    name: str
    host: str
    role: Role
    roles: tuple[tuple[str, Role], ...] = ()

    def within(self, consultation: str) -> "Viewer":
        """Return them as they are in one consultation (rule 5.11)."""
        return replace(self, role=higher(self.role, dict(self.roles).get(consultation)))

    @property
    def is_on_a_team(self) -> bool:
        """Whether they look after the whole instance, or a consultation."""
        return may_moderate(self.role) or bool(self.roles)

    @property
    def facilitates(self) -> bool:
        """Whether they decide on proposals that wait, in one consultation at least."""
        return any(may_facilitate(role) for role in (self.role, *(role for _, role in self.roles)))

    @property
    def handle(self) -> str:
        """The address under which they are known everywhere: @ana@delib.example."""
        return f"@{self.name}@{self.host}"

    @property
    def is_moderator(self) -> bool:
        """Whether they answer reports."""
        return may_moderate(self.role)

    @property
    def is_facilitator(self) -> bool:
        """Whether they decide on proposals that wait."""
        return may_facilitate(self.role)

    @property
    def is_organiser(self) -> bool:
        """Whether they change what consultations say of themselves."""
        return may_organise(self.role)

    @property
    def is_operator(self) -> bool:
        """Whether they change the instance itself."""
        return may_operate(self.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """For whom a page is made, when, and which one of several."""

    viewer: Viewer | None
    now: datetime
    page: int = 1
