"""How often somebody said that a number didn't work. A count, and nobody's name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.db import Model, UTCDateTime


class HelplineReport(Model):
    """Reports of a helpline that didn't answer, since two people last checked it. Who said it is kept nowhere."""

    __tablename__ = "helpline_report"

    line_id: Mapped[str] = mapped_column(String(90), primary_key=True)
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
