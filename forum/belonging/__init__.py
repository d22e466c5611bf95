"""Where a member belongs: a home room, rooms one says to be part of, turns as host, and roles one grows into."""

from forum.belonging import models

__all__ = ["models"]
