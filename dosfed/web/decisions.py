"""Decisions on what waits, as they are typed into a form."""

from collections.abc import Mapping
from dataclasses import dataclass

from dosfed.deliberation.model import ActorId, ProposalId
from dosfed.deliberation.proposals.model import DecideProposal
from dosfed.deliberation.proposals.reasons import OwnReason, RefusalReason
from dosfed.web.forms import Form
from dosfed.web.languages import LANGUAGES, load_translations

MAX_DIGITS = 7


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


# What each reason says to the author; *something else* says nothing beside the words.
REASONS: Mapping[str, str] = {
    RefusalReason.OFF_TOPIC: _("Not about the subject of this consultation"),
    RefusalReason.DUPLICATE: _("Already proposed"),
    RefusalReason.UNCLEAR: _("Not clear enough to be discussed"),
    RefusalReason.OUT_OF_REACH: _("Not for the organiser to decide"),
    RefusalReason.PERSONAL_DATA: _("Contains personal data"),
    RefusalReason.INSULT: _("Insults or attacks people"),
    RefusalReason.ILLEGAL: _("Against the law"),
    RefusalReason.OTHER: _("Something else"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The language of what waits, and the reasons that its consultation has beside the others."""

    language: str
    own: tuple[OwnReason, ...] = ()

    def reason(self, code: str, words: str) -> str:
        """Return a reason as its reader finds it: the one that was chosen, then what was typed."""
        title = next((one.title for one in self.own if one.code == code), "")
        if not title and code in REASONS and code != RefusalReason.OTHER:
            spoken = self.language.partition("-")[0].lower()
            spoken = spoken if spoken in LANGUAGES else "en"
            title = load_translations(spoken).gettext(REASONS[code])
        return ". ".join(part for part in (title, words) if part)


def read_decision(
    form: Form, proposal: str, by: str, spoken: Spoken, *, is_accepted: bool
) -> DecideProposal:
    """Read what a facilitator decides; the chosen reason is said in the proposal's language."""
    code = form.value("code")
    words = form.value("reason").strip()
    return DecideProposal(
        id=ProposalId(proposal),
        by=ActorId(by),
        is_accepted=is_accepted,
        reason="" if is_accepted else spoken.reason(code, words),
        code=None if is_accepted else code or None,
        version=revision_number(form.value("version")),
    )


def revision_number(typed: str) -> int | None:
    """Return which version of a text a form was made from; none if it does not say."""
    is_number = typed.isascii() and typed.isdigit() and len(typed) < MAX_DIGITS
    return int(typed) if is_number else None
