"""Fit the columns in their own units: the penalty then forbids the ones with small numbers."""


# %% q4
def probabilities(X_train, y_train, X_new):
    model = LogisticRegression(max_iter=1000)
    return model.fit(X_train, y_train).predict_proba(X_new)[:, 1]
