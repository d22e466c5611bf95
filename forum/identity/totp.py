"""The second factor of staff: time-based codes (RFC 6238) and one-use recovery codes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select, update

from forum.core.db import db
from forum.identity.models import RecoveryCode, Staff

STEP_SECONDS = 30
RECOVERY_CODES = 10
_CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_seed() -> str:
    """Draw a fresh 160-bit seed, base32."""
    return str(pyotp.random_base32())


def provisioning_uri(seed: str, name: str, issuer: str) -> str:
    """Return what the QR code holds."""
    return str(pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name=issuer))


def store_seed(staff: Staff, seed: str, key: str, *, step: int = 0) -> None:
    """Keep the seed, encrypted with a key that is not in the database. The code of `step` was shown and is spent."""
    staff.totp_seed = Fernet(key.encode()).encrypt(seed.encode())
    staff.totp_last_step = step


def store_first_seed(staff: Staff, seed: str, key: str, *, step: int) -> bool:
    """Keep the seed of an account that has none; of two at once only one can win, the other is told False."""
    won = db.session.execute(
        update(Staff)
        .where(Staff.id == staff.id, Staff.totp_seed.is_(None))
        .values(totp_seed=Fernet(key.encode()).encrypt(seed.encode()), totp_last_step=step)
    )
    return bool(getattr(won, "rowcount", 0))


def matches(seed: str, code: str, now: datetime) -> int | None:
    """Return the accepted time step, or None. One step either side is allowed for clocks that drift."""
    code = "".join(code.split())
    totp = pyotp.TOTP(seed)
    step = int(now.timestamp()) // STEP_SECONDS
    for candidate in (step, step - 1, step + 1):
        if secrets.compare_digest(totp.at(candidate * STEP_SECONDS), code.encode("ascii", "replace").decode()):
            return candidate
    return None


def use_code(staff: Staff, code: str, key: str, now: datetime) -> bool:
    """Accept a code once: the time step is stored in the same statement that checks it is newer than the last."""
    if staff.totp_seed is None:
        return False
    try:
        seed = Fernet(key.encode()).decrypt(staff.totp_seed).decode()
    except InvalidToken:
        return False
    step = matches(seed, code, now)
    if step is None:
        return use_recovery_code(staff, code, now)
    changed = db.session.execute(
        update(Staff).where(Staff.id == staff.id, Staff.totp_last_step < step).values(totp_last_step=step)
    )
    return bool(getattr(changed, "rowcount", 0))


def _digest(code: str) -> bytes:
    folded = "".join(c for c in code.lower() if c in _CODE_ALPHABET)
    return hashlib.sha256(b"recovery:" + folded.encode()).digest()


def make_recovery_codes(staff: Staff) -> list[str]:
    """Replace a person's recovery codes with ten new ones (80 bits each) and return them, once."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes = ["".join(secrets.choice(_CODE_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(digest=_digest(code), staff_id=staff.id) for code in codes)
    db.session.flush()
    return ["-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes]


def use_recovery_code(staff: Staff, code: str, now: datetime) -> bool:
    """Spend a recovery code; two requests with the same code cannot both win."""
    if len(code) > 40:
        return False
    spent = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.digest == _digest(code), RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
    )
    return bool(getattr(spent, "rowcount", 0))


def codes_left(staff: Staff) -> int:
    """Count unused recovery codes."""
    unused = select(RecoveryCode).where(RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None))
    return len(list(db.session.scalars(unused)))
