"""The digits model as prebake ships it and as plain tensorflowjs would: bytes, and time in Node.

Needs a built site (``make site``). Prints a table; nothing depends on the times.
"""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

TIMER = """
const { createRequire } = require('module');
const { readFileSync } = require('fs');
const [root, folder] = process.argv.slice(1);
const from = createRequire(root + '/package.json');
const tf = from('@tensorflow/tfjs-core');
from('@tensorflow/tfjs-backend-wasm');
console.warn = () => {};
(async () => {
  await tf.setBackend('wasm');
  const document = JSON.parse(readFileSync(folder + '/model.json'));
  const [group] = document.weightsManifest;
  const weightData = Uint8Array.from(
    Buffer.concat(group.paths.map((p) => readFileSync(folder + '/' + p))),
  ).buffer;
  const load = async () => ({ ...document, weightSpecs: group.weights, weightData });
  const model =
    document.format === 'graph-model'
      ? await from('@tensorflow/tfjs-converter').loadGraphModel({ load })
      : await from('@tensorflow/tfjs-layers').loadLayersModel({ load });
  const x = tf.zeros([1, 28, 28, 1]);
  const times = [];
  for (let i = 0; i < 60; i++) {
    const before = performance.now();
    const y = model.predict(x);
    await y.data();
    y.dispose();
    if (i >= 10) times.push(performance.now() - before);
  }
  console.log(JSON.stringify(times));
})().catch((error) => console.log(JSON.stringify({ error: error.message })));
"""


def main() -> None:
    from prebake.training import quiet

    quiet.prepare(0)
    from prebake.tfjs.graph import write_graph_model
    from prebake.tfjs.layers import write_layers_model

    shipped = sorted((ROOT / "_site" / "models" / "digits").glob("*"))[0]
    model = declared()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        write_layers_model(model, folder / "layers")
        write_graph_model(model, folder / "graph")
        plain(model, folder / "plain")
        rows = [
            ("prebake, as shipped", shipped),
            ("prebake, layers in float32", folder / "layers"),
            ("prebake, graph in float32", folder / "graph"),
            ("tensorflowjs, save_keras_model", folder / "plain"),
        ]
        print("| digits | bytes | compressed | one answer in Node, wasm |")
        print("|---|--:|--:|--:|")
        for name, path in rows:
            size, packed = sizes(path)
            print(f"| {name} | {size:,} | {packed:,} | {timed(path)} |")


def declared():
    """The architecture; times and sizes do not depend on its weights."""
    from prebake.declare.model import Trained
    from prebake.declare.module import load_declaration

    return load_declaration(ROOT, ROOT / "models" / "digits.py", Trained).build()


def plain(model, folder: Path) -> None:
    import contextlib
    import io

    import tensorflowjs  # where its output is no file it takes it for a notebook's, and fails

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        tensorflowjs.converters.save_keras_model(model, str(folder))


def sizes(folder: Path) -> tuple[int, int]:
    """The bytes of model.json and its shards, and of each of them gzipped."""
    document = json.loads((folder / "model.json").read_text())
    names = ["model.json", *document["weightsManifest"][0]["paths"]]
    contents = [(folder / name).read_bytes() for name in names]
    return sum(map(len, contents)), sum(len(gzip.compress(each, 9)) for each in contents)


def timed(folder: Path) -> str:
    done = subprocess.run(
        ["node", "-e", TIMER, str(ROOT), str(folder)], capture_output=True, text=True
    )
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    if isinstance(answer, dict):
        return f"does not load: {answer['error'][:60]}…"
    return f"{statistics.median(answer):.2f} ms"


if __name__ == "__main__":
    main()
