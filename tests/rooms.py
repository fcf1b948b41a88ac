"""Which tests are a room's own: those that a change of it must pass first."""

from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent

# From a module, or from the modules of a folder, to the tests that are about it.
TESTS = {
    "tinygraph/__init__.py": ["test_import.py", "test_public.py"],
    "tinygraph/__main__.py": ["tracing/test_trace_command.py"],
    "tinygraph/arguments.py": ["test_numpy_protocols.py", "test_errors.py"],
    "tinygraph/array.py": ["test_numpy_protocols.py", "test_errors.py"],
    "tinygraph/backward.py": ["test_backward.py", "test_calculus.py"],
    "tinygraph/calculus.py": ["test_calculus.py", "test_lost_gradients.py"],
    "tinygraph/declaration.py": ["test_declaring.py"],
    "tinygraph/check.py": ["test_check.py", "test_check_kinks.py"],
    "tinygraph/differences.py": ["test_check.py", "test_check_kinks.py"],
    "tinygraph/export.py": ["test_graph_files.py"],
    "tinygraph/files.py": ["test_graph_files.py", "test_regressions.py"],
    "tinygraph/graph.py": [
        *("test_graph_record.py", "test_graph_modes.py", "test_graph_run.py"),
        *("test_graph_threads.py", "test_graph_files.py", "test_graph_queries.py"),
        *("test_graph_copies.py", "test_graph_pickles.py", "drawing"),
    ],
    "tinygraph/handed_out.py": ["test_data_of_tensors.py"],
    "tinygraph/interrupts.py": ["test_interruption.py"],
    "tinygraph/legible.py": ["test_graph_files.py", "drawing"],
    "tinygraph/methods.py": ["test_names.py", "test_numpy_protocols.py"],
    "tinygraph/modes.py": ["test_graph_modes.py", "test_lost_gradients.py"],
    "tinygraph/pickling.py": ["test_graph_pickles.py"],
    "tinygraph/primitive.py": ["test_declaring.py", "test_errors.py"],
    "tinygraph/profiling.py": ["test_profile.py"],
    "tinygraph/pulling.py": ["test_declaring.py", "test_backward.py"],
    "tinygraph/running.py": ["test_graph_run.py"],
    "tinygraph/tape.py": ["test_graph_record.py", "test_graph_copies.py"],
    "tinygraph/tensor.py": ["test_errors.py", "test_regressions.py"],
    "tinygraph/value.py": ["test_graph_record.py", "test_regressions.py"],
    "tinygraph/compositions/*": [
        *("test_compositions.py", "test_numpy_functions.py", "test_operations.py"),
        "test_numpy_protocols.py",
    ],
    "tinygraph/compositions/distances.py": [
        *("test_operations.py", "test_oracle_losses.py", "test_errors_losses.py"),
    ],
    "tinygraph/compositions/images.py": [
        *("test_operations.py", "test_oracle_images.py", "test_errors_images.py"),
    ],
    "tinygraph/compositions/lookup.py": [
        *("test_operations.py", "test_oracle_losses.py", "test_errors_losses.py"),
    ],
    "tinygraph/compositions/losses.py": [
        *("test_operations.py", "test_oracle_losses.py", "test_errors_losses.py"),
    ],
    "tinygraph/compositions/linalg/*": ["test_linalg.py", "test_operations.py"],
    "tinygraph/drawing/*": ["drawing"],
    "tinygraph/exercises/*": ["exercises"],
    "tinygraph/kernels/comp*": ["test_compiled.py"],
    "tinygraph/kernels/loop_cache.py": ["test_loop_cache.py"],
    "tinygraph/kernels/numba_loops.py": ["test_compiled.py"],
    "tinygraph/kernels/*": [
        *("test_kernels.py", "test_properties.py", "test_operations.py"),
        "test_errors_images.py",
    ],
    "tinygraph/ops/image.py": [
        *("test_operations.py", "test_properties.py"),
        *("test_oracle_images.py", "test_errors_images.py"),
    ],
    "tinygraph/ops/pooling.py": [
        *("test_operations.py", "test_properties.py"),
        *("test_oracle_images.py", "test_errors_images.py"),
    ],
    "tinygraph/ops/loss.py": [
        *("test_operations.py", "test_edges.py", "test_oracle_losses.py"),
    ],
    "tinygraph/ops/*": ["test_operations.py", "test_oracle.py", "test_properties.py"],
    "tinygraph/tracing/*": ["tracing"],
    "nets/data/*": ["nets"],
    "nets/*": ["nets"],
}


def modules() -> list[str]:
    """Every module of both packages; the exercises of students are no part of them."""
    paths = [*(ROOT / "tinygraph").rglob("*.py"), *(ROOT / "nets").rglob("*.py")]
    names = (path.relative_to(ROOT).as_posix() for path in paths)
    return sorted(name for name in names if "/catalogue/" not in name)


def files_for(module: str) -> list[str]:
    """The tests of a module, by the longest pattern that fits, or by their name."""
    fitting = [pattern for pattern in TESTS if fnmatch(module, pattern)]
    if fitting:
        return TESTS[max(fitting, key=len)]
    named = (ROOT / "tests").rglob(f"test_{Path(module).stem}*.py")
    return sorted(path.relative_to(ROOT / "tests").as_posix() for path in named)
