"""ibroker: the postkantoor for Wmo and Jeugdwet messages."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("ibroker")
