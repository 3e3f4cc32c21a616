"""Names of people in an export or a file of open data: each becomes another, wherever it occurs.

A file lives longer than the wish to be named in it. So whoever has an account somewhere is
called `participant-1`, `participant-2`, …, in credits and in words alike: servers begin a reply
with the name of the person that it answers, and a number beside that name would hide nobody.

Files of open data are made again and again, so there a person keeps one pseudonym: what a key of
the consultation makes of their id. In another consultation they have another (rule 4.7).
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from dosfed import texts
from dosfed.activitypub.handles import read_handle
from dosfed.instance import host_of

# An address of somebody, `@ana@masto.example`. One inside a link or a mail address is none.
# Of two hosts in a row, as bridges write them, the first is enough to tell who is meant.
_ADDRESS = re.compile(
    r"(?<![\w@/.])@([\w.-]{1,128})@([\w.-]{1,255}(?::\d{1,5})?)(?:@[\w.-]{1,255})?"
)
# A name alone, `@ana`, means those who take part in the same consultation.
_NAME = re.compile(r"(?<![\w@/.])@(\w[\w.-]{0,127})(?![\w@])")
# Where most servers show what somebody writes; whatever the words of such a link, it names them.
_PROFILE = re.compile(r"https?://([^/?#]+)/@([\w.-]{1,128})/?")
# Friendica and Hubzilla leave the sign of a mention outside its link.
_SIGN_OUTSIDE = re.compile(r"(?<![\w@/.])@(<a\s[^>]*>)")


@dataclass(slots=True)
class Pseudonyms:
    """The pseudonyms of the people of one consultation: numbers, given as they are first met.

    `public` are the actors that are no persons, by id: their titles, or what they are called.
    With a `key`, pseudonyms are what it makes of ids; `named` are people who want their names.
    """

    public: Mapping[str, str]
    key: bytes | None = None
    named: Collection[str] = ()
    _handles: dict[str, str] = field(default_factory=dict)  # name@host: the actor's id
    _names: dict[str, str] = field(default_factory=dict)  # name: the actor's id
    _numbers: dict[str, int] = field(default_factory=dict)
    _keyed: dict[str, str] = field(default_factory=dict)
    _people: set[str] = field(default_factory=set)  # the ids of those with an address

    def meet(self, people: Iterable[tuple[str | None, str | None]]) -> None:
        """Learn the ids and addresses of all who take part, before anything is written."""
        for author, name in people:
            if author is None or author in self.public:
                continue
            # Of a deleted argument the name is gone; what answers it may still say it.
            handle = read_handle(name or "") or read_handle(_address_of(author))
            if handle is not None:
                self._handles[f"{handle.name}@{handle.host}"] = author
                self._people.add(author)
                self._names.setdefault(handle.name, author)

    def of(self, author: str | None, name: str | None) -> str | None:
        """Return what an author is called; none where it is the organiser itself."""
        if author is None or author in self.public:
            return None if name == self.public.get(author or "") else name
        if author in self.named:
            return (name or _address_of(author)).removeprefix("@")
        return self._numbered(author)

    def in_text(self, text: str | None) -> str | None:
        """Return a text with its people numbered."""
        if not text:
            return text
        return _NAME.sub(self._for_name, _ADDRESS.sub(self._for_address, text))

    def in_html(self, html: str) -> str:
        """Return safe HTML with its people numbered, be they linked or not."""
        signed = _SIGN_OUTSIDE.sub(r"\1@", html)
        return self.in_text(texts.replace_links(signed, self._for_link)) or ""

    def _for_link(self, href: str, words: str) -> str | None:
        """Return what replaces a link to a person; none for any other link."""
        if href in self.public:
            return None
        if href in self._people:
            return self._said(href)
        if re.fullmatch(r"@[^\s@]+(?:@[^\s@]+)?", words):
            name, _, host = words[1:].partition("@")
            return self._mention(name, host or host_of(href), words)
        if profile := _PROFILE.fullmatch(href):
            return self._mention(profile[2], profile[1], words)
        if re.match(r"@\w", words):  # by a name of several words
            name, _, host = _address_of(href).partition("@")
            return self._mention(name, host, words)
        return None

    def _for_address(self, found: re.Match[str]) -> str:
        # A full stop or a hyphen at the end belongs to the sentence.
        host = found[2].rstrip(".-")
        return self._mention(found[1], host, f"@{found[1]}@{host}") + found[2][len(host) :]

    def _for_name(self, found: re.Match[str]) -> str:
        name = found[1].rstrip(".-")
        person = self._names.get(name.lower())
        if person is None and self.key is not None and name.lower() not in self._public_names():
            # Of whoever left nothing is known any more but what others called them.
            person = name.lower()
        return found[0] if person is None else self._said(person) + found[1][len(name) :]

    def _mention(self, name: str, host: str, words: str) -> str:
        handle = f"{name}@{host}".lower()
        if handle in self._public_handles():
            return words
        return self._said(self._handles.get(handle, handle))

    def _public_names(self) -> set[str]:
        return {handle.partition("@")[0] for handle in self._public_handles()}

    def _public_handles(self) -> set[str]:
        return {_address_of(actor).lower() for actor in self.public}

    def _said(self, person: str) -> str:
        return f"@{_address_of(person) if person in self.named else self._numbered(person)}"

    def digest(self, name: str) -> str:
        """Return what the key makes of an id: the same in every file of the consultation."""
        digest = hmac.digest(self.key or b"", name.encode(), hashlib.sha256)
        return digest[:10].hex()

    def _numbered(self, person: str) -> str:
        if self.key is not None:
            if person not in self._keyed:
                self._keyed[person] = f"participant-{self.digest(person)}"
            return self._keyed[person]
        return f"participant-{self._numbers.setdefault(person, len(self._numbers) + 1)}"


def _address_of(actor: str) -> str:
    """Return the address that most servers give to an actor with this id."""
    return f"{actor.rpartition('/')[2].lstrip('@')}@{host_of(actor)}"
