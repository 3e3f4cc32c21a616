"""Lists that are shown a page at a time."""


def count_pages(total: int, length: int) -> int:
    """Return on how many pages of a length so many things stand; nothing stands on one."""
    return max(1, -(-total // length))
