"""Lists that are shown a page at a time."""


def count_pages(total: int, length: int) -> int:
    """Return how many pages of a length so many things fill; nothing at all fills one."""
    return max(1, -(-total // length))
