"""tinygraph gradescope: the zip file from which Gradescope makes an autograder."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from shlex import quote
from typing import Any

from ...command_line import Commands
from ...errors import ArgumentError, FileError
from ...files import expanded, require_regular, write_atomically
from ..catalogue import CATALOGUE, shipped_exercises
from ..course.course import COURSE_FILE, Course, course_at
from ..course.writing import course_text
from ..exercise import Exercise
from ..language import number_of_exercises, translated
from ..terminal import installed_version, say
from ..translated_parser import add_language
from ..zip_files import zip_bytes
from .options import VISIBILITY
from .secret import keep_secret, read_secret

SETUP = """\
#!/bin/sh
# Gradescope runs this once, as root, when it builds the autograder.
set -eu
cd "${AUTOGRADER:-/autograder}"
apt-get update
apt-get install -y python3 python3-venv
# The system's Python is used if it is new enough, and otherwise another is installed.
python3 -m venv uv
uv/bin/python -m pip install uv
export UV_PYTHON_INSTALL_DIR="$PWD/versions"
uv/bin/uv venv --python '>=3.11' python
uv/bin/uv pip install --python python/bin/python REQUIREMENTS
# Only root reads the exercises and the secret.
chmod -R go= source
"""
RUN = """\
#!/bin/sh
# Gradescope runs this for each submission, as root.
cd "${AUTOGRADER:-/autograder}"
# The container is a wall: --unsafe goes on if it allows no others.
exec python/bin/tinygraph grade submission --single --unsafe --jobs 1 COURSE\\
    --secret source/secret --visibility VISIBILITY --gradescope results/results.json
"""


def add_gradescope(subparsers: Commands[Any]) -> None:
    """gradescope: make an autograder for Gradescope."""
    text = translated("write the autograder of a course for Gradescope")
    about = translated(
        "Write a zip file to upload under Configure Autograder on Gradescope."
    )
    command = subparsers.add_parser("gradescope", help=text, description=about)
    command.set_defaults(command=gradescope_command)
    add_language(command)
    add = command.add_argument
    text = translated(
        "a course file, or a folder of exercises (default: those of tinygraph)"
    )
    add("course", nargs="?", type=expanded, metavar="COURSE", help=text)
    text = translated("the zip file to write, such as autograder.zip")
    add("--out", type=expanded, required=True, metavar="FILE", help=text)
    text = translated(
        "the secret from which the seeds are made (default: made beside FILE)"
    )
    add("--secret", type=expanded, metavar="FILE", help=text)
    text = translated(
        "a wheel of tinygraph to install, instead of this version from an index"
    )
    add("--wheel", type=expanded, metavar="FILE", help=text)
    text = translated("when students see results (default visible)")
    add("--visibility", choices=VISIBILITY, default="visible", help=text)


def gradescope_command(arguments: argparse.Namespace) -> int:
    """Write the zip file, and say what is in it."""
    course = None if arguments.course is None else course_at(arguments.course)
    exercises = shipped_exercises() if course is None else course.load_exercises()
    wheel: Path | None = arguments.wheel
    files = {} if wheel is None else {wheel.name: read_wheel(wheel)}
    needed = [wheel_or_version(wheel), *required_by(exercises)]
    secret_file = arguments.secret or arguments.out.with_suffix(".secret")
    files |= files_of_course(course, exercises)
    files["secret"] = secret_in(secret_file, is_new=arguments.secret is None)
    programs = {
        "setup.sh": SETUP.replace("REQUIREMENTS", " ".join(map(quote, needed))),
        "run_autograder": run_script(course, arguments.visibility),
    }
    whole = zip_bytes(files, {name: t.encode() for name, t in programs.items()})
    write_for_owner(arguments.out, whole)
    say(
        translated(
            "{path} grades {count}, {points:g} points in all",
            path=arguments.out,
            count=number_of_exercises(len(exercises)),
            points=points_of(course, exercises),
        )
    )
    say(
        translated(
            "upload it under Configure Autograder; set the assignment to the "
            "same points"
        )
    )
    say(
        translated(
            "it holds solutions and the secret in {secret_file}: keep both to yourself",
            secret_file=secret_file,
        )
    )
    return 0


def run_script(course: Course | None, visibility: str) -> str:
    """The script that grades a submission."""
    named = "" if course is None else f"--course source/{COURSE_FILE} "
    return RUN.replace("COURSE", named).replace("VISIBILITY", visibility)


def files_of_course(
    course: Course | None, exercises: Sequence[Exercise]
) -> dict[str, bytes]:
    """The course file and the teacher's own exercises, by their paths in the zip file.

    Due dates are left to Gradescope.
    """
    if course is None:
        return {}
    own = [e for e in exercises if e.path.parent != CATALOGUE]
    paths = {e.id: f"exercises/{e.path.name}" for e in own}
    files = {paths[e.id]: e.source.encode() for e in own}
    return {**files, COURSE_FILE: course_text(course, paths, for_grading=True).encode()}


def points_of(course: Course | None, exercises: Iterable[Exercise]) -> float:
    """The most points that a submission can have."""
    weight = (lambda id: 1.0) if course is None else course.weight_of
    return sum(exercise.points * weight(exercise.id) for exercise in exercises)


def secret_in(path: Path, is_new: bool) -> bytes:
    """The secret in a file, which may be new. Raises FileError if it cannot be used."""
    if not is_new:
        return read_secret(path, None)
    if not path.absolute().parent.is_dir():
        raise FileError(
            translated("cannot write {path}: its folder does not exist", path=path)
        )
    try:
        return keep_secret(path)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(
            translated(
                "{path} cannot be used: {error}", path=path, error=error.strerror
            )
        ) from None


def read_wheel(path: Path) -> bytes:
    """A wheel of tinygraph. Raises ArgumentError for another file."""
    if not re.fullmatch(r"tinygraph-[^-]+-(\d[^-]*-)?py3-none-any\.whl", path.name):
        raise ArgumentError(
            translated(
                "{path} is not a wheel of tinygraph: `pip wheel --no-deps "
                "tinygraph` makes one, such as tinygraph-0.1.0-py3-none-any.whl",
                path=path,
            )
        )
    try:
        require_regular(path)
        return path.read_bytes()
    except FileError:
        raise
    except OSError as error:
        raise FileError(
            translated(
                "{path} cannot be read: {error}", path=path, error=error.strerror
            )
        ) from None


def wheel_or_version(wheel: Path | None) -> str:
    """What `pip install` needs for tinygraph. Raises ArgumentError if it is unknown."""
    if wheel is not None:
        return f"source/{wheel.name}"
    version = installed_version()
    if not version[0].isdigit():
        raise ArgumentError(
            translated(
                "this tinygraph is not installed, so its version cannot be "
                "installed on Gradescope: give a wheel of it with --wheel"
            )
        )
    return f"tinygraph=={version}"


def required_by(exercises: Iterable[Exercise]) -> list[str]:
    """The packages that answers may import, in the versions installed here."""
    modules = {name.partition(".")[0] for e in exercises for name in e.imports or ()}
    known = metadata.packages_distributions()
    names = {known.get(module, [module])[0] for module in modules}
    return [requirement(name) for name in sorted(names - {"tinygraph"})]


def requirement(name: str) -> str:
    """A package in the version that is installed here, if it is."""
    try:
        return f"{name}=={metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return name


def write_for_owner(path: Path, content: bytes) -> None:
    """Write a file that nobody else can read."""
    with suppress(OSError):  # writing it explains what is wrong
        path.touch(mode=0o600)
    write_atomically(path, content)
