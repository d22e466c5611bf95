"""What a member keeps away from themselves: people, rooms, words. Nobody is ever told."""

from forum.boundaries import models

__all__ = ["models"]
