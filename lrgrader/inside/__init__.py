"""What runs inside the sandbox, under import rules of its own: these files see each other and nothing of lrgrader.

The sandbox shows them as /grader/*.py, without a package around them: they import one another by their bare names, and
beyond that the standard library and what an assignment preloads. The grader itself uses one of them, `wire`.
"""
