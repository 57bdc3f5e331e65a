"""stub"""

HELP = ""


def check() -> None:
    """stub"""
