"""The processes of the product start without going through what they made, again and again."""

import gc

from tests.processes import environment, run


def test_a_process_looks_for_garbage_seldom(tmp_path):
    words = "import gc, tracker.settings; print(gc.isenabled(), gc.get_threshold()[0])"

    done = run("-c", words, env=environment(VAR_DIR=tmp_path))

    assert done.stdout == "True 50000\n"
    assert gc.get_threshold()[0] == 50_000
