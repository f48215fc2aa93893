"""Annotators' accounts are made once, kept private, and made again where a server lost them."""

from pathlib import Path

import pytest

from spuriforge.annotation.accounts import annotators, logins
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.private import write_private
from tests.annotation.things import login_of


def test_elsewhere_everybody_is_the_tokens_user() -> None:
    accounts = annotators(Server("http://nowhere", "token"), ("ada", "bob"))
    assert [(name, account.login, account.token) for name, account in accounts.items()] == [
        ("ada", None, "token"),
        ("bob", None, "token"),
    ]
    assert "token" not in repr(accounts["ada"]).replace("token=", "")


def test_logins_are_read_without_passwords(tmp_path: Path) -> None:
    assert logins(tmp_path) == {}
    write_private(
        tmp_path / "annotators.json", {"ada": {"login": "ada@x", "password": "secret"}, "bob": {}}
    )
    assert logins(tmp_path) == {"ada": "ada@x"}


@pytest.mark.integration
def test_an_annotator_has_an_account_that_is_kept(label_studio: Server) -> None:
    url, login, password = login_of(label_studio, "Zoë / 1")
    assert url.startswith(label_studio.url)
    assert login_of(label_studio, "Zoë / 1") == (url, login, password)
    assert label_studio.home is not None
    assert (label_studio.home / "annotators.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.integration
def test_an_account_that_a_restored_server_does_not_know_is_made_again(
    label_studio: Server,
) -> None:
    before = annotators(label_studio, ("newcomer",))["newcomer"]
    assert before.user is not None
    connect(label_studio).users.delete(id=before.user)
    again = annotators(label_studio, ("newcomer",))["newcomer"]
    assert (again.login, again.password) == (before.login, before.password)
    assert again.token != before.token
    assert connect(label_studio, again.token).users.whoami().id == again.user
