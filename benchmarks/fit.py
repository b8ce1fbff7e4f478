"""Time lrlib's fits beside scikit-learn's, scikit-learn-intelex's, glum's and PyTorch's, and print a table.

    python -m benchmarks.fit [--runs 5] [--only WORD ...]      what `make bench-fit` calls; about fifteen minutes
    python -m benchmarks.fit --quick                           the smallest, once: does it still run?

Every contender minimises the same objective (mean cross entropy + l2/2 * squared weights, l2 = 1/N, intercept free)
on the same float64 arrays, and stops once the gradient's Euclidean norm is at most 1e-6. All stop by a
tolerance of their own: for each, the loosest of a grid is used that gets there. The contenders are timed in turn, run
by run, so that a busy machine is busy for all; quoted are medians. Each problem has a process of its own, in which a
further run measures the memory that NumPy's arrays take at the peak, beside the data.
scikit-learn-intelex and glum would bring other versions of what we pin: they are installed into an environment of their
own below _build, and fit in a process beside, which times itself.
liblinear is left out (it penalises the intercept); so are sag and saga for many classes, glum where there are many
(it has two), and solvers that take more than three times as long as scikit-learn's fastest when they are tried.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np

from benchmarks.fit_peers import install, peers

TOLERANCE = 1e-6
GRID = [10.0**-k for k in np.arange(4.0, 10.0, 0.5)]
WORTH_TIMING = 3.0  # times the fastest of scikit-learn's solvers at the trial; a slower one cannot be the fastest


class Problem(NamedTuple):
    """A data set to fit: the classes, and how the features hang together."""

    name: str
    N: int
    D: int
    K: int
    correlation: float = 0.0


PROBLEMS = [
    Problem("breast cancer", 569, 30, 2),
    Problem("independent 20k", 20_000, 50, 2),
    Problem("independent 200k", 200_000, 50, 2),
    Problem("independent wide", 50_000, 300, 2),
    Problem("correlated 20k", 20_000, 50, 2, 0.9),
    Problem("correlated 200k", 200_000, 50, 2, 0.9),
    Problem("correlated wide", 50_000, 300, 2, 0.9),
    Problem("digits", 1_797, 64, 10),
    Problem("independent ten classes", 60_000, 784, 10),
]
QUICK, SLOW = ["breast cancer"], {"sag", "saga", "newton-cg"}


def main() -> int:
    """Run the benchmark, a process for each problem; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each contender is timed (default: 5)")
    parser.add_argument("--only", nargs="*", default=[], help="only problems whose name contains one of these words")
    parser.add_argument("--quick", action="store_true", help="the smallest problem, once, with what is pinned")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.runs, options.only = 1, options.only or QUICK
    if options.one is not None:
        print(json.dumps(measure(PROBLEMS[options.one], options.runs, quick=options.quick)))
        return 0
    # `make` allows one thread, so that sums are added in one order; speed is measured with all of them.
    environment = {n: v for n, v in os.environ.items() if options.quick or not n.endswith("_NUM_THREADS")}
    if not options.quick:
        install()
    rows = []
    for number, problem in enumerate(PROBLEMS):
        if options.only and not any(word in problem.name for word in options.only):
            continue
        print(f"{problem.name} ...", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "benchmarks.fit", "--runs", str(options.runs), "--one", str(number)]
        command += ["--quick"] if options.quick else []
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
        if done.returncode:
            print(f"error: the fits of {problem.name!r} failed; see above", file=sys.stderr)
            return 1
        rows.append((problem, json.loads(done.stdout)))
    print(table(rows, options.runs))
    return 0


def data_of(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y; made data follow a logistic model with coefficients that spread the logits by about 2."""
    from lrlib import data

    if problem.name == "breast cancer":
        cancer = data.breast_cancer()
        return (cancer.X - cancer.X.mean(axis=0)) / cancer.X.std(axis=0), cancer.y
    if problem.name == "digits":
        digits = data.digits()
        return digits.X / 16, digits.y
    generator = np.random.default_rng(0)
    X = generator.standard_normal((problem.N, problem.D))
    if problem.correlation:
        X *= np.sqrt(1 - problem.correlation)
        X += np.sqrt(problem.correlation) * generator.standard_normal((problem.N, 1))
    W = generator.standard_normal((problem.D, problem.K)) * 2 / np.sqrt(problem.D)
    y = (X @ W + generator.gumbel(size=(problem.N, problem.K))).argmax(axis=1)
    return X, y.astype(np.float64)


def contenders(problem: Problem) -> dict[str, Callable[..., tuple[np.ndarray, np.ndarray]]]:
    """Return fit(X, y, tolerance) -> weights, intercepts, by name; ours is the one called lrlib."""
    multiclass = problem.K > 2
    found: dict[str, Callable[..., Any]] = {"lrlib": ours}
    for solver in ("lbfgs", "newton-cg", "newton-cholesky"):
        if solver != "newton-cholesky" or problem.D * problem.K < 1000:  # its Hessian would be (7850, 7850)
            found[f"scikit-learn {solver}"] = scikit_learn(solver)
    if not multiclass:
        found |= {f"scikit-learn {solver}": scikit_learn(solver) for solver in ("sag", "saga")}
    found["torch LBFGS"] = torch_lbfgs
    return found


def ours(X: np.ndarray, y: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Fit by lrlib, with its default method; its tolerance is of the decrement."""
    from lrlib.fit import fit_binary, fit_multiclass

    fit = fit_multiclass if y.max() > 1 else fit_binary
    return fit(X, y, l2=1 / len(y), tolerance=tolerance, progress=False)[:2]


def scikit_learn(solver: str) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Return the fit by one of scikit-learn's solvers."""

    def fit(X: np.ndarray, y: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1.0, solver=solver, tol=tolerance, max_iter=10_000).fit(X, y)
        if y.max() > 1:
            return model.coef_.T, model.intercept_
        return model.coef_[0], model.intercept_[0]

    return fit


def torch_lbfgs(X: np.ndarray, y: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Fit by torch.optim.LBFGS with its strong Wolfe line search."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

    multiclass = y.max() > 1
    features, labels = torch.from_numpy(X), torch.from_numpy(y)
    labels = labels.long() if multiclass else labels
    K = (int(y.max()) + 1,) if multiclass else ()
    w = torch.zeros((X.shape[1], *K), dtype=torch.float64, requires_grad=True)
    b = torch.zeros(K, dtype=torch.float64, requires_grad=True)
    loss_of = cross_entropy if multiclass else binary_cross_entropy_with_logits
    optimizer = torch.optim.LBFGS(
        [w, b],
        max_iter=10_000,
        history_size=10,
        tolerance_grad=tolerance,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Any:
        optimizer.zero_grad()
        loss = loss_of(features @ w + b, labels) + (w**2).sum() / (2 * len(y))
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach().numpy(), b.detach().numpy()


# Measuring


def measure(problem: Problem, runs: int, *, quick: bool) -> dict[str, Any]:
    """Return the times of every contender, in seconds, the tolerance each was given, and peaks of memory."""
    warnings.simplefilter("ignore")
    X, y = data_of(problem)
    with nullcontext({}) if quick else peers(X, y) as beside:
        fits = {n: fit for n, fit in (contenders(problem) | beside).items() if not (quick and n.split()[-1] in SLOW)}
        trials = {name: found for name, fit in fits.items() if (found := trial(fit, X, y, name))}
        fastest = min(seconds for name, (_, seconds) in trials.items() if name.startswith("scikit-learn "))
        kept = {
            name: tolerance
            for name, (tolerance, seconds) in trials.items()
            if not name.startswith("scikit-learn ") or seconds <= WORTH_TIMING * fastest
        }
        times: dict[str, list[float]] = {name: [] for name in kept}
        # The shorter, the more often.
        for _ in range(runs if quick else max(runs, min(25, int(1 / fastest)))):
            for name, tolerance in kept.items():
                time.sleep(0.1)  # until the threads of the one before have gone to sleep
                times[name].append(timed(fits[name], X, y, tolerance)[1])
    best = min(
        (name for name in kept if name.startswith("scikit-learn ")), key=lambda name: statistics.median(times[name])
    )
    memory = {name: peak(fits[name], X, y, kept[name]) / X.nbytes for name in ("lrlib", best)}
    return {"times": times, "tolerances": kept, "best": best, "memory": memory}


def timed(fit: Callable[..., Any], X: np.ndarray, y: np.ndarray, tolerance: float) -> tuple[Any, float]:
    """Return the parameters, and the seconds that the fit took: by its own clock where it has one."""
    begin = time.perf_counter()
    w, b, *own = fit(X, y, tolerance)
    return (w, b), own[0] if own else time.perf_counter() - begin


def trial(fit: Callable[..., Any], X: np.ndarray, y: np.ndarray, name: str) -> tuple[float, float] | None:
    """Return the loosest tolerance that leads to a gradient norm of at most 1e-6, and the seconds that it took.

    None, with a line that says so, for one that does not get there; RuntimeError if that is lrlib.
    """
    why = ""
    for tolerance in GRID:
        try:
            parameters, seconds = timed(fit, X, y, tolerance)
        except RuntimeError as error:
            why = str(error)
            break
        if (norm := gradient_norm(X, y, *parameters)) <= TOLERANCE:
            seconds = min(seconds, timed(fit, X, y, tolerance)[1])  # the first run also imports and compiles
            print(f"  {name}: tolerance {tolerance:.1e}, norm {norm:.1e}, {seconds:.2f} s", file=sys.stderr, flush=True)
            return tolerance, seconds
        why = f"its gradient norm is {norm:.1e}"
    if name == "lrlib":
        raise RuntimeError(f"{name} does not reach a gradient norm of {TOLERANCE}: {why}")
    print(f"  {name} is left out: {why}", file=sys.stderr, flush=True)
    return None


def gradient_norm(X: np.ndarray, y: np.ndarray, w: np.ndarray, b: np.ndarray) -> float:
    """Return the Euclidean norm of the objective's gradient, by the formulas of lrlib.linear."""
    from lrlib.linear import binary_gradient, multiclass_gradient

    gradient = (multiclass_gradient if w.ndim == 2 else binary_gradient)(X, y, w, b, l2=1 / len(y))
    return float(np.sqrt(np.sum(gradient.w**2) + np.sum(gradient.b**2)))


def peak(fit: Callable[..., Any], X: np.ndarray, y: np.ndarray, tolerance: float) -> float:
    """Return the most bytes that the fit held at a time, beside the data."""
    tracemalloc.start()
    fit(X, y, tolerance)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held


# Printing


PACKAGES = ["scikit-learn", "scikit-learn-intelex", "glum", "torch"]


def table(rows: list[tuple[Problem, dict[str, Any]]], runs: int) -> str:
    """Return the table as Markdown, with a sentence on how it was measured."""
    titles = ["Data", "N × D × K", "lrlib", *PACKAGES, "lrlib / fastest other", "memory beside the data"]
    lines = [
        "| " + " | ".join(titles) + " |",
        "|---|---|---:|" + "---|" * len(PACKAGES) + "---:|---:|",
        *(row_of(problem, result) for problem, result in rows),
    ]
    import sklearn
    import torch

    versions = f"NumPy {np.__version__}, scikit-learn {sklearn.__version__}, PyTorch {torch.__version__}"
    how = (
        f"Medians of at least {runs} runs on {os.cpu_count()} cores, Python {sys.version.split()[0]}, {versions}. Of "
        "each package its fastest solver. A ratio below 1: lrlib is the fastest of all. Memory: the most that its "
        "arrays take beside the data, as a share of the data (scikit-learn's in brackets)."
    )
    return "\n".join([*lines, "", how])


def row_of(problem: Problem, result: dict[str, Any]) -> str:
    """Return one line of the table."""
    medians = {name: statistics.median(times) for name, times in result["times"].items()}
    mine = medians.pop("lrlib")
    cells = [problem.name, f"{problem.N:,} × {problem.D} × {problem.K}", f"{1e3 * mine:,.1f} ms"]
    for package in PACKAGES:
        own = {name.partition(" ")[2]: s for name, s in medians.items() if name.partition(" ")[0] == package}
        solver = min(own, key=own.__getitem__, default=None)
        cells.append(f"{1e3 * own[solver]:,.1f} ms ({solver})" if solver else "-")
    cells.append(f"{mine / min(medians.values()):.2f}")
    cells.append(f"{result['memory']['lrlib']:.0%} ({result['memory'][result['best']]:.0%})")
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
