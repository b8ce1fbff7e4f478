"""What every feature needs to be a Sphinx extension: its metadata, its place among the others, what it stores."""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import ReferencesResolver
from sphinx.util.typing import ExtensionMetadata

# Handlers of events run in the order in which coursebook/__init__.py loads the features: none names a priority.
# Sphinx orders post-transforms by number only. Ours see references as text, whichever extension resolved them:
# sphinx-exercise's titles come last, at 22.
AFTER_REFERENCES = 10 * ReferencesResolver.default_priority

T = TypeVar("T")


def metadata(env_version: int = 1) -> ExtensionMetadata:
    """Return what a feature's setup tells Sphinx: pages may be read and written in parallel.

    env_version: of what the feature stores in the environment. Where the last build did not have the feature, or had it
    with another version, Sphinx reads every page anew.
    """
    return {"version": "1", "env_version": env_version, "parallel_read_safe": True, "parallel_write_safe": True}


class Stored(Generic[T]):
    """A value that a feature stores under a name: for one build on the application, for the next on the environment."""

    def __init__(self, name: str, initial: Callable[[], T]) -> None:
        self.name, self.initial = name, initial

    def of(self, owner: Sphinx | BuildEnvironment) -> T:
        """Return the value, which is the initial one until it is set."""
        if not hasattr(owner, self.name):
            self.set(owner, self.initial())
        return cast(T, getattr(owner, self.name))

    def set(self, owner: Sphinx | BuildEnvironment, value: T) -> None:
        """Store a value."""
        setattr(owner, self.name, value)
