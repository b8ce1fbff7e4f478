"""Right for a number and an array, but not for a list."""


# %% q1
def odds(p):
    return p / (1 - p)
