"""The pages: theme, figures, links, search and the policy that they keep to."""
