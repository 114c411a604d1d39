"""Compile a kernel for a GPU that need not be there: `python -m tests.engine.stacked.compile_kernel`."""

from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile

from tui_lab.engine.stacked.kernel_epoch import _compiled
from tui_lab.engine.stacked.kernel_source import KernelLayer, kernel_source

LAYERS = [
    KernelLayer("linear", 13, 32, 0, 416),
    KernelLayer("activation", name="SiLU"),
    KernelLayer("dropout"),
    KernelLayer("linear", 32, 3, 448, 544),
]
FLOATS = ("weights", "first", "second", "x", "numbers", "smoothing", "dropped", "losses", "outputs")
WHOLE = ("rows", "steps", "trials", "row_stride", "x_stride", "y_stride")


def main() -> None:
    kernel = _compiled(kernel_source(LAYERS, "cross_entropy", "adamw", 8))
    kinds = dict.fromkeys(FLOATS, "*fp32") | dict.fromkeys(("y", "seeds", "updates"), "*i64")
    signature = {name: (kinds | dict.fromkeys(WHOLE, "i32"))[name] for name in kernel.arg_names}
    made = compile(ASTSource(kernel, signature), target=GPUTarget("cuda", 90, 32))
    print(len(made.asm["cubin"]))


if __name__ == "__main__":
    main()
