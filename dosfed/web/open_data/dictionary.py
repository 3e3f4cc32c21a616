"""The dictionary of open data: what each table has, and what each column means.

Addresses and names of columns are promises: they never change, and new columns come last but for
the licence. The words are English here, and translated in the catalogues.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# line: one line; text: any number of them; word: one of few, as programs read them.
Type = Literal["id", "word", "line", "text", "number", "moment", "json"]


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when written."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table."""

    name: str
    type: Type
    says: str
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its name in addresses, a title, and its columns in their order."""

    name: str
    title: str
    says: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    refers: Mapping[str, tuple[str, str]] | None = None  # column: table and column


def _column(name: str, kind: Type, says: str, *, is_required: bool = False) -> Column:
    return Column(name=name, type=kind, says=says, is_required=is_required)


def _must(name: str, kind: Type, says: str) -> Column:
    return _column(name, kind, says, is_required=True)


LICENCE = _column("licence", "word", _("Licence under which this row may be reused"))
PROPOSAL = _must("proposal", "id", _("Proposal that this is about"))
AUTHOR = _(
    "Who wrote it: a pseudonym, or the user name of people who asked to be named; empty for the "
    "organiser"
)
GROUP_NAME = _column("group_name", "line", _("Group on whose behalf it was entered"))
GROUP_SIZE = _column("group_size", "number", _("Number of people in that group"))
LANGUAGE = _column("language", "word", _("Language, as a code such as fr"))

CONSULTATION = Table(
    name="consultation",
    title=_("Consultation"),
    says=_("The consultation itself, in one row"),
    columns=(
        _must("id", "id", _("Permanent address of the consultation")),
        _must("title", "line", _("Title")),
        _column("summary", "text", _("What it is about (Markdown)")),
        LANGUAGE,
        _must("organiser", "line", _("Body that runs it")),
        _must("opens", "moment", _("Start")),
        _must("closes", "moment", _("End")),
        _column(
            "eligible",
            "line",
            _("Who may vote: anyone, people with an account here, or people of the servers listed"),
        ),
        _column("withdrawn_at", "moment", _("When it was withdrawn, if it was")),
        _column("withdrawn_reason", "text", _("Why it was withdrawn")),
        LICENCE,
    ),
    key=("id",),
)
PROPOSALS = Table(
    name="proposals",
    title=_("Proposals"),
    says=_("Published proposals with their current text"),
    columns=(
        _must("id", "id", _("Permanent address of the proposal")),
        _must("position", "number", _("Place in the order of the consultation")),
        _must("title", "line", _("Title")),
        _column("text", "text", _("Text (Markdown)")),
        LANGUAGE,
        _column("author", "line", AUTHOR),
        GROUP_NAME,
        GROUP_SIZE,
        _column("tags", "line", _("Tags, separated by semicolons")),
        _must("version", "number", _("Number of the current version; 1 if the text never changed")),
        _column("published_at", "moment", _("When it was published")),
        _column("edited_at", "moment", _("When it got its current text")),
        _must("co_signers", "number", _("Number of co-signers")),
        _must("arguments", "number", _("Number of arguments")),
        LICENCE,
    ),
    key=("id",),
)
VERSIONS = Table(
    name="versions",
    title=_("Earlier versions"),
    says=_("What proposals said before their current text"),
    columns=(
        PROPOSAL,
        _must("number", "number", _("Number of the version")),
        _must("title", "line", _("Title")),
        _column("text", "text", _("Text (Markdown)")),
        _column("note", "line", _("Why the next version was made")),
        _column("replaced_by", "word", _("Who made the next version: author or facilitator")),
        _must("replaced_at", "moment", _("When the next version was published")),
        LICENCE,
    ),
    key=("proposal", "number"),
    refers={"proposal": ("proposals", "id")},
)
CO_SIGNERS = Table(
    name="co_signers",
    title=_("Co-signers"),
    says=_("Who put their name to which proposal"),
    columns=(
        PROPOSAL,
        _must("signer", "line", _("Pseudonym, or the user name of people who asked to be named")),
        _must("signed_at", "moment", _("When they co-signed")),
        LICENCE,
    ),
    key=("proposal", "signer"),
    refers={"proposal": ("proposals", "id")},
)
ARGUMENTS = Table(
    name="arguments",
    title=_("Arguments"),
    says=_("Published arguments and replies"),
    columns=(
        _must("id", "id", _("Identifier of the argument in these files")),
        PROPOSAL,
        _column(
            "in_reply_to",
            "id",
            _("Argument that it replies to; empty if it is about the proposal itself"),
        ),
        _must("stance", "word", _("Position: for, against or neutral")),
        _column(
            "text", "text", _("Text (Markdown); plain text if it was written on another server")
        ),
        LANGUAGE,
        _column("author", "line", AUTHOR),
        _column("clause", "word", _("Passage of the proposal that it is about")),
        _column("sources", "line", _("Web addresses that it rests on, separated by spaces")),
        GROUP_NAME,
        GROUP_SIZE,
        _column("published_at", "moment", _("When it was published")),
        _column("edited_at", "moment", _("When it got its current text")),
        _must("convincing", "number", _("How many people find it convincing")),
        _must("unconvincing", "number", _("How many people find it unconvincing")),
        LICENCE,
    ),
    key=("id",),
    refers={"proposal": ("proposals", "id"), "in_reply_to": ("", "id")},
)
RESULTS = Table(
    name="results",
    title=_("Votes and results"),
    says=_("Each option of each vote, with figures where everyone can see them"),
    columns=(
        _must("poll", "id", _("Permanent address of the vote")),
        PROPOSAL,
        _must("method", "word", _("Kind of vote: agree, single, multiple, support or score")),
        _must("state", "word", _("not-yet, open, counting or closed")),
        _must("opens", "moment", _("Start")),
        _must("closes", "moment", _("End")),
        _must("counts_from", "number", _("Number of voters that a result needs")),
        _must("option_number", "number", _("Place of the option")),
        _must("option", "line", _("Option")),
        _column("votes", "number", _("Votes for the option; empty while figures are not shown")),
        _column("details", "json", _("What else is counted of the option, as structured data")),
        _column("voters", "number", _("Number of voters; empty while figures are not shown")),
        _column("voters_here", "number", _("Voters with an account here")),
        _column("voters_listed", "number", _("Voters from the servers that the organiser listed")),
        _column("voters_elsewhere", "number", _("Voters from other servers")),
        _column("imported_from", "id", _("Where it was counted, if not here")),
        LICENCE,
    ),
    key=("poll", "option_number"),
    refers={"proposal": ("proposals", "id")},
)
MEETINGS = Table(
    name="meetings",
    title=_("Meetings"),
    says=_("When and where the consultation meets"),
    columns=(
        _must("title", "line", _("Title")),
        _column("place", "line", _("Place")),
        _column("url", "id", _("Web address")),
        _column("summary", "text", _("What it is about (Markdown)")),
        _must("starts", "moment", _("Start")),
        _must("ends", "moment", _("End")),
        _column("cancelled_at", "moment", _("When it was cancelled, if it was")),
        LICENCE,
    ),
)
HISTORY = Table(
    name="history",
    title=_("History"),
    says=_("What the team changed in the consultation"),
    columns=(
        _must("at", "moment", _("When it was done")),
        _must("what", "word", _("What was done")),
        _column("role", "word", _("Role of the person who did it; empty if it happened by itself")),
        _column("before", "json", _("What it was before, as structured data")),
        _column("after", "json", _("What it became, as structured data")),
        _column("reason", "text", _("Reason")),
        LICENCE,
    ),
)
MODERATION = Table(
    name="moderation",
    title=_("Moderation"),
    says=_("What moderators did, without names or texts"),
    columns=(
        _must("at", "moment", _("When it was done")),
        _must("kind", "word", _("What it was done to: proposal or argument")),
        _column("was", "word", _("State before: waiting, published or hidden")),
        _must("became", "word", _("State after: published, hidden, refused or deleted")),
        _column("code", "word", _("Reason, in one word")),
        LICENCE,
    ),
)
DICTIONARY: Mapping[str, Table] = {
    table.name: table
    for table in (
        CONSULTATION,
        PROPOSALS,
        VERSIONS,
        CO_SIGNERS,
        ARGUMENTS,
        RESULTS,
        MEETINGS,
        HISTORY,
        MODERATION,
    )
}
