"""Addresses of actors as people write them: `@name@host`."""

import re
import unicodedata
from dataclasses import dataclass

# Groups are written with an exclamation mark on some servers.
HANDLE = re.compile(r"(?:acct:)?[@!]?([^@/?#\s]{1,128})@([^@/?#\s]{1,255})", re.IGNORECASE)
# A name or an IPv6 address, with a port only in development.
HOST = re.compile(r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """A name on a host, both in lower case."""

    name: str
    host: str

    def __str__(self) -> str:
        """Return it as WebFinger asks for it."""
        return f"acct:{self.name}@{self.host}"

    def without_port(self) -> "Handle":
        """Return it as some servers know themselves in development."""
        return Handle(name=self.name, host=re.sub(r":[0-9]+$", "", self.host))


def read_handle(text: str) -> Handle | None:
    """Return the handle that a text is, or None if it is none; an IDN host becomes punycode."""
    match = HANDLE.fullmatch(text.strip())
    if match is None:
        return None
    name, host = match[1].lower(), _ascii(match[2].lower())
    return Handle(name=name, host=host) if HOST.fullmatch(host) else None


def holds_address(name: str) -> bool:
    """Whether a name reads as if it were an address, or as if there were one in it (rule 3.25)."""
    return "@" in unicodedata.normalize("NFKC", name)


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
