"""Use the formula of chapter 1 as it stands: there a right alarm is free, here it has its price."""

# %% q1
limit = fee / (fee + loss_one)
p_plant = 1 / (1 + (1 - p_one) / p_one * (1 - share) / share)


# %% q2
def alarms(p, fee, loss):
    return ((1 - p) * fee < p * loss).astype(int)


def mean_cost(y, alarm, fee, loss):
    y, alarm = np.asarray(y) == 1, np.asarray(alarm) == 1
    return np.mean(fee * (alarm & ~y) + loss * (~alarm & y))
