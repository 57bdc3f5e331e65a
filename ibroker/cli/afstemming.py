"""stub"""

HELP = ""


def reconcile() -> None:
    """stub"""
