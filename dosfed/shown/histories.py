"""The history of a consultation as everybody reads it: what was changed, and what it was before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.deliberation.consultations.history import Change, load_history
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.differences import Difference, compare
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.whereabouts import Whereabouts
from dosfed.shown.consultations import ConsultationHead, load_head
from dosfed.shown.feeds import FEED_LENGTH, Feed, FeedEntry
from dosfed.storage.parts import in_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When something begins and ends, or did before it was changed."""

    kind: str  # of a phase; nothing otherwise
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A line of the history; `about` is a proposal that everybody may read, with its title."""

    change: Change
    number: int  # the first line has 1
    difference: tuple[Difference, ...]
    before: tuple[Moments, ...]
    after: tuple[Moments, ...]
    about: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Everything templates/consultations/history.html may use."""

    head: ConsultationHead
    changes: tuple[ShownChange, ...]


async def load_history_page(
    connection: AsyncConnection, address: str, *, now: datetime
) -> HistoryPage | None:
    """Return the history of a consultation of this home, the latest first."""
    head = await load_head(connection, address, now=now)
    if head is None or head.home is not None:
        return None
    changes = await load_history(connection, head.id)
    titles = await _titles(connection, changes)
    shown = _shown(changes, titles)
    return HistoryPage(head=head, changes=tuple(shown))


async def load_history_feed(connection: AsyncConnection, address: str) -> Feed | None:
    """Return the latest lines of a consultation's history."""
    row = (
        await connection.execute(
            select(
                Consultations.id,
                Consultations.title,
                Consultations.language,
                Consultations.created_at,
            ).where(Consultations.address == address, Consultations.home.is_(None))
        )
    ).one_or_none()
    if row is None:
        return None
    place = Whereabouts(address=address, home=None, proposal=None)
    changes = await load_history(connection, row.id)
    latest = [*_shown(changes, {})][:FEED_LENGTH]
    return Feed(
        title=row.title,
        author="",
        called="",
        language=row.language,
        licence=None,
        place=place,
        updated_at=changes[0].at if changes else row.created_at,
        entries=tuple(
            FeedEntry(
                kind="change",
                id=f"{row.id}/history#change-{one.number}",
                title=one.change.what,
                html=texts.render_markdown(one.change.reason),
                language=row.language,
                author_name=None,
                called=None,
                place=place,
                published_at=one.change.at,
                updated_at=one.change.at,
                number=one.number,
            )
            for one in latest
        ),
    )


def _shown(changes: Sequence[Change], titles: Mapping[str, str]) -> Iterable[ShownChange]:
    for place, change in enumerate(changes):
        about = _about(change)
        words = change.before, change.after
        are_words = all(isinstance(word, str) for word in words)
        yield ShownChange(
            change=change,
            number=len(changes) - place,
            difference=compare(str(words[0]), str(words[1])) if are_words else (),
            before=_moments(change.before),
            after=_moments(change.after),
            about=(about, titles[about]) if about in titles else None,
        )


def _about(change: Change) -> str:
    value = change.after or change.before
    return str(value.get("about", "")) if isinstance(value, dict) else ""


def _moments(value: Any) -> tuple[Moments, ...]:
    """Return the dates in what a line says, of one thing or of several."""
    given = value if isinstance(value, list) else [value]
    return tuple(
        Moments(
            kind=str(one.get("kind", "")),
            opens=datetime.fromisoformat(one["opens"]),
            closes=datetime.fromisoformat(one["closes"]),
        )
        for one in given
        if isinstance(one, dict) and {"opens", "closes"} <= one.keys()
    )


async def _titles(connection: AsyncConnection, changes: Sequence[Change]) -> dict[str, str]:
    """Return the titles of the proposals in a history that everybody may read."""
    wanted = {about for change in changes if (about := _about(change))}
    found: dict[str, str] = {}
    for chunk in in_parts(sorted(wanted)):
        rows = await connection.execute(
            select(Proposals.id, Proposals.title).where(
                Proposals.id.in_(chunk), READABLE.of(Proposals)
            )
        )
        found |= {row.id: row.title for row in rows}
    return found
