from dataclasses import dataclass

import pytest

from prebake.declare.schema import key, suggest, typed
from prebake.errors import DeclarationError


@dataclass(frozen=True)
class Thing:
    name: str = key("Its name.")
    count: int = key("How many.", default=1)
    share: float = key("A part.", default=0.5)
    tags: tuple[str, ...] = key("Some words.", default=())
    loud: bool = key("Whether.", default=False)


def build(**values):
    return typed(Thing, values, lambda name: f"x.toml:{name}", "the thing")


def test_values_and_defaults():
    assert build(name="a", tags=["b"], share=1) == Thing("a", 1, 1.0, ("b",), False)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "x.toml:name: the thing needs the key 'name': Its name."),
        (
            {"name": "a", "cuont": 2},
            "x.toml:cuont: the thing has no key 'cuont'. Did you mean 'count'?",
        ),
        ({"name": 3}, "'name' is 3 (a whole number), expected text"),
        ({"name": "a", "count": True}, "expected a whole number"),
        ({"name": "a", "count": 1.5}, "1.5 (a number), expected a whole number"),
        ({"name": "a", "tags": "b"}, "'b' (text), expected a list of names"),
        ({"name": "a", "tags": [1]}, "expected a list of names"),
        ({"name": "a", "loud": "yes"}, "expected true or false"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(values, message):
    with pytest.raises(DeclarationError) as caught:
        build(**values)
    assert message in str(caught.value)


def test_a_name_unlike_any_lists_them_all():
    assert suggest("zzz", ["alpha", "beta"]) == "Known are: alpha, beta."
    assert suggest("zzz", []) == "Known are: none yet."
