"""The training loop of PyTorch, written once: steps over batches, a validation loss after each epoch, early stopping.

A batch is a pair (X, y) of tensors with a row per example; one pass over the batches is an epoch. Batches are moved to
the device of the model's first parameter. Random numbers (dropout, a shuffling DataLoader) are PyTorch's own: seed them
where you make the model and the loader.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from lrlib._progress import progress_bar
from lrlib._training_checks import check_gradient, check_options, check_pair, check_shapes, checked_loss

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


class History(NamedTuple):
    """What a training did: one loss per epoch, each a mean over the examples. Epochs count from 1.

    A training loss is taken in training mode, each batch just before its step, so the parameters move meanwhile; a
    validation loss in evaluation mode, at the end of the epoch. Without validation data there are none, and no best
    epoch. The best epoch is the first with the least validation loss. Stopped early: patience ran out before the
    epochs did.
    """

    training_losses: list[float]  #: one per epoch
    validation_losses: list[float]  #: one per epoch, or none
    best_epoch: int | None  #: from 1
    stopped_early: bool  #: before the last epoch


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
    """Go over the batches `epochs` times and let the optimizer take a step after each batch. Returns a History.

    loss(output, y): the mean over a batch, a scalar tensor. An epoch's loss is the mean over its batches, each weighed
    by its rows, or, for CrossEntropyLoss and NLLLoss, by what they divide by: class weights, and labels not ignored.
    batches: a DataLoader or a list of pairs (X, y), and validation the same; either may be one pair, all data at once.
    optimizer: any that needs no closure (not LBFGS).
    patience: stop after this many epochs without a new least validation loss, and put the model's parameters and
    buffers of the best epoch back, however the training ends. progress: show a bar once two seconds have passed.

    What does not fit is a ValueError. A loss or gradient that is not finite is a FloatingPointError, and its step is
    not taken. An interrupt goes through to the caller; the model keeps what it has learned: call again to go on.
    Parts that are in evaluation mode in a model in training mode stay so (a batch norm that is to keep its averages),
    as do parts in evaluation mode whose parameters need no gradient. Each part of the model ends in the mode, training
    or evaluation, that it was in.

    >>> import torch
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> _ = torch.nn.init.ones_(model.weight)
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.25)
    >>> one_example = torch.tensor([[1.0]]), torch.tensor([[0.0]])
    >>> train(model, torch.nn.MSELoss(), [one_example], sgd, epochs=3).training_losses
    [1.0, 0.25, 0.0625]
    """
    check_options(model, batches, optimizer, epochs, validation, patience)
    training_losses: list[float] = []
    validation_losses: list[float] = []
    best_epoch, best_state = None, None
    modes = [(module, module.training) for module in model.modules()]
    frozen = _frozen_modules(model)
    try:
        with progress_bar(total=epochs, unit="epoch", show=progress) as bar:
            for epoch in range(1, epochs + 1):
                training_losses.append(_one_pass(model, loss, batches, f"epoch {epoch}", bar, optimizer, frozen))
                shown = {"training": training_losses[-1]}
                if validation is not None:
                    where = f"the validation after epoch {epoch}"
                    validation_losses.append(_one_pass(model, loss, validation, where, bar))
                    shown["validation"] = validation_losses[-1]
                    best_epoch = 1 + validation_losses.index(min(validation_losses))
                bar.set_postfix(shown, refresh=False)  # a refresh would draw the bar before its time
                bar.update()
                if patience is not None and best_epoch == epoch:
                    best_state = copy.deepcopy(model.state_dict())
                if patience is not None and best_epoch is not None and epoch - best_epoch >= patience:
                    bar.total = epoch  # or a notebook would keep the bar, in red, as one that failed
                    break
    finally:
        if best_state is not None:
            model.load_state_dict(best_state)
        for module, mode in modes:
            module.training = mode
    return History(training_losses, validation_losses, best_epoch, stopped_early=epoch < epochs)


def _one_pass(
    model: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    batches: Iterable[Any],
    where: str,
    bar: Any,
    optimizer: Optimizer | None = None,
    frozen: Iterable[nn.Module] = (),
) -> float:
    """Return the mean loss per example over the batches; an optimizer takes a step after each."""
    import torch

    training = optimizer is not None
    model.train(training)
    for module in frozen:
        module.training = False
    device = next(model.parameters()).device
    two = isinstance(batches, tuple | list) and len(batches) == 2
    if two and all(isinstance(part, torch.Tensor) for part in batches):
        batches = [batches]  # one pair (X, y), all data at once
    total, examples = 0.0, 0.0
    with torch.set_grad_enabled(training):
        for number, batch in enumerate(batches, start=1):
            if number > 1:
                bar.update(0)  # in the midst of a long epoch the bar may be due
            here = f"{where}, batch {number}"
            check_pair(batch, here)
            X, y = (part.to(device) for part in batch)
            output = model(X)
            check_shapes(output, y, here)
            batch_loss = loss(output, y)
            weight = _weight_of(loss, y)  # the last batch may have fewer examples, and other classes
            total += weight * checked_loss(batch_loss, here, training)
            examples += weight
            if optimizer is not None:
                optimizer.zero_grad()
                batch_loss.backward()
                check_gradient(optimizer, here)
                optimizer.step()
    if not examples:
        raise ValueError(
            f"no batch came in {where}: the batches are empty, or can be gone through only once. "
            "Pass a DataLoader or a list of pairs (X, y)."
        )
    return total / examples


def _frozen_modules(model: nn.Module) -> list[nn.Module]:
    """Return the parts that the caller has put into evaluation mode to keep them as they are.

    In a model in training mode these are all parts in evaluation mode. After model.eval() every part is: then those
    whose own parameters need no gradient.
    """
    frozen = []
    for module in model.modules():
        own = list(module.parameters(recurse=False))
        fixed = bool(own) and not any(parameter.requires_grad for parameter in own)
        if not module.training and (model.training or fixed):
            frozen.append(module)
    return frozen


def _weight_of(loss: Callable[[Tensor, Tensor], Tensor], y: Tensor) -> float:
    """Return what the mean over a batch was divided by, up to a factor that all batches share.

    PyTorch's losses of class labels divide by the sum of the class weights of the labels that are not ignored.
    """
    import torch

    if not isinstance(loss, torch.nn.CrossEntropyLoss | torch.nn.NLLLoss) or y.is_floating_point():
        return len(y)
    counted = y[y != loss.ignore_index]
    return float(counted.numel() if loss.weight is None else loss.weight[counted].sum())
