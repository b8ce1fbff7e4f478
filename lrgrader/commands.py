"""What the commands of `lrgrade` do."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from tqdm import tqdm

from . import assignment as assignments
from . import checking, exports, feedback, gradescope, manual, merging, report, sandbox, settings, submissions
from .assignment import Assignment
from .checks import AssignmentError
from .grading import Job, Result, grade_all
from .notebook import read_cells
from .policy import code_of, read_time, read_times
from .sandbox import SandboxError
from .saying import say_changes, say_lines, say_result, say_settings
from .store import Graded, Store, replaced
from .submissions import Submission
from .term import Term, opened

FINE, FOUND, CANNOT = 0, 1, 2


def build(options: argparse.Namespace) -> int:
    """Write the notebooks of assignments."""
    for folder in options.folder:
        assignment = assignments.load(folder, secret_of(options))
        target = options.to / assignment.slug
        made = {"student": assignment.student_notebook(), "solution": assignment.solution_notebook()}
        for name, notebook in made.items():
            with replaced(target / f"{name}.ipynb") as draft:
                draft.write_text(nbformat.writes(notebook), encoding="utf-8")
        print(
            f"{assignment.slug}: {target}/student.ipynb and solution.ipynb, {sum(assignment.points.values()):g} points"
        )
    return FINE


def check(options: argparse.Namespace) -> int:
    """Grade what has known marks, and say what differs."""
    require_sandbox(options, options.folder)
    wrong = 0
    for folder in options.folder:
        assignment = assignments.load(folder, secret_of(options))
        print(f"{assignment.slug}: {assignment.title}")
        rows = checking.check(assignment, folder, workers=options.workers, unsafe=options.unsafe_no_sandbox)
        for case, result, problems in rows:
            marks = " ".join(f"{question} {points:g}" for question, points in result.marks.items())
            print(f"  {'WRONG' if problems else 'ok   '} {case.name:<32} {marks}")
            for problem in problems:
                print(f"        {problem}")
            wrong += bool(problems)
    return FOUND if wrong else FINE


def grade(options: argparse.Namespace) -> int:
    """Grade what has no result yet by this version of the checks, then write everything that leaves the grader."""
    if not options.submissions.exists():
        raise AssignmentError(f"{options.submissions}: there is no such folder or file")
    require_sandbox(options, [options.folder, options.submissions, options.out])
    told = told_by(options)
    with Store(options.out) as store:
        store.claim(options.folder.resolve().name)
        term = opened(options.out, store, told, options.roster)
        assignment = load(options, term)
        intake = submissions.find(options.submissions, assignment)
        found = intake.submissions
        if not found:
            raise AssignmentError(
                f"{options.submissions}: no notebook (.ipynb) in it" + "".join(f"\n  {line}" for line in intake.named)
            )
        kept = store.expect(found)
        store.attend(term.settings.withdrawn)
        todo = to_grade(store, assignment, found, options.regrade)
        print(f"{assignment.slug}: {len(found)} notebooks, {len(todo)} to grade (checks {assignment.version})")
        run(assignment, todo, store, options)
        say_changes(store, assignment)
        if options.withdraw:
            term.withdraw(options.withdraw)
        sheets, changed = term.write(assignment)
        term.keep()
        say_settings(term, changed, kept)
        rows = {row.id: row for row in store.graded(assignment.version)}
        gone = [submission.path for submission in found if submission.id not in rows]
        missed = say_result([rows[s.id] for s in found if s.id in rows], sheets, intake, gone)
        missed += say_lines("look at", term.problems)
    print(f"written: {options.out}/scores.csv, {settings.FILE}, feedback/, gradescope/, grades.sqlite")
    return FOUND if missed else FINE


def to_grade(store: Store, assignment: Assignment, found: list[Submission], anew: bool) -> list[Submission]:
    """Return what has no result by these checks, of this run and of earlier ones; `anew` is everything.

    AssignmentError, with no result forgotten, if a file of an earlier run is needed and no longer where it was.
    """
    todo, here = store.waiting("" if anew else assignment.version), {submission.id for submission in found}
    gone = [s for s in todo if s.id not in here and not (s.problem or submissions.is_there(s))]
    if gone:
        names = ", ".join(sorted({s.student for s in gone})[:5])
        raise AssignmentError(
            f"{len(gone)} submissions of earlier runs must be graded again, and their files are not where they were "
            f"({names}, …; the first was {gone[0].file}). Grade a folder that holds them too; nothing was changed"
        )
    if anew:
        store.forget(assignment.version)
    return todo


def run(assignment: Assignment, todo: Sequence[Submission], store: Store, options: argparse.Namespace) -> None:
    """Grade submissions here or on a cluster, and save each result as it comes."""
    with tqdm(total=len(todo), desc="grading", unit="", delay=2, leave=False) as bar:

        def done(name: str, result: Result) -> None:
            store.save(name, assignment.version, result)
            bar.update()

        if options.dask:
            from .cluster import grade_on_cluster

            grade_on_cluster(options.dask, assignment, todo, done, unsafe=options.unsafe_no_sandbox)
        elif todo:
            jobs: list[Job] = [(s.id, lambda s=s: read_cells(submissions.content_of(s))) for s in todo]  # type: ignore[misc]
            grade_all(assignment, jobs, done, workers=options.workers, unsafe=options.unsafe_no_sandbox)


def mark(options: argparse.Namespace) -> int:
    """Write the pages to mark written answers, or take over the marks of a filled-in table."""
    with Store(options.out) as store:
        store.claim(options.folder.resolve().name)
        version, secret = store.version(), store.secret()
        term = opened(options.out, store, {})
        assignment = load(options, term)
        if not assignment.written:
            raise AssignmentError(f"{assignment.slug} has no written question")
        if assignment.version != version:
            raise AssignmentError("the checks have changed since the last run: run lrgrade grade first")
        group, policy = term.enrolled()
        counted = term.counted(group, policy, assignment, store.marks())
        if options.marks:
            rows = [row for path in options.marks for row in manual.read(path, assignment, counted, secret)]
            return take_over(term, assignment, rows, {row.id: row for row in counted}, options.replace)
        pages = manual.write(options.out / "manual", assignment, counted, store.marks(), secret)
    print(f"written: {', '.join(str(page) for page in pages)}")
    print(f"mark on the pages, in a browser, or fill in {options.out}/manual/marks.csv, then: lrgrade manual "
          f"{options.folder} --out {options.out} --marks {options.out}/manual/marks.csv")  # fmt: skip
    return FINE


def take_over(
    term: Term, assignment: Assignment, rows: list[merging.Row], counted: dict[str, Graded], replace: bool
) -> int:
    """Save marks that people typed and write everything anew; say on which they disagree, and which totals changed."""
    secret, stored = term.store.secret(), term.store.marks()
    taken, torn = merging.merge(rows, stored, replace)
    for lines in torn:
        code = code_of(counted[lines[0].submission].who, secret)
        print(f"  not taken over, people disagree: {merging.in_words(lines, stored.get(lines[0].answer), code)}")
    if torn:
        print("  talk to each other, correct the tables, and take them over again; --replace goes by the tables")
    for id, question in term.store.save_marks((row.submission, row.question, *row.mark) for row in taken):
        print(f"  marked before, and otherwise: {code_of(counted[id].who, secret)} {question} (the old mark is kept)")
    sheets, changed = term.write(assignment)
    waiting = sum(bool(sheet.unmarked) for sheet in sheets)
    print(f"{len(taken)} marks taken over; {waiting} students still wait for marks. scores.csv and feedback/ are new.")
    say_settings(term, changed, [])
    return FOUND if waiting or torn else FINE


def tell(options: argparse.Namespace) -> int:
    """Print what the class has done, and write it as a page."""
    with Store(options.out) as store:
        store.claim(options.folder.resolve().name)
        store.version()
        term = opened(options.out, store, {})
        assignment = load(options, term)
        group, policy = term.enrolled()
        counted = term.counted(group, policy, assignment, store.marks())
        everything = group.rows
        if term.settings.anonymous:
            counted, everything = (unnamed(rows, store.secret()) for rows in (counted, everything))
        figures = report.summary(assignment, counted, everything, store.marks())
    title = f"{assignment.title}: the class"
    feedback.write_page(options.out / "report.html", "report.html", title=title, summary=figures)
    print(f"{title}\n{figures['count']} students, {figures['complete']} with all marks; {figures['line']}")
    for row in figures["questions"]:
        print(f"  {row['name']}: mean {row['mean']:.2f} of {row['most']:g}; none {row['none']}, all {row['all']}"
              + (f", {row['waiting']} wait for marks" if row["waiting"] else ""))  # fmt: skip
    print("hardest checks:")
    for row in figures["checks"][:5]:
        print(f"  {row['name']}: passed by {row['passed']} of {figures['graded']}: {row['says']}")
    for who, modules in figures["not_allowed"]:
        print(f"  not allowed: {who} imports {', '.join(modules)}")
    pairs = len(figures["alike"])
    print(f"answers that are alike: {pairs if pairs < report.MOST_PAIRS else f'the {pairs} most alike'} pairs")
    for pair in figures["alike"][:20]:
        print(f"  {pair.question}: {pair.share:.0%} {pair.first} and {pair.second}")
    print(f"written: {options.out}/report.html")
    return FINE


def export(options: argparse.Namespace) -> int:
    """Fill in the learning system's own table, and write the feedback as it takes it."""
    target = exports.read_target(options.into, options.column)
    with Store(options.out) as store:
        store.claim(options.folder.resolve().name)
        store.version()
        term = opened(options.out, store, {})
        assignment = load(options, term)
        sheets, _ = term.sheets(assignment)
        filled = exports.fill(target, sheets, options.scale)
        place = options.out / "export"
        exports.write_target(place / options.into.name, target, options.into)
        pages = exports.write_feedback(place / "feedback.zip", target, filled, options.out, store.names())
    print(
        f"{target.kind}: {filled.cells} of {len(target.people)} lines filled in, column {target.head[target.column]!r}"
    )
    print(f"written: {place / options.into.name}{f', feedback.zip for {pages} students' if pages else ''}")
    return FOUND if say_lines("look at", filled.problems + term.problems) else FINE


def gradescope_zip(options: argparse.Namespace) -> int:
    """Write the zip that Gradescope makes an autograder of."""
    for folder in options.folder:
        path = gradescope.write(folder, options.to, secret_of(options))
        print(f"written: {path}")
    return FINE


def unnamed(rows: list[Graded], secret: str) -> list[Graded]:
    """Return attempts under their codes, for pages of an anonymous run."""
    return [replace(row, student=code_of(row.who, secret), path="its file") for row in rows]


def told_by(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options of a command name; what was not given is None."""
    told = {name: getattr(options, name, None) for name in vars(settings.Settings())}
    for name in ("times", "extensions"):
        if (path := told[name]) is not None:
            told[name] = read_times(path)
    if told["deadline"] is not None and told["deadline"].lower() != "none":
        told["deadline"] = read_time(told["deadline"]).isoformat()
    return told | {"assignment": options.folder.resolve().name}


def load(options: argparse.Namespace, term: Term) -> Assignment:
    """Load the assignment with the term's secret, or the published numbers and this folder's own hidden inputs.

    AssignmentError if it is not the secret of the runs before: that would grade everybody by other numbers.
    """
    secret = secret_of(options) if options.secret_file else ""
    mark = settings.fingerprint(secret) if secret else settings.OWN
    if term.before and mark != term.before.secret and not getattr(options, "new_secret", False):
        raise AssignmentError(
            f"this folder was graded with the secret {term.before.secret}, and this run has {mark}: everybody would "
            "get other numbers. Give the same --secret-file; or grade with --new-secret, if that is what you want"
        )
    published = options.published_numbers or term.settings.published_numbers
    term.settings = replace(term.settings, secret=mark, published_numbers=bool(published))
    if not secret:
        return assignments.load(options.folder, assignments.PUBLIC_SECRET, term.store.secret())
    return assignments.load(options.folder, assignments.PUBLIC_SECRET if published else secret, secret)


def secret_of(options: argparse.Namespace) -> str:
    """Return the term's secret, or the published one."""
    if options.secret_file is None:
        return assignments.PUBLIC_SECRET
    try:
        secret = options.secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{options.secret_file}: cannot be read ({error})") from error
    if len(secret) < 16:
        raise AssignmentError(
            f"{options.secret_file}: a secret has at least 16 characters; make one: openssl rand -hex 32"
        )
    return str(secret)


def require_sandbox(options: argparse.Namespace, private: Sequence[Path]) -> None:
    """Refuse, or warn, where there is no sandbox; refuse if it would show what it must not."""
    if options.unsafe_no_sandbox:
        print("warning: without a sandbox. Students' code runs with your rights: it can read and change your files.",
              file=sys.stderr)  # fmt: skip
        return
    if why := sandbox.available():
        raise SandboxError(why if sandbox.HELP in why else f"no sandbox: {why}.\n{sandbox.HELP}")
    secret = getattr(options, "secret_file", None)
    if shown := sandbox.visible([*private, *([secret] if secret else [])]):
        raise SandboxError(f"{shown[0]} lies in a folder that students' code may read. Move it, or Python, elsewhere.")
