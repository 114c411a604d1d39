"""The keys of the other screens: runs, comparison, layers, and the set-up of data."""

from tui_lab.tui.key import Key

SCREEN_KEYS: tuple[Key, ...] = (
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "choose",
        "Choose a run (Home, End and the page keys, too).",
        "runs", rank=20,
    ),
    Key(
        "enter", "⏎", "open", "open",
        "Show the run in the lab: as it ended, or as it trains.",
        "runs", "listed", rank=0,
    ),
    Key(
        "g", "g", "go_on", "go on",
        "Go on with a run that was stopped or interrupted, from its last checkpoint.",
        "runs", "unfinished", rank=1,
    ),
    Key("n", "n", "rename", "name", "Give the run a name.", "runs", "listed", rank=4),
    Key("m", "m", "annotate", "note", "Write a note about the run.", "runs", "listed", rank=5),
    Key("d,delete", "d", "delete", "delete", "Delete the run; it asks first.", "runs", "idle", rank=3),
    Key(
        "space", "space", "mark", "mark", "Mark the run for the comparison, or no more.",
        "runs", "listed", rank=4,
    ),
    Key(
        "c", "c", "compare", "compare",
        "Compare the marked runs; if one is marked, that with the one in focus; if none is, the first eight.",
        "runs", "listed", rank=2,
    ),
    Key(
        "slash", "/", "filter", "filter",
        "Show only some runs: words that occur, and comparisons such as status=finished best_val_loss<0.4 "
        "lr>=1e-3 started>=2026-11-23 name=\"my *\".",
        "runs", rank=2,
    ),
    Key("s", "s", "sort", "sort", "Sort by the next column.", "runs", rank=2),
    Key(
        "escape,r", "esc", "back('{key}')", "back", "Take the filter away; then, or with r, back to the lab.",
        "runs", rank=0,
    ),
    Key("up,down", "↑↓", "move('{key}')", "choose", "Choose a run.", "compare", rank=3),
    Key("space", "space", "draw", "draw or not", "Draw the run, or do not.", "compare", rank=2),
    Key("k", "k", "sort", "sort", "Sort the table by its next column.", "compare", rank=2),
    Key("enter", "⏎", "open", "open", "Show the run in the lab.", "compare", rank=2),
    Key(
        "slash", "/", "filter", "filter",
        "Show only some of them: best_val_loss<0.4 lr>=1e-3 optimizer=adam.", "compare", rank=3,
    ),
    Key(
        "escape,c", "esc", "back('{key}')", "back",
        "Take the filter, zoom or cursor away; then, or with c, leave the comparison.", "compare", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "choose",
        "Choose a layer (Home, End and the page keys, too).",
        "layers", "listed", rank=20,
    ),
    Key("enter", "⏎", "edit", "edit", "Type another text for the line in focus.", "layers", "listed", rank=0),
    Key("i", "i", "insert", "insert", "Type a new line below the one in focus.", "layers", rank=0),
    Key("I", "I", "insert(True)", "insert above", "Type a new line above the one in focus.", "layers"),
    Key("d,delete", "d", "delete", "delete", "Take the line in focus away.", "layers", "listed", rank=1),
    Key(
        "left_square_bracket,right_square_bracket,shift+up,shift+down", "[ ]", "shift('{key}')", "move",
        "Move the line in focus up or down (Shift with the arrows, too).",
        "layers", "listed", rank=2,
    ),
    Key("u", "u", "undo", "undo", "Take the last change of the layers back.", "layers", "edited", rank=3),
    Key(
        "a", "a", "accept", "accept", "Use these layers for the next run, and go back to the lab.",
        "layers", "sound", rank=0,
    ),
    Key(
        "w", "w", "write", "write",
        "Write the preset with these layers, and all else that was changed of it, as a file.",
        "layers", rank=4,
    ),
    Key(
        "escape", "esc", "back", "back", "Back to the lab; if anything was changed it asks first.",
        "layers", rank=0,
    ),
    Key(
        "enter", "⏎", "submit", "keep", "Keep what was typed; what is wrong with it stays marked.",
        "layer", rank=0,
    ),
    Key("escape", "esc", "leave", "leave as it was", "Leave the line as it was.", "layer", rank=0),
    Key(
        "up,down,tab,shift+tab", "↑↓", "screen.typed_move('{key}')", "keep, next line",
        "Keep what was typed, and type in the line above or below.",
        "layer", rank=1,
    ),
    Key(
        "enter", "⏎", "go_on", "to the lab", "On to the lab, with the preset made of the data.",
        "table", "ready", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "choose",
        "Choose a setting, a column or a class (Home, End and the page keys, too).",
        "table", "listed", rank=20,
    ),
    Key(
        "left,right", "←→", "change('{key}')", "change",
        "Take the next value of a setting; use a column as a number, as one-hot, or leave it out.",
        "table", "changeable", rank=1,
    ),
    Key("e", "e", "type", "type", "Type the value of a setting.", "table", "setting", rank=1),
    Key(
        "t", "t", "target", "target", "Make the column in focus the one to predict.",
        "table", "column", rank=1,
    ),
    Key(
        "d,delete,backspace", "d", "reset", "guess", "Leave what is in focus to be guessed again.",
        "table", "changeable", rank=4,
    ),
    Key("p", "p", "rows", "rows", "Show the first rows of the table, and back.", "table", "rows", rank=2),
    Key(
        "p", "p", "rows", "images", "Show images of the folder, or of the class in focus, and back.",
        "table", "images", rank=2,
    ),
    Key(
        "left_square_bracket,right_square_bracket", "[ ]", "read_on('{key}')", "read on",
        "Scroll what is said of the data.",
        "table", rank=5,
    ),
    Key(
        "w", "w", "write", "write", "Write the preset made of the data as a file, for `tui-lab train`.",
        "table", "ready", rank=3,
    ),
    Key("r", "r", "again", "read again", "Read data again that was refused.", "table", "refused", rank=0),
    Key(
        "escape", "esc", "back", "presets",
        "To the presets, without the data; if anything was changed it asks first.", "table", rank=0,
    ),
)  # fmt: skip
