"""A federated ActivityPub server for deliberation."""

__version__ = "0.1.0"
