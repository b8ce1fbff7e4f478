"""What runs inside the sandbox, beside the student's code; the grader trusts none of what it says.

These files lie alone in there, as a package of this name: they import one another and the standard library, NumPy,
what is preloaded, and nothing of lrgrader. The grader imports `wire` alone, to speak the same language from outside.
"""
