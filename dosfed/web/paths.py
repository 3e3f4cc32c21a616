"""Where things are shown on this instance."""

from typing import Protocol
from urllib.parse import quote, urlsplit

from dosfed.deliberation.whereabouts import Whereabouts
from dosfed.shown.arguments import anchor_of

MAX_PATH = 500


class Addressed(Protocol):
    """What says where a consultation is shown."""

    @property
    def address(self) -> str:
        """Its name, or name@host when it is mirrored."""
        ...

    @property
    def home(self) -> str | None:
        """The host that judges; none: this instance."""
        ...


def consultation(head: Addressed) -> str:
    """Return the path of a consultation: `/c/name`, or `/c/name@host` when it is mirrored."""
    return f"/c/{head.address}"


def proposal(proposal_id: str, head: Addressed) -> str:
    """Return the path of a proposal; a mirrored one is shown below its consultation."""
    if head.home is None:
        return path_of(proposal_id)
    return f"{consultation(head)}/p/{last_segment(proposal_id)}"


def note(note_id: str, head: Addressed) -> str:
    """Return the path of an official note; a mirrored one is shown among all of them."""
    if head.home is None:
        return path_of(note_id)
    return f"{consultation(head)}/notes#{last_segment(note_id)}"


def place(found: Whereabouts) -> str:
    """Return the path at which something is shown, with its place on the page."""
    if found.note is not None:
        return note(found.note, found)
    if found.proposal is None:
        return consultation(found)
    path = proposal(found.proposal, found)
    return path if found.argument is None else f"{path}#{anchor_of(found.argument)}"


def argument(argument_id: str, debate: str, *, base_url: str) -> str:
    """Return the path of an argument's own page; one from elsewhere has it below its debate."""
    if argument_id.startswith(f"{base_url}/"):
        return path_of(argument_id)
    return f"{debate}/arguments/{anchor_of(argument_id)}"


def path_of(uri: str) -> str:
    """Return the path of something that lives here."""
    return urlsplit(uri).path


def last_segment(uri: str) -> str:
    """Return what follows the last slash of a URI."""
    return path_of(uri).rstrip("/").rpartition("/")[2]


def local(text: str) -> str:
    """Return a path of this instance that a link or a form gave, else the home page's.

    Anything that a browser could take for another site's address is not followed.
    """
    is_path = text.startswith("/") and not text.startswith("//") and len(text) <= MAX_PATH
    is_plain = text.isascii() and text.isprintable() and "\\" not in text and " " not in text
    return text if is_path and is_plain else "/"


def coming_back(path: str) -> str:
    """Return the query that leads back to a local path; none to where one is led anyway."""
    return "" if path == "/" or path.startswith("/sign-") else f"?return_to={quote(path, safe='/')}"


def short_name(name: str, here: str) -> str:
    """Return a name without the host where everybody at home has none: @ana."""
    return name.removesuffix(f"@{here}") if name.startswith("@") else name


def with_notice(path: str, code: str) -> str:
    """Return a path on whose page a confirmation is shown (web/confirmations.py)."""
    bare, sign, fragment = path.partition("#")
    return f"{bare}{'&' if '?' in bare else '?'}notice={code}{sign}{fragment}"
