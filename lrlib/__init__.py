"""Logistic regression, written once for NumPy, PyTorch and Dask.

Rooms, in reading order: functions, pointwise, losses, surrogates, divergences, metrics, linear, optimize, objectives,
diagnosis, fit, firth, prediction, scaling, ranking, calibration, inference, effects, training, data, plotting and
notebook.
A room is loaded when one of its names is first used, so that `import lrlib` is instant and imports no PyTorch.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
