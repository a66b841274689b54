"""The networks: five published ones, three of our own, and any of the user's."""

from mnist.models.registry import MODELS, Entry, create_model, parameter_count

__all__ = ["MODELS", "Entry", "create_model", "parameter_count"]
