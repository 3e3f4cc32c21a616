"""One activity of a batch, from what was read of it to how it ends."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.budgets import Charges, Spent, price_of
from dosfed.activitypub.inbox import Received, Verdict
from dosfed.activitypub.reading import Document, Malformed, id_of
from dosfed.activitypub.vocabulary import Activity
from dosfed.acts.submission import Command, Done, Outcome, Submission
from dosfed.deliberation.debate.arguments import load_authors, load_known
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Remove
from dosfed.deliberation.model import ActorId, Forget, Refusal
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.votes.model import CastBallot
from dosfed.federation.dispatch import kind_of
from dosfed.federation.incoming import Asked, Ignored, Incoming, TurnedDown
from dosfed.federation.posts import is_gone, read_as_new
from dosfed.instance import host_of

REPORT = "report"
Fetched = Mapping[str, Document | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An activity that can be judged only beside a document from elsewhere."""

    row: int
    uri: str
    is_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """An activity that can be judged: what it asks for, and all that was read with it."""

    asked: Asked
    incoming: Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One activity of a batch, and what reading it came to: a verdict if it asks for nothing."""

    received: Received
    read: Asks | Wanted | Verdict

    @property
    def activity(self) -> Activity | None:
        """The activity, if it asks for something."""
        return self.read.incoming.activity if isinstance(self.read, Asks) else None

    @property
    def is_ballot(self) -> bool:
        """Whether it brings a ballot."""
        return isinstance(self.command, CastBallot)

    @property
    def command(self) -> Command | None:
        """What it brings before the door, if it brings anything there."""
        if isinstance(self.read, Asks) and isinstance(self.read.asked, Submission):
            return self.read.asked.command
        return None

    @property
    def stays_behind(self) -> bool:
        """Whether it must not be judged before an earlier act about the same thing.

        A ballot has no such earlier act, and anyone who leaves takes along whatever waits.
        """
        return not isinstance(self.read, Verdict) and not isinstance(
            self.command, CastBallot | Forget
        )


def authors_of(fetched: Fetched) -> set[str]:
    """Return who wrote the documents that were fetched; whoever signed had passed them on."""
    named = (id_of(document.get("attributedTo")) for document in fetched.values() if document)
    return {author for author in named if author}


async def known_posts(connection: AsyncConnection, cases: Sequence[Case]) -> set[str]:
    """Return what is here of the things that a batch changes."""
    ids = {case.command.id for case in cases if isinstance(case.command, EditArgument)}
    return await load_known(connection, ids) if ids else set()


async def known_authors(connection: AsyncConnection, cases: Sequence[Case]) -> dict[str, str]:
    """Return whose what is of the things that a batch deletes."""
    ids = {case.command.id for case in cases if isinstance(case.command, Remove)}
    return await load_authors(connection, ids) if ids else {}


def by_its_server(case: Case, authors: Mapping[str, str]) -> Case:
    """Take a deletion by somebody else of the author's own server, once that says it is gone.

    Moderators of forums delete what their people wrote; signed by others, it is a mere hint.
    """
    read, command = case.read, case.command
    if not isinstance(read, Asks) or not isinstance(command, Remove):
        return case
    author, host = authors.get(command.id), host_of(case.received.actor)
    is_by_another = author not in {None, "", command.actor} and command.within is None
    if not is_by_another or {host_of(author or ""), host_of(command.id)} != {host}:
        return case
    fetched = read.incoming.fetched
    if command.id not in fetched:
        return replace(case, read=Wanted(row=case.received.row, uri=command.id))
    if not is_gone(fetched[command.id]):
        return case  # and the door says that only its author may
    removal = replace(command, actor=ActorId(author or ""))
    asked = Submission(command=removal, at=read.incoming.at, activity=read.incoming.document)
    return replace(case, read=replace(read, asked=asked))


def as_new(case: Case, known: set[str]) -> Case:
    """Take a change of something that never came as that thing itself.

    `known` are the things that are here; what a batch brings joins them.
    """
    read, command = case.read, case.command
    if isinstance(command, PostArgument):
        known.add(command.id)
    if isinstance(command, SubmitProposal) and command.source is not None:
        known.add(command.source)
    if not isinstance(read, Asks) or not isinstance(command, EditArgument) or command.id in known:
        return case
    known.add(command.id)
    try:
        made = read_as_new(command, read.incoming)
    except (Malformed, Ignored, TurnedDown) as end:
        return replace(case, read=end_of(case.received, read.incoming, end))
    asked = Submission(command=made, at=read.incoming.at, activity=read.incoming.document)
    return replace(case, read=replace(read, asked=asked))


def look_for_parent(case: Case, known: set[str]) -> Case:
    """Have the parent of an argument fetched if nobody has looked for it yet.

    `known` are the things that can be answered; what is argued here joins them.
    """
    read, post = case.read, case.command
    if not isinstance(read, Asks) or not isinstance(post, PostArgument):
        return case
    incoming = read.incoming
    # Ours are never fetched: what we do not know of our own is not there. And a parent that was
    # fetched for is not fetched for again, or an act could wait for ever.
    parent = post.in_reply_to
    if parent in known or parent in incoming.fetched or incoming.instance.is_ours(parent):
        known.add(post.id)
        return case
    wanted = Wanted(row=case.received.row, uri=parent, is_parent=True)
    return replace(case, read=wanted)


def verdict_on(row: int, submission: Submission, outcome: Outcome) -> Verdict:
    """Return the verdict on an act that was led to the door."""
    command = submission.command
    is_done = isinstance(outcome, Done)
    return Verdict(
        row=row,
        kind=kind_of(submission),
        outcome="admitted" if is_done else "refused",
        reason=None if isinstance(outcome, Done) else outcome.value,
        about=command.poll if isinstance(command, CastBallot) else None,
        forgets=submission.is_private,
    )


def end_of(received: Received, incoming: Incoming | None, end: Exception) -> Verdict:
    """Return the verdict on an activity that asks for nothing; private words are not kept."""
    kind = "unknown" if incoming is None else type(incoming.activity).__name__
    outcome = {Malformed: "malformed", Ignored: "ignored", TurnedDown: "refused"}[type(end)]
    reason = str(end)[:200]
    return Verdict(
        row=received.row,
        kind=kind,
        outcome=outcome,
        reason=reason,
        forgets=reason == Refusal.NOT_PUBLIC.value,
    )


def is_charged(verdict: Verdict) -> bool:
    """Whether an act takes from the budget of its actor and its server (rule 9.1)."""
    return (verdict.outcome != "admitted" and not verdict.is_held) or verdict.kind == REPORT


def charges_for(judged: Iterable[tuple[Received, Verdict]], *, exempt: Collection[str]) -> Charges:
    """Return what acts cost; of those whom we follow we asked for what they send."""
    charges: Charges = Counter()
    for received, verdict in judged:
        actor = received.actor
        if not actor or actor in exempt:
            continue
        is_report = verdict.outcome == "admitted"
        what = Spent.REPORTS if is_report else Spent.USELESS
        price = 1 if is_report else price_of(len(received.body))
        # Nobody who wrote in private is kept anywhere, and so not here (rule 3.3).
        for name in (host_of(actor),) if verdict.forgets else (actor, host_of(actor)):
            charges[name, what] += price
    return charges
