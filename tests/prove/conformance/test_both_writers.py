"""The record of tensorflowjs, made again and compared."""

from tests.conformance import record
from tests.conformance.suite import WRITERS, results


def test_tensorflowjs_makes_of_each_case_what_the_record_says() -> None:
    found = {each.case.name: each.outcomes["tensorflowjs"].state for each in results(*WRITERS)}
    kept = record.read()
    differing = {name: (kept[name], state) for name, state in found.items() if state != kept[name]}
    assert not differing, f"recorded and found: {differing}; run scripts/conformance"
