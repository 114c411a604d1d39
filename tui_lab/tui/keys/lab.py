"""The panes of the lab in the order of their numbers; the keys of the lab itself and of its panes."""

from typing import Literal, get_args

from tui_lab.tui.keys.key import Key

PaneName = Literal["presets", "chart", "hyperparameters", "ledger"]
PANES: tuple[PaneName, ...] = get_args(PaneName)

LAB_KEYS: tuple[Key, ...] = (
    Key(
        "t", "t", "train", "train",
        "When idle: start a run with the current preset and hyperparameters.",
        when="rest", rank=0, command="Train",
    ),
    Key(
        "t", "t", "train", "train again",
        "When idle, with the values of a run in panes 1 and 3: train again with these.",
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
        "While the values of a run are in panes 1 and 3: show those of the next run again.",
        when="leavable", rank=2,
    ),
    Key(
        "x", "x", "stop", "stop",
        "Stop after the current step. The best epoch is still tested, and the run is kept.",
        when="busy", rank=0, command="Stop",
    ),
    Key(
        "space", "space", "pause", "pause", "While training: pause after the current step.",
        when="going", rank=1, command="Pause",
    ),
    Key(
        "space", "space", "pause", "continue", "While paused: continue training.",
        when="paused", rank=0, command="Continue",
    ),
    Key(
        "full_stop", ".", "advance('step')", "one step",
        "Run one step, pause, and show what it did to each layer. Starts a run if none is training.",
        rank=6, command="One step",
    ),
    Key(
        "greater_than_sign", ">", "advance('epoch')", "one epoch",
        "Finish the epoch, validate and pause. Starts a run if none is training.",
        rank=7, command="One epoch",
    ),
    Key(
        "u", "u", "undo", "undo",
        "Undo the last edit: weights, optimizer and random state go back to just before it.",
        when="undoable", rank=1, command="Undo the last edit",
    ),
    Key(
        "f", "f", "fork", "fork",
        "Start a new run from this run's weights, with other hyperparameters.",
        when="shown", rank=5, command="Fork",
    ),
    Key("t", "t", "train", "start the fork", "While setting up a fork (f): start it.", when="draft", rank=0),
    Key("escape", "esc", "back", "cancel", "While setting up a fork (f): cancel it.", when="draft", rank=0),
    Key(
        "escape", "esc", "back", "whole chart", "While the chart is zoomed or has a cursor: reset both.",
        when="moved", rank=1, of="chart",
    ),
    Key(
        "z", "z", "whole_chart", "whole screen",
        "Toggle the chart on the whole screen (also Enter on the chart).",
        rank=4, command="Chart on the whole screen", of="chart",
    ),
    Key("enter", "⏎", "screen.whole_chart", "whole screen", "Same as z.", "chart"),
    Key("up,down", "↑↓", "move('{key}')", "select", "Select a preset.", "presets", rank=2),
    Key(
        "enter", "⏎", "take", "use it",
        "Use the selected preset. Changes to the others are kept.",
        "presets", "usable", rank=1,
    ),
    Key("up,down", "↑↓", "move('{key}')", "select", "Select a hyperparameter.", "hyperparameters", rank=2),
    Key(
        "left,right", "←→", "notch('{key}')", "change", "Decrease or increase the value by one notch.",
        "hyperparameters", rank=2,
    ),
    Key("enter", "⏎", "type", "type", "Type a value.", "hyperparameters", rank=2),
    Key(
        "d,backspace,delete", "d", "reset", "reset",
        "Reset to the preset's value (also Backspace and Delete).",
        "hyperparameters", rank=6,
    ),
    Key("enter", "⏎", "submit", "apply", "Check and apply the value.", "editor", rank=0),
    Key("escape", "esc", "leave", "cancel", "Close the field and keep the old value.", "editor", rank=0),
    Key(
        "tab,shift+tab",
        "tab",
        "screen.next_pane('{key}')",
        "apply, next pane",
        "Apply and go to the next pane.",
        "editor",
        rank=1,
    ),
    Key("home,end", "home end", "move('{key}')", "ends", "Go to the first or last line.", "presets"),
    Key("home,end", "home end", "move('{key}')", "ends", "Go to the first or last line.", "hyperparameters"),
    Key(
        "j", "j", "export", "JSON",
        "Export the run on screen as JSON to the current folder.",
        when="shown", rank=4, command="Export as JSON",
    ),
    Key(
        "l", "l", "look('log_y')", "log y", "Toggle a logarithmic y axis; remembered for the next session.",
        when="shown", rank=5, command="Logarithmic y axis", also=("compare", "over_time"), of="chart",
    ),
    Key(
        "L", "L", "look('log_x')", "log x", "Toggle a logarithmic x axis.",
        when="shown", rank=14, command="Logarithmic x axis", also=("compare", "over_time"), of="chart",
    ),
    Key(
        "a", "a", "look('x')", "x axis", "Switch the x axis: epochs, steps, seconds of training.",
        when="shown", rank=11, command="Switch the x axis", also=("compare", "over_time"), of="chart",
    ),
    Key(
        "m", "m", "look('metric')", "metric", "Plot the next recorded metric.",
        when="shown", rank=9, command="Next metric", also=("compare",), of="chart",
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
        when="shown", rank=13, command="Show the whole y range", also=("compare", "over_time"), of="chart",
    ),
    Key(
        "h", "h", "look('discarded')", "discarded",
        "Hide the parts of the run that an undo discarded, or show them again.",
        when="shown", command="Hide what was discarded", of="chart",
    ),
    Key(
        "plus,minus,equals_sign", "+-", "zoom('{key}')", "zoom",
        "Zoom in and out on x, around the cursor or the newest point.",
        when="shown", rank=12, also=("compare", "over_time"), of="chart",
    ),
    Key(
        "left_curly_bracket,right_curly_bracket", "{ }", "pan('{key}')", "pan",
        "Pan left and right.",
        when="shown", also=("compare", "over_time"), of="chart",
    ),
    Key(
        "left_square_bracket,right_square_bracket", "[ ]", "point('{key}')", "cursor",
        "Move a cursor that reads the value of every curve.",
        when="shown", rank=12, also=("compare", "over_time"), of="chart",
    ),
    Key(
        "0", "0", "look('all')", "all", "Show everything: no zoom, no cursor.",
        when="shown", also=("compare", "over_time"), of="chart",
    ),
    Key(
        ",".join("123456789"[: len(PANES)]), f"1-{len(PANES)}", "pane({key})", "panes",
        f"{', '.join(PANES).capitalize()}.", rank=3,
    ),
    Key("tab,shift+tab", "tab", "next_pane('{key}')", "next pane", "Go to the next or previous pane."),
    Key("r", "r", "app.runs", "runs", "List all runs, finished and running.", rank=3, command="Runs"),
    Key(
        "S", "S", "app.sweep", "sweep",
        "Set up a sweep: many trials of the next run with other hyperparameters, layer widths or seeds.",
        rank=8, command="Sweep: train many trials",
    ),
    Key(
        "W", "W", "app.sweeps", "sweeps", "List all sweeps, finished and running.",
        rank=14, command="Sweeps",
    ),
    Key(
        "p", "p", "save_preset", "preset",
        "Save the experiment of the run on the screen as a preset of your own, live edits included.",
        when="shown", rank=12, command="Save the run as a preset",
    ),
    Key(
        "escape", "esc", "back", "to the sweep", "While a trial of a sweep is shown: back to its sweep.",
        when="trial", rank=0,
    ),
    Key(
        "A", "A", "apply_advice", "apply",
        "Do what the coach proposes: an edit of the run, whose reason the ledger keeps; if it cannot be made "
        "during a run, in the values of the next one.",
        when="applicable", rank=1, command="Apply the coach's advice",
    ),
    Key(
        "w", "w", "advice", "why",
        "Read the coach's advice in full: the evidence, what would help, what to watch for. d there "
        "dismisses it.",
        when="advised", rank=2, command="Read the coach's advice",
    ),
    Key(
        "c", "c", "app.compare", "compare",
        "Compare with the runs marked in the list, or else with its parent and forks, or runs of "
        "the same preset.",
        when="shown", rank=6, command="Compare runs",
    ),
    Key(
        "E", "E", "evaluate", "evaluate",
        "Evaluate the run on the screen: verdict, confusion matrix, curves, calibration, worst errors and "
        "more. While it trains, on validation as it is now; afterwards, its best epoch on the test split.",
        when="shown", rank=6, command="Evaluate the run",
    ),
    Key(
        "e", "e", "app.layers", "layers",
        "View and edit the layers of the next run, with the output shape of each.",
        rank=5, command="Edit the layers",
    ),
    Key(
        "y", "y", "app.layers_over_time", "layers over time",
        "Show how gradients, updates, dead units and outputs of every layer developed: lines, heat maps and "
        "histograms.",
        when="shown", rank=6, command="Layers over time",
    ),
    Key(
        "v", "v", "look_inside", "look inside",
        "Pass one batch through the network as it is now (or as the next run starts): shape, "
        "dtype, range and share of zeros after every layer.",
        rank=7, command="Look inside the network", also=("layers",),
    ),
    Key(
        "D", "D", "draw_fit", "draw the fit",
        "Draw what the network predicts over its two inputs, or along its one, with the rows on top. "
        "While it trains, the picture follows. Space asks again, r chooses the rows.",
        rank=15, command="Draw the fit over one or two inputs",
    ),
    Key(
        "F", "F", "app.find_rate", "find lr",
        "Try 25 learning rates in short runs, from the weights as they are, and show which are good. The run "
        "itself is not touched.",
        rank=15, command="Find a learning rate",
    ),
    Key(
        "C", "C", "app.check_start", "check",
        "Three checks with new weights: is the first loss that of guessing, can the network overfit 16 rows, "
        "and does it use its inputs?",
        rank=15, command="Check the network and the data before training",
    ),
    Key(
        "T", "T", "app.try_one", "try one",
        "Change the values of a row of the validation split, or choose an image, and see the prediction "
        "change: with new weights, with those of a run as it trains, or with its best ones.",
        rank=17, command="Try one row or image",
    ),
    Key(
        "N", "N", "app.notes", "notes",
        "The concepts of deep learning: what each is, its formula, and the keys that show it here.",
        rank=14, command="Notes: concepts, and where to see them",
    ),
    Key(
        "M", "M", "app.machine", "machine",
        "How busy processor, memory and GPUs are, and what the process that trains uses of them.",
        rank=16, command="How busy the machine is",
    ),
    Key(
        "i", "i", "show_samples", "images",
        "Show what the network sees: training images with their class, with the current "
        "augmentation applied. Space draws a new sample.",
        when="images", rank=5, command="Show what the network sees",
    ),
    Key(
        "pageup,pagedown", "pgup pgdn", "page('{key}')", "scroll",
        "Scroll the text of the pane: preset details, help, messages.",
        rank=8,
    ),
)  # fmt: skip
