"""An account on a simulated server, acting as its owner would by means of an app."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.simulated import mastodon
from tests.simulated.mastodon import CONTEXT, PUBLIC, Document, Text
from tests.simulated.signing import Key, public_pem

Now = Callable[[], datetime]


def wall_clock() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedActor:
    """An actor with a real key; `origin` is its server's, such as `http://s1.localhost:4000`.

    Its methods compose activities as Mastodon does and send nothing. Posts, edits and
    deletions change `objects`, which its server answers with.
    """

    origin: str
    name: str
    private: RSAPrivateKey
    now: Now = wall_clock
    type: str = "Person"
    # GoToSocial gives keys a path of their own, everybody else a fragment.
    key_suffix: str = "#main-key"
    objects: dict[str, Document] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def id(self) -> str:
        """The actor's id."""
        return f"{self.origin}/users/{self.name}"

    @property
    def handle(self) -> str:
        """The actor's handle, as people write it."""
        return f"@{self.name}@{self.origin.partition('://')[2]}"

    @property
    def inbox(self) -> str:
        """The actor's own inbox."""
        return f"{self.id}/inbox"

    @property
    def key(self) -> Key:
        """The key with which the actor signs."""
        return Key(id=self.id + self.key_suffix, private=self.private)

    def document(self) -> Document:
        """Return the actor as its server shows it."""
        return {
            "@context": [CONTEXT, "https://w3id.org/security/v1"],
            "id": self.id,
            "type": self.type,
            "preferredUsername": self.name,
            "name": self.name.title(),
            "summary": "",
            "url": f"{self.origin}/@{self.name}",
            "inbox": self.inbox,
            "outbox": f"{self.id}/outbox",
            "followers": f"{self.id}/followers",
            "following": f"{self.id}/following",
            "endpoints": {"sharedInbox": f"{self.origin}/inbox"},
            "manuallyApprovesFollowers": False,
            "published": "2026-01-01T00:00:00Z",
            "publicKey": self.public_key(),
        }

    def public_key(self) -> Document:
        """Return the public half of the key, as it stands in documents."""
        return {
            "id": self.key.id,
            "owner": self.id,
            "publicKeyPem": public_pem(self.private),
        }

    def follow(self, target: str) -> Document:
        """Ask to follow an actor."""
        return mastodon.follow(self.id, target, next(self._numbers))

    def accept(self, follow: Mapping[str, Any]) -> Document:
        """Grant a follow that came in."""
        return mastodon.accept(self.id, follow, next(self._numbers))

    def undo(self, activity: Mapping[str, Any]) -> Document:
        """Take an earlier activity back."""
        return mastodon.undo(activity)

    def vote(self, poll: str, author: str, option: str) -> Document:
        """Choose one option of a poll."""
        return mastodon.vote(self.id, poll, author, option, next(self._numbers))

    def post(self, text: Text, *, in_reply_to: str | None = None) -> Document:
        """Publish a post, or an answer to one."""
        number = next(self._numbers)
        note = mastodon.note(self.id, in_reply_to, text, number, self.now())
        self.objects[note["id"]] = {"@context": mastodon.NOTE_CONTEXT, **note}
        return mastodon.create(note)

    def reply(self, to: str, author: str, html: str, hashtags: Sequence[str] = ()) -> Document:
        """Answer a post in public, naming its author as apps do of themselves."""
        handle = f"@{author.rpartition('/')[2]}@{author.split('/')[2]}"
        link = f'<p><a href="{author}" class="u-url mention">{handle}</a> {html}</p>'
        text = Text(html=link, mentions=((author, handle),), hashtags=hashtags)
        return self.post(text, in_reply_to=to)

    def edit(self, status: str, html: str) -> Document:
        """Change the text of an earlier post."""
        note = self.objects[status]
        language = next(iter(note["contentMap"]))
        note |= {"content": html, "contentMap": {language: html}}
        inner = {key: value for key, value in note.items() if key != "@context"}
        return mastodon.update(inner, self.now())

    def delete(self, status: str) -> Document:
        """Withdraw an earlier post; its server answers with a tombstone from then on."""
        self.objects[status] = {"@context": CONTEXT, "id": status, "type": "Tombstone"}
        return mastodon.delete(self.id, status)

    def delete_self(self) -> Document:
        """Leave the network (`SimulatedServer.remove` makes the server forget the account)."""
        return mastodon.delete_actor(self.id)

    def like(self, target: str) -> Document:
        """Favour a post."""
        return mastodon.like(self.id, target, next(self._numbers))

    def announce(self, target: str) -> Document:
        """Boost a post."""
        return mastodon.announce(self.id, target, next(self._numbers), self.now())

    def block(self, target: str) -> Document:
        """Cut an actor off."""
        return mastodon.block(self.id, target, next(self._numbers))

    def flag(self, targets: Sequence[str], comment: str) -> Document:
        """Report something to the moderators."""
        return mastodon.flag(self.id, targets, comment, next(self._numbers))

    def quote_request(self, target: str) -> Document:
        """Ask to quote a post in a new one."""
        text = Text(html="<p>Worth reading.</p>")
        instrument = self.post(text)["object"]["id"]
        return mastodon.quote_request(self.id, target, instrument, next(self._numbers))

    def update_self(self) -> Document:
        """Say anew who the actor is, after a change of name or key."""
        return {
            "@context": CONTEXT,
            "id": f"{self.id}#updates/{next(self._numbers)}",
            "type": "Update",
            "actor": self.id,
            "to": [PUBLIC],
            "object": {key: value for key, value in self.document().items() if key != "@context"},
        }
