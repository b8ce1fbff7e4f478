"""Fits of Dask arrays on a cluster of two worker processes, one of which is killed on the way."""

import os
import signal
import threading

import pytest
from numpy.testing import assert_allclose

from lrlib import _blocks

from .problems import L2, Problem, join

distributed = pytest.importorskip("distributed")
dask_array = pytest.importorskip("dask.array")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    """Two processes on 127.0.0.1, each revived when it dies."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster),
    ):
        yield cluster


@pytest.fixture(params=["binary", "multiclass"])
def problem(request):
    """Each problem with 4,000 examples, in chunks of 500 rows that lie on both workers."""
    return Problem(request.param, n=4000)


def on_workers(problem):
    """Return the data as Dask arrays that stay on the workers."""
    X = dask_array.from_array(problem.X, chunks=(500, 2)).persist()
    y = dask_array.from_array(problem.y, chunks=500).persist()
    distributed.wait([X, y])
    return X, y


def fit_of(problem, X, y, method):
    """Fit so closely that two searches along different paths end at the same digits."""
    return problem.fit(X, y, l2=L2, method=method, tolerance=1e-11, progress=False)


@pytest.mark.parametrize("method", ["newton", "lbfgs"])
def test_it_reaches_the_optimum_of_numpy(cluster, problem, method):
    """Catches a chunk that is left out, and a gradient added up in float32 on the way."""
    fit = fit_of(problem, *on_workers(problem), method)
    expected = fit_of(problem, problem.X, problem.y, method)
    assert fit.converged
    assert_allclose(join(fit.w, fit.b), join(expected.w, expected.b), rtol=1e-8, atol=1e-8)


def test_a_worker_killed_on_the_way_costs_time_and_not_the_result(cluster, problem, monkeypatch):
    """Catches a fit that dies with its worker, and one that goes on without the rows that lay there."""
    X, y = on_workers(problem)
    before = {name: worker.pid for name, worker in cluster.workers.items()}
    passes, original = [], _blocks.on_workers

    def kill():
        os.kill(before[0], signal.SIGKILL)

    def pass_over(*arguments):
        passes.append(len(passes))
        if len(passes) == 5:  # labels, start, and three passes of the search are done
            threading.Timer(0.01, kill).start()  # in the midst of the pass
        return original(*arguments)

    monkeypatch.setattr(_blocks, "on_workers", pass_over)
    fit = fit_of(problem, X, y, "lbfgs")
    expected = fit_of(problem, problem.X, problem.y, "lbfgs")
    assert len(passes) > 8
    assert fit.converged
    assert_allclose(join(fit.w, fit.b), join(expected.w, expected.b), rtol=1e-8, atol=1e-8)
    with pytest.raises(ProcessLookupError):
        os.kill(before[0], 0)
    distributed.get_client().wait_for_workers(2, timeout=60)
    assert {worker.pid for worker in cluster.workers.values()} != set(before.values())
