"""One writer a stream, whatever dies, hangs or changes its clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.writing import TTL, Sync, batch, held, moment

from hub.errors import LeaseLost
from hub.store.base import Lease, Store

EXPIRED = timedelta(seconds=-1)


def acquired(store: Store, holder: str, ttl: timedelta = TTL, stream: str = "orders") -> Lease:
    lease = store.acquire("shop", stream, holder, ttl)
    assert lease is not None
    return lease


def test_only_one_holds_a_stream(store: Store, second_store: Store) -> None:
    lease = acquired(store, "first")

    assert second_store.acquire("shop", "orders", "second", TTL) is None
    assert store.acquire("shop", "orders", "first", TTL) is None  # another thread of the same process
    assert acquired(second_store, "second", stream="customers")

    assert [(held.holder, held.stream, held.token) for held, _ in store.leases()] == [
        ("second", "customers", 1),
        ("first", "orders", lease.token),
    ]


def test_a_lease_that_was_given_back_is_free_at_once(store: Store, second_store: Store) -> None:
    store.release(acquired(store, "first"))

    assert acquired(second_store, "second").token == 2


def test_the_lease_of_a_dead_holder_expires(store: Store, second_store: Store) -> None:
    acquired(store, "dead", EXPIRED)

    assert store.leases() == []
    assert acquired(second_store, "next").token == 2


def test_renewing_prolongs(store: Store, second_store: Store) -> None:
    lease = acquired(store, "first", EXPIRED)
    store.renew(lease, TTL)

    assert second_store.acquire("shop", "orders", "second", TTL) is None


def test_an_expired_lease_that_nobody_took_can_be_renewed(store: Store) -> None:
    lease = acquired(store, "slow", EXPIRED)

    store.renew(lease, TTL)

    assert len(store.leases()) == 1


def test_a_lease_far_from_the_future_was_set_by_a_wrong_clock(store: Store, second_store: Store) -> None:
    """The clock was an hour ahead when it was taken, and has been put back since: nobody waits an hour."""
    acquired(store, "yesterday's clock", timedelta(hours=1))

    assert acquired(second_store, "next").token == 2


def test_tokens_grow_for_ever(store: Store) -> None:
    tokens = []
    for holder in "abc":
        lease = acquired(store, holder)
        tokens.append(lease.token)
        store.release(lease)

    assert tokens == [1, 2, 3]


def test_an_old_holder_cannot_renew_release_or_write(store: Store, second_store: Store) -> None:
    sync = Sync(store)
    store.renew(sync.lease, EXPIRED)
    new = acquired(second_store, "new")

    with pytest.raises(LeaseLost, match=r"shop/orders: another hub took this stream over"):
        store.renew(sync.lease, TTL)
    store.release(sync.lease)
    with pytest.raises(LeaseLost), sync.page() as writer:
        writer.merge(batch("orders", source_id=["1"]))

    assert held(store, "orders", "source_id") == []
    assert [lease for lease, _ in store.leases()] == [new]


def test_a_lease_that_was_given_back_no_longer_writes(store: Store) -> None:
    sync = Sync(store)
    store.release(sync.lease)

    with pytest.raises(LeaseLost), store.page(sync.run, sync.lease, moment(1)):
        pass
    with pytest.raises(LeaseLost):
        store.renew(sync.lease, TTL)
