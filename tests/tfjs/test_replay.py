import numpy as np
import pytest

from prebake.errors import ModelError, ToolError
from prebake.tfjs import replay
from tests.conftest import ROOT

PRINTED = """
/some/where/replay.mjs:40
    throw new TypeError('it is broken');
          ^

TypeError: it is broken at file:///tmp/prebake-abc/inputs.bin
    at answer (file:///some/where/replay.mjs:40:11)

Node.js v20.20.2
"""


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (PRINTED, "TypeError: it is broken at inputs.bin"),
        ("FATAL ERROR: Reached heap limit\nNode.js v20.20.2\n", "FATAL ERROR: Reached heap limit"),
        (
            "RuntimeError: memory access out of bounds\n  at x\nNode.js v20\n",
            "RuntimeError: memory",
        ),
        ("", "no message"),
    ],
)
def test_the_error_is_shown_and_not_the_version(monkeypatch, printed, said):
    class Done:
        returncode, stdout, stderr = 1, "", printed

    monkeypatch.setattr(replay.subprocess, "run", lambda *given, **more: Done)
    with pytest.raises(ToolError) as failed:
        replay.run_node(ROOT, {})
    assert said in str(failed.value)
    assert "Node.js v" not in str(failed.value) and "/tmp" not in str(failed.value)


def test_a_folder_without_a_model_is_a_sentence(tmp_path):
    with pytest.raises(ModelError, match="TensorFlow.js cannot run it"):
        replay.answers(ROOT, tmp_path, np.zeros((1, 2), np.float32))
