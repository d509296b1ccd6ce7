"""Fitting: a small folder through the real model in float32, and the shipped weights on real needs."""

import json
from pathlib import Path

import numpy as np
import pytest

from search.evaluate import EvaluationError, run_evaluation
from search.fit import run_fit
from search.model_store import ModelInfo
from search.ranking import FEATURES, RankingModel
from tests.search.test_evaluate import write_lines

SUBJECTS = (
    "海水淡化反渗透膜", "锂离子电池硅碳负极", "钢板表面缺陷检测", "光伏组件回收", "水泥窑协同处置污泥",
    "五轴机床热误差补偿", "蜂窝夹层超声检测", "耐盐碱水稻育种", "氮化铝陶瓷基板", "无人机雾滴飘移",
)  # fmt: skip


@pytest.fixture
def instance(model_info: ModelInfo, tmp_path: Path) -> Path:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "model").symlink_to(Path(model_info.path).parent)
    return tmp_path / "instance"


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """Each need has its own subject as grade 3, the next as grade 1, the others as 0."""
    path = tmp_path / "judged"
    count = len(SUBJECTS)
    corpus = [
        {"_id": f"d{i}", "title": f"{s}技术", "text": f"{s}的方法与装置。"} for i, s in enumerate(SUBJECTS)
    ]
    queries = [{"_id": f"q{i}", "text": f"{s}需求。希望寻找{s}的成熟工艺。"} for i, s in enumerate(SUBJECTS)]
    grades = [
        f"q{i}\td{j}\t{3 if i == j else 2 if (i + 2) % count == j else 1 if (i + 1) % count == j else 0}"
        for i in range(count)
        for j in range(count)
    ]
    write_lines(path / "corpus.jsonl", [json.dumps(row) for row in corpus])
    write_lines(path / "queries.jsonl", [json.dumps(row) for row in queries])
    write_lines(path / "qrels" / "test.tsv", ["query-id\tcorpus-id\tscore", *grades])
    return path


@pytest.fixture
def vectors(tmp_path: Path, model_info: ModelInfo) -> Path:
    random = np.random.default_rng(0)
    path = tmp_path / "vectors.npy"
    np.save(path, random.integers(-60, 60, (2000, model_info.dimensions), np.int8) + np.int8(20))
    return path


def test_fitting_again_writes_the_same_bytes_and_the_model_can_be_used(
    judged: Path, vectors: Path, instance: Path, model_info: ModelInfo, tmp_path: Path
) -> None:
    written = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        path = run_fit(
            judged,
            vectors,
            judged,
            instance_path=instance,
            target=tmp_path / name,
            progress=lambda line: None,
        )
        written.append((path.read_bytes(), path.with_suffix(".npz").read_bytes()))
    assert written[0] == written[1]
    model = RankingModel.load(model_info.name, model_info.dimensions, tmp_path / "once")
    assert model.weights.shape == (len(FEATURES),)
    assert model.weights.sum() > 0  # the own subject has every feature greater


def test_vectors_of_another_model_are_refused(judged: Path, instance: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "other.npy", np.zeros((10, 7), np.int8))
    for path, said in ((tmp_path / "other.npy", "columns"), (tmp_path / "absent.npy", "absent")):
        with pytest.raises(EvaluationError, match=said):
            run_fit(judged, path, judged, instance_path=instance, target=tmp_path, progress=lambda line: None)


def sample(folder: Path, target: Path, needs: int) -> None:
    """The first needs of a folder with what they are judged on: the whole takes minutes to encode."""
    judgements = (folder / "qrels" / "test.tsv").read_text("utf-8").splitlines()
    wanted = list(dict.fromkeys(line.split("\t")[0] for line in judgements[1:]))[:needs]
    kept = [line for line in judgements[1:] if line.split("\t")[0] in wanted]
    ids = {line.split("\t")[1] for line in kept} | set(wanted)
    write_lines(target / "qrels" / "test.tsv", [judgements[0], *kept])
    for name in ("corpus.jsonl", "queries.jsonl"):
        lines = (folder / name).read_text("utf-8").splitlines()
        write_lines(target / name, [line for line in lines if json.loads(line)["_id"] in ids])


def test_real_needs_are_ranked_and_graded_better_than_by_the_first_stage(
    instance: Path, tmp_path: Path
) -> None:
    beside = [folder / "shared" / "evaldata" / "needs_to_results" for folder in Path(__file__).parents[3:6]]
    folder = next((path for path in beside if path.exists()), None)
    if folder is None:
        pytest.skip(f"the judged needs are not here: {beside[0]}")
    sample(folder, tmp_path / "sample", 30)
    result = run_evaluation(
        tmp_path / "sample",
        instance_path=instance,
        modes="hybrid,ranked",
        judged=True,
        progress=lambda line: None,
    )
    hybrid, ranked = (result["modes"][mode]["ndcg@10"] for mode in ("hybrid", "ranked"))
    assert ranked > hybrid + 0.01
    levels = result["levels"]
    assert levels["accuracy"] > levels["constant"] + 0.05
