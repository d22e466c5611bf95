"""Who somebody is here: members without names, staff with accounts, sessions, roles and standing."""
