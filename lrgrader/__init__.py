"""Grade the course's assignments: the grader decides each score, and students' code only answers calls in a sandbox.

Rooms, in reading order: checks, master, assignment, notebook, submissions, inside (wire, confine, clock, jupyter,
student, worker: what runs in the sandbox), sandbox, replies, session, comparing, judging, forbidden, grading, probing,
checking, store, policy, feedback, manual, likeness, report, cluster, commands, cli.
docs/threat-model.md says what is defended, and which test proves it.
"""

__version__ = "0.1.0"
