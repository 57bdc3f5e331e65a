"""What a process says over HTTP, also while it hangs, and where it is no good."""

import asyncio
import json
import socket
import time
import urllib.error
import urllib.request

import pytest

from ibroker.broker.ports import free_ports
from ibroker.errors import ConfigError
from ibroker.health import Health, HealthBounds
from ibroker.kafka.meter import SILENT, Assigned, Revoked, Taken
from ibroker.metrics import Kinds
from ibroker.probes import serve_probes
from tests.kafka.meters import done

KINDS = Kinds(lambda _: ("uit", None), ("uit",), {})


@pytest.fixture
def address() -> str:
    """An address that is free."""
    return f"127.0.0.1:{free_ports(1)[0]}"


def ask(address: str, page: str, method: str = "GET") -> tuple[int, str]:
    """The status and the body of a page."""
    request = urllib.request.Request(f"http://{address}{page}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def test_the_three_pages(address: str) -> None:
    """Each says what it should, at the beginning, at work and while draining."""
    async with serve_probes(address, "test", KINDS) as meter:
        alive = await asyncio.to_thread(ask, address, "/livez")
        begin = await asyncio.to_thread(ask, address, "/readyz")
        meter.tell(Assigned(frozenset({1, 2})))
        meter.tell(Taken(1, 1, 0))
        meter.tell(done(1))
        ready = await asyncio.to_thread(ask, address, "/readyz")
        metrics = await asyncio.to_thread(ask, address, "/metrics")
        meter.tell(Revoked())
        end = await asyncio.to_thread(ask, address, "/readyz")

    assert (200, {"goed": True, "redenen": []}) == (alive[0], json.loads(alive[1]))
    assert [503, 200, 503] == [status for status, _ in (begin, ready, end)]
    assert {
        "goed": False,
        "redenen": ["geen partities: de groep wordt verdeeld, of dit proces stopt"],
        "partities": 0,
        "seconden_sinds_commit": None,
    } == json.loads(begin[1])
    body = json.loads(ready[1])
    assert (True, [], 2) == (body["goed"], body["redenen"], body["partities"])
    assert 0 <= body["seconden_sinds_commit"] < 10
    assert 200 == metrics[0]
    assert '\nibroker_build_info{process="test",' in metrics[1]
    assert "\nibroker_partitions_assigned 2.0\n" in metrics[1]
    assert "\nprocess_cpu_seconds_total " in metrics[1]


async def test_what_is_not_served(address: str) -> None:
    """Another page is not there, another method not allowed; HEAD has no body."""
    async with serve_probes(address, "test", KINDS):
        other = await asyncio.to_thread(ask, address, "/")
        post = await asyncio.to_thread(ask, address, "/livez", "POST")
        posted = await asyncio.to_thread(ask, address, "/metrics", "POST")
        head = await asyncio.to_thread(ask, address, "/livez", "HEAD")

    assert (404, 405, 405) == (other[0], post[0], posted[0])
    assert (200, "") == head


async def test_it_answers_while_the_loop_hangs(address: str) -> None:
    """A process whose event loop hangs says so, though nothing in it turns."""
    health = Health(HealthBounds(beat=0.01, still=0.2))
    async with serve_probes(address, "test", KINDS, health):
        asking = asyncio.create_task(asyncio.to_thread(ask_late, address))
        await asyncio.sleep(0.05)
        time.sleep(1)  # noqa: ASYNC251 - it is to hang
        hanging = await asking
        await asyncio.sleep(0.05)
        after = await asyncio.to_thread(ask, address, "/livez")

    assert 503 == hanging[0]
    assert "stil" in json.loads(hanging[1])["redenen"][0]
    assert 200 == after[0]


def ask_late(address: str) -> tuple[int, str]:
    """Ask in the middle of the time in which the loop hangs."""
    time.sleep(0.6)
    return ask(address, "/livez")


async def test_a_slow_client_holds_up_no_other(address: str) -> None:
    """Who connects and says nothing keeps its own thread busy only."""
    host, _, port = address.partition(":")
    async with serve_probes(address, "test", KINDS):
        with socket.create_connection((host, int(port))) as silent:
            status, _ = await asyncio.to_thread(ask, address, "/livez")
            silent.setblocking(False)
            with pytest.raises(BlockingIOError):  # it is still being waited for
                silent.recv(1)

    assert 200 == status


async def test_the_port_is_given_back(address: str) -> None:
    """Once it ends the next may serve there, and nothing answers in between."""
    for _ in range(2):
        async with serve_probes(address, "test", KINDS):
            assert 200 == (await asyncio.to_thread(ask, address, "/livez"))[0]
        with pytest.raises(urllib.error.URLError):
            await asyncio.to_thread(ask, address, "/livez")


async def test_without_an_address_nothing_is_served() -> None:
    """Nothing is counted either."""
    async with serve_probes(None, "test", KINDS) as meter:
        assert meter is SILENT


@pytest.mark.parametrize(
    "wrong",
    ["9461", ":9461", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:x", "a@127.0.0.1:0"],
)
async def test_an_address_that_is_none(wrong: str) -> None:
    """What is no host:port is said at the start."""
    with pytest.raises(ConfigError, match=r"IBROKER_METRICS: .* is geen host:poort"):
        await asyncio.wait_for(serve(wrong), 10)


async def test_an_address_that_is_taken(address: str) -> None:
    """Where another process serves already that is said, as where it is not ours."""
    async with serve_probes(address, "test", KINDS):
        with pytest.raises(ConfigError, match=r"IBROKER_METRICS: 127\..*in use"):
            await asyncio.wait_for(serve(address), 10)
    with pytest.raises(ConfigError, match=r"IBROKER_METRICS: 192\.0\.2\.1:9461"):
        await asyncio.wait_for(serve("192.0.2.1:9461"), 10)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
async def test_ipv6() -> None:
    """An address of IPv6 stands between brackets."""
    address = f"[::1]:{free_ports(1)[0]}"
    async with serve_probes(address, "test", KINDS):
        assert 200 == (await asyncio.to_thread(ask, address, "/livez"))[0]


async def serve(address: str) -> None:
    """Serve there for a moment."""
    async with serve_probes(address, "test", KINDS):
        pass
