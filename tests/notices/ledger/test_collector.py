import gc

from notices.ledger.collector import paused


def test_the_search_stands_still_within_and_runs_on_behind():
    with paused():
        inside = gc.isenabled()
        with paused():
            pass
        still = gc.isenabled()

    assert (inside, still, gc.isenabled()) == (False, False, True)


def test_a_search_that_was_off_stays_off():
    gc.disable()
    try:
        with paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_function_that_fails_lets_it_run_again():
    @paused()
    def fail():
        raise LookupError

    try:
        fail()
    except LookupError:
        assert gc.isenabled()
