"""What a browser says of itself: its name in two words, and whether anybody looks."""

from aiohttp import web

# In this order: most claim to be several of them.
PROGRAMS = {
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def browser_of(request: web.Request) -> str | None:
    """Return what is kept of a browser's name; versions and models say more than is needed."""
    return name_of(request.headers.get("User-Agent", ""))


def name_of(user_agent: str) -> str | None:
    """Return `Firefox, Linux` for what a browser sends, or nothing for one that nobody knows."""
    tables = (PROGRAMS, SYSTEMS)
    names = [
        next((name for sign, name in table.items() if sign in user_agent), None) for table in tables
    ]
    return ", ".join(name for name in names if name) or None


def looks_ahead(request: web.Request) -> bool:
    """Whether a browser only prepares for a page, which nobody has seen yet."""
    return "prefetch" in request.headers.get("Sec-Purpose", "")
