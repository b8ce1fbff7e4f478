"""Return the decided classes as if they were probabilities."""


# %% q4
def probabilities(X_train, y_train, X_new):
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return model.fit(X_train, y_train).predict(X_new).astype(float)
