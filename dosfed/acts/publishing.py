"""Publishing: what our actors make known of a post, and to whom.

A post is a proposal, an argument, a meeting, an official note, or the Note by which a citizen of
ours proposes something to a home elsewhere. Its author says when it is new (`create`), when it says
something else (`update`), and when it is gone (`delete`); its consultation's Group passes it on.

Who is told differs. Of what is new, those who follow its author hear. Of what becomes of it,
whoever may have it must hear: all who ever followed an actor that published it or passed it on,
and the servers whose people voted on it. Whom the post names reads it in an inbox of their own.
`Readers` says this once for each kind of post.

A Group announces in two ways: the bare id to everybody, which is a boost, and the whole activity
to those that are known to unwrap it (FEP-1b12). To any other software a wrapped activity is noise.

What answers one request, a follow, a ballot or a quote, publishes nothing, and goes to the one
who asked: its own file puts it into the outbox.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, recipients, withdrawal, writing
from dosfed.activitypub.outbox import Mail
from dosfed.activitypub.recipients import Following
from dosfed.acts.submission import House
from dosfed.deliberation.debate.records import ArgumentRecord
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.votes import boosts
from dosfed.deliberation.votes.boosts import Boost
from dosfed.deliberation.votes.tallies import load_servers
from dosfed.instance import host_of
from dosfed.wire.proposals import write_proposal

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Whom a post concerns: who hears that it is new, who may have it, whom it names."""

    author: str
    told: Collection[str]  # whose followers hear of it when it is new
    kept: Collection[str]  # whose followers, once, may have it
    named: Collection[str | None] = ()
    poll: str | None = None  # its voters' servers have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A consultation as it announces at a moment, and to whom."""

    id: str
    house: House
    at: datetime
    following: Following

    def boost(self, post: str, *, at: datetime | None = None) -> dict[str, Any]:
        """Return an Announce of a post's bare id."""
        return writing.announce(self.house.instance, self.id, post, at=at or self.at)

    def whole(self, activities: Iterable[Document | str], *, is_kept: bool = False) -> list[Mail]:
        """Return activities announced whole, or a post by its id, to those that read that.

        With `is_kept` also where nobody does yet: who comes later finds it in the outbox.
        """
        if not self.following.readers and not is_kept:
            return []
        instance = self.house.instance
        things = [one if isinstance(one, str) else dict(one) for one in activities]
        return [
            Mail(
                activity=writing.announce(instance, self.id, thing, at=self.at),
                inboxes=self.following.readers,
            )
            for thing in things
        ]


def of_proposal(record: ProposalRecord) -> Readers:
    """Return whom a proposal of this home concerns; it is its organiser's post."""
    return Readers(
        author=record.organiser,
        told=(record.organiser,),
        kept=(record.organiser, record.consultation),
        named=(record.author,),
        poll=None if record.poll is None else record.poll.id,
    )


def of_argument(record: ArgumentRecord) -> Readers:
    """Return whom an argument written here concerns; many read it in its consultation's thread."""
    return Readers(
        author=record.author,
        told=(record.author,),
        kept=(record.author, record.consultation, record.organiser),
        named=(record.organiser, record.parent_author),
    )


def of_contribution(record: ProposalRecord, house: House) -> Readers:
    """Return whom the Note of a citizen of ours concerns: the home to which it proposes."""
    author = record.author or house.instance.actor
    return Readers(author=author, told=(author,), kept=(author,), named=(record.consultation,))


def of_official(consultation: str, organiser: str) -> Readers:
    """Return whom a meeting concerns, or an official note."""
    return Readers(author=organiser, told=(organiser,), kept=(organiser, consultation))


async def newly_told(connection: AsyncConnection, readers: Readers) -> set[str]:
    """Return the inboxes that a new post goes to."""
    inboxes = await recipients.follower_inboxes(connection, readers.told)
    return inboxes | await _named(connection, readers)


async def holders(connection: AsyncConnection, readers: Readers) -> set[str]:
    """Return the inboxes where a post may be known, and so what becomes of it must be."""
    inboxes = await recipients.hearers(connection, readers.kept)
    if readers.poll is not None:
        hosts = await load_servers(connection, readers.poll)
        inboxes |= await recipients.inboxes_of_hosts(connection, hosts)
    return inboxes | await _named(connection, readers)


async def _named(connection: AsyncConnection, readers: Readers) -> set[str]:
    here = host_of(readers.author)  # where nobody needs to be told
    named = [actor for actor in readers.named if actor is not None and host_of(actor) != here]
    return set((await recipients.inboxes_of(connection, named)).values())


async def create(
    connection: AsyncConnection,
    house: House,
    said: Document,
    inboxes: Collection[str],
    *,
    at: datetime,
) -> Document:
    """Publish a new post; return the activity, for its Group to pass on."""
    activity = writing.create(house.instance, dict(said))
    await outbox.put(connection, activity, at=at, inboxes=inboxes)
    return activity


async def update(
    connection: AsyncConnection, house: House, said: Document, readers: Readers, *, at: datetime
) -> Document:
    """Publish what a post says from now on, to whoever may have it.

    What was put of it before says the same from then on.
    """
    await withdrawal.replace(connection, said)
    activity = writing.update(house.instance, dict(said))
    inboxes = await holders(connection, readers)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)
    return activity


async def delete(
    connection: AsyncConnection, house: House, gone: Document, readers: Readers, *, at: datetime
) -> Document:
    """Let a post go out of all that was put, and tell whoever may have it."""
    await withdrawal.withdraw(connection, [gone["id"]])
    activity = writing.delete(house.instance, readers.author, dict(gone))
    inboxes = await holders(connection, readers)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)
    return activity


async def delete_actor(
    connection: AsyncConnection, house: House, actor: str, inboxes: Collection[str], *, at: datetime
) -> None:
    """Tell these that an actor of ours is gone."""
    gone = writing.tombstone(actor, former_type="Person", at=at)
    activity = writing.delete(house.instance, actor, gone)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)


async def update_actor(
    connection: AsyncConnection, house: House, said: Document, *, at: datetime
) -> None:
    """Publish what an actor of ours says of itself, to all who ever followed it (rule 10.7)."""
    activity = writing.update(house.instance, dict(said))
    inboxes = await recipients.hearers(connection, [said["id"]])
    await outbox.put(connection, activity, at=at, inboxes=inboxes)


async def update_dates(
    connection: AsyncConnection, house: House, record: ProposalRecord, *, at: datetime
) -> None:
    """Publish a proposal anew whose poll has other dates: everybody shows when it ends.

    Where no counts are told, all are zero, which PieFed takes for an edit that drops the votes
    (rule 2.5): its servers read the old end until counts go out.
    """
    said = write_proposal(record)
    await withdrawal.replace(connection, said)
    inboxes = await holders(connection, replace(of_proposal(record), named=()))
    is_empty = record.shown is None or not any(record.shown.counts)
    if is_empty and record.closed_at is None:
        inboxes -= await recipients.inboxes_at(connection, inboxes, software="piefed")
    activity = writing.update(house.instance, said)
    await outbox.put(connection, activity, at=at, inboxes=inboxes)


async def update_details(
    connection: AsyncConnection, house: House, record: ProposalRecord, *, at: datetime
) -> None:
    """Publish what changed around a proposal's words: its tags, or whom it credits."""
    await withdrawal.replace(connection, write_proposal(record))
    await update_tally(connection, house, record, at=at)


async def update_tally(
    connection: AsyncConnection, house: House, record: ProposalRecord, *, at: datetime
) -> None:
    """Publish a proposal anew, with its tally as it is published now.

    Of an open poll, an Update with all counts zero goes to mirrors only: PieFed would delete its
    votes.
    """
    is_empty = record.shown is None or not any(record.shown.counts)
    if record.poll is not None and is_empty and record.closed_at is None:
        inboxes = await recipients.mirror_inboxes(connection, record.consultation)
    else:
        inboxes = await holders(connection, replace(of_proposal(record), named=()))
    activity = writing.update(house.instance, write_proposal(record))
    await outbox.put(connection, activity, at=at, inboxes=inboxes)


async def publish_proposals(
    connection: AsyncConnection, house: House, records: Sequence[ProposalRecord], *, at: datetime
) -> None:
    """Publish new proposals of one consultation: by its organiser, and by its Group."""
    if not records:
        return
    organiser, consultation = records[0].organiser, records[0].consultation
    followings = await recipients.followings(connection, [organiser, consultation])
    group = Group(id=consultation, house=house, at=at, following=followings[consultation])
    followers = followings[organiser].everybody
    authors = {record.author for record in records if record.author is not None}
    elsewhere = {author for author in authors if not house.instance.is_ours(author)}
    named = await recipients.inboxes_of(connection, elsewhere)
    mails: list[Mail] = []
    for record in records:
        created = writing.create(house.instance, write_proposal(record))
        inboxes = followers | {inbox for actor, inbox in named.items() if actor == record.author}
        mails.append(Mail(activity=created, inboxes=inboxes))
        mails += await _announced(connection, group, record, created)
    await outbox.put_all(connection, mails, at=at)


async def publish_official(
    connection: AsyncConnection, house: House, said: Document, readers: Readers, *, at: datetime
) -> None:
    """Publish a new meeting, or an official note, as proposals are published."""
    created = writing.create(house.instance, dict(said))
    inboxes = await newly_told(connection, readers)
    group = await load_group(connection, house, said["audience"], at=at)
    boost = Mail(activity=group.boost(said["id"]), inboxes=group.following.everybody)
    mails = [Mail(activity=created, inboxes=inboxes), boost, *group.whole([created], is_kept=True)]
    await outbox.put_all(connection, mails, at=at)


async def boost_again(
    connection: AsyncConnection, house: House, record: ProposalRecord, last: Boost, *, at: datetime
) -> None:
    """Undo how a poll was announced last, and announce it anew.

    The Create that goes out again has the id that it had: whoever knows it leaves it aside.
    """
    group = await load_group(connection, house, record.consultation, at=at)
    mails: list[Mail] = []
    if last.announced is not None and last.announced_at is not None:
        former = group.boost(record.id, at=last.announced_at) | {"id": last.announced}
        undo = writing.undo(house.instance, former)
        mails.append(Mail(activity=undo, inboxes=group.following.everybody, is_public=False))
        await outbox.retract(connection, last.announced)
    created = writing.create(house.instance, write_proposal(record))
    if last.created is not None:
        created["id"] = last.created
    mails += await _announced(connection, group, record, created)
    await outbox.put_all(connection, mails, at=at)


async def _announced(
    connection: AsyncConnection, group: Group, record: ProposalRecord, created: Document
) -> list[Mail]:
    """Return how a Group announces a proposal; keep when its poll is to be boosted next.

    A poll that is over already is boosted to nobody.
    """
    poll, mails = record.poll, group.whole([created], is_kept=True)
    if poll is not None and (record.closed_at is not None or group.at >= poll.closes):
        return mails
    bare = group.boost(record.id)
    if poll is not None:
        boost = Boost(
            proposal=record.id,
            created=created["id"],
            announced=bare["id"],
            announced_at=group.at,
        )
        await boosts.keep(connection, boost, poll, at=group.at)
    return [Mail(activity=bare, inboxes=group.following.everybody), *mails]


async def load_group(
    connection: AsyncConnection, house: House, consultation: str, *, at: datetime
) -> Group:
    """Return a consultation's Group as it announces now."""
    followings = await recipients.followings(connection, [consultation])
    return Group(id=consultation, house=house, at=at, following=followings[consultation])


async def pass_on(
    connection: AsyncConnection,
    house: House,
    group: str,
    activities: Iterable[Document | str],
    *,
    at: datetime,
) -> None:
    """Let a Group announce activities whole, and nothing to anybody else.

    A boost of each argument would drive everybody away.
    """
    mails = (await load_group(connection, house, group, at=at)).whole(activities)
    await outbox.put_all(connection, mails, at=at)


async def pass_on_weights(
    connection: AsyncConnection,
    house: House,
    group: str,
    weights: Sequence[Document],
    *,
    at: datetime,
) -> None:
    """Let a Group announce who finds a post strong or weak, to forums, which show the sum.

    It is in no outbox, and its bytes go once it is delivered: they name somebody. Mirrors are
    left out, to whom it would be noise.
    """
    if not weights:
        return
    inboxes = await recipients.forum_inboxes(connection, group)
    if not inboxes:
        return
    instance = house.instance
    mails = [
        Mail(
            activity=writing.announce(instance, group, dict(weight), at=at),
            inboxes=inboxes,
            is_public=False,
            is_ephemeral=True,
        )
        for weight in weights
    ]
    await outbox.put_all(connection, mails, at=at)


async def send(
    connection: AsyncConnection,
    activities: Iterable[Document],
    inboxes: Collection[str],
    *,
    at: datetime,
    is_ephemeral: bool = False,
) -> None:
    """Send activities to these inboxes alone: no outbox shows them.

    What is ephemeral goes as soon as it is delivered.
    """
    mails = [
        Mail(activity=one, inboxes=inboxes, is_public=False, is_ephemeral=is_ephemeral)
        for one in activities
    ]
    await outbox.put_all(connection, mails, at=at)
