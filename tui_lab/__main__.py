"""`python -m tui_lab` is `tui-lab`."""

from tui_lab.cli.main import entry

if __name__ == "__main__":
    entry()
