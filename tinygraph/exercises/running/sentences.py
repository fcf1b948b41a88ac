"""What is said about a call that fails, in English, as templates with fields.

A worker process knows no other language: the judge translates its sentences.
"""

from __future__ import annotations

NOT_WRITTEN = "not written yet"
NO_FUNCTION = "the file has no function {name}"
NOTHING_IN_FILE = "the file is empty"
NO_FUNCTION_YET = "there is no such function yet"
NOT_PYTHON = "the file is not valid Python: {error}"
CANNOT_BE_RUN = "the file cannot be run: {error}"
AT_LINE = "{error}, line {line}"
RETURNS_NOTHING = "returns nothing: does it end with `return` and the result?"
RETURNS_DICTIONARY = "returns a dictionary whose keys are not the numbers 0, 1, 2, ..."
RETURNS_GENERATOR = (
    "returns a generator, which has not computed anything yet: return a list of its "
    "values, list(...), or an array"
)
RETURNS_FUNCTION = (
    "returns a function instead of what it computes: call it, with ( ) after its name"
)
RETURNS_OTHER = "returns {kind}, which is not an array of numbers"
RETURNS_MUCH = "returns {count} numbers"
ENDS_PROGRAM = "the code ends the program ({name})"
NEEDS_MEMORY = "needs more memory than is allowed"
NEED_MEMORY_TOGETHER = "its processes together need more memory than is allowed"
STARTS_MANY = "starts more than 64 processes"
WRITES_MUCH = "writes more than 32 MB of files"
NOT_DONE = "not done after {seconds} seconds"
NOT_AN_ANSWER = "sends back something that is not an answer"
ENDED_BY_SIGNAL = "the program was ended by {name}"
ENDED_IN_CALL = "the program ended in the middle of a call"
ONLY_STANDARD = (
    "{module} may not be imported here; only the standard library is allowed"
)
ONLY_THESE = (
    "{module} may not be imported here; allowed besides the standard library: {names}"
)
NO_TINYGRAPH = "tinygraph may not be used in this exercise"
NOT_IMPORTED = "ImportError: {why}"

NOT_DATA = "{kind} cannot be sent to another process"
MAY_NOT_READ = "exercises and others' files may not be read"
READS_OTHERS = "PermissionError: {why}"

SENTENCES = [value for name, value in globals().items() if name.isupper()]
