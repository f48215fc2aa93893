"""The annotators' accounts on a Label Studio server.

    annotators(server, ("ada", "bob"))     # {"ada": Account(...), ...}, made where missing
    logins(home)                           # {"ada": "ada-8f3a@spuriforge.example", ...}

Logins, passwords and tokens lie in annotators.json in the server's folder, mode 0600. A server that
somebody else runs has no such accounts: there everybody works as the token's own user.
"""

import re
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from .client import TIMEOUT, Server, explained
from .private import read_private, write_private

_FILE = "annotators.json"


@dataclass(frozen=True, slots=True)
class Account:
    """An annotator's account; without login and password on a server that somebody else runs."""

    name: str
    login: str | None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    user: int | None = None


def annotators(server: Server, names: Sequence[str]) -> dict[str, Account]:
    """Returns each annotator's account, and makes those that are missing.

    A login and password are kept before the account is made, so a kill in between loses nothing. An
    account that the server does not know, as after a restored backup, is made again with the same
    login and password.
    """
    if server.home is None:
        return {name: Account(name, None, None, server.token) for name in names}
    path = server.home / _FILE
    kept = {name: Account(**fields) for name, fields in (read_private(path) or {}).items()}
    missing = [name for name in names if not _is_known(server, kept.get(name))]
    for name in missing:
        kept.setdefault(name, Account(name, _new_login(name), secrets.token_urlsafe(9)))
    if missing:
        _keep(path, kept)
        with explained("the annotators' accounts", server), ThreadPoolExecutor(3) as pool:
            signed_up = pool.map(lambda name: _sign_up(server, kept[name]), missing)
            kept.update(zip(missing, signed_up, strict=True))
        _keep(path, kept)
    return {name: kept[name] for name in names}


def logins(home: Path) -> dict[str, str]:
    """Returns each annotator's login on the embedded server; makes no account."""
    kept = read_private(home / _FILE) or {}
    return {name: fields["login"] for name, fields in kept.items() if fields.get("login")}


def _keep(path: Path, accounts: dict[str, Account]) -> None:
    write_private(path, {name: asdict(account) for name, account in accounts.items()})


def _is_known(server: Server, account: Account | None) -> bool:
    """Whether the server takes the account's token."""
    if account is None or account.token is None:
        return False
    with explained("an annotator's account", server):
        reply = httpx.get(
            f"{server.url}/api/current-user/whoami",
            headers={"Authorization": f"Token {account.token}"},
            timeout=TIMEOUT,
            trust_env=False,
        )
    return reply.status_code == 200


def _new_login(name: str) -> str:
    """Returns an unused address: the pseudonym's plain letters and a few random ones."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "annotator"
    return f"{plain}-{secrets.token_hex(2)}@spuriforge.example"


def _sign_up(server: Server, account: Account) -> Account:
    """Returns the account with token and user id; a new one joins by the owner's invitation."""
    assert account.login is not None
    assert account.password is not None
    with httpx.Client(
        base_url=server.url, timeout=TIMEOUT, follow_redirects=True, trust_env=False
    ) as session:
        owner = {"Authorization": f"Token {server.token}"}
        invited = session.get("/api/invite", headers=owner).raise_for_status().json()
        form: dict[str, str] = {"email": account.login, "password": account.password}
        pages = ((invited["invite_url"], form | {"allow_newsletters": ""}), ("/user/login/", form))
        for page, fields in pages:
            session.get(page).raise_for_status()
            csrf = {"csrfmiddlewaretoken": session.cookies.get("csrftoken", "")}
            session.post(page, data=fields | csrf, headers={"Referer": f"{server.url}{page}"})
            reply = session.get("/api/current-user/token")
            if reply.status_code == 200:
                user = session.get("/api/current-user/whoami").raise_for_status().json()["id"]
                token = reply.json()["token"]
                return Account(account.name, account.login, account.password, token, user)
    raise RuntimeError(
        f"Label Studio at {server.url} made no account for the annotator {account.name}."
    )
