"""The checks of this assignment. They stay with the instructor; students' code never runs beside them."""

import numpy as np

from lrgrader.checks import Check, Criterion, Written, choice

TITLE = "Odds"
MAY_USE = ["math", "numpy"]  # other imports are listed in the report, and are not loaded in advance
# For @cases@ and @rainy@ in master.md; your secret draws them.
NUMBERS = {"cases": choice(8, 10, 12), "rainy": choice(2, 3)}


def odds(p):
    """Return the odds of each probability, the reference."""
    p = np.asarray(p, dtype=float)
    return p / (1 - p)


CHECKS = [
    Check(
        "q1-even",
        calls="odds",
        points=0.5,
        public=True,
        says="even odds are 1",
        inputs=lambda rng, numbers: (0.5,),
        expected=1.0,
    ),
    Check(
        "q1-rain",
        calls="odds",
        points=0.5,
        public=True,
        says="the days of the question have the odds that they have",
        inputs=lambda rng, numbers: (numbers["rainy"] / numbers["cases"],),
        expected=odds,
    ),
    Check(
        "q1-array",
        calls="odds",
        points=1,
        says="an array of probabilities gives an array of odds, in the same shape",
        inputs=lambda rng, numbers: (rng.uniform(0.05, 0.95, (3, 4)),),
        expected=odds,
        mutates=False,
    ),
    Check(
        "q1-list",
        calls="odds",
        points=1,
        says="a list of probabilities gives as many odds",
        inputs=lambda rng, numbers: ([float(p) for p in rng.uniform(0.05, 0.95, 5)],),
        expected=odds,
    ),
]
WRITTEN = [
    Written(
        "q2", points=2, criteria=[Criterion(1, "names the probability 1"), Criterion(1, "says that one divides by 0")]
    )
]
