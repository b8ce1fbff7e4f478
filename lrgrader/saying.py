"""What a run says at its end: what changed and why, the class in a line, the head count, and what needs a person."""

from . import feedback, submissions
from .assignment import Assignment
from .store import Graded, Store
from .term import MOST_NAMED, Term


def say_changes(store: Store, assignment: Assignment) -> None:
    """Say whose score a corrected check has changed."""
    changes = store.finish(assignment.version)
    names = {row.id: f"{row.student} #{row.attempt}" for row in store.graded(assignment.version)}
    if changes:
        print(f"the checks have changed, and with them {len(changes)} scores:")
    for id, (old, new) in sorted(changes.items(), key=lambda item: names[item[0]]):
        print(f"  {names[id]}: {old:g} -> {new:g}")


def say_settings(term: Term, changed: list[str], kept: list[str]) -> None:
    """Say which settings are others than in the last run, which totals changed and why, and whom it left alone."""
    said = term.settings.changes(term.before) if term.before else []
    due = sum(line.endswith("(the settings)") for line in changed)
    if term.unlisted:
        print(f"changed: no longer in the roster: {', '.join(term.unlisted)}")
    for line in said:
        print(f"changed: {line}")
    if said or changed:
        print(f"{len(changed)} totals changed, {due} by the settings:" if changed else "no total changed")
    for line in changed[:MOST_NAMED]:
        print(f"  {line}")
    if len(changed) > MOST_NAMED:
        print(f"  and {len(changed) - MOST_NAMED} more: scores.csv has them all")
    if kept:
        names = ", ".join(kept[:5]) + (f" and {len(kept) - 5} more" if len(kept) > 5 else "")
        print(f"kept from earlier runs, not in this folder: {len(kept)} students ({names})")


def say_lines(word: str, lines: list[str]) -> int:
    """Print lines under a word; return how many."""
    for line in lines:
        print(f"  {word}: {line}")
    return len(lines)


def say_result(
    rows: list[Graded], sheets: list[feedback.Sheet], intake: submissions.Intake, withdrawn: list[str]
) -> int:
    """Print the class in a line, the head count, and each thing that was not graded; return how many those are.

    A guess about which of several notebooks is the last needs a person too. What those withdrawn have handed in is
    named, and does not.
    """
    unreadable = [row for row in rows if row.result.error]
    there = [row for row in sheets if not row.missing]
    if there:
        mean = sum(row.total for row in there) / len(there)
        print(f"{len(there)} students, mean {mean:.2f} of {there[0].most:g} points")
    if missing := [row.name for row in sheets if row.missing]:
        print(f"handed in nothing: {len(missing)} of the roster ({', '.join(missing)})")
    named = [f"could not be read: {row.path}: it {row.result.error}" for row in unreadable] + intake.named
    for line in [f"withdrawn, so it does not count: {path}" for path in withdrawn]:
        print(f"  {line}")
    for line in [f"not graded: {line}" for line in named] + [f"note: {line}" for line in intake.notes]:
        print(f"  {line}")
    beside = f"; {intake.beside} other files lie beside them" if intake.beside else ""
    graded = len(rows) - len(unreadable)
    told = len(named) + len(withdrawn)
    print(f"came in {graded + told} = graded {graded} + named {told}{beside}")
    return len(named) + sum(note.endswith(submissions.LOOK) for note in intake.notes)
