"""The contenders of fit.py that have an environment of their own: scikit-learn-intelex and glum.

They would bring other versions of what we pin. They fit in a process beside, which reads what to fit from its standard
input, a JSON line each, and answers with the parameters and the seconds by its own clock.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

HOME = Path(__file__).resolve().parent.parent / "_build/bench-fit"
PEERS = {"scikit-learn-intelex": ("lbfgs",), "glum": ("irls-ls", "lbfgs")}  # and their solvers


def install() -> None:
    """Make the environment of the peers; say so where one cannot be had."""
    if (HOME / ".ready").exists():
        return
    shutil.rmtree(HOME, ignore_errors=True)
    print("installing scikit-learn-intelex and glum ...", file=sys.stderr, flush=True)
    uv = [sys.executable, "-m", "uv"]
    made = subprocess.run([*uv, "venv", "-q", str(HOME), "--python", sys.executable])
    for name in PEERS:
        if (
            made.returncode
            or subprocess.run(
                [*uv, "pip", "install", "-q", "--python", str(HOME / "bin/python"), f"numpy=={np.__version__}", name]
            ).returncode
        ):
            print(f"{name} could not be installed: left out of the table.", file=sys.stderr)
            continue
        (HOME / ".ready").touch()


def serve(data: Path) -> None:
    """Fit what is asked for on standard input, a JSON line each, and answer with seconds and parameters."""
    warnings.simplefilter("ignore")
    held = np.load(data)
    X, y = np.ascontiguousarray(held["X"]), held["y"]
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a package prints is no answer
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            fit = {"glum": glum, "scikit-learn-intelex": intelex}[asked["package"]](asked["solver"])
            begin = time.perf_counter()
            w, b = fit(X, y, asked["tolerance"])
            seconds = time.perf_counter() - begin
        except Exception as error:  # whatever it is, the peer is then left out, and the table says so
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers, flush=True)
            continue
        answer = {"seconds": seconds, "w": np.asarray(w).tolist(), "b": np.asarray(b).tolist()}
        print(json.dumps(answer), file=answers, flush=True)


def intelex(solver: str) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Return the fit by scikit-learn-intelex."""
    from sklearnex.linear_model import LogisticRegression

    def fit(X: np.ndarray, y: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        model = LogisticRegression(C=1.0, solver=solver, tol=tolerance, max_iter=10_000).fit(X, y)
        return (model.coef_.T, model.intercept_) if y.max() > 1 else (model.coef_[0], model.intercept_[0])

    return fit


def glum(solver: str) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Return the fit by one of glum's solvers."""
    from glum import GeneralizedLinearRegressor

    def fit(X: np.ndarray, y: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        model = GeneralizedLinearRegressor(
            family="binomial", alpha=1 / len(y), l1_ratio=0, solver=solver, gradient_tol=tolerance, max_iter=10_000
        ).fit(X, y)
        return model.coef_, np.asarray(model.intercept_)

    return fit


@contextmanager
def peers(X: np.ndarray, y: np.ndarray) -> Iterator[dict[str, Callable[..., Any]]]:
    """Give the fits of the process beside, by name; none where its environment is not there."""
    if not (HOME / ".ready").exists():
        yield {}
        return
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        data = Path(folder) / "data.npz"
        np.savez(data, X=X, y=y)
        command = [str(HOME / "bin/python"), __file__, str(data)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield {
                f"{package} {solver}": peer(process, package, solver)
                for package, solvers in PEERS.items()
                for solver in solvers
                if package != "glum" or y.max() <= 1  # it has two classes
            }
            process.stdin.close()  # type: ignore[union-attr]


def peer(process: Any, package: str, solver: str) -> Callable[..., Any]:
    """Return a fit in the process beside; the seconds that it measured come third."""

    def fit(X: np.ndarray, y: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray, float]:
        asked = {"package": package, "solver": solver, "tolerance": tolerance}
        print(json.dumps(asked), file=process.stdin, flush=True)
        answer = json.loads(process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return np.array(answer["w"]), np.array(answer["b"]), answer["seconds"]

    return fit


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
