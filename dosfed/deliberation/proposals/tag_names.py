"""Tags as people and servers write them."""

import re
from collections.abc import Collection

from dosfed import texts

_BETWEEN = re.compile(r"[,;\n]")


def read_tags(typed: str) -> tuple[str, ...]:
    """Return the tags of a line such as `transport, #quais`; those alike but for case are one."""
    return distinct(_BETWEEN.split(typed))


def distinct(names: Collection[str]) -> tuple[str, ...]:
    """Return names as tags: trimmed, without a leading #, each once."""
    found: dict[str, str] = {}
    for name in names:
        tag = texts.one_line(name, len(name)).lstrip("#").strip()
        if tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def hashtag(tag: str) -> str:
    """Return a tag as one word, as other servers want it: `voies sur berge` is `VoiesSurBerge`."""
    words = re.findall(r"\w+", tag)
    return words[0] if len(words) == 1 else "".join(word[:1].upper() + word[1:] for word in words)
