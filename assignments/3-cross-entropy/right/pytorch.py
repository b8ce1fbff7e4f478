"""PyTorch: autograd differentiates the loss, once and twice."""

# %% q2
import torch


def tensor(values):
    return torch.as_tensor(np.array(values), dtype=torch.float64)


def loss_of(X, y, w, b):
    z = tensor(X) @ w + b
    s = torch.where(tensor(y).reshape(-1) == 1, -z, z)
    return (torch.where(s > 0, s, 0.0) + torch.log1p(torch.exp(torch.where(s > 0, -s, s)))).mean()


def mean_loss(X, y, w, b):
    return loss_of(X, y, tensor(w), tensor(b)).item()


# %% q3
def gradient(X, y, w, b):
    w, b = tensor(w).requires_grad_(), tensor(b).requires_grad_()
    by_w, by_b = torch.autograd.grad(loss_of(X, y, w, b), (w, b))
    return by_w, by_b


# %% q4
def hessian(X, w, b):
    theta = torch.cat([tensor(w), tensor(b).reshape(1)])
    return torch.autograd.functional.hessian(lambda t: loss_of(X, np.zeros(len(X)), t[:-1], t[-1]), theta)
