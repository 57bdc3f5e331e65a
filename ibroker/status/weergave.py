"""The figures as tables for a terminal."""

from collections.abc import Mapping

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ibroker.status.cijfers import Cijfers, Keten

__all__ = ["render"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def render(cijfers: Cijfers) -> RenderableType:
    """Make the three dashboards, the fullest postvakken and the processes of it."""
    return Group(
        _processen(cijfers),
        Text("\nketen", style="bold"),
        _keten(cijfers.keten),
        Text(),
        Columns(
            [_broker(cijfers), _antwoorden(cijfers), _postvakken(cijfers)],
            padding=(0, 6),
        ),
    )


def _processen(cijfers: Cijfers) -> Table:
    table = _table("proces", "adres", "versie", "")
    for one in cijfers.processen:
        is_up = one.waarom is None
        state = Text("antwoordt" if is_up else f"antwoordt niet: {one.waarom}")
        state.stylize("green" if is_up else "red")
        # As text: a name of a file of ours is no markup.
        table.add_row(Text(one.naam), Text(one.adres), Text(one.versie or "-"), state)
    return table


def _keten(rows: tuple[Keten, ...]) -> Table:
    table = _table("", *(one.proces for one in rows))
    for name, values in (
        ("in per seconde", [_number(one.in_per_seconde) for one in rows]),
        ("in totaal", [_number(one.in_totaal) for one in rows]),
        ("uitkomsten", [_counts(one.uitkomsten) for one in rows]),
        ("van begin tot eind, p50", [_time(one.p50) for one in rows]),
        ("van begin tot eind, p99", [_time(one.p99) for one in rows]),
        ("oudste onderhanden", [_time(one.oudste) for one in rows]),
        ("onderhanden", [_number(one.in_bewerking) for one in rows]),
        ("achterstand", [_number(one.achterstand) for one in rows]),
        ("opnieuw begonnen", [_number(one.herstarts) for one in rows]),
        ("waarschuwingen", [_number(one.waarschuwingen) for one in rows]),
    ):
        table.add_row(name, *values)
    return table


def _broker(cijfers: Cijfers) -> Table:
    broker = cijfers.broker
    table = _table("broker", "")
    known = {None: "-", True: "ja", False: "nee"}
    table.add_row("brokers", _number(broker.brokers))
    table.add_row("controller", known[broker.controller])
    table.add_row("partities zonder leider", _number(broker.zonder_leider))
    table.add_row("te weinig kopieën", _number(broker.te_weinig_kopieen))
    table.add_row("onder het minimum", _number(broker.onder_minimum))
    table.add_row("schijf vrij", "-" if broker.vrij is None else f"{broker.vrij:.0%}")
    table.add_row("onbestelbaar", _number(broker.onbestelbaar))
    return table


def _antwoorden(cijfers: Cijfers) -> Table:
    antwoorden = cijfers.antwoorden
    table = _table("antwoorden en signalen", "open", "te laat")
    for kind in sorted(antwoorden.open.keys() | antwoorden.te_laat.keys()):
        late = antwoorden.te_laat.get(kind)
        table.add_row(kind, _number(antwoorden.open.get(kind)), _number(late))
    table.add_row("signalen", _number(antwoorden.signalen), "")
    for stage, age in sorted(antwoorden.hartslag.items()):
        table.add_row(f"hartslag {stage}", _time(age), "")
    return table


def _postvakken(cijfers: Cijfers) -> Table:
    table = _table("postvak", "wacht", "oudste")
    for one in cijfers.postvakken:
        table.add_row(Text(one.ontvanger), _number(one.diepte), _time(one.oudste))
    if not cijfers.postvakken:
        table.add_row("-", "", "")
    return table


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, head in enumerate(heads):
        is_text = number == 0 or heads[0] == "proces"
        table.add_column(Text(head), justify="left" if is_text else "right")
    return table


def _counts(counts: Mapping[str, float]) -> str:
    shown = [f"{_number(value)} {name}" for name, value in counts.items() if value]
    return "\n".join(shown) or "-"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return text.translate({ord(","): ".", ord("."): ","})


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, unit in ((_DAY, "d"), (_HOUR, "u"), (_MINUTE, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s".replace(".", ",")
