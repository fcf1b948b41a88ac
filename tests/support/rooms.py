"""Which tests are a room's own: those that a change of it must pass first."""

from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]

# From a module, or from the modules of a folder, to the tests that are about it, as
# seen from the folder of the package's tests.
TESTS = {
    "tinygraph/__init__.py": ["../project/test_import.py", "../project/test_public.py"],
    "tinygraph/__main__.py": ["tracing/test_command.py"],
    "tinygraph/arguments.py": ["test_numpy_protocols.py", "test_errors.py"],
    "tinygraph/backward.py": ["test_backward.py", "test_calculus.py"],
    "tinygraph/keeping.py": ["test_large_gradients.py", "test_backward.py"],
    "tinygraph/binding.py": [
        "test_declaration.py",
        "test_errors.py",
        "ops/test_operations.py",
    ],
    "tinygraph/callers.py": [
        "drawing/test_variables.py",
        "test_source_lines.py",
        "replaying",
    ],
    "tinygraph/calculus.py": ["test_calculus.py", "test_lost_gradients.py"],
    "tinygraph/declaration.py": ["test_declaration.py"],
    "tinygraph/check.py": ["test_check.py", "test_check_kinks.py"],
    "tinygraph/differences.py": ["test_check.py", "test_check_kinks.py"],
    "tinygraph/export.py": ["test_graph_files.py"],
    "tinygraph/files.py": ["test_graph_files.py", "../project/test_regressions.py"],
    "tinygraph/graph.py": [
        "test_graph_record.py",
        "test_graph_modes.py",
        "test_graph_run.py",
        "test_graph_threads.py",
        "test_graph_files.py",
        "test_graph_queries.py",
        "test_graph_copies.py",
        "test_graph_pickles.py",
        "drawing",
    ],
    "tinygraph/tensor_data.py": ["test_tensor_data.py"],
    "tinygraph/interrupts.py": ["test_interrupts.py"],
    "tinygraph/legible.py": ["test_graph_files.py", "drawing"],
    "tinygraph/queries.py": [
        "test_graph_queries.py",
        "test_graph_run.py",
        "test_graph_copies.py",
    ],
    "tinygraph/merging.py": ["test_graph_record.py"],
    "tinygraph/operators.py": ["test_numpy_protocols.py", "test_errors.py"],
    "tinygraph/registry.py": ["test_numpy_protocols.py"],
    "tinygraph/methods.py": ["test_names.py", "test_numpy_protocols.py"],
    "tinygraph/modes.py": ["test_graph_modes.py", "test_lost_gradients.py"],
    "tinygraph/optimize.py": ["test_optimize.py", "test_errors.py"],
    "tinygraph/pickling.py": ["test_graph_pickles.py"],
    "tinygraph/primitive.py": [
        "test_declaration.py",
        "test_errors.py",
        "test_graph_modes.py",
        "test_graph_record.py",
    ],
    "tinygraph/plain_node.py": ["test_graph_copies.py", "test_graph_tools.py"],
    "tinygraph/profiling.py": ["test_profiling.py"],
    "tinygraph/pulling.py": ["test_declaration.py", "test_backward.py"],
    "tinygraph/running.py": ["test_graph_run.py"],
    "tinygraph/signatures.py": ["test_signatures.py"],
    "tinygraph/tape.py": [
        "test_graph_record.py",
        "test_graph_copies.py",
        "test_graph_modes.py",
    ],
    "tinygraph/tensor.py": ["test_errors.py", "../project/test_regressions.py"],
    "tinygraph/value.py": [
        "test_graph_record.py",
        "test_other_libraries.py",
        "../project/test_regressions.py",
    ],
    "tinygraph/compositions/*": [
        "compositions/test_options.py",
        "compositions/test_compositions.py",
        "compositions/test_numpy_functions.py",
        "ops/test_operations.py",
        "test_numpy_protocols.py",
    ],
    "tinygraph/compositions/distances.py": [
        "compositions/test_options.py",
        "ops/test_operations.py",
        "ops/test_oracle_losses.py",
        "ops/test_errors_losses.py",
    ],
    "tinygraph/compositions/images.py": [
        "ops/test_operations.py",
        "ops/test_oracle_images.py",
        "ops/test_errors_images.py",
    ],
    "tinygraph/compositions/lookup.py": [
        "compositions/test_options.py",
        "ops/test_operations.py",
        "ops/test_oracle_losses.py",
        "ops/test_errors_losses.py",
    ],
    "tinygraph/compositions/losses.py": [
        "compositions/test_options.py",
        "ops/test_operations.py",
        "ops/test_oracle_losses.py",
        "ops/test_errors_losses.py",
    ],
    "tinygraph/compositions/linalg/*": [
        "compositions/test_options.py",
        "compositions/test_linalg.py",
        "ops/test_operations.py",
    ],
    "tinygraph/drawing/*": ["drawing"],
    "tinygraph/exercises/*.py": ["exercises/test_exercise.py", "exercises/student"],
    "tinygraph/exercises/selection.py": ["exercises/test_selection.py"],
    "tinygraph/exercises/authoring/*": ["exercises/authoring"],
    "tinygraph/exercises/packed.py": ["exercises/authoring/test_pack.py"],
    "tinygraph/exercises/recorded.py": ["exercises/authoring/test_pack.py"],
    "tinygraph/exercises/similar_names.py": ["exercises/test_selection.py"],
    "tinygraph/exercises/zip_files.py": ["exercises/authoring/test_pack.py"],
    "tinygraph/exercises/course/*": ["exercises/course"],
    "tinygraph/exercises/grading/*": ["exercises/grading"],
    "tinygraph/exercises/judging/*": ["exercises/judging", "exercises/catalogue"],
    "tinygraph/exercises/language.py": ["exercises/test_language.py"],
    "tinygraph/exercises/running/*": ["exercises/running"],
    "tinygraph/exercises/student/*": ["exercises/student"],
    "tinygraph/exercises/submissions/*": ["exercises/submissions"],
    "tinygraph/interchange/*": ["interchange"],
    "tinygraph/kernels/comp*": ["kernels/test_compiled.py"],
    "tinygraph/kernels/compiled_functions.py": ["kernels/test_elementwise.py"],
    "tinygraph/kernels/descent.py": ["kernels/test_compiled.py", "test_optimize.py"],
    "tinygraph/kernels/elementwise*": [
        "kernels/test_elementwise.py",
        "ops/test_operations.py",
    ],
    "tinygraph/kernels/error_function.py": ["kernels/test_error_function.py"],
    "tinygraph/kernels/formulas.py": ["test_other_libraries.py"],
    "tinygraph/kernels/loop_cache.py": ["kernels/test_loop_cache.py"],
    "tinygraph/kernels/products.py": [
        "kernels/test_kernels.py",
        "kernels/test_compiled.py",
        "ops/test_operations.py",
    ],
    "tinygraph/kernels/row_loops.py": ["kernels/test_exponentials.py"],
    "tinygraph/kernels/column_loops.py": ["kernels/test_exponentials.py"],
    "tinygraph/kernels/exponentials.py": [
        "kernels/test_exponentials.py",
        "ops/test_operations.py",
    ],
    "tinygraph/kernels/lines.py": [
        "kernels/test_lines.py",
        "kernels/test_winograd.py",
    ],
    "tinygraph/kernels/choosing.py": [
        "kernels/test_covering.py",
        "kernels/test_winograd.py",
        "kernels/test_lines.py",
        "kernels/test_pixels.py",
    ],
    "tinygraph/kernels/pixels.py": ["kernels/test_pixels.py"],
    "tinygraph/kernels/covering.py": ["kernels/test_covering.py"],
    "tinygraph/kernels/winograd*.py": ["kernels/test_winograd.py"],
    "tinygraph/kernels/compiled_winograd.py": ["kernels/test_winograd.py"],
    "tinygraph/kernels/pieces.py": [
        "kernels/test_pieces.py",
        "kernels/test_lines.py",
        "kernels/test_pixels.py",
        "replaying/test_networks.py",
    ],
    "tinygraph/kernels/sliding.py": [
        "kernels/test_lines.py",
        "kernels/test_pixels.py",
    ],
    "tinygraph/kernels/standardizing*.py": [
        "kernels/test_standardizing.py",
        "ops/test_operations.py",
    ],
    "tinygraph/kernels/chain*": ["replaying/test_chains.py"],
    "tinygraph/kernels/sums.py": ["kernels/test_sums.py", "ops/test_operations.py"],
    "tinygraph/kernels/scattering.py": ["kernels/test_scattering.py"],
    "tinygraph/kernels/numba_loops.py": ["kernels/test_compiled.py"],
    "tinygraph/kernels/depthwise_loops.py": ["kernels/test_compiled.py"],
    "tinygraph/kernels/tap_loops.py": ["kernels/test_compiled.py"],
    "tinygraph/kernels/*": [
        "kernels/test_kernels.py",
        "ops/test_properties.py",
        "ops/test_operations.py",
        "ops/test_errors_images.py",
        "ops/test_oracle_images.py",
    ],
    "tinygraph/ops/image.py": [
        "kernels/test_compiled.py",
        "ops/test_operations.py",
        "ops/test_properties.py",
        "ops/test_oracle_images.py",
        "ops/test_errors_images.py",
    ],
    "tinygraph/ops/pooling.py": [
        "ops/test_operations.py",
        "ops/test_properties.py",
        "ops/test_oracle_images.py",
        "ops/test_errors_images.py",
    ],
    "tinygraph/ops/loss.py": [
        "ops/test_operations.py",
        "ops/test_edges.py",
        "ops/test_oracle_losses.py",
    ],
    "tinygraph/ops/indexing.py": [
        "ops/test_operations.py",
        "ops/test_oracle.py",
        "ops/test_oracle_losses.py",
        "ops/test_properties.py",
        "compositions/test_compositions.py",
        "compositions/test_numpy_functions.py",
    ],
    "tinygraph/ops/*": [
        "compositions/test_numpy_functions.py",
        "test_numpy_protocols.py",
        "ops/test_operations.py",
        "ops/test_edges.py",
        "ops/test_oracle.py",
        "ops/test_properties.py",
    ],
    "tinygraph/replaying/*": ["replaying"],
    "tinygraph/tracing/*": ["tracing"],
    "tinygraph/tracing/difference.py": ["tracing/test_difference.py"],
    "tinygraph/tracing/film/*": ["tracing/film"],
    "tinygraph/tracing/page/*": ["tracing/page"],
    "tinygraph/tracing/terminal/*": ["tracing/terminal"],
    "nets/data/*": [""],
    "nets/explore/*": ["explore"],
    "nets/exploring.py": ["explore"],
    "nets/live/*": ["test_live.py"],
    "nets/layers/*": [
        "layers",
        "networks",
        "test_layers.py",
        "test_moved_networks.py",
    ],
    "nets/networks/*": ["networks", "test_layers.py"],
    "nets/cluster.py": ["test_cluster.py"],
    "nets/searching.py": ["test_cluster.py"],
    "nets/events.py": ["test_events.py"],
    "nets/*": [""],
}


def modules() -> list[str]:
    """Every module of both packages, without the exercises for students."""
    paths = [*(ROOT / "tinygraph").rglob("*.py"), *(ROOT / "nets").rglob("*.py")]
    names = (path.relative_to(ROOT).as_posix() for path in paths)
    return sorted(name for name in names if "/catalogue/" not in name)


def files_for(module: str) -> list[str]:
    """The tests of a module, by the longest pattern that fits, or by their name."""
    tests, package = ROOT / "tests", ROOT / "tests" / module.split("/")[0]
    fitting = [pattern for pattern in TESTS if fnmatch(module, pattern)]
    if fitting:
        paths = [(package / name).resolve() for name in TESTS[max(fitting, key=len)]]
    else:
        paths = sorted(package.rglob(f"test_{Path(module).stem}*.py"))
    return [path.relative_to(tests).as_posix() for path in paths]
