"""ibroker: the postkantoor for Wmo and Jeugdwet messages."""

from importlib.metadata import version

try:
    __version__ = version("ibroker")
except Exception: __version__="0"
