"""How often somebody said that an entry does not work. A count, and nobody's name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime


class ResourceFlag(Model):
    """Reports of a broken entry since somebody last looked."""

    __tablename__ = "resource_flag"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
