"""Only works for one number."""


# %% q1
def double(x):
    return float(x) * 2
