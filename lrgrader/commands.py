"""What the commands of `lrgrade` do."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import nbformat
from tqdm import tqdm

from . import assignment as assignments
from . import checking, feedback, manual, report, sandbox, submissions
from .assignment import Assignment
from .checks import AssignmentError
from .grading import Job, Result, grade_all
from .notebook import read_cells
from .policy import Policy, code_of, counting, read_time, read_times
from .sandbox import SandboxError
from .store import Graded, Store, replaced
from .submissions import Submission

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
    policy = policy_of(options)
    with Store(options.out) as store:
        store.claim(options.folder.resolve().name)
        assignment = load(options, store)
        intake = submissions.find(options.submissions, assignment)
        found = intake.submissions
        if not found:
            raise AssignmentError(
                f"{options.submissions}: no notebook (.ipynb) in it" + "".join(f"\n  {line}" for line in intake.named)
            )
        store.expect(found)
        if options.regrade:
            store.forget(assignment.version)
        todo = [submission for submission in found if submission.id not in store.done(assignment.version)]
        print(f"{assignment.slug}: {len(found)} notebooks, {len(todo)} to grade (checks {assignment.version})")
        run(assignment, todo, store, options)
        say_changes(store, assignment)
        store.keep("policy", {"anonymous": options.anonymous, "book": options.book, **raw_policy(options)})
        sheets = write_out(store, assignment, policy, options.out, options.book, options.anonymous)
        rows = {row.id: row for row in store.graded(assignment.version)}
        missed = say_result([rows[s.id] for s in found], sheets, intake)
    print(f"written: {options.out}/scores.csv, feedback/, gradescope/, grades.sqlite")
    return FOUND if missed else FINE


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


def say_changes(store: Store, assignment: Assignment) -> None:
    """Say whose score a mended check has changed."""
    changes = store.finish(assignment.version)
    names = {row.id: f"{row.student} #{row.attempt}" for row in store.graded(assignment.version)}
    if changes:
        print(f"the checks have changed, and with them {len(changes)} scores:")
    for id, (old, new) in sorted(changes.items(), key=lambda item: names[item[0]]):
        print(f"  {names[id]}: {old:g} -> {new:g}")


def say_result(rows: list[Graded], sheets: list[feedback.Sheet], intake: submissions.Intake) -> int:
    """Print the class in a line, the head count, and each thing that was not graded; return how many those are."""
    unreadable = [row for row in rows if row.result.error]
    if sheets:
        mean = sum(row.total for row in sheets) / len(sheets)
        print(f"{len(sheets)} students, mean {mean:.2f} of {sheets[0].most:g} points")
    named = [f"could not be read: {row.path}: it {row.result.error}" for row in unreadable] + intake.named
    for line in [f"not graded: {line}" for line in named] + [f"note: {line}" for line in intake.notes]:
        print(f"  {line}")
    beside = f"; {intake.beside} other files lie beside them" if intake.beside else ""
    graded = len(rows) - len(unreadable)
    print(f"came in {graded + len(named)} = graded {graded} + named {len(named)}{beside}")
    return len(named)


def mark(options: argparse.Namespace) -> int:
    """Write the pages to mark written answers, or take over the marks of a filled-in table."""
    with Store(options.out) as store:
        store.claim(options.folder.resolve().name)
        assignment = load(options, store)
        if not assignment.written:
            raise AssignmentError(f"{assignment.slug} has no written question")
        version, secret = store.version(), store.secret()
        kept = store.kept("policy")
        policy = policy_from(kept)
        counted = counting(store.graded(version), policy)
        if options.marks:
            rows = manual.read(options.marks, assignment, counted, secret)
            store.save_marks(rows)
            sheets = write_out(store, assignment, policy, options.out, str(kept["book"]), bool(kept["anonymous"]))
            waiting = sum(bool(sheet.unmarked) for sheet in sheets)
            print(
                f"{len(rows)} marks taken over; {waiting} students still wait for marks. "
                "scores.csv and feedback/ are new."
            )
            return FOUND if waiting else FINE
        pages = manual.write(options.out / "manual", assignment, counted, store.marks(), secret)
    print(f"written: {', '.join(str(page) for page in pages)}")
    print(f"fill in {options.out}/manual/marks.csv, then: lrgrade manual {options.folder} --out {options.out} --marks "
          f"{options.out}/manual/marks.csv")  # fmt: skip
    return FINE


def tell(options: argparse.Namespace) -> int:
    """Print what the class has done, and write it as a page."""
    with Store(options.out) as store:
        store.claim(options.folder.resolve().name)
        assignment = load(options, store)
        everything = store.graded(store.version())
        counted = counting(everything, policy_from(store.kept("policy")))
        figures = report.summary(assignment, counted, everything)
    title = f"{assignment.title}: the class"
    feedback.write_page(options.out / "report.html", "report.html", title=title, summary=figures)
    print(f"{title}\n{figures['count']} students; {figures['line']}")
    for row in figures["questions"]:
        print(f"  {row['name']}: mean {row['mean']:.2f} of {row['most']:g}; none {row['none']}, all {row['all']}")
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


def write_out(
    store: Store, assignment: Assignment, policy: Policy, out: Path, book: str, anonymous: bool
) -> list[feedback.Sheet]:
    """Write scores, pages and Gradescope's files from the store; return the sheets."""
    marks, secret = store.marks(), store.secret()
    counted = counting(store.graded(store.version()), policy)
    sheets = [feedback.sheet(assignment, row, policy, marks, secret, anonymous) for row in counted]
    sheets.sort(key=lambda row: row.code if anonymous else row.student)
    feedback.write_all(out, assignment, sheets, book, anonymous)
    assert len({code_of(row.student, secret) for row in sheets}) == len(sheets)
    return sheets


def load(options: argparse.Namespace, store: Store) -> Assignment:
    """Load the assignment with the term's secret, or the published numbers and this folder's own hidden inputs."""
    if options.secret_file is None:
        return assignments.load(options.folder, assignments.PUBLIC_SECRET, store.secret())
    secret = secret_of(options)
    numbers = assignments.PUBLIC_SECRET if options.published_numbers else secret
    return assignments.load(options.folder, numbers, secret)


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


def raw_policy(options: argparse.Namespace) -> dict[str, object]:
    """Return the options of the policy as they can be kept."""
    times = {name: time.isoformat() for name, time in (read_times(options.times) if options.times else {}).items()}
    names = ("attempts", "most_attempts", "deadline", "grace", "late_penalty", "late_days")
    return {**{name: getattr(options, name) for name in names}, "times": times}


def policy_of(options: argparse.Namespace) -> Policy:
    """Return the policy that the options ask for."""
    if not 0 <= options.late_penalty <= 100:
        raise AssignmentError(
            f"--late-penalty is a percentage of the points for each day, got {options.late_penalty:g}"
        )
    if options.times and not options.deadline:
        raise AssignmentError("--times says when each was handed in; say also --deadline")
    return policy_from(raw_policy(options))


def policy_from(kept: dict[str, object]) -> Policy:
    """Return a policy of its kept options."""
    values = json.loads(json.dumps(kept))
    return Policy(
        attempts=values["attempts"],
        most_attempts=values["most_attempts"],
        deadline=read_time(values["deadline"]) if values["deadline"] else None,
        grace=timedelta(minutes=values["grace"]),
        percent_a_day=values["late_penalty"],
        most_days=values["late_days"],
        times={name: read_time(text) for name, text in values["times"].items()},
    )


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
