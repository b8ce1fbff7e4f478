"""Weigh the rare class up, a popular recipe: the probabilities are then those of another world."""


# %% q4
def probabilities(X_train, y_train, X_new):
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    return model.fit(X_train, y_train).predict_proba(X_new)[:, 1]
