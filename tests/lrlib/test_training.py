"""The training loop against gradient descent, a loop typed out and scripted losses, and its words when it fails."""

import copy
import math
import re
import sys
import warnings
from contextlib import nullcontext
from types import ModuleType

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lrlib import training
from lrlib.linear import binary_gradient
from lrlib.optimize import gradient_descent
from lrlib.training import History, train

torch = pytest.importorskip("torch")
pytest.importorskip("tqdm")

from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402


def linear(features=1):
    """Return a linear model in double precision that answers with shape (N,), its parameters 0."""
    model = nn.Sequential(nn.Linear(features, 1), nn.Flatten(0)).double()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    return model


def sgd(model, lr=0.1):
    return torch.optim.SGD(model.parameters(), lr=lr)


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def row(*values):
    return torch.tensor(values, dtype=torch.float64)


def parameters(model):
    return torch.cat([parameter.detach().ravel() for parameter in model.parameters()]).clone()


class Script:
    """Validation data whose loss, for a model that answers 0, is the next of these values each time."""

    def __init__(self, *losses):
        self.losses = iter(losses)

    def __iter__(self):
        yield column(0.0), row(math.sqrt(next(self.losses)))


DATA = column(0.0, 1.0, 3.0, 4.0), row(0.0, 1.0, 0.0, 1.0)


class TestSteps:
    def test_full_batches_are_gradient_descent(self, rng):
        """Catches gradients that add up (no zero_grad), a step twice or not at all, and another learning rate."""
        X, y = rng.normal(size=(30, 2)), rng.integers(0, 2, size=30)
        start = rng.normal(size=3)

        def gradient(theta):
            return np.append(*binary_gradient(X, y, theta[:2], theta[2]))

        path = gradient_descent(gradient, start, step_size=0.5, steps=25).parameters
        model = linear(2)
        with torch.no_grad():
            model[0].weight[:] = torch.as_tensor(start[:2])
            model[0].bias[:] = start[2]
        batch = torch.as_tensor(X), torch.as_tensor(y, dtype=torch.float64)
        history = train(model, nn.BCEWithLogitsLoss(), [batch], sgd(model, 0.5), epochs=25, progress=False)
        # 25 steps, each of a few dozen roundings of 1e-16
        assert_allclose(parameters(model), path[-1], rtol=1e-12)
        assert isinstance(history, History)
        z = path[:-1, :2] @ X.T + path[:-1, 2:]
        assert_allclose(history.training_losses, np.mean(np.logaddexp(0, z) - y * z, axis=1), rtol=1e-12)

    def test_it_is_the_loop_that_one_would_type(self):
        """Exact, on shuffled batches. Catches random numbers drawn on the way, and a batch left out or taken twice."""

        def setting():
            data = TensorDataset(column(*range(10)) / 10, row(*[0.0, 1.0] * 5))
            model = linear()
            shuffled = DataLoader(data, batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(1))
            return model, shuffled, torch.optim.Adam(model.parameters(), lr=0.1)

        model, batches, optimizer = setting()
        loss = nn.BCEWithLogitsLoss()
        before = torch.get_rng_state()
        history = train(model, loss, batches, optimizer, epochs=5, validation=batches.dataset[:], progress=False)
        assert torch.equal(torch.get_rng_state(), before)

        typed, batches, optimizer = setting()
        training_losses, validation_losses = [], []
        for _ in range(5):
            total = 0.0
            for X, y in batches:
                optimizer.zero_grad()
                mean = loss(typed(X), y)
                mean.backward()
                optimizer.step()
                total += mean.item() * len(X)
            training_losses.append(total / 10)
            validation_losses.append(loss(typed(batches.dataset[:][0]), batches.dataset[:][1]).item())
        assert torch.equal(parameters(model), parameters(typed))
        assert history == History(training_losses, validation_losses, history.best_epoch, False)
        assert history.best_epoch == 1 + int(np.argmin(validation_losses))

    def test_the_same_seed_gives_the_same_numbers(self):
        """Catches a loop with random numbers of its own: dropout and order follow the caller's seed, and only it."""

        def losses(seed):
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                model = nn.Sequential(nn.Dropout(0.5), linear()).double()
                batches = DataLoader(TensorDataset(*DATA), batch_size=2, shuffle=True)
                return train(model, nn.MSELoss(), batches, sgd(model), epochs=4, progress=False).training_losses

        assert losses(1) == losses(1)
        assert losses(1) != losses(2)

    def test_a_pair_is_one_batch_with_all_the_data(self):
        """Catches a pair whose X and y are taken for two batches."""
        first, second = linear(), linear()
        history = train(first, nn.MSELoss(), DATA, sgd(first), epochs=3, progress=False)
        assert history == train(second, nn.MSELoss(), [DATA], sgd(second), epochs=3, progress=False)
        assert torch.equal(parameters(first), parameters(second))

    def test_batches_go_to_the_device_of_the_model(self):
        """On PyTorch's device without data, which every machine has. Catches a batch that stays on the CPU."""
        model = linear().to("meta")

        def loss(output, y):
            raise LookupError(f"{output.device} {y.device}")

        with pytest.raises(LookupError, match="meta meta"):
            train(model, loss, [DATA], sgd(model), epochs=1, progress=False)

    def test_training_on_the_gpu_gives_the_losses_of_the_cpu(self):
        """Catches a tensor that was made on the CPU."""
        if not torch.cuda.is_available():
            pytest.skip("no GPU here")
        histories = []
        for device in ("cpu", "cuda"):
            model = linear().to(device)
            histories.append(
                train(model, nn.BCEWithLogitsLoss(), [DATA], sgd(model), epochs=5, validation=DATA, progress=False)
            )
            assert next(model.parameters()).device.type == device
        assert_allclose(histories[1].training_losses, histories[0].training_losses, rtol=1e-12)
        assert_allclose(histories[1].validation_losses, histories[0].validation_losses, rtol=1e-12)


class TestLosses:
    def test_they_are_means_over_examples_not_over_batches(self):
        """Catches the mean of the batch means, which counts the one example of a short last batch three times."""
        batches = [(column(0.0, 0.0, 0.0), row(1.0, 1.0, 1.0)), (column(0.0), row(3.0))]
        model = linear()
        history = train(
            model, nn.MSELoss(), batches, sgd(model, 0.0), epochs=2, validation=batches[::-1], progress=False
        )
        assert history == History([3.0, 3.0], [3.0, 3.0], 1, False)

    def test_the_training_loss_is_seen_before_each_step_and_the_validation_loss_after_the_epoch(self):
        """The weight goes 0, 1/2, 3/4. Catches a training loss that is taken again after the step."""
        model = nn.Linear(1, 1, bias=False).double()
        nn.init.zeros_(model.weight)
        one = column(1.0), column(1.0)
        history = train(model, nn.MSELoss(), [one, one], sgd(model, 0.25), epochs=1, validation=one, progress=False)
        assert history == History([(1 + 1 / 4) / 2], [1 / 16], 1, False)

    def test_without_validation_data_there_is_no_best_epoch(self):
        """Catches a best epoch by the training loss, which falls while the model gets worse on new data."""
        model = linear()
        history = train(model, nn.MSELoss(), DATA, sgd(model), epochs=2, progress=False)
        assert history[1:] == ([], None, False)

    def test_validation_takes_no_step_and_no_gradient(self):
        """Catches validation data that the model is trained on, and graphs kept for nothing."""
        model, seen = linear(), []

        def loss(output, y):
            seen.append(output.requires_grad)
            return nn.functional.mse_loss(output, y)

        with torch.no_grad():  # training has its gradients all the same
            train(model, loss, DATA, sgd(model), epochs=2, validation=(DATA[0], 1 - DATA[1]), progress=False)
        assert seen == [True, False, True, False]
        alone = linear()
        train(alone, nn.MSELoss(), DATA, sgd(alone), epochs=2, progress=False)
        assert torch.equal(parameters(model), parameters(alone))


class TestModes:
    @pytest.mark.parametrize("start", ["train", "eval"])
    def test_dropout_is_on_in_training_and_off_in_validation(self, start):
        """All inputs dropped, the answer is the intercept 0. Catches a missing eval(), and one that is never undone."""
        model = nn.Sequential(nn.Dropout(1.0), linear()).double()
        nn.init.ones_(model[1][0].weight)
        getattr(model, start)()
        two = column(2.0), row(0.0)
        history = train(model, nn.MSELoss(), two, sgd(model, 0.0), epochs=2, validation=two, progress=False)
        assert history == History([0.0, 0.0], [4.0, 4.0], 1, False)

    @pytest.mark.parametrize("end", [None, ValueError, KeyboardInterrupt])
    def test_each_part_ends_in_the_mode_it_was_in(self, end):
        """Catches a model left in evaluation mode, and a part that the caller had frozen set to training."""
        model = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.BatchNorm1d(1), linear())).double()
        model.eval()
        model[1].training = model[1][1].training = True
        before = [module.training for module in model.modules()]

        def loss(output, y):
            if end is not None and not model.training:
                raise end
            return nn.functional.mse_loss(output, y)

        with pytest.raises(end) if end else nullcontext():
            train(model, loss, DATA, sgd(model), epochs=2, validation=DATA, progress=False)
        assert [module.training for module in model.modules()] == before
        assert len(set(before)) == 2


class TestEarlyStopping:
    def test_it_waits_for_a_new_best_and_starts_to_count_again(self):
        """Catches epochs counted from the start, a stop one epoch early or late, and a best epoch counted from 0."""
        model, losses = linear(), [4.0, 9.0, 1.0, 16.0, 0.25, 0.5625, 25.0, 0.0]
        options = {"epochs": 8, "validation": Script(*losses), "patience": 2, "progress": False}
        history = train(model, nn.MSELoss(), (column(0.0), row(0.0)), sgd(model), **options)
        assert history == History([0.0] * 7, losses[:7], 5, True)

    def test_an_equal_loss_is_no_new_best(self):
        """Catches <= in place of <, with which a model that has stopped learning never ends."""
        model = linear()
        options = {"epochs": 9, "validation": DATA, "patience": 3, "progress": False}
        history = train(model, nn.MSELoss(), DATA, sgd(model, 0.0), **options)
        assert (history.best_epoch, len(history.training_losses), history.stopped_early) == (1, 4, True)

    def test_without_patience_all_epochs_run_and_the_last_parameters_stay(self):
        """Catches a best epoch that is put back unasked."""
        model, kept = linear(), linear()
        options = {"epochs": 3, "progress": False}
        history = train(model, nn.MSELoss(), DATA, sgd(model), validation=Script(1.0, 2.0, 3.0), **options)
        train(kept, nn.MSELoss(), DATA, sgd(kept), **options)
        assert (history.best_epoch, history.stopped_early) == (1, False)
        assert torch.equal(parameters(model), parameters(kept))

    @pytest.mark.parametrize(("epochs", "patience", "ran"), [(9, 2, 5), (5, 2, 5), (4, 2, 4)])
    def test_the_best_parameters_and_buffers_are_put_back(self, epochs, patience, ran):
        """Catches the last parameters, a state that is no copy and moves on, and running means left behind."""
        model = nn.Sequential(nn.BatchNorm1d(1), linear()).double()
        states = []

        class Spy(Script):
            def __iter__(self):
                states.append(copy.deepcopy(model.state_dict()))
                for X, y in super().__iter__():
                    yield X, model(X).detach() + y

        options = {"epochs": epochs, "validation": Spy(3.0, 2.0, 1.0, 4.0, 5.0), "patience": patience}
        history = train(model, nn.MSELoss(), DATA, sgd(model), progress=False, **options)
        assert (history.best_epoch, len(history.validation_losses)) == (3, ran)
        assert history.stopped_early == (ran < epochs)
        for name, value in model.state_dict().items():
            assert torch.equal(value, states[2][name]), name
            assert not torch.equal(value, states[-1][name]), name

    def test_the_optimizer_still_holds_the_parameters_that_are_put_back(self):
        """Catches new parameters in place of new values, after which training goes on without an effect."""
        model = linear()
        optimizer = sgd(model)
        script = Script(1.0, 2.0)
        train(model, nn.MSELoss(), DATA, optimizer, epochs=2, validation=script, patience=1, progress=False)
        before = parameters(model)
        train(model, nn.MSELoss(), DATA, optimizer, epochs=1, progress=False)
        assert not torch.equal(parameters(model), before)

    @pytest.mark.parametrize("patience", [None, 5])
    def test_an_interrupt_goes_through_and_keeps_what_was_learned(self, patience):
        """Interrupted in epoch 4, the best was 2. Catches an interrupt that is swallowed, and a best that is lost."""
        model, seen = linear(), []

        def loss(output, y):
            if model.training:
                seen.append(parameters(model))
            if len(seen) == 4:
                raise KeyboardInterrupt
            return nn.functional.mse_loss(output, y)

        # The model's answer to a 0 is its intercept: labels far from it order the losses as the script says.
        options = {"epochs": 9, "validation": Script(9e6, 1e6, 4e6), "patience": patience, "progress": False}
        with pytest.raises(KeyboardInterrupt):
            train(model, loss, DATA, sgd(model, 0.01), **options)
        # seen[k] are the parameters after k epochs
        assert torch.equal(parameters(model), seen[3 if patience is None else 2])
        assert not torch.equal(seen[3], seen[2])


class TestProgress:
    @pytest.fixture
    def clock(self, monkeypatch):
        """The time that tqdm reads, in seconds; it stands still unless it is set."""
        now = [1000.0]
        monkeypatch.setattr("tqdm.std.time", lambda: now[0])
        return now

    def run(self, clock, seconds, *, epochs=4, batches=DATA, **options):
        """Train with steps that take so many seconds each."""
        model = linear()

        def loss(output, y):
            clock[0] += seconds if model.training else 0
            return nn.functional.mse_loss(output, y)

        return train(model, loss, batches, sgd(model), epochs=epochs, validation=DATA, **options)

    def test_a_short_training_shows_nothing(self, clock, capsys):
        """Catches a bar that flashes up, and one that is drawn by its postfix."""
        self.run(clock, 0.49)
        assert capsys.readouterr() == ("", "")

    def test_a_long_one_shows_the_losses_and_takes_the_bar_away(self, clock, capsys):
        """Catches a bar without numbers, one that stays, and one on the standard output."""
        history = self.run(clock, 1.5)
        out, err = capsys.readouterr()
        assert out == ""
        frames = [frame.strip() for frame in err.split("\r") if frame.strip()]
        assert [re.search("./4", frame).group() for frame in frames] == ["2/4", "3/4", "4/4"], (
            "due after 3 s, then each 1.5 s"
        )
        for frame, *losses in zip(frames, *(losses[1:] for losses in history[:2]), strict=True):
            assert "training={:.3g}, validation={:.3g}".format(*losses) in frame
        assert err.endswith(" \r"), "blanks written over the bar"

    def test_it_is_drawn_within_a_long_epoch(self, clock, capsys):
        """Catches a bar that comes only after the first epoch, however long that takes."""
        self.run(clock, 60, epochs=1, batches=[DATA, DATA])
        assert "0/1" in capsys.readouterr().err

    def test_no_progress_is_silent(self, clock, capsys):
        """Catches an option that nothing looks at."""
        self.run(clock, 60, progress=False)
        assert capsys.readouterr() == ("", "")

    @pytest.mark.parametrize("patience", [None, 1])
    def test_the_bar_is_full_at_the_end_however_early(self, patience, monkeypatch):
        """Catches an early stop that a notebook shows as a failure: a bar that is not full stays there in red."""
        bars, make_bar, model = [], training.progress_bar, linear()
        monkeypatch.setattr(training, "progress_bar", lambda **options: bars.append(make_bar(**options)) or bars[-1])
        options = {"epochs": 3, "validation": Script(1.0, 2.0, 3.0), "patience": patience, "progress": True}
        history = train(model, nn.MSELoss(), DATA, sgd(model), **options)
        assert [(bar.n, bar.total) for bar in bars] == [(len(history.training_losses),) * 2]
        assert len(history.training_losses) == (3 if patience is None else 2)

    def test_a_notebook_without_widgets_warns_of_nothing(self, monkeypatch):
        """Catches tqdm's warning on the page. It is recorded: as an error, tqdm itself would catch it."""
        pytest.importorskip("IPython")
        for name in ("tqdm.auto", "tqdm.autonotebook", "tqdm.notebook"):
            pytest.importorskip(name)  # there, so that it is put back
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "ipykernel.zmqshell", ModuleType("zmqshell"))
        monkeypatch.setitem(sys.modules, "ipywidgets", None)
        model = linear()
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            train(model, nn.MSELoss(), DATA, sgd(model), epochs=1)
        assert seen == []
        assert "tqdm.notebook" in sys.modules, "tqdm took the other way: this test sees nothing"


class TestErrors:
    def refused(self, match, *, error=ValueError, model=None, loss=None, batches=DATA, optimizer=None, **options):
        """Require an error in these words, and parameters as they were."""
        model = model or linear()
        before = parameters(model)
        options = {"epochs": 2, "progress": False, **options}
        with pytest.raises(error, match=match):
            train(model, loss or nn.MSELoss(), batches, optimizer or sgd(model), **options)
        assert torch.equal(parameters(model), before)

    @pytest.mark.parametrize("epochs", [0, -1])
    def test_no_epochs_are_refused(self, epochs):
        """Catches an empty history, whose last entry is an IndexError elsewhere."""
        self.refused(f"epochs must be >= 1; got {epochs}", epochs=epochs)

    def test_patience_without_patience_or_validation_is_refused(self):
        """Catches an option that is silently without effect."""
        self.refused(r"patience must be >= 1, or None.*; got 0", patience=0, validation=DATA)
        self.refused(r"got patience=3 and no validation data\. Pass validation=\(X, y\)", patience=3)

    def test_batches_that_last_for_one_epoch_are_refused_at_once(self):
        """Catches epochs after the first that see nothing. One epoch may have a generator."""
        self.refused(r"batches must last for 2 epochs; got a generator.*list\(batches\)", batches=(b for b in [DATA]))
        self.refused(r"validation must last for 2 epochs; got a list_iterator", validation=iter([DATA]))
        model = linear()
        train(model, nn.MSELoss(), (b for b in [DATA]), sgd(model), epochs=1, validation=iter([DATA]), progress=False)

    def test_batches_that_hide_that_they_last_for_one_epoch_are_refused_in_the_second(self):
        """Catches a division by 0 examples."""

        class Once:
            def __init__(self):
                self.batches = iter([DATA])

            def __iter__(self):
                return self.batches

        model = linear()
        with pytest.raises(ValueError, match=r"no batch came in epoch 2: .*gone through only once"):
            train(model, nn.MSELoss(), Once(), sgd(model), epochs=2, progress=False)

    @pytest.mark.parametrize("empty", [[], ()])
    def test_an_empty_loader_is_refused(self, empty):
        """Catches a division by 0 examples, in training and in validation."""
        self.refused("no batch came in epoch 1: the batches are empty", batches=empty)
        nothing = {"validation": empty, "optimizer": None}
        model = linear()
        self.refused(
            "no batch came in the validation after epoch 1", model=model, **nothing | {"optimizer": sgd(model, 0)}
        )

    @pytest.mark.parametrize(
        ("batches", "came"),
        [
            ([DATA[0]], r"Tensor \(4, 1\) in epoch 1, batch 1"),
            ([(*DATA, DATA[1])], r"Tensor \(4, 1\), Tensor \(4,\), Tensor \(4,\)"),
            (tuple(part.numpy() for part in DATA), r"ndarray \(4, 1\) .*torch\.as_tensor"),
            ([tuple(part.numpy() for part in DATA)], r"ndarray \(4, 1\), ndarray \(4,\)"),
            ((DATA[0], DATA[1][:3]), r"Tensor \(4, 1\), Tensor \(3,\)"),
            ((DATA[0], DATA[1][:1]), r"Tensor \(4, 1\), Tensor \(1,\)"),
            ((DATA[0], DATA[1][0]), r"Tensor \(4, 1\), Tensor \(\)"),
            ((DATA[0][:0], DATA[1][:0]), r"Tensor \(0, 1\), Tensor \(0,\)"),
            ([{"X": DATA[0]}], r"dict \(\)"),
        ],
    )
    def test_what_is_no_pair_of_tensors_with_as_many_rows_is_refused(self, batches, came):
        """Catches labels that broadcast, and an unpacking error without a word on what a batch is."""
        self.refused(rf"a batch must be a pair \(X, y\).*got {came}", batches=batches)

    @pytest.mark.parametrize("dtype", [torch.float64, torch.int64])
    def test_labels_of_another_shape_than_the_output_are_refused(self, dtype):
        """Catches a hand-written mean squared error that broadcasts to (N, N). The twins, reshaped, are taken."""

        def loss(output, y):
            return ((output - y) ** 2).mean()

        X, y = DATA[0], DATA[1].to(dtype)
        self.refused(
            r"y must have shape \(4,\) .*output; got \(4, 1\) in epoch 1, batch 1\. Use y\.reshape\(-1\)",
            loss=loss,
            batches=(X, y[:, None]),
        )
        tall = linear()[0]
        self.refused(
            r"y must have shape \(4, 1\) .*; got \(4,\).*Use y\.reshape\(-1, 1\)", model=tall, loss=loss, batches=(X, y)
        )
        flat = linear()
        histories = [
            train(flat, loss, (X, y[:, None].reshape(-1)), sgd(flat), epochs=2, progress=False),
            train(tall, loss, (X, y.reshape(-1, 1)), sgd(tall), epochs=2, progress=False),
        ]
        assert histories[0] == histories[1]

    def test_one_label_for_a_row_of_outputs_is_no_mistake(self):
        """Catches a check of shapes that refuses the classes of CrossEntropyLoss."""
        model = nn.Linear(1, 3).double()
        batch = DATA[0], torch.tensor([0, 1, 2, 1])
        history = train(model, nn.CrossEntropyLoss(), batch, sgd(model), epochs=2, validation=batch, progress=False)
        assert history.training_losses[1] < history.training_losses[0]

    def test_a_loss_that_is_no_scalar_tensor_is_refused(self):
        """Catches reduction="none", whose backward() would speak of implicit gradients, and a Python number."""
        self.refused(r'got shape \(4,\) in epoch 1, batch 1.*reduction="mean"', loss=nn.MSELoss(reduction="none"))
        self.refused("the loss must be a scalar tensor.*got float", loss=lambda output, y: 1.0)

    def test_a_loss_without_gradient_is_refused(self):
        """Catches training on the accuracy, and a detached loss, where PyTorch speaks of a grad_fn."""

        def errors(output, y):
            return ((output > 0.5) != (y > 0.5)).double().mean()

        self.refused("must carry a gradient.*got none in epoch 1, batch 1.*threshold", loss=errors)
        self.refused("must carry a gradient", loss=lambda output, y: (output - y).square().mean().detach())
        frozen = linear()
        for parameter in frozen.parameters():
            parameter.requires_grad = False
        self.refused("some parameter must require_grad", model=frozen)

    def test_an_optimizer_of_another_model_is_refused(self):
        """Catches a model that was made again after its optimizer. A part of the parameters is enough."""
        self.refused("the optimizer must hold parameters of the model; got none", optimizer=sgd(linear()))
        model = linear()
        train(model, nn.MSELoss(), DATA, torch.optim.SGD([model[0].bias], lr=0.1), epochs=1, progress=False)
        assert model[0].weight.item() == 0
        assert model[0].bias.item() != 0

    def test_an_optimizer_that_needs_a_closure_is_refused(self):
        """Catches PyTorch's words about a missing argument that the caller cannot give."""
        model = linear()
        lbfgs = torch.optim.LBFGS(model.parameters())
        self.refused("without a closure; got LBFGS.*Use SGD or Adam", model=model, optimizer=lbfgs)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_a_loss_that_is_not_finite_ends_the_training_before_its_step(self, bad):
        """Catches parameters that are nan when the error comes."""
        model, before = linear(), []

        def loss(output, y):
            before.append(parameters(model))
            factor = bad if len(before) == 6 else 1.0
            return factor * nn.functional.mse_loss(output, y)

        with pytest.raises(
            FloatingPointError,
            match=f"the loss is {bad} in epoch 2, batch 2; no step.*smaller learning rate, standardise",
        ):
            train(model, loss, [DATA] * 4, sgd(model, 0.01), epochs=3, progress=False)
        assert torch.equal(parameters(model), before[5])
        assert not torch.equal(before[5], before[4])

    def test_a_step_that_is_too_long_ends_in_words(self):
        """Catches losses of nan for the rest of the training, the usual end of a learning rate that is too large."""
        model = linear()
        with pytest.raises(FloatingPointError, match=r"the loss is inf in epoch \d+, batch 1; .*smaller learning rate"):
            train(model, nn.MSELoss(), DATA, sgd(model, 10.0), epochs=1000, progress=False)
        assert parameters(model).isfinite().all()

    def test_a_gradient_that_is_not_finite_takes_no_step(self):
        """sqrt(0) has the slope infinity. Catches a check of the loss alone, which sees it one step later."""
        self.refused(
            "the gradient is not finite in epoch 1, batch 1; no step",
            error=FloatingPointError,
            loss=lambda output, y: (output - y).abs().sqrt().mean(),
        )

    @pytest.mark.parametrize("factor", [1.0, math.nan])
    def test_sparse_gradients_are_looked_at_too(self, factor):
        """Catches a check that stops at an embedding's sparse gradient, or passes over it."""
        model = nn.Sequential(nn.Embedding(3, 1, sparse=True), nn.Flatten(0)).double()
        model[0].weight.register_hook(lambda gradient: gradient * factor)
        before = parameters(model)
        batch = torch.tensor([0, 2]), row(5.0, 5.0)
        with pytest.raises(FloatingPointError, match="gradient is not") if math.isnan(factor) else nullcontext():
            train(model, nn.MSELoss(), batch, sgd(model), epochs=1, progress=False)
        assert (parameters(model) != before).tolist() == [factor == 1, False, factor == 1]

    def test_a_validation_loss_that_is_not_finite_is_named(self):
        """Catches a best epoch by comparisons with nan, each of which is false."""
        model = linear()
        with pytest.raises(FloatingPointError, match="the loss is nan in the validation after epoch 1, batch 1"):
            train(model, nn.MSELoss(), DATA, sgd(model), epochs=2, validation=(DATA[0], DATA[1] * math.nan))


class TestFrozenParts:
    @pytest.mark.parametrize("whole_model", [True, False])
    def test_batch_norm_that_the_caller_froze_keeps_its_averages(self, whole_model):
        """Catches model.train(), which wakes it; put back to evaluation afterwards, nobody sees that it moved."""
        model = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.BatchNorm1d(2).eval(), torch.nn.Linear(2, 1))
        model[1].requires_grad_(False)
        if whole_model:
            model.eval()
        before, weight = model[1].running_mean.clone(), model[0].weight.detach().clone()
        X = torch.arange(4.0)[:, None]
        train(model, torch.nn.MSELoss(), (X, X), torch.optim.SGD(model.parameters(), lr=0.1), epochs=1, progress=False)
        assert torch.equal(model[1].running_mean, before)
        assert not torch.equal(model[0].weight, weight)


class TestWeightedLosses:
    @pytest.mark.parametrize("options", [{"weight": torch.tensor([1.0, 9.0])}, {"ignore_index": 0}])
    def test_the_loss_of_an_epoch_is_the_one_that_is_trained(self, options):
        """Catches a mean over rows where the loss divides by the weights of their classes."""
        torch.manual_seed(0)
        model, X, y = torch.nn.Linear(3, 2), torch.randn(9, 3), torch.tensor([0, 1, 1, 1, 0, 0, 1, 0, 1])
        loss = torch.nn.CrossEntropyLoss(**options)
        expected = loss(model(X), y).item()
        batches = [(X[:4], y[:4]), (X[4:8], y[4:8]), (X[8:], y[8:])]
        history = train(model, loss, batches, torch.optim.SGD(model.parameters(), lr=1e-12), epochs=1, progress=False)
        assert history.training_losses[0] == pytest.approx(expected, rel=1e-6)


def test_a_squeezed_batch_of_one_gets_advice_that_helps():
    """Catches 'use y.reshape(-1)', which changes nothing."""

    class Squeezed(torch.nn.Linear):
        def forward(self, X):
            return super().forward(X).squeeze()

    model, X, y = Squeezed(1, 1), torch.ones(1, 1), torch.ones(1)
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"squeeze\(-1\)"):
        train(model, torch.nn.MSELoss(), (X, y), sgd, epochs=1, progress=False)
