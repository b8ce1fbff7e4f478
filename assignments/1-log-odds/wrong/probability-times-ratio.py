"""Add the weight's effect to the probability instead of the odds, and lose the minus sign of the boundary."""

# %% q1
p_before = odds_for / (odds_for + odds_against)
p_after = 1 - (1 - p_before) / ratio
crossing = b / w2
