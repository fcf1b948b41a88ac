"""The benchmarks work: nothing here is timed to be compared."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("threadpoolctl")

import accuracy
import epoch
import page
import results
import rows
from peers import PEERS, Peer
from results import Row, Target
from rows import Job
from team import Team, Worker, WorkerError
from worker import Bench, timed

import nets

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
MACHINE = {"GFLOP/s": 100.0, "GB/s": 10.0}
SMALL = "max_pool2d, first layer of LeNet, batch 1"


def nothing(peer: Peer) -> rows.Work:
    return lambda: None


@pytest.fixture(scope="module")
def ours():
    return PEERS["tinygraph"]()


@pytest.fixture(scope="module")
def answering():
    with Worker("tinygraph", silence=60.0) as worker:
        assert worker.version()
        yield worker


@pytest.mark.parametrize("job", list(rows.jobs(pictures=64)), ids=lambda job: job.name)
def test_every_job_can_be_done(job, ours):
    with ours.session():
        job.make(ours)()


def test_names_are_told_apart():
    names = [job.name for job in rows.jobs(Path("photos"))]
    assert len(set(names)) == len(names)


def test_every_requirement_is_of_a_job():
    names = {job.name for job in rows.jobs(Path("photos"))}
    assert {name for name, _, _ in results.required()} <= names


def test_shapes_are_those_of_the_results(ours):
    for shape in rows.CONVOLUTIONS.values():
        n, c, side, f, k, stride, padding = shape
        x, w, b = np.ones((n, c, side, side)), np.ones((f, c, k, k)), np.ones(f)
        after = rows.side_after(side + 2 * padding, k, stride)
        y = ours.conv2d(x, w, b, stride, padding)
        assert y.shape == (n, f, after, after)


@pytest.mark.parametrize(
    ("network", "more"),
    [
        ("gpt", ["--batch-size", "8", "--schedule", "constant"]),
        ("lenet5", ["--loss", "cross_entropy"]),
        ("resnet20", ["--optimizer", "adam", "--lr", "0.0001"]),
    ],
)
def test_a_network_beside_pytorch_has_the_same_losses(network, more, capsys, tmp_path):
    pytest.importorskip("torch")
    if network == "gpt":
        (tmp_path / "book").write_text(accuracy.python_text(3000))
        more = [*more, "--data", str(tmp_path / "book")]
    else:
        images = nets.data.pictures(30)
        np.savez(tmp_path / "p.npz", images=images.images, labels=images.labels)
        more = [*more, "--data", str(tmp_path / "p.npz")]
    accuracy.main([network, "--epochs", "2", "--every", "3", *more])
    lines = capsys.readouterr().out.splitlines()[1:]
    assert sum("test after epoch" in line for line in lines) == 2
    for line in lines:
        ours, theirs = re.findall(r"(?:tinygraph|PyTorch) ([\d.]+)", line)
        assert float(ours) == pytest.approx(float(theirs), rel=2e-3)


def test_a_loop_in_torch_learns_the_same(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(epoch, "EPOCHS", 1)  # rounding grows with each
    own = epoch.of_tinygraph(*epoch.prepared("pictures", 100))
    other = epoch.of_torch(*epoch.prepared("pictures", 100))
    for _ in range(2):
        ours, theirs = own(), other()
        assert theirs.loss == pytest.approx(ours.loss, rel=1e-4)
        assert theirs.accuracy == pytest.approx(ours.accuracy, abs=0.02)


def test_the_step_by_hand_is_ours(ours):
    """The same parameters after three steps, of both networks and of a replayed one."""
    rng = np.random.default_rng(0)
    arrays = [0.1 * rng.standard_normal(shape) for shape in rows.LENET]
    x, t = rng.standard_normal((4, 3, 32, 32)), np.eye(4)
    training = PEERS["numpy"]().lenet(arrays, x, t)
    leaves = [ours.leaf(array, True) for array in arrays]
    train = ours.trainer(leaves)

    def step(x, t):
        error = ours.error(rows.network(ours, x, leaves), t)
        train(error)
        return error

    step = ours.replay(step)
    for _ in range(3):
        assert float(step(x, t)) == pytest.approx(training(), rel=1e-12)
    for leaf, array in zip(leaves, training.parameters, strict=True):
        np.testing.assert_allclose(leaf.data, array, rtol=1e-9, atol=1e-12)


def test_a_call_is_timed_at_least_once():
    assert len(timed(lambda: None, 0.0)) == 1


def test_a_worker_answers(answering):
    assert answering.ask(do="prepare", job=SMALL) == {}
    times = answering.ask(do="turn", seconds=0.001)["seconds"]
    assert times and all(time > 0 for time in times)


def test_a_worker_survives_what_it_cannot_do(answering):
    assert "failed" in answering.ask(do="prepare", job="no such job")
    assert "failed" in answering.ask(do="turn", seconds=0.001)
    assert answering.ask(do="prepare", job=SMALL) == {}


def test_what_a_library_lacks_is_no_failure():
    bench = Bench(Peer(name="other"), None)
    assert "unable" in bench.answer("prepare", job="matmul, 256x256")
    assert "unable" in bench.answer("prepare", job=rows.DRAWN)


def test_a_worker_that_is_silent_is_given_up():
    with (
        Worker("tinygraph", silence=0.0) as worker,
        pytest.raises(WorkerError, match="no answer"),
    ):
        worker.version()


def test_a_worker_that_ends_says_how():
    with (
        Worker("tinygraph", "--unknown", silence=60.0) as worker,
        pytest.raises(WorkerError, match=r"exit code 2, .*--unknown"),
    ):
        worker.version()


def test_only_tinygraph_cannot_be_left_out(capsys):
    team = Team([])
    team.complain("other", WorkerError("other ended"))
    assert capsys.readouterr().err == "left out: other ended\n"
    with pytest.raises(WorkerError):
        team.complain("tinygraph", WorkerError("it ended"))


def test_no_team_without_tinygraph():
    team = Team(["tinygraph", "mygrad"], "--unknown")
    workers = list(team.workers.values())
    with pytest.raises(WorkerError, match="tinygraph ended"), team:
        pass
    assert all(worker.process.returncode is not None for worker in workers)


def test_ratios_are_of_the_same_round():
    own, other = [[1.0, 1.0, 9.0], [4.0], [6.0]], [[2.0], [2.0], [4.0, 6.0, 7.0]]
    assert results.ratio(own, other) == 1.0


def example() -> Row:
    job = Job("matmul, 256x256", nothing, count=10, flops=1e8)
    turns = {"tinygraph": [[0.02], [0.04, 0.03]], "torch": [[0.02], [0.07]]}
    return Row(job, turns)


def test_a_row():
    row = example()
    assert row.seconds() == pytest.approx(0.003)
    assert row.seconds("torch") == pytest.approx(0.0045)
    assert row.ratios() == {"torch": pytest.approx(0.75)}
    assert row.reached(MACHINE) == pytest.approx(1 / 3)
    assert row.document()["rounds"] == 2
    assert row.document()["turns"]["tinygraph"] == pytest.approx([0.002, 0.0035])


def test_a_row_with_compiled_loops():
    row = example()
    assert row.ratios("compiled") == {}
    row.turns["compiled"] = [[0.01], [0.014]]
    assert row.ratios() == {"torch": pytest.approx(0.75)}
    assert row.ratios("compiled") == pytest.approx({"tinygraph": 0.45, "torch": 0.35})
    assert "compiled 0.45 of this" in page.line(row, MACHINE)
    assert page.table([row], MACHINE, "compiled").splitlines()[2] == (
        "| matmul, 256x256 | 1.2 ms | 0.45 | 0.35 | 83% |"
    )


def test_work_without_products_is_held_against_copies():
    row = Row(Job("a copy", nothing, bytes=1e7), {"tinygraph": [[0.004]]})
    assert row.reached(MACHINE) == pytest.approx(0.25)
    assert Row(Job("none", nothing), row.turns).reached(MACHINE) is None


def test_targets():
    name = "LeNet step, batch 1"
    ratios = {name: {"torch": 0.81, "mygrad": 0.05, "dezero": 0.2, "autograd": 9.0}}
    compiled = {name: {"torch": 0.5, "mygrad": 0.3}}
    found = results.targets(ratios, compiled, {"import": {"ratio": 1.25}})
    verdicts = {each.name: (each.value, each.verdict()) for each in found}
    assert verdicts[f"{name} / torch"] == (0.81, "no")
    assert verdicts[f"{name} / best NumPy peer"] == (0.2, "yes")
    assert verdicts[f"{name} / torch, compiled"] == (0.5, "yes")
    assert verdicts[f"{name} / best NumPy peer, compiled"] == (0.3, "no")
    assert verdicts["import tinygraph / import numpy, networkx"] == (1.25, "yes")
    others = [verdict for verdict in verdicts.values() if verdict[0] is None]
    assert len(others) == len(found) - 5
    assert {word for _, word in others} == {"not measured"}


def test_tables():
    alone = Row(Job("a number", nothing), {"tinygraph": [[5e-6]]})
    assert page.table([example(), alone], MACHINE).splitlines() == [
        "| work | tinygraph | / torch | of the ceiling |",
        "| --- | --- | --- | --- |",
        "| matmul, 256x256 | 3 ms | 0.75 | 33% |",
        "| a number | 5 µs |  |  |",
    ]
    assert page.targets_table([Target("a / b", 1.3, 1.4), Target("c", 2, None)]) == (
        "| ratio | at most | measured | holds |\n| --- | --- | --- | --- |\n"
        "| a / b | 1.3 | 1.40 | no |\n| c | 2 |  | not measured |"
    )


def test_page_and_document():
    found = page.Findings({"Python": "3.x"}, MACHINE, [example()])
    found.others["import"] = {"ratio": 1.1}
    text = page.page(found)
    assert "Python 3.x" in text and "| matmul, 256x256 | 3 ms |" in text
    assert "* import, ms: ratio 1.1" in text
    prose = [
        line for line in text.split("## Beside")[0].splitlines() if line[:1] != "|"
    ]
    assert max(map(len, prose)) <= 88
    document = json.loads(json.dumps(page.document(found)))
    assert document["machine"] == MACHINE
    assert document["rows"][0]["ratios"] == {"torch": pytest.approx(0.75)}


def test_networks_have_a_table_and_a_geometric_mean():
    def timed(job, own, other):
        turns = {"tinygraph": [[own]], "torch": [[other]], "replayed": [[own / 2]]}
        return Row(Job(job, nothing), turns)

    rows = [timed("GRU, SGD, batch 1", 4.0, 1.0), timed("MLP, SGD, batch 1", 1.0, 4.0)]
    found = page.Findings({}, MACHINE, [*rows, example()])
    held = {target.name: target.value for target in found.targets()}
    assert held["networks, geometric mean / torch"] == pytest.approx(1.0)
    assert held["networks, worst / torch"] == pytest.approx(4.0)
    assert held["networks, geometric mean / torch, replayed"] == pytest.approx(0.5)
    assert "networks, worst / torch, compiled" not in held
    text = page.page(found)
    assert text.count("GRU, SGD, batch 1") == 1
    assert "| 4.00 |  | 2.00 |  |  |" in text


def told(*words):
    command = [sys.executable, str(BENCHMARKS / "run.py"), *words]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no such work"], "no work has a name that matches 'no such work'"),
        (["("], "is not a regular expression"),
        (["--unknown"], "unrecognized arguments: --unknown"),
        (["--libraries", "cupy"], "'cupy' is not one of tinygraph"),
        (["--photos", "nowhere"], "'nowhere' is not a folder"),
        (["--json", "nowhere/numbers.json"], "'nowhere' is not a folder"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(words, said):
    answer = told(*words)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


def test_help_names_every_option():
    said = told("--help").stdout
    assert all(word in said for word in ("--photos", "--rounds", "--json", "--write"))
