"""The keys of the form that starts a sweep, and of the list of sweeps."""

from tui_lab.tui.keys.key import Key

SWEEPS_KEYS: tuple[Key, ...] = (
    Key(
        "t", "t", "start", "start", "Start the sweep; it trains in its own process.",
        "sweep_form", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "select",
        "Select a hyperparameter, a layer width or a setting (also Home, End and the page keys).",
        "sweep_form", rank=20,
    ),
    Key(
        "space", "space", "mark", "vary",
        "Let the hyperparameter or width vary over the range beside it, or not any more.",
        "sweep_form", "axis", rank=1,
    ),
    Key("enter", "⏎", "type", "range", "Type the range or the list of values.", "sweep_form", "axis", rank=1),
    Key(
        "d,backspace,delete", "d", "reset", "typical", "Go back to the typical range.",
        "sweep_form", "axis", rank=4,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "change", "Change the setting; choices go round.",
        "sweep_form", "setting", rank=1,
    ),
    Key(
        "space", "space", "mark", "next", "The next value of the setting.", "sweep_form", "setting",
    ),
    Key(
        "enter", "⏎", "type", "type", "Type a value; for a choice, take the next one.",
        "sweep_form", "setting", rank=1,
    ),
    Key(
        "d,backspace,delete", "d", "reset", "reset", "Empty the setting: automatic, or none.",
        "sweep_form", "setting", rank=4,
    ),
    Key(
        "tab,shift+tab", "tab", "jump", "settings",
        "Go to the settings (trials, seeds, sampler and so on), or back to what varies.",
        "sweep_form", rank=2,
    ),
    Key(
        "escape,S", "esc", "back", "back", "Back to the lab; the form keeps what is set.",
        "sweep_form", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "select",
        "Select a sweep (also Home, End and the page keys).",
        "sweeps", "listed", rank=20,
    ),
    Key(
        "enter", "⏎", "open", "open", "Show the sweep with all its trials, also while it trains.",
        "sweeps", "listed", rank=0,
    ),
    Key(
        "g", "g", "go_on", "resume",
        "Resume a sweep that was stopped or interrupted; no finished trial is trained again.",
        "sweeps", "unfinished", rank=1,
    ),
    Key(
        "d,delete", "d", "delete", "delete", "Delete the sweep with all its trials (asks first).",
        "sweeps", "idle", rank=3,
    ),
    Key("escape,W", "esc", "back", "back", "Back.", "sweeps", rank=0),
)  # fmt: skip
