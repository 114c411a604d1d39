"""The keys of the other screens: runs, comparison, layers, and the set-up of data."""

from tui_lab.tui.keys.key import Key

SCREEN_KEYS: tuple[Key, ...] = (
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "select",
        "Select a run (also Home, End and the page keys).",
        "runs", rank=20,
    ),
    Key(
        "enter", "⏎", "open", "open",
        "Show the run in the lab, finished or still training.",
        "runs", "listed", rank=0,
    ),
    Key(
        "g", "g", "go_on", "resume",
        "Resume a stopped or interrupted run from its last checkpoint.",
        "runs", "unfinished", rank=1,
    ),
    Key("n", "n", "rename", "name", "Name the run.", "runs", "listed", rank=4),
    Key("m", "m", "annotate", "note", "Write a note on the run.", "runs", "listed", rank=5),
    Key("d,delete", "d", "delete", "delete", "Delete the run (asks first).", "runs", "idle", rank=3),
    Key(
        "space", "space", "mark", "mark", "Mark the run for comparison, or unmark it.",
        "runs", "listed", rank=4,
    ),
    Key(
        "c", "c", "compare", "compare",
        "Compare the marked runs; one marked: with the selected run; none marked: the first eight.",
        "runs", "listed", rank=2,
    ),
    Key(
        "E", "E", "evaluate", "evaluate", "Evaluate the run: how good it is, and where it is wrong.",
        "runs", "listed", rank=3,
    ),
    Key(
        "slash", "/", "filter", "filter",
        "Filter the list by words and by comparisons such as status=finished acc>0.9 val_acc>0.9 "
        "val_loss<0.4 lr>=1e-3 trained>5min started>=2026-11-23 name=\"my *\".",
        "runs", rank=2,
    ),
    Key("W", "W", "app.sweeps", "sweeps", "List all sweeps.", "runs", rank=6),
    Key("s", "s", "sort", "sort", "Sort by the next column (also a click on its title).", "runs", rank=2),
    Key(
        "S", "S", "reverse", "reverse", "Reverse the order (also another click on the title).",
        "runs", rank=3,
    ),
    Key(
        "escape,r", "esc", "back('{key}')", "back", "Clear the filter; press again (or r) to go "
        "back to the lab.",
        "runs", rank=0,
    ),
    Key("up,down", "↑↓", "move('{key}')", "select", "Select a run.", "compare", rank=3),
    Key("space", "space", "draw", "show/hide", "Show or hide the curve of the run.", "compare", rank=2),
    Key("k", "k", "sort", "sort", "Sort the table by the next column.", "compare", rank=2),
    Key("enter", "⏎", "open", "open", "Show the run in the lab.", "compare", rank=2),
    Key(
        "g", "g", "group", "seeds",
        "Show runs that differ by the seed or the fold only as one row, with mean ± standard deviation, and "
        "as one curve, their mean in a band from the lowest to the highest; press again for single runs.",
        "compare", "seeds", rank=2,
    ),
    Key(
        "b", "b", "better", "better?",
        "Whether the selected run is better than the best of the others, on the rows of the test split, or "
        "just lucky: paired bootstrap and McNemar's test.",
        "compare", rank=2,
    ),
    Key(
        "slash", "/", "filter", "filter",
        "Filter the runs: val_loss<0.4 test_acc>0.9 lr>=1e-3 optimizer=adam.", "compare", rank=3,
    ),
    Key(
        "escape,c", "esc", "back('{key}')", "back",
        "Clear filter, zoom and cursor; press again (or c) to leave the comparison.", "compare", rank=0,
    ),
    Key("left,right", "←→", "quantity('{key}')", "quantity",
        "Show the next quantity: gradient norm, update-to-weight ratio, dead and saturated units, mean and "
        "deviation of the outputs, and as histograms weights, outputs and gradients.", "over_time", rank=1,
    ),
    Key("up,down", "↑↓", "move('{key}')", "layer", "Select a layer.", "over_time", rank=2),
    Key(
        "space", "space", "heat", "lines/heat map", "Lines, or a heat map of layer by step.",
        "over_time", rank=1,
    ),
    Key(
        "escape,y", "esc", "back('{key}')", "back",
        "Clear zoom and cursor; press again (or y) to go back to the lab.", "over_time", rank=0,
    ),
    Key(
        "1,2,3,4,5,6,7,8,9", "1-9", "section({key})", "sections",
        "Go to a section: verdict, confusion matrix, classes, curves, calibration, residuals, worst errors, "
        "slices, importance, labels. Only those that the task has.",
        "evaluation", rank=3,
    ),
    Key(
        "tab,shift+tab", "tab", "next_section('{key}')", "next", "Go to the next or previous section.",
        "evaluation", rank=2,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "select",
        "Select a class, row, slice or group of columns (also Home, End and the page keys, which scroll the "
        "columns of a row that is open).",
        "evaluation", "listed", rank=1,
    ),
    Key("up,down", "↑↓", "move('{key}')", "scroll", "Scroll the verdict.", "evaluation", "readable", rank=1),
    Key(
        "up,down", "↑↓", "move('{key}')", "costs",
        "In the curves of two classes: how many false alarms a missed one costs, or the other way round.",
        "evaluation", "costs", rank=1,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "cell", "In the confusion matrix: go to the next cell.",
        "evaluation", "cells", rank=1,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "threshold",
        "In the curves of two classes: move the threshold above which the second class is predicted.",
        "evaluation", "threshold", rank=1,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "point",
        "In the curves of several classes: move along the curve.",
        "evaluation", "points", rank=1,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "view",
        "In the numbers: predicted against true, or the residuals.",
        "evaluation", "pages", rank=1,
    ),
    Key(
        "left,right", "←→", "turn('{key}')", "page", "Go to the next or previous page of images.",
        "evaluation", "pictures", rank=1,
    ),
    Key(
        "enter", "⏎", "open", "open",
        "Show the rows or images of a cell that are wrong, a row beside its most similar training rows, a "
        "row with a label that is probably wrong, or the response to a column.",
        "evaluation", "openable", rank=1,
    ),
    Key(
        "enter", "⏎", "open", "look for errors",
        "In the labels: look for rows whose label is probably wrong. Esc cancels.",
        "evaluation", "startable", rank=1,
    ),
    Key(
        "enter", "⏎", "open", "cheapest", "Move the threshold to where the errors cost least.",
        "evaluation", "costs", rank=2,
    ),
    Key(
        "t", "t", "other_way", "counts/rates", "In the confusion matrix: rates of each class, or counts.",
        "evaluation", "rates", rank=2,
    ),
    Key(
        "t", "t", "other_way", "temperature",
        "In the calibration: divide the logits by the temperature that fits validation best.",
        "evaluation", "temperature", rank=1,
    ),
    Key(
        "s", "s", "split", "split",
        "Evaluate the other split: test or validation; of a cross-validation also all folds together, out of "
        "fold. While the run trains there is only validation.",
        "evaluation", "splits", rank=2,
    ),
    Key(
        "E", "E", "again", "again", "Evaluate again: the run as it is now.",
        "evaluation", rank=2,
    ),
    Key(
        "escape", "esc", "back", "back", "Close what was opened, or else the evaluation.",
        "evaluation", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "select",
        "Select a layer (also Home, End and the page keys).",
        "layers", "listed", rank=20,
    ),
    Key("enter", "⏎", "edit", "edit", "Edit the selected layer.", "layers", "listed", rank=0),
    Key("i", "i", "insert", "insert", "Insert a layer below the selected one.", "layers", rank=0),
    Key("I", "I", "insert(True)", "insert above", "Insert a layer above the selected one.", "layers"),
    Key("d,delete", "d", "delete", "delete", "Delete the selected layer.", "layers", "listed", rank=1),
    Key(
        "left_square_bracket,right_square_bracket,shift+up,shift+down", "[ ]", "shift('{key}')", "move",
        "Move the selected layer up or down (also Shift with the arrows).",
        "layers", "listed", rank=2,
    ),
    Key("u", "u", "undo", "undo", "Undo the last change to the layers.", "layers", "edited", rank=3),
    Key(
        "a", "a", "accept", "accept", "Use these layers for the next run and go back to the lab.",
        "layers", "sound", rank=0,
    ),
    Key(
        "w", "w", "write", "save",
        "Save the preset with these layers and all other changes to a file.",
        "layers", rank=4,
    ),
    Key(
        "escape", "esc", "back", "back", "Back to the lab (asks first if anything was changed).",
        "layers", rank=0,
    ),
    Key("enter", "⏎", "submit", "keep", "Keep the text; errors stay marked.", "layer", rank=0),
    Key("escape", "esc", "leave", "cancel", "Cancel; the layer stays as it was.", "layer", rank=0),
    Key(
        "up,down,tab,shift+tab", "↑↓", "screen.typed_move('{key}')", "keep, next line",
        "Keep the text and edit the layer above or below.",
        "layer", rank=1,
    ),
    Key(
        "enter", "⏎", "go_on", "to the lab", "Open the lab with the preset made from this data.",
        "table", "ready", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "select",
        "Select a setting, a column or a class (also Home, End and the page keys).",
        "table", "listed", rank=20,
    ),
    Key(
        "left,right", "←→", "change('{key}')", "change",
        "Change a setting; use a column as a number, as one-hot, or leave it out.",
        "table", "changeable", rank=1,
    ),
    Key("e", "e", "type", "type", "Type a value for the setting.", "table", "setting", rank=1),
    Key("t", "t", "target", "target", "Make the selected column the target.", "table", "column", rank=1),
    Key(
        "d,delete,backspace", "d", "reset", "auto", "Go back to the automatic choice.",
        "table", "changeable", rank=4,
    ),
    Key("p", "p", "rows", "rows", "Show or hide the first rows of the table.", "table", "rows", rank=2),
    Key(
        "p", "p", "rows", "images", "Show or hide images of the folder or of the selected class.",
        "table", "images", rank=2,
    ),
    Key(
        "left_square_bracket,right_square_bracket", "[ ]", "read_on('{key}')", "scroll",
        "Scroll the notes on the data.",
        "table", rank=5,
    ),
    Key(
        "w", "w", "write", "save", "Save the preset made from this data to a file, for `tui-lab train`.",
        "table", "ready", rank=3,
    ),
    Key("r", "r", "again", "read again", "Read the data again after fixing it.", "table", "refused", rank=0),
    Key(
        "escape", "esc", "close", "presets",
        "Close the preview, or go to the presets without this data (asks first if anything was changed).",
        "table", rank=0,
    ),
)  # fmt: skip
