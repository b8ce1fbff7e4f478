"""Put a softmax in front of CrossEntropyLoss, which has its own; and divide batch means by the number of batches."""


# %% q5
def train_torch(X, y, classes, step_size, steps):
    linear = torch.nn.Linear(X.shape[1], classes, dtype=torch.float64)
    torch.nn.init.zeros_(linear.weight)
    torch.nn.init.zeros_(linear.bias)
    model = torch.nn.Sequential(linear, torch.nn.Softmax(dim=1))
    sgd = torch.optim.SGD(model.parameters(), lr=step_size)
    for _ in range(steps):
        sgd.zero_grad()
        torch.nn.functional.cross_entropy(model(torch.tensor(X)), torch.tensor(y)).backward()
        sgd.step()
    return linear.weight.detach().numpy().T, linear.bias.detach().numpy()


def epoch_loss(means, sizes):
    return sum(means) / len(means)
