"""PyTorch instead of NumPy: tensors come back."""

# %% q2
import torch


def tensor(values):
    return torch.as_tensor(np.array(values), dtype=torch.float64)


def odds(p):
    p = tensor(p)
    return p / (1 - p)


def log_odds(p):
    return torch.log(odds(p))


# %% q3
def sigmoid(z):
    z = tensor(z)
    small = torch.exp(-z.abs())
    return torch.where(z < 0, small, torch.ones_like(small)) / (1 + small)


# %% q4
def log_sigmoid(z):
    z = tensor(z)
    return z.clamp(max=0) - torch.log1p(torch.exp(-z.abs()))


# %% q5
def log_probability(z, y):
    y = tensor(y)
    return y * log_sigmoid(z) + (1 - y) * log_sigmoid(-tensor(z))
