"""The moderators' desk: the queue, one case, one member, appeals, the record, who is on."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the console's pages, live events and jobs, and let limits on accounts be felt everywhere."""
    from forum.console import (
        account_routes,
        acting_routes,
        blind_routes,
        bulk_routes,
        case_routes,
        dashboard_routes,
        duty_routes,
        emergency_routes,
        helpline_routes,
        jobs,
        message_routes,
        people_routes,
        practice_routes,
        queue_routes,
        refusals,
        roles_routes,
        room_routes,
        rule_routes,
        settings_routes,
        sockets,
        staff_routes,
        training_routes,
    )  # fmt: skip
    from forum.identity import standing
    from forum.moderation import sanctions

    standing.add_rule(sanctions.bars)
    for part in (
        queue_routes,
        emergency_routes,
        case_routes,
        acting_routes,
        people_routes,
        staff_routes,
        duty_routes,
        bulk_routes,
        settings_routes,
        dashboard_routes,
        roles_routes,
        training_routes,
        practice_routes,
        room_routes,
        helpline_routes,
        message_routes,
        account_routes,
        blind_routes,
        rule_routes,
    ):
        refusals.init_blueprint(part.bp)
        app.register_blueprint(part.bp)
    app.context_processor(queue_routes.staff_links)
    app.extensions["forum.console"] = (jobs, sockets)  # imported for what they register
