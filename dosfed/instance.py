"""The instance as others see it: its origin, with the ids it gives."""

import re
import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

ALPHABET = string.ascii_lowercase + string.digits
# RFC 3986, section 3: a scheme, and an authority up to the path, query or fragment.
AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#\s]*)(?:[/?#]|\Z)")
ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{ACTIVITYSTREAMS}#Public"


def random_token() -> str:
    """Return 16 random characters of a to z and 0 to 9."""
    return "".join(secrets.choice(ALPHABET) for _ in range(16))


def host_of(uri: str) -> str:
    """Return the host of a URI, lower case, with its port if it names one; "" if there is none."""
    # Asked several times for each activity; urlsplit takes twelve times as long.
    found = AUTHORITY.match(uri)
    return "" if found is None else found[1].lower().rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A running server: `base_url` is its public origin without a slash at the end.

    `context` is the @context of what it publishes, except a document that brings its own.
    """

    base_url: str
    context: Sequence[Any] = (ACTIVITYSTREAMS,)
    new_token: Callable[[], str] = random_token

    @property
    def host(self) -> str:
        """The host of all our ids, with a port only in development."""
        return host_of(self.base_url)

    @property
    def handle(self) -> str:
        """The instance actor's handle: the host name without port."""
        return self.host.partition(":")[0]

    @property
    def actor(self) -> str:
        """The id of the instance actor."""
        return f"{self.base_url}/actor"

    @property
    def shared_inbox(self) -> str:
        """The inbox that takes anything for anybody here."""
        return f"{self.base_url}/inbox"

    def organiser(self, name: str) -> str:
        """Return the id of an organiser."""
        return f"{self.base_url}/o/{name}"

    def consultation(self, name: str) -> str:
        """Return the id of a consultation."""
        return f"{self.base_url}/c/{name}"

    def citizen(self, name: str) -> str:
        """Return the id of a citizen with an account here."""
        return f"{self.base_url}/u/{name}"

    def new_proposal(self) -> str:
        """Return a new proposal's id."""
        return f"{self.base_url}/p/{self.new_token()}"

    def new_argument(self) -> str:
        """Return a new argument's id."""
        return f"{self.base_url}/a/{self.new_token()}"

    def note(self, token: str) -> str:
        """Return the id of an official post: a meeting, say."""
        return f"{self.base_url}/n/{token}"

    def new_ballot(self) -> str:
        """Return the id of a ballot we send; nothing ever answers there."""
        return f"{self.base_url}/ballots/{self.new_token()}"

    def new_activity(self) -> str:
        """Return a new activity's id."""
        return f"{self.base_url}/activities/{self.new_token()}"

    def is_ours(self, uri: str) -> bool:
        """Whether a URI lies on this instance's origin."""
        return uri.startswith(self.base_url + "/")
