"""Schema governance and CI validation for event-driven systems."""

__version__ = "0.1.0"
