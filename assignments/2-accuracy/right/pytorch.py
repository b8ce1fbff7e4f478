"""PyTorch: autograd finds the gradient of the loss."""

# %% q5
import torch


def tensor(values):
    return torch.as_tensor(np.array(values), dtype=torch.float64)


def margin(z, y):
    return (2 * tensor(y) - 1) * tensor(z)


def hinge(m):
    return torch.clamp(1 - tensor(m), min=0)


def logistic_bits(m):
    m = tensor(m)
    return (torch.where(m < 0, -m, 0) + torch.log1p(torch.exp(-m.abs()))) / math.log(2)


# %% q6
def train(X, y, step_size, steps):
    X, sign = tensor(X), 2 * tensor(y) - 1
    theta = torch.zeros(X.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        m = sign * (X @ theta[:-1] + theta[-1])
        loss = torch.logaddexp(torch.zeros_like(m), -m).mean()
        (slope,) = torch.autograd.grad(loss, theta)
        theta = (theta - step_size * slope).detach().requires_grad_()
    return theta[:-1].detach().numpy(), theta[-1].item()
