"""The deliberation itself: no HTTP, no JSON on the wire, no ActivityPub."""
