"""The class on one page: points, the hardest exercise, who made which mistake.

The page is one file without scripts.  Names and messages come of students' files, so
they are escaped wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from ..files import write_atomically
from .grade import FAULT, Mistake, Row, mistakes
from .reports import by_student, clean, encoded, maximum, told, total
from .submissions import nothing

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1c1c; --line: #bbb;
  --link: #0b57d0; --bar: #c4d9f5; --full: #cdead5; --part: #fbe7ac; --none: #f8cfca;
  --missing: #e3e3e3; --fault: #dcd2f5; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #161616; --ink: #eee; --line: #555; --link: #8ab4f8; --bar: #2b4a72;
    --full: #1d4a2b; --part: #574610; --none: #6a2823; --missing: #3a3a3a;
    --fault: #44367a; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5em auto; max-width: 76em;
  padding: 0 1em; color: var(--ink); background: var(--paper); }
h1, h2, h3 { line-height: 1.2; margin: 1.6em 0 .5em; } h1 { margin-top: 0; }
h3 { font-size: 1.05em; }
a { color: var(--link); }
code { font-size: .95em; }
h3, li, dd, dt, .name { overflow-wrap: break-word; }
table { border-collapse: separate; border-spacing: 0;
  border: solid var(--line); border-width: 1px 0 0 1px; }
th, td { padding: .2em .5em; text-align: right; font-variant-numeric: tabular-nums;
  border: solid var(--line); border-width: 0 1px 1px 0; background: var(--paper); }
thead { position: sticky; top: 0; z-index: 2; }
th:first-child { position: sticky; left: 0; z-index: 1; text-align: left; }
thead th { vertical-align: bottom; }
table a { text-decoration: none; } table a:hover { text-decoration: underline; }
.name { width: 15em; font-weight: normal; }
.turned { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap;
  font-weight: normal; text-align: left; }
.share { font-weight: normal;
  background: linear-gradient(to top, var(--bar) var(--part-of), var(--paper) 0); }
.hardest { font-weight: bold; }
.full { background: var(--full); } .part { background: var(--part); }
.none { background: var(--none); } .missing { background: var(--missing); }
.fault { background: var(--fault); }
.legend span { padding: .1em .5em; margin-right: .5em; display: inline-block; }
ul.mistakes { list-style: none; padding: 0; margin: 0; }
.mistakes li { display: grid; gap: .1em 1em; padding: .3em 0;
  grid-template-columns: 2.5em minmax(0, 3fr) minmax(0, 2fr);
  border-top: 1px solid var(--line); }
summary { cursor: pointer; padding: .15em 0; }
dl { margin: .3em 0 1em 1.2em; scroll-margin-top: 3em; }
dd { margin: 0 0 .5em 1.2em; white-space: pre-line; }
@media screen and (max-width: 76em) { /* wider ones show the table as it is */
  .scroll { overflow: auto; max-height: 92vh; } }
@media screen and (max-width: 45em) {
  body { padding: 0 .6em; } ul { padding-left: 1.2em; } .name { width: 7em; }
  .mistakes li { grid-template-columns: 2em minmax(0, 1fr); }
  .mistakes .who { grid-column: 2; } }
@page { margin: 12mm; }
@media print {
  body { font-size: 10px; margin: 0; padding: 0; max-width: none;
    print-color-adjust: exact; }
  thead, th:first-child { position: static; } thead { display: table-header-group; }
  tr, li { break-inside: avoid; } h2, h3, .summary { break-after: avoid; }
  .name { width: 16em; } a { color: inherit; text-decoration: none; }
  details:not([open]), .told:not(:has(details[open])) { display: none; } }
"""
SIGNS = {"missing": "–", FAULT: "?"}
LEGEND = (
    ("full", "all points"),
    ("part", "some"),
    ("none", "none"),
    ("missing", "– nothing to grade"),
    ("fault", "? not graded"),
)


def write_html(path: Path, rows: Sequence[Row]) -> None:
    """Write the page of a class."""
    head = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Grades</title><style>{STYLE}</style></head>"
    )
    parts = [glance(rows), points(rows), exercises(rows), students(rows)]
    body = f"<body><h1>Grades</h1>{''.join(parts)}</body></html>\n"
    write_atomically(path, encoded(head + body))


def text(value: object) -> str:
    """A text as HTML, and nothing but text."""
    return escape(clean(str(value)), quote=True)


def name(student: str) -> str:
    """A student's name, which may break after the signs that join its parts."""
    found = text(student)
    for sign in "_-.@":
        found = found.replace(sign, f"{sign}<wbr>")
    return f"<bdi>{found}</bdi>"


def names(found: Iterable[str]) -> str:
    """Names in a row."""
    return ", ".join(map(name, found))


def by_exercise(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each exercise, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.exercise, []).append(row)
    return found


def judged(rows: Iterable[Row]) -> list[Row]:
    """The rows that tell something about an exercise: handed in, and graded."""
    return [row for row in rows if row.status not in ("missing", FAULT)]


def share(rows: Iterable[Row]) -> float | None:
    """Which part of the points those got who handed in; None where nobody did."""
    own = judged(rows)
    return total(own) / maximum(own) if maximum(own) else None


def hardest(rows: Sequence[Row]) -> dict[str, float]:
    """The three exercises with the smallest shares of their points, which are not all.

    Exercises that nobody handed in tell nothing.
    """
    shares = {key: share(own) for key, own in by_exercise(rows).items()}
    known = {key: part for key, part in shares.items() if part is not None and part < 1}
    return {key: known[key] for key in sorted(known, key=lambda key: known[key])[:3]}


# What a teacher wants to know first


def glance(rows: Sequence[Row]) -> str:
    """The class in a few lines."""
    classes = by_student(rows)
    reasons = {k: unread(own) for k, own in classes.items() if not handed_in(own)}
    absent = [key for key, why in reasons.items() if not why]
    why = [f"{name(key)} ({text(why)})" for key, why in reasons.items() if why]
    worst = [f"{text(k)} ({percent(part)})" for k, part in hardest(rows).items()]
    faults = [row.student for row in rows if row.status == FAULT]
    lines = {
        "The class": f"{counted(len(classes), 'student')}, {mean(rows):.3g} of "
        f"{maximum(rows) / max(1, len(classes)):g} points on average",
        f"Handed in nothing ({len(absent)})": names(absent),
        f"Could not be read ({len(why)})": ", ".join(why),
        "Hardest, by share of the points": ", ".join(worst),
        "Most frequent mistakes": "; ".join(map(frequent, commonest(rows))),
        f"Not graded, and not their fault ({counted(len(faults), 'row')})": names(
            dict.fromkeys(faults)
        ),
    }
    shown = [f"<li>{head}: {line}</li>" for head, line in lines.items() if line]
    return f"<ul>{''.join(shown)}</ul>"


def mean(rows: Sequence[Row]) -> float:
    """The points of a student, on average."""
    return total(rows) / max(1, len(by_student(rows)))


def commonest(rows: Sequence[Row]) -> list[Mistake]:
    """The three wrong answers that most students gave, if several did."""
    failed = [row for row in rows if row.status == "failed"]
    found = [mistake for mistake in mistakes(failed) if len(mistake.students) > 1]
    return sorted(found, key=lambda mistake: -len(mistake.students))[:3]


def frequent(mistake: Mistake) -> str:
    """A mistake, with how many made it."""
    many = len(mistake.students)
    return f"{many}× <code>{text(mistake.name)}</code> in {text(mistake.exercise)}"


def counted(count: int, thing: str) -> str:
    """How many of something."""
    return f"{count} {thing}{'s' * (count != 1)}"


def percent(part: float | None) -> str:
    """A share in percent."""
    return "–" if part is None else f"{part:.0%}"


def handed_in(rows: Iterable[Row]) -> bool:
    """Whether there is anything of a student that was graded."""
    return any(row.status != "missing" for row in rows)


def unread(rows: Iterable[Row]) -> str:
    """Why what a student handed in could not be read; empty where there was nothing."""
    reasons = (row.message for row in rows if row.message != nothing(row.exercise))
    return next(reasons, "")


# The points


def points(rows: Sequence[Row]) -> str:
    """The table with a student in each line and an exercise in each column."""
    keys = "".join(f"<span class={key}>{said}</span>" for key, said in LEGEND)
    lines = "".join(
        student_line(number, *entry)
        for number, entry in enumerate(by_student(rows).items())
    )
    return (
        f"<h2>Points</h2><p class=legend>{keys}</p>"
        "<div class=scroll role=region aria-label=Points tabindex=0><table>"
        f"<thead>{head_lines(rows)}</thead><tbody>{lines}</tbody></table></div>"
        "<p>The average of an exercise is that of those who handed it in.</p>"
    )


def head_lines(rows: Sequence[Row]) -> str:
    """The exercises, how many points each has, and how well it went."""
    cells = "<th scope=col><div class=name>student</div></th><th scope=col>points</th>"
    parts = "<th scope=row><div class=name>average</div></th>"
    parts += f"<th>{mean(rows):.3g}</th>"
    worst = hardest(rows)
    for number, (key, own) in enumerate(by_exercise(rows).items()):
        most, part = own[0].maximum, share(own)
        turned = f'<a class=turned href="#e{number}">{text(key)} ({most:g})</a>'
        cells += f"<th scope=col>{turned}</th>"
        mark = " hardest" * (key in worst)
        style = f"--part-of: {100 * (part or 0):.0f}%"
        parts += f'<th class="share{mark}" style="{style}">{percent(part)}</th>'
    return f"<tr>{cells}</tr><tr>{parts}</tr>"


def student_line(number: int, student: str, rows: Sequence[Row]) -> str:
    """A student's points."""
    link = f'<a href="#s{number}">{name(student)}</a>'
    cells = f"<th scope=row><div class=name>{link}</div></th>"
    cells += f"<td>{total(rows):g}</td>"
    for row in rows:
        sign = SIGNS.get(row.status, f"{row.points:g}")
        why = text(f"{row.exercise}, {row.status}: {told(row)}")
        cells += f'<td class={look(row)} title="{why}">{sign}</td>'
    return f"<tr>{cells}</tr>"


def look(row: Row) -> str:
    """The class of a cell."""
    if row.status in SIGNS:
        return "fault" if row.status == FAULT else "missing"
    return "full" if row.points == row.maximum else "part" if row.points else "none"


# The exercises


def exercises(rows: Sequence[Row]) -> str:
    """How each exercise went, and who made which mistake."""
    found: dict[str, list[Mistake]] = {}
    for mistake in mistakes(rows):
        found.setdefault(mistake.exercise, []).append(mistake)
    parts = [
        f"<h3 id=e{number}>{text(key)}</h3>{summary(own)}{made(found.get(key, []))}"
        for number, (key, own) in enumerate(by_exercise(rows).items())
    ]
    return "<h2>Who made which mistake</h2>" + "".join(parts)


def summary(rows: Sequence[Row]) -> str:
    """How an exercise went, in a line."""
    own = judged(rows)
    right = sum(row.status == "passed" for row in own)
    return (
        f"<p class=summary>{right} right, of {len(own)} who handed in; "
        f"{percent(share(rows))} of the points.</p>"
    )


def made(found: Sequence[Mistake]) -> str:
    """The mistakes of an exercise, the most frequent first."""
    lines = "".join(
        f"<li><b>{len(mistake.students)}×</b>"
        f"<div><code>{text(mistake.name)}</code> {text(mistake.message)}</div>"
        f"<div class=who>{names(mistake.students)}</div></li>"
        for mistake in found
    )
    return f"<ul class=mistakes>{lines}</ul>" if found else ""


# The students


def students(rows: Sequence[Row]) -> str:
    """What each student was told, to be unfolded."""
    parts = [
        f"<details><summary>{name(student)}: {total(own):g} of {maximum(own):g}"
        f"</summary><dl id=s{number}>{''.join(map(told_of, own))}</dl></details>"
        for number, (student, own) in enumerate(by_student(rows).items())
    ]
    return f"<div class=told><h2>What each student was told</h2>{''.join(parts)}</div>"


def told_of(row: Row) -> str:
    """What a student was told about an exercise."""
    head = f"{row.exercise}: {row.points:g} of {row.maximum:g}, {row.status}"
    return f"<dt>{text(head)}</dt><dd>{text(told(row))}</dd>"
