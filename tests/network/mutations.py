"""Documents made odd: by a given chance, one or a few of their values become others."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from dosfed.wire import terms

OURS = sorted(value for value in vars(terms).values() if isinstance(value, str) and ":" in value)
THEIRS = (
    *("type", "id", "actor", "object", "to", "cc", "audience", "tag", "attachment", "context"),
    *("inReplyTo", "attributedTo", "content", "contentMap", "name", "summary", "source", "url"),
    *("published", "updated", "endTime", "startTime", "closed", "oneOf", "anyOf", "votersCount"),
    *("mediaType", "href", "target", "instrument", "result", "location", "preferredUsername"),
    *("inbox", "endpoints", "publicKey", "icon", "generator", "replies", "choice_text", "language"),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 10**18, -(10**18), 1.5, 1e308, "", " ", "\n", "x", "0"),
    *("x" * 5_000, "<p>" * 300, "![" * 900, "&#" + "9" * 5_000 + ";", "\u202e\u200b", "\u3164"),
    *("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 300, "e\u0301\u0327" * 200, "\ud7ff"),
    *("https://", "https://a b/", "https://evil.example/x", "http://[::1", "as:Public", "//a/b"),
    *("javascript:alert(1)", "acct:a@b", "@maire@town.example", "../../etc", "%00", "{{ 7 * 7 }}"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-02-30T00:00:00Z", "2026", "P1D"),
    *("proposal", "argument", "meeting", "consultation", "hidden", "shown", "final", "agree"),
    *([], {}, [[]], [None], [{}], ["a", "b"], {"id": None}, {"id": []}, {"type": []}, {"": ""}),
    *({"en": "x"}, {"_": "x"}, {"@value": "x"}, {"type": "Note"}, {"href": {}}, {"a": {"b": []}}),
    *(
        {"type": "Collection", "totalItems": "3"},
        {"totalItems": -1},
        {"mediaType": "text/markdown"},
    ),
    *(
        {"here": 1},
        {"here": "1", "listed": None, "fediverse": []},
        [{"type": "Mention", "href": 7}],
    ),
    *([{"type": "Hashtag", "name": []}], [{"type": ["Hashtag"], "name": "#x"}], ["x"] * 900),
    *([{"name": "x"}] * 600, {str(number): number for number in range(900)}),
)


def mutated(document: Any, chance: random.Random) -> Any:
    """Return a document with one to three of its values made odd."""
    changed = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(changed))
        if places:
            _change(*chance.choice(places), changed, chance)
    return changed


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield everything that holds a value, with the name or number under which it does."""
    names = value if isinstance(value, dict) else range(len(value))
    for name in names:
        yield value, name
        if isinstance(value[name], dict | list):
            yield from _places(value[name])


def _change(holder: Any, name: Any, whole: Any, chance: random.Random) -> None:
    match chance.randrange(8):
        case 0:
            del holder[name]
        case 1:
            holder[name] = [holder[name]]
        case 2:
            holder[name] = [copy.deepcopy(chance.choice(ODD)), holder[name]]
        case 3:
            holder[name] = {"id": holder[name], "type": chance.choice(["Note", "Create", "Link"])}
        case 4:
            other, there = chance.choice(list(_places(whole)))
            holder[name] = copy.deepcopy(other[there])
        case 5 if isinstance(holder, dict):
            holder[chance.choice([*OURS, *THEIRS])] = copy.deepcopy(chance.choice(ODD))
        case _:
            holder[name] = copy.deepcopy(chance.choice(ODD))
