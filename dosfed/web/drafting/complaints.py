"""What is wrong with a draft, in plain words, beside the field that it is about."""

import re
from collections.abc import Iterable, Iterator, Mapping

from dosfed.acts.draft_problems import NAME_TAKEN, Problem
from dosfed.web.drafting.fields import STEPS
from dosfed.web.refusals import REASONS


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


_TITLE = _("Give a title, of at most 200 characters.")
_MOMENT = _("Give a day and an hour.")
_END = _("Give a day and an hour, after the beginning.")
_LINK = _("Give a title, and an address that begins with https://.")
_HOSTS = _("Give servers like masto.example, one on each line.")
# By the path, its numbers left out; the first that ends it so is meant.
SAID: Mapping[str, str] = {
    "poll.opens": _MOMENT,
    "poll.closes": _END,
    "poll.options": _("Give at least two options, one on each line, all different."),
    "poll.counts_from": _("Give a whole number, at most 1,000."),
    "poll.method": _("Give a highest score between 2 and 10."),
    "organiser.title": _("Say who organises the consultation."),
    "organiser.name": _("Say who organises the consultation."),
    "organiser": _("Say who organises the consultation."),
    "name": _("Use 1 to 64 of the letters a to z, digits and _."),
    "kind": _("Choose what people can do in this phase."),
    "reasons.title": _("Give at most 50 reasons, of at most 200 characters each, all different."),
    "reasons.code": _("Give at most 50 reasons, of at most 200 characters each, all different."),
    "reasons": _("Give at most 50 reasons, of at most 200 characters each, all different."),
    "tags": _("Give at most five tags, of at most 40 characters each."),
    "url": _LINK,
    "documents.title": _LINK,
    "summary": _("At most 20,000 characters."),
    "text": _("At most 20,000 characters."),
    "title": _TITLE,
    "opens": _MOMENT,
    "closes": _END,
    "starts": _MOMENT,
    "ends": _("A meeting ends after it begins, within 30 days."),
    "place": _("Give a place or a link."),
    "eligible": _HOSTS,
    "instances": _HOSTS,
    "erase_after_days": _("Give a whole number of days, at most 3,650."),
}
OTHER = _("This cannot be taken as it is.")
TAKEN = _("This name is taken. Choose another.")
_NUMBERS = re.compile(r"\[\d+\]")
_ROW = re.compile(r"(phases|documents|meetings|proposals)\[(\d+)\]\.?(.*)")
_ROWS = {"phases": "phase", "documents": "document", "meetings": "meeting"}


def words_of(problem: Problem) -> str:
    """Return what a problem is, to be translated."""
    if problem.said == NAME_TAKEN:
        return TAKEN
    if problem.refusal is not None:
        return REASONS[problem.refusal]
    place = _NUMBERS.sub("", problem.path)
    return next((said for end, said in SAID.items() if place.endswith(end)), OTHER)


def step_of(problem: Problem) -> str:
    """Return the step on which a problem can be mended."""
    key = re.split(r"[.\[]", problem.path, maxsplit=1)[0]
    return next((step.word for step in STEPS if key in step.keys), "proposals")


def proposal_of(problem: Problem) -> int | None:
    """Return the number of the proposal that a problem is about, from 0 on, if it is about one."""
    found = _ROW.match(problem.path)
    return int(found[2]) if found is not None and found[1] == "proposals" else None


def errors_of(found: Iterable[Problem], step: str) -> dict[str, str]:
    """Return what is wrong on a step, by the name of its field; those of rows end in a number."""
    return {
        _field(problem.path): words_of(problem) for problem in found if step_of(problem) == step
    }


def errors_of_proposal(found: Iterable[Problem], number: int) -> dict[str, str]:
    """Return what is wrong with one proposal, by the name of its field."""
    return dict(_in_proposal(found, number))


def _in_proposal(found: Iterable[Problem], number: int) -> Iterator[tuple[str, str]]:
    for problem in found:
        if proposal_of(problem) == number:
            inner = problem.path.partition(".")[2].removeprefix("poll.")
            field = _NUMBERS.sub("", inner).partition(".")[0]
            yield ("scale" if field == "method" else field or "title"), words_of(problem)


def _field(path: str) -> str:
    row = _ROW.match(path)
    if row is not None:
        return f"{_ROWS.get(row[1], row[1])}_{row[3] or 'title'}-{row[2]}"
    plain = _NUMBERS.sub("", path)
    if plain.startswith("organiser"):
        return "organiser_title"
    if plain.startswith("reasons"):
        return "reasons"
    return "hosts" if plain == "eligible" else plain
