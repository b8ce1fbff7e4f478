"""PyTorch: one linear layer and L-BFGS."""

# %% q4
import torch


def probabilities(X_train, y_train, X_new):
    X, labels, new = (torch.as_tensor(np.array(part), dtype=torch.float64) for part in (X_train, y_train, X_new))
    mean, spread = X.mean(dim=0), X.std(dim=0)
    layer = torch.nn.Linear(X.shape[1], 1, dtype=torch.float64)
    torch.nn.init.zeros_(layer.weight)
    loss = torch.nn.BCEWithLogitsLoss()
    search = torch.optim.LBFGS(layer.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        search.zero_grad()
        value = loss(layer((X - mean) / spread)[:, 0], labels) + 0.5 / len(X) * (layer.weight**2).sum()
        value.backward()
        return value

    search.step(closure)
    return torch.sigmoid(layer((new - mean) / spread)[:, 0]).detach()
