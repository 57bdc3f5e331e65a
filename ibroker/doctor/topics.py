"""The topics, the access and the quotas of a cluster against topics.yaml."""

from collections.abc import Iterator
from datetime import date

from ibroker.doctor.bevinding import Bevinding, fout, goed, let_op
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.topics.expansion import expand, fitting
from ibroker.topics.plan import ForeignAcl, Plan, diff
from ibroker.topics.port import Admin
from ibroker.topics.reading import load_topics
from ibroker.topics.state import Ours
from ibroker.topics.wording import Line, word

__all__ = ["check_topics", "compare_topics", "describe_plan"]

_ONDERDEEL = "topics"
_HIDDEN = "(een ander)"


def compare_topics(admin: Admin, settings: Settings, today: date) -> Plan:
    """Say how the cluster differs from what it must be on that day.

    Raises ConfigError, or LogError where the cluster does not say what it has.
    """
    file = load_topics(settings.topics)
    actual = admin.observe(Ours(file.prefix, file.principals))
    postvakken = load_register(settings.partijen).postvakken(today)
    return diff(expand(file, postvakken, fitting(file, actual.brokers)), actual)


def check_topics(plan: Plan) -> Iterator[Bevinding]:
    """Judge how a cluster differs."""
    if plan.is_empty:
        yield goed(_ONDERDEEL, "topics.yaml", "het cluster is zoals topics.yaml wil")
    if plan.changes:
        kinds = ", ".join(sorted({word(one).what for one in plan.changes}))
        tekst = f"{len(plan.changes)} verschillen ({kinds}): ibroker topics plan"
        yield fout(_ONDERDEEL, "topics.yaml", tekst)
    if plan.findings:
        kinds = ", ".join(sorted({word(one).what for one in plan.findings}))
        tekst = f"{len(plan.findings)} bevindingen ({kinds}): ibroker topics plan"
        yield fout(_ONDERDEEL, "bevindingen", tekst)
    if not plan.has_authorizer:
        tekst = "dit cluster bewaakt niets: iedereen mag alles lezen en schrijven"
        yield let_op(_ONDERDEEL, "toegang", tekst)


def describe_plan(plan: Plan) -> list[dict[str, str]]:
    """Give each difference as a row.

    Who has access that is not of ours is left out: that may be the name of a person.
    """
    return [_row(one, word(one)) for one in (*plan.changes, *plan.findings)]


def _row(one: object, line: Line) -> dict[str, str]:
    is_foreign = isinstance(one, ForeignAcl)
    return {
        "teken": line.sign,
        "wat": line.what,
        "naam": _HIDDEN if is_foreign else line.name,
        "hoe": "" if is_foreign else line.detail,
    }
