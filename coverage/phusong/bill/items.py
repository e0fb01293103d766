"""Items of a bill, and how parts with prices become items that add up to what is known of the whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from phusong.bycommune import split_whole
from phusong.costs import Price, Prices

#: By so many đồng a part the sum of rounded parts may miss the whole.
_ROUNDED_VND = 2
#: Money at the central, low and high price; low and high are None where the run does not say them.
Money = tuple[int, int | None, int | None]


@dataclass(frozen=True)
class Item:
    """A line of a bill: what, how much of it, at which price (sheet and name) times which factor, and what it
    comes to. Without a price it is known as a whole only. `factor` is None where nothing multiplies."""

    what: str
    amount_vnd: int
    low_vnd: int | None = None
    high_vnd: int | None = None
    quantity: float | None = None
    unit: str = ""
    price: tuple[str, str] | None = None
    factor: float | None = None
    remark: str = ""


@dataclass(frozen=True)
class Part:
    """So many of something at a price (sheet and name); `kept` names the share of it that its upkeep costs a
    year. A quantity of None is not in the run: it follows from what is left of the whole."""

    what: str
    quantity: float | None
    unit: str
    price: tuple[str, str]
    kept: tuple[str, str] | None = None

    def at(self, prices: Prices, level: str) -> float:
        """What it comes to at one of `costs.LEVELS`."""
        return (self.quantity or 0.0) * price_of(prices, self.price).at(level)


def price_of(prices: Prices, key: tuple[str, str]) -> Price:
    """The price of a sheet by name. Raises KeyError where the run has none."""
    return prices[key[0]][key[1]]


def explained(parts: Sequence[Part], whole: Money, prices: Prices) -> list[Part] | None:
    """The parts with all quantities, if they give the whole at every price; None if they do not."""
    try:
        solved = _solved(parts, whole[0], prices)
        sums = [sum(part.at(prices, level) for part in solved) for level in ("value", "low", "high")]
    except KeyError:
        return None
    near = _ROUNDED_VND * max(len(parts), 1)
    # What follows from a rounded sum is as rough as that at the higher prices too.
    wide = near * (1 + 50 * any(part.quantity is None for part in parts))
    fits = [said is None or abs(total - said) <= wide for total, said in zip(sums, whole, strict=True)]
    return solved if all(fits) and all((part.quantity or 0.0) >= 0 for part in solved) else None


def _solved(parts: Sequence[Part], whole_vnd: int, prices: Prices) -> list[Part]:
    known = sum(part.at(prices, "value") for part in parts)
    out = []
    for part in parts:
        if part.quantity is None:
            rest, each = whole_vnd - known, price_of(prices, part.price).value
            # Less than a đồng a part is rounding.
            part = replace(part, quantity=rest / each if each and abs(rest) > len(parts) else 0.0)
        out.append(part)
    return [part for part in out if part.quantity]


def priced(parts: Sequence[Part], whole: Money, prices: Prices) -> list[Item]:
    """Items of parts that explain the whole: whole đồng that add up to it at each price."""
    if not parts:
        return []
    columns = []
    for level, said in zip(("value", "low", "high"), whole, strict=True):
        weights = np.array([part.at(prices, level) for part in parts])
        columns.append([None] * len(parts) if said is None else split_whole(said, weights))
    return [
        Item(part.what, int(value or 0), low, high, part.quantity, part.unit, part.price)
        for part, value, low, high in zip(parts, *columns, strict=True)
    ]


def merged(items: Iterable[Item]) -> list[Item]:
    """The items, those that say the same of the same price put together, in the order of the first ones."""
    out: dict[tuple[object, ...], Item] = {}
    for item in items:
        key = (item.what, item.unit, item.price, item.remark, item.factor, item.quantity is None)
        before = out.get(key)
        out[key] = item if before is None else _both(before, item)
    return list(out.values())


def _both(a: Item, b: Item) -> Item:
    return replace(
        a,
        amount_vnd=a.amount_vnd + b.amount_vnd,
        low_vnd=_sum(a.low_vnd, b.low_vnd),
        high_vnd=_sum(a.high_vnd, b.high_vnd),
        quantity=None if a.quantity is None or b.quantity is None else a.quantity + b.quantity,
    )


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def fitted(items: list[Item], whole: Money, rest: str) -> list[Item]:
    """The items and, where they do not come to the whole, one more for what is left (`rest` says so); where
    they come to more, the whole alone."""
    left: list[int | None] = []
    for name, said in zip(("amount_vnd", "low_vnd", "high_vnd"), whole, strict=True):
        known = [getattr(item, name) for item in items]
        left.append(None if said is None else said - sum(amount or 0 for amount in known))
    if all(not amount for amount in left):
        return items
    if any(amount is not None and amount < 0 for amount in left):
        return [Item(rest, whole[0], whole[1], whole[2])]
    return [*items, Item(rest, int(left[0] or 0), left[1], left[2])]
