"""The keys of the lab itself and of its panes."""

from tui_lab.tui.key import Key

LAB_KEYS: tuple[Key, ...] = (
    Key(
        "t", "t", "train", "train",
        "At rest: train with the preset and the hyperparameters as they stand.",
        when="rest", rank=0, command="Train",
    ),
    Key(
        "t", "t", "train", "train again",
        "At rest, with the values of a run in panes 1 and 3: train again with these.",
        when="again", rank=0, command="Train again with these values",
    ),
    Key(
        "k", "k", "keep", "keep values",
        "Take the values of the run on the screen, live edits included, for the next run.",
        when="differs", rank=2, command="Keep the values of this run for the next one",
    ),
    Key(
        "u", "u", "undo", "undo keep", "At rest, after k: bring back what was set before.",
        when="kept", rank=3,
    ),
    Key(
        "escape", "esc", "back", "next run",
        "With the values of a run in panes 1 and 3: show those of the next run again.",
        when="again", rank=2,
    ),
    Key(
        "x", "x", "stop", "stop",
        "Stop after the step at hand; the best epoch is still tested, and the run is kept.",
        when="busy", rank=0, command="Stop",
    ),
    Key(
        "space", "space", "pause", "pause", "While it trains: pause after the step at hand.",
        when="going", rank=1, command="Pause",
    ),
    Key(
        "space", "space", "pause", "go on", "While it is paused: go on training.",
        when="paused", rank=0, command="Go on",
    ),
    Key(
        "full_stop", ".", "advance('step')", "one step",
        "Make one step and pause; what it did to each layer is shown. At rest it begins a run.",
        rank=6, command="One step",
    ),
    Key(
        "greater_than_sign", ">", "advance('epoch')", "one epoch",
        "Finish the epoch, validate, and pause. At rest it begins a run.",
        rank=7, command="One epoch",
    ),
    Key(
        "u", "u", "undo", "undo",
        "Take back the last edit: weights, optimizer and random numbers are those just before it.",
        when="undoable", rank=4, command="Undo the last edit",
    ),
    Key(
        "f", "f", "fork", "fork",
        "A new run that begins where this one is, with other hyperparameters.",
        when="shown", rank=5, command="Fork",
    ),
    Key("t", "t", "train", "begin the fork", "With a fork in mind (f): begin it.", when="draft", rank=0),
    Key(
        "escape", "esc", "back", "drop it", "With a fork in mind (f): think no more of it.",
        when="draft", rank=0,
    ),
    Key(
        "escape", "esc", "back", "whole chart", "While the chart is zoomed or has a cursor: take both away.",
        when="moved", rank=1, of="chart",
    ),
    Key(
        "z", "z", "whole_chart", "whole screen",
        "Give the chart the whole screen, and back (Enter, too, while the chart has the focus).",
        rank=4, command="Chart on the whole screen", of="chart",
    ),
    Key("enter", "⏎", "screen.whole_chart", "whole screen", "As z.", "chart"),
    Key(
        "up,down", "↑↓", "move('{key}')", "choose", "Choose a preset.",
        "presets", rank=2,
    ),
    Key(
        "enter", "⏎", "take", "use it",
        "Use the chosen preset. What was changed of the others is kept.",
        "presets", "usable", rank=1,
    ),
    Key(
        "up,down", "↑↓", "move('{key}')", "choose", "Choose a hyperparameter.",
        "hyperparameters", rank=2,
    ),
    Key(
        "left,right", "←→", "notch('{key}')", "change", "Change the value by one notch.",
        "hyperparameters", rank=2,
    ),
    Key("enter", "⏎", "type", "type", "Type a value.", "hyperparameters", rank=2),
    Key(
        "d,backspace,delete", "d", "reset", "reset",
        "Back to the preset's value (Backspace and Delete, too).",
        "hyperparameters", rank=6,
    ),
    Key("enter", "⏎", "submit", "apply", "Check and apply what was typed.", "editor", rank=0),
    Key("escape", "esc", "leave", "leave", "Leave the field; the value stays.", "editor", rank=0),
    Key(
        "tab,shift+tab",
        "tab",
        "screen.next_pane('{key}')",
        "apply, next pane",
        "Apply, and on to the next pane.",
        "editor",
        rank=1,
    ),
    Key(
        "home,end", "home end", "move('{key}')", "ends", "To the first or the last line.",
        "presets",
    ),
    Key(
        "home,end", "home end", "move('{key}')", "ends", "To the first or the last line.",
        "hyperparameters",
    ),
    Key(
        "j", "j", "export", "JSON",
        "Write the run on the screen as JSON into the current folder.",
        when="shown", rank=4, command="Export as JSON",
    ),
    Key(
        "l", "l", "look('log_y')", "log y", "The y axis in decades, and back.",
        when="shown", rank=5, command="Logarithmic y axis", also=("compare",), of="chart",
    ),
    Key(
        "L", "L", "look('log_x')", "log x", "The x axis in decades, and back.",
        when="shown", rank=14, command="Logarithmic x axis", also=("compare",), of="chart",
    ),
    Key(
        "a", "a", "look('x')", "x axis", "x by epoch, by step, by seconds of training.",
        when="shown", rank=11, command="Another x axis", also=("compare",), of="chart",
    ),
    Key(
        "m", "m", "look('metric')", "metric", "Draw the next of the recorded metrics instead of the loss.",
        when="shown", rank=9, command="Another metric", also=("compare",), of="chart",
    ),
    Key(
        "s", "s", "look('smooth')", "smooth",
        "Smooth the training curve over 2, 5 or 15 % of x, or not at all. Validation and the best epoch stay "
        "at their true values.",
        when="shown", rank=10, command="Smooth the curves", also=("compare",), of="chart",
    ),
    Key(
        "o", "o", "look('whole')", "whole y",
        "Show the whole y range, with the first steps and every spike, or only the range of the curves as "
        "they are now; what is cut off is then counted above the chart.",
        when="shown", rank=13, command="Show the whole y range", also=("compare",), of="chart",
    ),
    Key(
        "h", "h", "look('discarded')", "discarded",
        "Hide the parts of the run that an undo discarded, or show them again.",
        when="shown", command="Hide what was discarded", of="chart",
    ),
    Key(
        "plus,minus,equals_sign", "+-", "zoom('{key}')", "zoom",
        "Zoom in and out on x: about the cursor, or at the newest end.",
        when="shown", rank=12, also=("compare",), of="chart",
    ),
    Key(
        "left_curly_bracket,right_curly_bracket", "{ }", "pan('{key}')", "pan",
        "Pan to the left and the right.",
        when="shown", also=("compare",), of="chart",
    ),
    Key(
        "left_square_bracket,right_square_bracket", "[ ]", "point('{key}')", "cursor",
        "A cursor that reads every curve at its place.",
        when="shown", rank=12, also=("compare",), of="chart",
    ),
    Key(
        "0", "0", "look('all')", "all", "Take zoom and cursor away.",
        when="shown", also=("compare",), of="chart",
    ),
    Key(
        "1,2,3,4", "1-4", "pane({key})", "panes", "Presets, chart, hyperparameters, ledger.",
        rank=3,
    ),
    Key("tab,shift+tab", "tab", "next_pane('{key}')", "next pane", "To the next pane, and back."),
    Key(
        "r", "r", "app.runs", "runs", "The runs that were trained or are being trained.",
        rank=3, command="Runs",
    ),
    Key(
        "c", "c", "app.compare", "compare",
        "Compare the run with those marked in the list; else with its parent and forks, else with its like.",
        when="shown", rank=6, command="Compare runs",
    ),
    Key(
        "e", "e", "app.layers", "layers",
        "The layers of the next run: see what each makes, and edit them.",
        rank=5, command="Edit the layers",
    ),
    Key(
        "v", "v", "look_inside", "look inside",
        "One batch through the network as it is now, or as the next run begins: shape, type, range and zeros "
        "after every layer.",
        rank=7, command="Look inside the network", also=("layers",),
    ),
    Key(
        "i", "i", "show_samples", "images",
        "What the network sees: images of the training split with their class, and how augmentation as it is "
        "set now shows them. Space draws others.",
        when="images", rank=5, command="Show what the network sees",
    ),
    Key(
        "pageup,pagedown", "pgup pgdn", "page('{key}')", "read on",
        "Scroll the text of the pane: about a preset, the help, the messages.",
        rank=8,
    ),
)  # fmt: skip
