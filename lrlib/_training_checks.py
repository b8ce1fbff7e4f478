"""What `train` refuses, in words: what was expected, what came, what to do."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


def check_options(
    model: nn.Module,
    batches: Iterable[Any],
    optimizer: Optimizer,
    epochs: int,
    validation: Iterable[Any] | None,
    patience: int | None,
) -> None:
    """Refuse, before the first step, what would fail later or train nothing."""
    import torch

    if epochs < 1:
        raise ValueError(f"epochs must be >= 1; got {epochs}.")
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be >= 1, or None for all epochs; got {patience}.")
    if patience is not None and validation is None:
        raise ValueError(
            f"patience waits for a better validation loss; got patience={patience} and no validation data. "
            "Pass validation=(X, y), held out from training."
        )
    for name, given in (("batches", batches), ("validation", validation)):
        if epochs > 1 and isinstance(given, Iterator):
            raise ValueError(
                f"{name} must last for {epochs} epochs; got a {type(given).__name__}, which is used up after the "
                f"first. Pass a DataLoader or list({name})."
            )
    if isinstance(optimizer, torch.optim.LBFGS):
        raise ValueError(
            "the optimizer must take its steps without a closure; got LBFGS, which asks for one. "
            "Use SGD or Adam, or lrlib.fit for a linear model."
        )
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    if not any(id(parameter) in held for parameter in model.parameters()):
        raise ValueError(
            "the optimizer must hold parameters of the model; got none of them, so no step would change it. "
            "Make the optimizer for this model, for example torch.optim.SGD(model.parameters(), lr=0.1)."
        )


def check_pair(batch: Any, where: str) -> None:
    """Require two tensors with the same number of rows, at least one."""
    import torch

    parts = list(batch) if isinstance(batch, tuple | list) else [batch]
    rows = [len(part) if isinstance(part, torch.Tensor) and part.ndim else 0 for part in parts]
    if len(rows) != 2 or rows[0] != rows[1] or not rows[0]:
        came = ", ".join(f"{type(part).__name__} {tuple(getattr(part, 'shape', ()))}" for part in parts)
        raise ValueError(
            f"a batch must be a pair (X, y) of tensors with a row per example; got {came} in {where}. "
            "Make NumPy arrays tensors with torch.as_tensor, and one batch a list, [(X, y)]."
        )


def check_shapes(output: Tensor, y: Tensor, where: str) -> None:
    """Refuse as many labels as outputs in another shape: (N, 1) against (N,) would broadcast to (N, N)."""
    if output.shape != y.shape and output.numel() == y.numel():
        shape = ", ".join(str(length) for length in (-1, *output.shape[1:]))
        advice = f"Use y.reshape({shape}), or let the model return the shape of y."
        if output.ndim == 0:  # squeeze() of a batch of one example takes the batch's axis away, too
            advice = "The batch's own axis is gone: let the model squeeze the last axis only, squeeze(-1)."
        raise ValueError(
            f"y must have shape {tuple(output.shape)} to match the model's output; got {tuple(y.shape)} in {where}. "
            f"{advice}"
        )


def checked_loss(loss: Any, where: str, training: bool) -> float:
    """Return the number, after requiring a finite scalar tensor and, in training, a gradient."""
    import torch

    if not isinstance(loss, torch.Tensor) or loss.ndim:
        came = f"shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else type(loss).__name__
        raise ValueError(
            f"the loss must be a scalar tensor, the mean over the batch; got {came} in {where}. "
            'Use .mean(), or reduction="mean".'
        )
    if training and not loss.requires_grad:
        raise ValueError(
            f"the loss must carry a gradient to the model's parameters; got none in {where}. Compute it in PyTorch "
            "from the output, without .item(), .detach(), .numpy() or a threshold; some parameter must require_grad."
        )
    value = float(loss.item())
    if not math.isfinite(value):
        raise FloatingPointError(_diverged(f"the loss is {value}", where))
    return value


def check_gradient(optimizer: Optimizer, where: str) -> None:
    """Require finite gradients: a step along nan would lose every parameter."""
    gradients = (p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None)
    entries = (gradient.coalesce().values() if gradient.is_sparse else gradient for gradient in gradients)
    if not all(bool(values.isfinite().all()) for values in entries):
        raise FloatingPointError(_diverged("the gradient is not finite", where))


def _diverged(what: str, where: str) -> str:
    return (
        f"{what} in {where}; no step was taken there. "
        "Use a smaller learning rate, standardise the features, and look for nan in the data."
    )
