"""The site of a test as worker processes see it."""

from tests.indexing.conftest import instance

__all__ = ["instance"]
