"""Rows for reports, with every status and with texts that break formats."""

from tinygraph.exercises.grading.row import Row

CHECKS = [("shape", True), ("values", False), ("corner cases", False)]
ROWS = [
    Row("anna", "09_a", 4.0, 4.0, "passed", seed=1, checks=[("shape", True)]),
    Row(
        "anna",
        "10_b",
        0.5,
        6.0,
        "failed",
        "wrong_x",
        "=cmd|'/c calc'!A1, \"quoted\"",
        case=3,
        index=[0, 1],
        yours=float("nan"),
        right=-1.0,
        line=7,
        seconds=0.25,
        checks=CHECKS,
        notes=["a note"],
    ),
    Row("=1+1", "09_a", 0.0, 4.0, "missing", message="nothing <b>here</b>\0"),
    Row("=1+1", "10_b", 0.0, 6.0, "grader", message="not the student's fault"),
    Row("<script>alert(1)</script>", "09_a", 3.0, 4.0, "failed", "in_place", "copy",
        checks=[("shape", True)]),
    Row("\ud800", "09_a", 0.0, 4.0, "crashed", "crashed", "\ud800"),
]  # fmt: skip


# What no format must stumble over, as a student's name and in a message.
CHARACTERS = {
    "a newline": "a\nb",
    "a tab": "a\tb",
    "quotes": '"a\'b"',
    "control characters": "\0\x07\x1b[31m\x7f",
    "an emoji": "🎓👩‍🎓",
    "no Unicode": "\udcff\ufffe",
    "a tag": "<b>&amp;]]>",
    "other scripts": "山田 مريم Ünal",
    "dots": "a.b.c",
    "a long name": "x" * 255,
    "a long message": "word " * 30_000,
}
STATUSES = ["passed", "failed", "error", "stub", "timeout", "memory", "crashed"]
STATUSES += ["missing", "grader"]
STRANGE = [
    Row(text, f"{number:02}_{status}", 0.0, 2.0, status, "", text, seconds=1.5,
        checks=[("shape", True), ("values", status == "passed")])
    for text in CHARACTERS.values() for number, status in enumerate(STATUSES)
]  # fmt: skip
