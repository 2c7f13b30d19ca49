"""A page that learns other things than gestures: a declaration and a text, and no JavaScript."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.conftest import build_copy, copy_of_this_project

MODEL = """
    from prebake import Transfer

    def build(shape):
        import keras
        layers = keras.layers
        return keras.Sequential(
            [keras.Input(shape), layers.GlobalAveragePooling2D(), layers.Dense(2, name="things")]
        )

    crockery = Transfer(
        title="Crockery", backbone="mobilenet", classes=["soup plate", "fork"], cut="maps",
        build=build, golden=3,
    )
"""
PAGE = """
    ---
    title: Plate or fork?
    summary: Teach it your own crockery.
    models: [crockery]
    script: runtime/booth/booth.js
    ---

    ## Show it some

    {{ stage("booth") }}

    ## Let it guess

    {{ stage("booth-predict") }}

    ## Keep it

    {{ stage("booth-keep") }}
"""


def picture(label: int, number: int) -> Image.Image:
    """A disc, or a bar with prongs, somewhere on a table."""
    random = np.random.default_rng([label, number])
    colour = tuple(int(x) for x in random.integers(90, 220, 3))
    made = Image.new("RGB", (120, 120), colour)
    pen = ImageDraw.Draw(made)
    x, y = (int(v) for v in random.integers(35, 60, 2))
    if label == 0:
        pen.ellipse([x - 30, y - 30, x + 50, y + 50], "white", "grey", 3)
        pen.ellipse([x - 12, y - 12, x + 32, y + 32], None, "grey", 2)
    else:
        pen.rectangle([x, y - 10, x + 6, y + 55], "lightgrey", "black")
        for prong in range(-9, 16, 8):
            pen.rectangle([x + prong, y - 30, x + prong + 3, y - 8], "lightgrey", "black")
    return made


def test_a_declaration_is_enough(page_of, tmp_path):
    copy = copy_of_this_project(tmp_path / "copy")
    (copy / "models" / "crockery.py").write_text(dedent(MODEL).lstrip())
    (copy / "site" / "crockery").mkdir()
    (copy / "site" / "crockery" / "index.md").write_text(dedent(PAGE).lstrip())
    site = build_copy(copy, "--only", "crockery")
    page = page_of(site, "crockery/?backend=wasm")
    for missing in ("use-stock", "ask-stock", "play"):
        expect(page.locator(f"#{missing}")).to_have_count(0)
    expect(page.locator("#classes h3")).to_have_text(["soup plate", "fork"])
    for label in range(2):
        paths = []
        for number in range(8):
            paths.append(str(tmp_path / f"{label}-{number}.png"))
            picture(label, number).save(paths[-1])
        page.locator(f"input[type=file][data-class='{label}']").set_input_files(paths)
        expect(page.locator(f"#count-{label}")).to_have_text("8")
        expect(page.locator("#train")).to_be_visible()
    page.locator("#train").click()
    expect(page.locator("#message")).to_contain_text("Trained.", timeout=120_000)
    right = page.evaluate(
        "async () => { const { booth } = prebake; const all = booth.collection.samples;"
        " const shares = await booth.pair.predict(booth.net, all.map((s) => s.features));"
        " return shares.filter((row, i) => (row[1] > row[0]) === (all[i].label === 1)).length; }"
    )
    assert right >= 15
