"""The keys of the screen of a sweep."""

from tui_lab.tui.keys.key import Key

SWEEP_KEYS: tuple[Key, ...] = (
    Key(
        "1,2,3,4,5,6", "1-6", "view({key})", "views",
        "Curves, heat map of two axes, one axis, parallel coordinates, importance of the axes, table.",
        "sweep", rank=2,
    ),
    Key(
        "tab,shift+tab", "tab", "next_view('{key}')", "next view", "Go to the next or previous view.",
        "sweep",
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "trial",
        "Select a trial, in the order of the table: at first the best is at the top (also Home, End and the "
        "page keys). It stays selected in every view.",
        "sweep", "listed", rank=3,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "axis",
        "In the heat map: the next axis across. In the view of one axis: the next axis.",
        "sweep", "axes", rank=1,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "columns", "In the table: scroll the columns.",
        "sweep", "table", rank=6,
    ),
    Key(
        "y,Y", "y", "turn_y('{key}')", "axis up",
        "In the heat map: the next axis upward, Y: the one before.",
        "sweep", "plane", rank=1,
    ),
    Key(
        "b", "b", "cells", "best/median", "In the heat map: the best of a cell, or its median.",
        "sweep", "plane", rank=4,
    ),
    Key(
        "l", "l", "log", "log", "A logarithmic axis of the metric; remembered for the next session.",
        "sweep", "curves", rank=5,
    ),
    Key("s", "s", "sort", "sort", "In the table: sort by the next column.", "sweep", "table", rank=2),
    Key("S", "S", "reverse", "reverse", "In the table: reverse the order.", "sweep", "table", rank=5),
    Key(
        "g", "g", "group", "group",
        "In the table: the trials of a combination, or with about the same value of an axis, as one row with "
        "mean ± standard deviation; then the next axis, then single trials.",
        "sweep", "table", rank=2,
    ),
    Key(
        "slash", "/", "filter", "filter",
        "Show only the trials that match words and comparisons: lr<0.01 status=finished test_acc>0.9 seed=0.",
        "sweep", "listed", rank=3,
    ),
    Key("enter", "⏎", "open", "open", "Show the trial in the lab, as any run.", "sweep", "listed", rank=1),
    Key("f", "f", "fork", "fork", "Start a fork of the trial in the lab.", "sweep", "listed", rank=4),
    Key(
        "p", "p", "preset", "preset", "Write the values of the trial as a preset file.",
        "sweep", "listed", rank=4,
    ),
    Key(
        "space", "space", "pause", "pause", "Pause the sweep after the current epochs.",
        "sweep", "going", rank=2,
    ),
    Key("space", "space", "pause", "go on", "Continue the sweep.", "sweep", "paused", rank=1),
    Key(
        "d", "d", "drop", "drop", "End the trial now (asks first); it keeps its checkpoint.",
        "sweep", "busy", rank=3,
    ),
    Key(
        "k", "k", "keep", "keep",
        "Never give up the trial; one that was given up or dropped goes on.",
        "sweep", "busy", rank=3,
    ),
    Key("plus", "+", "more", "more", "Train more trials (asks how many).", "sweep", "busy", rank=4),
    Key(
        "v", "v", "axis", "values",
        "Give an axis more values or a wider range, as with --over: lr=1e-4..1:log.",
        "sweep", "busy", rank=4,
    ),
    Key(
        "w", "w", "widen", "widen",
        "Where the best trials are at the end of a range: add trials beyond it.",
        "sweep", "advised", rank=1,
    ),
    Key(
        "x", "x", "stop", "stop",
        "Stop the sweep (asks first). It can be resumed; no trial is lost.",
        "sweep", "busy", rank=2,
    ),
    Key(
        "escape", "esc", "back", "back", "Clear the filter; press again to leave the sweep.",
        "sweep", rank=0,
    ),
)  # fmt: skip
