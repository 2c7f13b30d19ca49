from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prebake.data.order import hold_out, stratified_order

labelled = st.lists(st.integers(0, 4), min_size=1, max_size=300).map(np.array)


def spread(table):
    """Samples of groups, of which a table says how many there are of two classes: counts, their
    sums, and of each sample the label and the group."""
    counts = np.array(table)
    total = counts.sum(0)
    assume(total.all())
    labels = np.concatenate([np.repeat([0, 1], row) for row in table])
    return counts, total, labels, np.repeat(np.arange(len(table)), counts.sum(1))


@settings(max_examples=60, deadline=None)
@given(labelled, st.integers(0, 99))
def test_every_prefix_holds_each_class_in_proportion(labels, seed):
    order = stratified_order(labels, seed)
    assert sorted(order.tolist()) == list(range(len(labels)))
    for label in np.unique(labels):
        share = (labels == label).mean()
        sofar = np.cumsum(labels[order] == label)
        expected = share * np.arange(1, len(labels) + 1)
        classes = len(np.unique(labels))
        assert np.abs(sofar - expected).max() <= max(1.0, classes / 2)


def test_the_order_is_a_shuffle_that_the_seed_decides():
    labels = np.zeros(100, int)
    one, two = stratified_order(labels, 1), stratified_order(labels, 2)
    assert one.tolist() == stratified_order(labels, 1).tolist()
    assert one.tolist() != two.tolist() != list(range(100))


@settings(max_examples=60, deadline=None)
@given(labelled, st.floats(0.05, 0.9), st.integers(0, 99))
def test_a_part_of_every_class_is_held_out(labels, part, seed):
    held = hold_out(labels, None, part, seed)
    for label in np.unique(labels):
        count = (labels == label).sum()
        mine = held[labels == label].sum()
        assert abs(mine - part * count) <= 1
        if count > 1:
            assert 0 < mine < count


@settings(max_examples=60, deadline=None)
@given(labelled, st.integers(2, 30), st.integers(0, 99))
def test_a_group_is_never_on_both_sides(labels, groups, seed):
    members = np.random.default_rng(seed).integers(0, groups, len(labels)).astype(str)
    held = hold_out(labels, members, 0.2, seed)
    for group in np.unique(members):
        assert len(set(held[members == group].tolist())) == 1


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=5),
    st.floats(0.1, 0.5),
    st.integers(0, 9),
)
def test_where_whole_groups_can_have_every_class_on_both_sides_they_do(table, part, seed):
    counts, total, labels, groups = spread(table)
    sizes = range(len(table) + 1)
    some = (list(each) for size in sizes for each in combinations(range(len(table)), size))
    sums = [counts[each].sum(0) for each in some]
    possible = any(((each > 0) & (each < total)).all() for each in sums)
    found = np.bincount(labels[hold_out(labels, groups, part, seed)], minlength=2)
    assert ((found > 0) & (found < total)).all() == possible


def test_of_two_equal_groups_one_is_held_out():
    labels, groups = np.tile([0, 1], 8), np.repeat(["a", "b"], 8)
    assert hold_out(labels, groups, 0.25, 3).sum() == 8


def test_whole_groups_come_near_the_part():
    random = np.random.default_rng(0)
    labels, groups = random.integers(0, 2, 2000), random.integers(0, 100, 2000)
    held = hold_out(labels, groups, 0.2, 5)
    for label in (0, 1):
        assert held[labels == label].mean() == pytest.approx(0.2, abs=0.03)


def test_the_shares_of_all_classes_come_near_though_some_groups_have_one_class_only():
    """As the slides of the NIH: many of healthy people, and of ill ones with both classes."""
    random = np.random.default_rng(3)
    healthy = np.stack([random.integers(50, 250, 50), np.zeros(50, int)], 1)
    ill = np.stack([random.integers(5, 80, 150), random.integers(20, 180, 150)], 1)
    counts = np.concatenate([ill, healthy])
    labels = np.concatenate([np.repeat([0, 1], row) for row in counts])
    groups = np.repeat(np.arange(len(counts)).astype(str), counts.sum(1))
    for part in (0.1, 0.25, 0.5):
        held = hold_out(labels, groups, part, 96)
        for label in (0, 1):
            assert abs(held[labels == label].mean() - part) < 0.002


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=12),
    st.floats(0.1, 0.6),
    st.integers(0, 9),
)
def test_no_group_could_change_sides_for_the_better(table, part, seed):
    counts, total, labels, groups = spread(table)
    held = hold_out(labels, groups, part, seed)
    taken = np.array([held[groups == group].any() for group in range(len(table))])
    goal = total * part
    distance = lambda some: (((counts[some].sum(0) - goal) ** 2) / np.maximum(goal, 1)).sum()  # noqa: E731
    inside = counts[taken].sum(0)
    for group in range(len(table)):
        other = taken.copy()
        other[group] ^= True
        sums = counts[other].sum(0)
        if ((sums > 0) & (sums < total)).all() and ((inside > 0) & (inside < total)).all():
            assert distance(other) >= distance(taken) - 1e-6
