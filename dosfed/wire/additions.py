"""What a proposal says below its text where it goes: whose it is, how its vote goes, its page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.votes.model import Poll
from dosfed.wire import groups
from dosfed.wire.polls import is_untold
from dosfed.wire.sources import in_language, plain

# Why a poll that closed gives no counts, in the language of its proposal (rule 2.6).
_TOO_FEW: Mapping[str, str] = {
    "fr": (
        "Le vote est clos. Moins de {number} personnes ont voté : aucun décompte n'est publié, "
        "pour qu'on ne puisse deviner le choix de personne."
    ),
    "es": (
        "La votación ha terminado. Votaron menos de {number} personas: no se publica ningún "
        "recuento, para que nadie pueda adivinar lo que votó otra persona."
    ),
    "en": (
        "The vote is closed. Fewer than {number} people voted: no counts are given, so that "
        "nobody's choice can be guessed."
    ),
}
# Why one that was given up gives none (rule 10.6).
_NO_RESULT: Mapping[str, str] = {
    "fr": "La consultation a été retirée\N{NO-BREAK SPACE}: ce vote n'a pas de résultat.",
    "es": "La consulta fue retirada: esta votación no tiene resultado.",
    "en": "The consultation was withdrawn: this vote has no result.",
}
# Where a poll is that no Question can carry: on the page to which the link below leads.
_ON_ITS_PAGE: Mapping[str, str] = {
    "fr": "Le vote se fait sur la page de cette proposition. Les options\N{NO-BREAK SPACE}:",
    "es": "Se vota en la página de esta propuesta. Las opciones:",
    "en": "The vote is held on the page of this proposal. The options:",
}
# No app changes a vote: most servers let nobody vote twice. The same words open or closed, since
# others would take new ones for an edit.
_TO_CHANGE: Mapping[str, str] = {
    "fr": "Pour changer de vote avant la clôture, rendez-vous sur la page\N{NO-BREAK SPACE}:",
    "es": "Para cambiar su voto antes del cierre, vaya a la página:",
    "en": "To change your vote before the poll closes, go to its page:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Something said below a text: as HTML, and as Markdown."""

    html: str
    markdown: str


def group_of(record: ProposalRecord) -> list[Addition]:
    """Return for which group a proposal was entered, if for any."""
    if record.group is None:
        return []
    words = groups.words(record.group, record.language)
    return [Addition(html=f"<p>— {escape(words)}</p>", markdown=f"— {plain(words)}")]


def additions_of(record: ProposalRecord) -> list[Addition]:
    """Return all that a published proposal says below its text."""
    return [*group_of(record), *_credit(record), *_vote(record), page_of(record)]


def _credit(record: ProposalRecord) -> Iterator[Addition]:
    if not record.author_name:
        return
    name = escape(record.author_name)
    who = f'<a href="{escape(record.author)}">{name}</a>' if record.author else name
    yield Addition(html=f"<p>— {who}</p>", markdown=f"— {plain(record.author_name)}")


def _vote(record: ProposalRecord) -> Iterator[Addition]:
    if record.poll is None:
        return
    if is_untold(record):
        words = _NO_RESULT if record.poll.is_withdrawn else _TOO_FEW
        why = in_language(words, record.language).format(number=record.poll.counts_from)
        yield Addition(html=f"<p>{escape(why)}</p>", markdown=why)
    if not record.poll.method.fits_a_question:
        yield _options(record, record.poll)


def _options(record: ProposalRecord, poll: Poll) -> Addition:
    where = in_language(_ON_ITS_PAGE, record.language)
    items = "".join(f"<li>{escape(option)}</li>" for option in poll.options)
    listed = "\n".join(f"- {plain(option)}" for option in poll.options)
    html = f"<p>{escape(where)}</p><ul>{items}</ul>"
    return Addition(html=html, markdown=f"{where}\n\n{listed}")


def page_of(record: ProposalRecord) -> Addition:
    """Return the address of a proposal's page, with what else one does there."""
    link = f'<a href="{escape(record.id)}">{escape(record.id)}</a>'
    if record.poll is None or not record.poll.method.fits_a_question:
        return Addition(html=f"<p>{link}</p>", markdown=f"<{record.id}>")
    change = in_language(_TO_CHANGE, record.language)
    return Addition(
        html=f"<p>{escape(change, quote=False)} {link}</p>", markdown=f"{change} <{record.id}>"
    )
