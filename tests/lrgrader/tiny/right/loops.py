"""A loop in place of arithmetic on arrays, and torch."""


# %% q1
def twice(number):
    return number + number


def double(x):
    import torch

    return torch.stack([torch.tensor(twice(item)) for item in x.ravel()]).reshape(x.shape)
