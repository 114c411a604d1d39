"""Whom to notify, as people write it."""

from pathlib import Path

import pytest

from tui_lab.errors import InputError
from tui_lab.session.notify import targets as rooms
from tui_lab.session.notify.targets import Target, read_target, set_targets, targets


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(rooms.VARIABLE, raising=False)
    monkeypatch.setattr(rooms, "settings_file", lambda: tmp_path / "notify")
    return tmp_path / "notify"


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("bell", "bell", "bell"),
        (" https://ntfy.sh/secret-topic ", "ntfy", "ntfy at ntfy.sh"),
        ("ntfy+http://box:8080/a/topic", "ntfy", "ntfy at box"),
        ("https://hooks.slack.com/services/T0/B0/secret", "slack", "slack at hooks.slack.com"),
        ("https://discord.com/api/webhooks/1/secret", "discord", "discord at discord.com"),
        ("http://user:secret@10.0.0.7/x", "webhook", "webhook at 10.0.0.7"),
        ("notify-send 'it is over'", "command", "command notify-send 'it is over'"),
        ("curl -d done https://example.org/x", "command", "command curl -d done https://example.org/x"),
    ],
)
def test_a_target_is_told_by_its_form_and_shown_without_its_secret(text: str, kind: str, shown: str) -> None:
    target = read_target(text)
    assert (target.kind, target.shown) == (kind, shown)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "give `bell`"),
        ("ftp://example.org/x", "not an http"),
        ("https://", "not an http"),
        ("http://[::1", "not an http"),
        ("http://box:99999/x", "not an http"),
        ("https://ntfy.sh/", "topic is missing: https://ntfy.sh/TOPIC"),
        ("https://exa\x1bmple/\x9b", "not an http"),
    ],
)
def test_what_cannot_be_a_target_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(InputError, match="--notify: ") as refused:
        read_target(text)
    assert why in str(refused.value)
    assert str(refused.value).isprintable()


def test_targets_come_from_the_environment_else_from_the_settings(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert targets() == []
    settings.write_text("# my phone\nhttps://ntfy.sh/a\n\nbell\n")
    assert [target.kind for target in targets()] == ["ntfy", "bell"]
    monkeypatch.setenv(rooms.VARIABLE, "echo over")
    assert targets() == [Target("command", "echo over")]
    set_targets(["bell", "echo twice"])
    assert [target.kind for target in targets()] == ["bell", "command"]
    monkeypatch.setenv(rooms.VARIABLE, "")
    assert targets() == []
