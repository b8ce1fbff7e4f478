"""The checks of the assignment that the grader's own tests use."""

import numpy as np

from lrgrader.checks import Check, Criterion, Written, choice

TITLE = "Halves and doubles"
OBJECTIVES = ["double", "share"]
NUMBERS = {"rate": choice(0.25, 0.5, 0.75)}
CHECKS = [
    Check(
        "q1-one",
        calls="double",
        points=1,
        public=True,
        says="double(1) is 2",
        see="chapters/sigmoid.html#eq-odds",
        inputs=lambda rng, numbers: (np.array(1.0),),
        expected=lambda x: 2 * x,
    ),
    Check(
        "q1-many",
        calls="double",
        points=2,
        says="double works on arrays of any shape",
        inputs=lambda rng, numbers: (rng.normal(size=(3, 4)),),
        expected=lambda x: 2 * x,
    ),
    Check(
        "q2-sums",
        calls="share",
        points=1,
        says="the shares sum to one",
        inputs=lambda rng, numbers: (rng.uniform(1, 2, size=5),),
        judge=lambda answer, inputs: (
            True if np.allclose(answer, inputs[0] / inputs[0].sum()) else "they do not sum to one"
        ),
        mutates=False,
    ),
    Check(
        "q2-rate",
        calls="rate",
        points=0.5,
        says="rate is twice the number",
        expected=lambda numbers: 2 * numbers["rate"],
    ),
    Check(
        "q2-after",
        calls="share",
        points=0.5,
        says="shares of equal numbers are equal",
        after="q2-sums",
        inputs=lambda rng, numbers: (np.ones(4),),
        expected=np.full(4, 0.25),
    ),
]
WRITTEN = [Written("q3", points=2, criteria=[Criterion(1, "names the division"), Criterion(1, "names zero")])]
