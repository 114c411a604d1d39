"""Who can write to the folder of runs: another user could plant links, pipes and forged runs there."""

import grp
import os
import pwd
import stat
from functools import cache
from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.files import reason
from tui_lab.runs.files.secure_files import PRIVATE_FOLDER, open_folder

_ELSEWHERE = "or use another folder with --runs DIR"


def check_not_shared(root: Path) -> None:
    """Raise InputError if anyone but its owner can write to the folder of all runs; it need not exist.

    The private group that many systems give each user counts as the owner.
    """
    try:
        found = root.stat()
    except (OSError, ValueError):
        return  # reading it will report what is wrong
    who = _others(found)
    if who:
        raise InputError(
            f"{root}: {who} can write to this folder and could plant forged runs and links in it; "
            f"run `chmod go-w` on it, {_ELSEWHERE}"
        )


def check_ours(folder: Path) -> None:
    """Raise InputError if another user could tamper with runs in the folder of all runs, which exists."""
    check_not_shared(folder)
    trusted = (os.geteuid(), 0)
    owners = [found.st_uid for found in (folder.lstat(), folder.stat())]  # of a link, and of its target
    owner = next((owner for owner in owners if owner not in trusted), None)
    if owner is not None:
        raise InputError(
            f"{folder}: belongs to another user ({_user(owner)}), who could change what is "
            "trained there; use a folder of your own with --runs DIR"
        )


def check_run_ours(path: Path) -> None:
    """Raise InputError if the run in a folder is not ours to resume; make it private if it is not."""
    check_ours(path.parent)
    try:
        folder = open_folder(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be opened: {reason(error)}") from None
    try:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid():
            raise InputError(
                f"run {path.name} belongs to another user ({_user(found.st_uid)}): resume "
                "it as that user, or fork it"
            )
        if stat.S_IMODE(found.st_mode) & 0o077:
            os.fchmod(folder, PRIVATE_FOLDER)
    except OSError as error:
        raise InputError(f"{path}: cannot be made private: {reason(error)}") from None
    finally:
        os.close(folder)


def _others(found: os.stat_result) -> str:
    """Who can write besides the owner; empty if nobody can."""
    if found.st_mode & stat.S_IWOTH:
        return "everyone on this machine"
    if found.st_mode & stat.S_IWGRP and not _is_only_ours(found.st_gid):
        return f"the group {_group(found.st_gid)}"
    return ""


@cache
def _is_only_ours(gid: int) -> bool:
    """Whether a group is this user's private one: the same name, and no other members."""
    user = os.geteuid()
    try:
        me, group = pwd.getpwuid(user), grp.getgrgid(gid)
    except KeyError:  # a container without names
        return gid == user
    return me.pw_gid == gid and me.pw_name == group.gr_name and set(group.gr_mem) <= {me.pw_name}


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
