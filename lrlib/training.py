"""The training loop of PyTorch, written once: steps over batches, a validation loss after each epoch, early stopping.

A batch is a pair (X, y) of tensors with a row per example; one pass over the batches is an epoch. Batches move to the
device of the model's first parameter. Random numbers (dropout, shuffling) are PyTorch's: seed them where they are used.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


class History(NamedTuple):
    """What a training did. One loss per epoch, a mean over the examples; epochs count from 1."""

    training_losses: list[float]  # in training mode, each batch before its step: the parameters move meanwhile
    validation_losses: list[float]  # in evaluation mode, after the epoch; empty without validation data
    best_epoch: int | None  # the first with the least validation loss; None without validation data
    stopped_early: bool  # whether patience ran out before the epochs did


def train(
    model: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    batches: Iterable[Any],
    optimizer: Optimizer,
    *,
    epochs: int,
    validation: Iterable[Any] | None = None,
    patience: int | None = None,
    progress: bool = True,
) -> History:
    """Take a step of the optimizer after every batch, and go over the batches `epochs` times.

    loss(output, y): the mean over a batch, a scalar tensor. batches: a DataLoader or a list of pairs (X, y).
    validation: the same, or one pair. optimizer: over the model's parameters; one that needs no closure (not LBFGS).
    patience: stop after so many epochs without a new least validation loss; the parameters of the best epoch are put
    back, however the training ends. progress: show a bar once it has taken two seconds.

    ValueError in words for what does not fit. FloatingPointError for a loss or gradient that is not finite; the step
    is not taken. An interrupt passes through, and the model keeps what it has learned: call again to go on.
    Training and evaluation mode of the model are at the end what they were at the start.

    >>> import torch
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> _ = torch.nn.init.ones_(model.weight)
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.25)
    >>> data = torch.tensor([[1.0]]), torch.tensor([[0.0]])
    >>> train(model, torch.nn.MSELoss(), [data], sgd, epochs=3).training_losses
    [1.0, 0.25, 0.0625]
    """
    _check_options(model, batches, optimizer, epochs, validation, patience)
    training_losses: list[float] = []
    validation_losses: list[float] = []
    modes = [(module, module.training) for module in model.modules()]
    best = None
    try:
        with _bar(epochs, progress) as bar:
            for epoch in range(1, epochs + 1):
                training_losses.append(_pass(model, loss, batches, f"epoch {epoch}", bar, optimizer))
                losses = {"training": f"{training_losses[-1]:.4g}"}
                if validation is not None:
                    validation_losses.append(_pass(model, loss, validation, f"validation after epoch {epoch}", bar))
                    losses["validation"] = f"{validation_losses[-1]:.4g}"
                bar.set_postfix(losses, refresh=False)  # a refresh would draw the bar before its time
                bar.update()
                if patience is not None:
                    waited = epoch - _best_epoch(validation_losses)
                    if waited == 0:
                        best = copy.deepcopy(model.state_dict())
                    if waited >= patience:
                        break
    finally:
        if best is not None:
            model.load_state_dict(best)
        for module, mode in modes:
            module.training = mode
    best_epoch = _best_epoch(validation_losses) if validation_losses else None
    return History(training_losses, validation_losses, best_epoch, len(training_losses) < epochs)


def _best_epoch(losses: list[float]) -> int:
    return 1 + losses.index(min(losses))


def _pass(
    model: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    batches: Iterable[Any],
    where: str,
    bar: Any,
    optimizer: Optimizer | None = None,
) -> float:
    """Return the mean loss per example over the batches, with a step after each if there is an optimizer."""
    import torch

    training = optimizer is not None
    model.train(training)
    device = next(model.parameters()).device
    total, examples = 0.0, 0
    with torch.set_grad_enabled(training):
        for number, batch in enumerate(_as_batches(batches), start=1):
            X, y = (part.to(device) for part in _checked_pair(batch, where))
            output = model(X)
            _check_broadcast(output, y)
            value = loss(output, y)
            _check_loss(value, f"{where}, batch {number}", training)
            if optimizer is not None:
                optimizer.zero_grad()
                value.backward()
                _check_gradient(optimizer, f"{where}, batch {number}")
                optimizer.step()
            total += len(y) * value.item()
            examples += len(y)
            bar.update(0)
    if not examples:
        raise ValueError(
            f"there were no examples in {where}: an empty loader, or one that can be gone through only once. "
            "Pass a DataLoader or a list of batches."
        )
    return total / examples


def _as_batches(data: Iterable[Any]) -> Iterable[Any]:
    """Return batches as they are, and one pair (X, y) of tensors as the only batch."""
    import torch

    whole = isinstance(data, tuple | list) and len(data) == 2 and all(isinstance(part, torch.Tensor) for part in data)
    return [data] if whole else data


def _checked_pair(batch: Any, where: str) -> tuple[Tensor, Tensor]:
    """Return X and y, after requiring two tensors with the same number of rows."""
    import torch

    if isinstance(batch, tuple | list) and len(batch) == 2:
        X, y = batch
        if all(isinstance(part, torch.Tensor) and part.ndim > 0 for part in batch) and len(X) == len(y) > 0:
            return X, y
        kinds = " and ".join(f"{type(part).__name__} {tuple(getattr(part, 'shape', ()))}" for part in batch)
    else:
        kinds = type(batch).__name__
    raise ValueError(
        f"each batch must be a pair (X, y) of tensors with a row per example; got {kinds} in {where}. "
        "For NumPy arrays use torch.as_tensor; for all data as one batch, [(X, y)]."
    )


def _check_broadcast(output: Tensor, y: Tensor) -> None:
    """Refuse as many labels as outputs in another shape: (N, 1) against (N,) would broadcast to (N, N)."""
    if output.shape != y.shape and output.numel() == y.numel():
        shape = ", ".join(str(length) for length in (-1, *output.shape[1:]))
        raise ValueError(
            f"y must have the shape {tuple(output.shape)} of the model's output; got {tuple(y.shape)}. "
            f"Use y.reshape({shape}), or change the model's last layer."
        )


def _check_loss(value: Any, where: str, training: bool) -> None:
    """Require a finite scalar tensor, and in training one with a gradient."""
    import torch

    if not isinstance(value, torch.Tensor) or value.ndim:
        got = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        raise ValueError(
            f"the loss of a batch must be a scalar tensor, the mean over its examples; got {got}. "
            'Take the mean, or use reduction="mean".'
        )
    if training and not value.requires_grad:
        raise ValueError(
            "the loss carries no gradient to the model's parameters. Compute it with PyTorch from the model's output, "
            "without .item(), .detach(), .numpy() or a threshold, and check that some parameter requires_grad."
        )
    if not math.isfinite(value.item()):
        _diverged(f"the loss is {value.item()} in {where}")


def _check_gradient(optimizer: Optimizer, where: str) -> None:
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if not all(bool(p.grad.isfinite().all()) for p in parameters if p.grad is not None):
        _diverged(f"the gradient is not finite in {where}")


def _diverged(what: str) -> None:
    raise FloatingPointError(
        f"{what}; no step was taken there. "
        "Use a smaller learning rate, standardise the features, and look for nan in the data."
    )


def _check_options(
    model: nn.Module,
    batches: Iterable[Any],
    optimizer: Optimizer,
    epochs: int,
    validation: Iterable[Any] | None,
    patience: int | None,
) -> None:
    if epochs < 1:
        raise ValueError(f"epochs must be >= 1; got {epochs}.")
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be >= 1 epochs, or None for no early stopping; got {patience}.")
    if patience is not None and validation is None:
        raise ValueError(f"patience={patience} waits for a validation loss: pass validation=(X, y) of held-out data.")
    for name, given in (("batches", batches), ("validation", validation)):
        if epochs > 1 and isinstance(given, Iterator):
            raise ValueError(
                f"{name} must be gone through {epochs} times, once an epoch; got a {type(given).__name__}, which is "
                f"used up after one. Pass a DataLoader, or list({name})."
            )
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    if not any(id(parameter) in held for parameter in model.parameters()):
        raise ValueError(
            "the optimizer holds none of the model's parameters, so that no step would change the model. "
            "Make it for this model: torch.optim.SGD(model.parameters(), lr=0.1)."
        )


def _bar(epochs: int, progress: bool) -> Any:
    """Return a bar that counts epochs, drawn after two seconds and taken away at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a notebook without ipywidgets gets a bar of plain text
        from tqdm.auto import tqdm
    return tqdm(total=epochs, unit="epoch", delay=2, leave=False, disable=not progress)
