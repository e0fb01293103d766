"""The engine: the same results wherever work runs."""

import pytest

from phusong.engine import open_engine
from phusong.errors import PhuSongError
from phusong.gaps import find_gaps
from phusong.readers import read_region, read_study


def square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("address", ["here", "threads:2", "cores:2"])
def test_results_come_in_the_order_of_the_tasks(address):
    shown = []
    with open_engine(address, lambda step, done, total: shown.append((step, done, total))) as engine:
        assert engine.map(square, list(range(5)), "squares") == [0, 1, 4, 9, 16]
    assert shown[0] == ("squares", 0, 5) and shown[-1] == ("squares", 5, 5)


def test_a_dask_scheduler_gives_the_same(drawn_study):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
        ) as cluster,
        open_engine(cluster.scheduler_address) as engine,
    ):
        assert engine.map(square, [1, 2, 3]) == [1, 4, 9]


def test_the_number_of_cores_changes_nothing(drawn_study):
    study = read_study(drawn_study())
    frames = []
    for address in ("here", "cores:2"):
        with open_engine(address) as engine:
            frames.append(find_gaps(study, read_region(study, engine), engine))
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("address", ["cores:0", "cores:x", "elsewhere", ""])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(PhuSongError, match="Use here, threads:N, cores:N"), open_engine(address):
        pass


def test_a_scheduler_that_does_not_answer_is_said():
    with pytest.raises(PhuSongError, match="no Dask scheduler answers"), open_engine("tcp://127.0.0.1:9"):
        pass
