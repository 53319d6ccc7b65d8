"""The cache shared by threads: one computation per key, versions, lifetimes, bounds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from recommender import caching
from recommender.caching import TTLCache


class Clock:
    """A manual clock. It stands still until it is moved; `is_reached` is set at the read number `awaited`,
    one read per request.
    """

    def __init__(self, awaited: int = 0) -> None:
        self.now, self.reads, self.awaited = 0.0, 0, awaited
        self.is_reached = threading.Event()

    def __call__(self) -> float:
        self.reads += 1
        if self.reads == self.awaited:
            self.is_reached.set()
        return self.now


class Source:
    """Counts its computations and blocks until it is allowed to return."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.begun, self.may_answer = threading.Event(), threading.Event()

    def answer(self) -> str:
        self.asked.append("one")
        self.begun.set()
        assert self.may_answer.wait(60)
        return "answer"


def refuse() -> str:
    raise AssertionError("The value is cached and must not be computed again.")


def test_concurrent_requests_for_one_key_compute_once() -> None:
    threads = 4
    clock, source = Clock(awaited=threads), Source()
    cache = TTLCache[str, str](8, 60, clock)
    with ThreadPoolExecutor(threads) as pool:
        answers = [pool.submit(cache.get, "key", source.answer) for _ in range(threads)]
        assert clock.is_reached.wait(60)
        cache.peek("key")  # the last of them has let go of the lock by now
        source.may_answer.set()
        assert [answer.result() for answer in answers] == ["answer"] * threads
    assert source.asked == ["one"]


def test_another_key_does_not_wait() -> None:
    source = Source()
    cache = TTLCache[str, str](8, 60)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cache.get, "slow", source.answer)
        assert source.begun.wait(60)
        assert cache.get("quick", lambda: "at once") == "at once"
        assert not slow.done()
        source.may_answer.set()


def test_after_a_failure_a_waiting_thread_computes_itself() -> None:
    clock, begun, may_fail = Clock(awaited=2), threading.Event(), threading.Event()
    cache = TTLCache[str, str](8, 60, clock)

    def fail() -> str:
        begun.set()
        assert may_fail.wait(60)
        raise ValueError("no")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "key", fail)
        assert begun.wait(60)
        second = pool.submit(cache.get, "key", lambda: "answer")
        assert clock.is_reached.wait(60)
        may_fail.set()
        assert second.result() == "answer"
        with pytest.raises(ValueError, match="no"):
            first.result()
    assert cache.get("key", refuse) == "answer"


def test_a_thread_that_has_waited_too_long_computes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "MOST_WAITED_SECONDS", 0.0)
    source = Source()
    cache = TTLCache[str, str](8, 60)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cache.get, "key", source.answer)
        assert source.begun.wait(60)
        assert cache.get("key", lambda: "mine") == "mine"
        source.may_answer.set()
        assert slow.result() == "answer"


def test_threads_that_need_each_others_keys_do_not_deadlock() -> None:
    clock = Clock(awaited=2)
    cache = TTLCache[int, int](8, 60, clock)
    computed: list[list[int]] = []

    def double(keys: list[int]) -> dict[int, int]:
        computed.append(keys)
        assert clock.is_reached.wait(60)
        return {key: 2 * key for key in keys}

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(cache.get_many, keys, double) for keys in ([1, 2], [2, 3])]
        assert [answer.result(60) for answer in both] == [{1: 2, 2: 4}, {2: 4, 3: 6}]
    assert sorted(key for keys in computed for key in keys) == [1, 2, 3]


def test_another_version_is_recomputed_and_replaces_the_former() -> None:
    cache = TTLCache[str, str](8)
    assert cache.get("key", lambda: "old", version=1) == "old"
    assert cache.get("key", refuse, version=1) == "old"
    assert cache.get("key", lambda: "new", version=2) == "new"
    assert cache.peek("key") == "new"
    assert cache.get("key", lambda: "old again", version=1) == "old again"


def test_a_result_of_another_version_is_not_used() -> None:
    clock, source = Clock(awaited=2), Source()
    cache = TTLCache[str, str](8, 60, clock)
    with ThreadPoolExecutor(2) as pool:
        former = pool.submit(cache.get, "key", source.answer, version=1)
        assert source.begun.wait(60)
        later = pool.submit(cache.get, "key", lambda: "with the newest row", version=2)
        assert clock.is_reached.wait(60)
        source.may_answer.set()
        assert (former.result(), later.result()) == ("answer", "with the newest row")


def test_a_value_expires_after_its_seconds() -> None:
    clock = Clock()
    cache = TTLCache[str, int](8, 10.0, clock)
    assert cache.get("key", lambda: 1) == 1
    clock.now = 9.9
    assert cache.get("key", lambda: 2) == 1
    clock.now = 10.0
    assert cache.get("key", lambda: 3) == 3


@pytest.mark.parametrize(("seconds", "later", "expected"), [(0.0, 0.0, 2), (5.0, 4.0, 1), (5.0, 6.0, 2)])
def test_the_lifetime_may_depend_on_the_value(seconds: float, later: float, expected: int) -> None:
    clock = Clock()
    cache = TTLCache[str, int](8, clock=clock)
    lifetime: Callable[[int], float] = lambda value: seconds  # noqa: E731
    assert cache.get("key", lambda: 1, lifetime=lifetime) == 1
    clock.now = later
    assert cache.get("key", lambda: 2, lifetime=lifetime) == expected


def test_the_value_stored_longest_ago_is_evicted() -> None:
    cache = TTLCache[str, int](2, 60)
    cache.get("a", lambda: 1, version=1)
    cache.get("b", lambda: 2)
    cache.get("a", lambda: 3, version=2)
    cache.get("c", lambda: 4)
    assert (cache.peek("a"), cache.peek("b"), cache.peek("c")) == (3, None, 4)


def test_more_keys_than_fit_are_all_returned_and_the_size_is_bounded() -> None:
    cache = TTLCache[int, int](2, 60)
    assert cache.get_many([1, 2, 3], lambda keys: {key: key for key in keys}) == {1: 1, 2: 2, 3: 3}
    assert [cache.peek(key) for key in (1, 2, 3)] == [None, 2, 3]


def test_many_values_come_in_the_order_of_the_keys_and_only_missing_ones_are_computed() -> None:
    cache = TTLCache[int, int](8, 60)
    computed: list[list[int]] = []

    def find(keys: list[int]) -> dict[int, int]:
        computed.append(keys)
        return {key: 10 * key for key in reversed(keys) if key != 4}

    assert list(cache.get_many([3, 1], find).items()) == [(3, 30), (1, 10)]
    assert list(cache.get_many([2, 1, 4, 3, 2], find).items()) == [(2, 20), (1, 10), (3, 30)]
    assert computed == [[3, 1], [2, 4]]


def test_a_computation_running_during_clear_is_not_stored() -> None:
    source = Source()
    cache = TTLCache[str, str](8, 60)
    with ThreadPoolExecutor(1) as pool:
        stale = pool.submit(cache.get, "key", source.answer)
        assert source.begun.wait(60)
        cache.clear()
        assert cache.get("key", lambda: "since") == "since"
        source.may_answer.set()
        assert stale.result() == "answer"
    assert cache.get("key", refuse) == "since"


def test_clear_all_empties_every_cache() -> None:
    first, second = TTLCache[str, int](8, 60), TTLCache[int, int](8)
    first.get("key", lambda: 1)
    second.get(1, lambda: 1)
    caching.clear_all()
    assert (first.peek("key"), second.peek(1)) == (None, None)
