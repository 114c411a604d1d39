"""Notifications as they arrive, and what is said of those that do not."""

from pathlib import Path

import pytest

from tests.session.notify.server import serving
from tui_lab.session.notify import send as sending
from tui_lab.session.notify.notification import Notification
from tui_lab.session.notify.send import _body, send
from tui_lab.session.notify.targets import Target, read_target

NOTE = Notification("20261129-1-x", "diverged", "tui-lab: <!channel> 木 diverged", "lr & 1\non box")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PAUSES_S", (0.0, 0.0, 0.0))


def test_a_webhook_gets_everything_as_json() -> None:
    with serving() as server:
        assert send(Target("webhook", f"{server.address}/hook?key=1"), NOTE) == ""
    fields = {"run": NOTE.run, "status": NOTE.status, "title": NOTE.title, "text": NOTE.text}
    assert server.posts == [("/hook?key=1", fields)]


def test_ntfy_gets_its_topic_and_a_priority() -> None:
    with serving() as server:
        assert send(read_target(f"ntfy+{server.address}/base/topic"), NOTE) == ""
    body = {"topic": "topic", "title": NOTE.title, "message": NOTE.text, "priority": 4}
    assert server.posts == [("/base", body)]


def test_a_name_mentions_nobody() -> None:
    assert "<" not in str(_body(Target("slack"), NOTE)["text"])
    assert _body(Target("discord"), NOTE)["allowed_mentions"] == {"parse": []}


def test_a_server_that_is_busy_is_asked_again_one_that_refuses_is_not() -> None:
    with serving() as server:
        server.answers = [503, 429]
        assert send(Target("webhook", server.address), NOTE) == ""
        assert len(server.posts) == 3
        server.answers = [404]
        problem = send(Target("webhook", f"{server.address}/secret"), NOTE)
        assert len(server.posts) == 4
    assert problem == "could not notify webhook at 127.0.0.1: the server answered 404 Not Found"


def test_a_network_that_is_down_is_one_sentence() -> None:
    with serving() as server:
        address = server.address
    problem = send(Target("webhook", f"{address}/secret"), NOTE)
    assert problem.startswith("could not notify webhook at 127.0.0.1: ")
    assert "secret" not in problem


def test_a_command_gets_the_words_in_its_environment_only(tmp_path: Path) -> None:
    file = tmp_path / "said"
    hostile = Notification("id", "failed", "$(touch pwned); `x`", "two\nlines")
    command = f'printf "%s|%s|%s" "$TUI_LAB_STATUS" "$TUI_LAB_TITLE" "$TUI_LAB_TEXT" > {file}'
    assert send(Target("command", command), hostile) == ""
    assert file.read_text() == "failed|$(touch pwned); `x`|two\nlines"


def test_a_command_that_fails_says_why() -> None:
    problem = send(Target("command", "echo first >&2; echo 'no\x1bbus' >&2; exit 4"), NOTE)
    assert problem.endswith("status 4: no\\x1bbus")
    assert problem.isprintable()
