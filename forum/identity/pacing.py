"""How fast pages may be read: far above any person, far below a copying machine.

Help pages, quick exit, static files and health checks are never counted: nobody in need is told to wait.
"""

from __future__ import annotations

from flask import Flask, request

from forum.identity.login import current_principal
from forum.web import limits

FREE = ("/help", "/exit", "/static", "/healthz", "/readyz", "/metrics")


def is_free(path: str) -> bool:
    """Tell whether a path is exempt from every limit."""
    return any(path == free or path.startswith(free + "/") for free in FREE)


def count_page() -> None:
    """Count one page or form of a session, or of a guest's network.

    Raises:
        RateLimited: faster than anybody reads.
    """
    if is_free(request.path):
        return
    action = "page" if request.method in ("GET", "HEAD") else "form"
    principal = current_principal()
    if principal is None:
        limits.hit(action)
    else:
        limits.hit(action, member=principal.row.public_id, by_network=False)


def init_app(app: Flask) -> None:
    """Count before any view runs."""
    app.before_request(count_page)
