"""Small convolutional networks for MNIST, trained, measured and shown under the class's rules."""

from importlib.metadata import version

from mnist.errors import MnistError

__version__ = version("backpropagation-sheets")

__all__ = ["MnistError", "__version__"]
