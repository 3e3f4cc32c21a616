"""The words we add to ActivityStreams, with the readings others may send.

Custom types are dropped by every other server, so our meaning travels in properties. What this
page says of each is what `/ns` answers and what docs/federation.md lists.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

from dosfed import texts
from dosfed.deliberation.debate.model import Stance

PREFIX = "dosfed"

Range = Literal["id", "text", "number", "flag", "moment", "object", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One property: the values it takes, the forms that carry it, what it says."""

    name: str
    range: Range
    on: str
    says: str
    is_apart: bool = False  # in documents alone that bring along an @context with it

    @property
    def id(self) -> str:
        """The term as it stands in documents: most readers do not expand a prefix."""
        return f"{PREFIX}:{self.name}"


_terms: list[Term] = []


def _term(name: str, kind: Range, *, on: str, says: str, is_apart: bool = False) -> str:
    """Put a term into the vocabulary, and return its id."""
    term = Term(name=name, range=kind, on=on, says=says, is_apart=is_apart)
    _terms.append(term)
    return term.id


KIND = _term(
    "kind",
    "text",
    on="Note, Question, Group",
    says="What the object is in a deliberation: consultation, proposal, poll, argument, "
    "meeting, note, answer or commitment; of a phase: information, proposals, discussion or "
    "voting.",
)
TITLE = _term(
    "title",
    "text",
    on="Note, Question",
    says="The title alone; readers that do not know this word find it at the head of content.",
)
STANCE = _term(
    "stance",
    "text",
    on="Note",
    says="Where an argument stands towards its proposal: for, against or neutral.",
)
ABOUT = _term(
    "about",
    "id",
    on="Question, Note",
    says="The proposal that an argument, a poll, an answer or a commitment is about.",
)
CONSULTATION = _term(
    "consultation",
    "id",
    on="Note, Question",
    says="The consultation that the object belongs to.",
)
ORGANISER = _term(
    "organiser",
    "id",
    on="Group",
    says="The body that runs a consultation: the actor that authors its polls.",
)
METHOD = _term(
    "method",
    "text",
    on="Question, Note",
    says="How a poll is answered: agree, single, multiple, support or score. A Note has one "
    "where no Question can carry the poll.",
)
METHOD_TERMS = _term(
    "terms",
    "object",
    on="Note",
    says="What the method of a poll goes by: whole numbers, by name. Of score, the highest: scale.",
    is_apart=True,
)
OPTIONS = _term(
    "options",
    "text",
    on="Note",
    says="The options of a poll that no Question can carry, in their order.",
)
RESULT = _term(
    "result",
    "object",
    on="Note",
    says="What such a poll has counted, as its method says it.",
    is_apart=True,
)
SECRECY = _term(
    "secrecy",
    "text",
    on="Question, Note",
    says="confidential: the home and the voter's own server know the ballot, nobody else; "
    "open: it is published with the voter's name.",
)
COUNTS = _term(
    "counts",
    "text",
    on="Question, Note",
    says="Whether counts are shown while the poll is open: shown or hidden.",
)
COUNTS_FROM = _term(
    "countsFrom",
    "number",
    on="Question, Note",
    says="How many voters a result needs. The published tally moves by eight voters more "
    "than that at least; by each ballot where it is 0 or 1.",
)
CHOICE = _term(
    "choice",
    "text",
    on="Note",
    says="The whole choice of a ballot, for a poll that no Question can carry; of score, a whole "
    "number for each option, in their order, with commas between.",
)
COMPLETE = _term(
    "complete",
    "flag",
    on="Create",
    says="True: the choices of this activity replace all earlier ones of the same voter.",
)
TALLY = _term(
    "tally",
    "text",
    on="Question, Note",
    says="What the counts beside it are: shown as they stand or final; hidden until the end "
    "or untold, with too few ballots, they are all zero and mean nothing; so they do where it is "
    "withdrawn, and has no result.",
)
COUNTED = _term(
    "counted",
    "moment",
    on="Question, Note",
    says="When the published tally last moved; a reader leaves an older one aside.",
)
ORIGINS = _term(
    "origins",
    "object",
    on="Question, Note",
    says="How many voters are from here, from the listed instances and from the rest of the "
    "fediverse, where nobody has verified who they are; never their choices.",
)
BALLOTS = _term(
    "ballots",
    "id",
    on="Question, Note",
    says="Where the anonymous ballot file of a closed poll is: JSON lines that anybody can count "
    "again.",
)
BALLOTS_SHA256 = _term(
    "ballotsSha256",
    "text",
    on="Question, Note",
    says="The SHA-256 of that file, in hexadecimal; it never changes.",
)
ELIGIBLE = _term(
    "eligible",
    "text",
    on="Group",
    says="Who may take part: anyone, here, or the hosts whose actors may.",
)
INSTANCES = _term(
    "instances",
    "text",
    on="Group",
    says="The hosts that the organiser lists, whose voters are counted apart.",
)
EDITION = _term(
    "edition",
    "number",
    on="Group",
    says="How often what a consultation says of itself has changed, from 1: of two documents the "
    "one with the higher number is the later.",
)
ORGANISER_TITLE = _term(
    "organiserTitle",
    "text",
    on="Group",
    says="What the body that runs a consultation is called.",
)
WITHDRAWN = _term(
    "withdrawn",
    "text",
    on="Group",
    says="Why a consultation was given up, in the organiser's words: from closes on nothing is "
    "added, and what people were voting on then has no result.",
)
LANGUAGE = _term(
    "language",
    "text",
    on="Group",
    says="The language in which a consultation is held.",
)
PHASES = _term(
    "phases",
    "list",
    on="Group",
    says="The spans of a consultation in their order, each with a kind, opens and closes.",
)
OPENS = _term(
    "opens",
    "moment",
    on="Group, Question, Note, phases",
    says="The first moment that counts.",
)
CLOSES = _term(
    "closes",
    "moment",
    on="Group, phases",
    says="The moment from which nothing counts any more.",
)
CREDIT = _term(
    "credit",
    "text",
    on="Question, Note",
    says="The handle of the citizen whose proposal the organiser publishes.",
)
GROUP = _term(
    "group",
    "text",
    on="Question, Note",
    says="The workshop, or other group, for which the contribution was entered.",
)
GROUP_SIZE = _term(
    "groupSize",
    "number",
    on="Question, Note",
    says="How many people the group had.",
)
TAGS = _term(
    "tags",
    "text",
    on="Question, Note",
    says="The words under which a proposal is found, as they are written; beside them stands "
    "a Hashtag for each.",
)
CLAUSES = _term(
    "clauses",
    "list",
    on="Question, Note",
    says="The anchors of the clauses of a text that had earlier versions, in their order; "
    "without it they come from the words of each clause.",
)
CLAUSE = _term(
    "clause",
    "text",
    on="Note",
    says="The anchor of the clause of its proposal that an argument is about.",
)
SOURCES = _term(
    "sources",
    "text",
    on="Note",
    says="The web addresses that an argument rests on, or where a meeting is on the line.",
)
CANCELLED = _term(
    "cancelled",
    "moment",
    on="Note",
    says="When a meeting was called off; it stays to say so.",
)
VERSION = _term(
    "version",
    "number",
    on="Question, Note",
    says="Which version of its text a proposal has; without it the first.",
)
CO_SIGNERS = _term(
    "coSigners",
    "id",
    on="Question, Note",
    says="The collection of those who stand behind a proposal beside its author.",
)
PROPOSED_IN = _term(
    "proposedIn",
    "id",
    on="Question, Note",
    says="The Note of its author from which the organiser made a proposal.",
)
MIRROR = _term(
    "mirror",
    "flag",
    on="Follow",
    says="True: the follower shows the consultation to its own citizens.",
)
REASON = _term(
    "reason",
    "text",
    on="Reject, Delete, Note",
    says="Why a request or an act was refused, or what stood here hidden, as a code of "
    "docs/rules.md.",
)
LICENCE = _term(
    "licence",
    "id",
    on="Group, Note, Question",
    says="The licence of what is written in a consultation: the address of its text.",
)
ABOVE = _term(
    "above",
    "text",
    on="Note, Question",
    says="What source has above the words, for forums, which show nothing else; followed by an "
    "empty line.",
)
BELOW = _term(
    "below",
    "text",
    on="Note, Question",
    says="What source has below the words in the same way, after an empty line.",
)

TERMS = tuple(_terms)

_HASHTAGS = {
    "pour": Stance.FOR,
    "afavor": Stance.FOR,
    "for": Stance.FOR,
    "contre": Stance.AGAINST,
    "encontra": Stance.AGAINST,
    "against": Stance.AGAINST,
}

_LONGEST = max(map(len, _HASHTAGS))

_WORDS = {
    "fr": {Stance.FOR: "#pour", Stance.AGAINST: "#contre"},
    "es": {Stance.FOR: "#afavor", Stance.AGAINST: "#encontra"},
    "en": {Stance.FOR: "#for", Stance.AGAINST: "#against"},
}


def stance_of_hashtag(name: str) -> Stance | None:
    """Return the stance that a hashtag stands for, accents and case ignored."""
    word = name.lstrip("#")
    if len(word) > 2 * _LONGEST:  # each letter may carry its accent beside
        return None
    letters = texts.normalise(word, "NFKD").casefold()
    return _HASHTAGS.get("".join(c for c in letters if not unicodedata.combining(c)))


def hashtag_of(stance: Stance, language: str | None) -> str | None:
    """Return the hashtag that says where somebody stands, in their language if it has one."""
    words = _WORDS.get(language or "", _WORDS["en"])
    return words.get(stance)
