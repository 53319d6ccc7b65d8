"""manage.py benchmark: bad input is one sentence, and small data sets go through from end to end."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.encoders.text_minilm import MiniLMTextEncoder

obstacle = MiniLMTextEncoder.find_obstacle()
needs_text = pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")
FILMS = 30


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> None:
    settings.MEDIAREC_HOME = tmp_path / "home"


@pytest.fixture
def ml1m(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    folder = tmp_path / "ml1m"
    folder.mkdir()
    films = [f"{number}::Film Number {number} (19{60 + number})::Drama" for number in range(1, FILMS + 1)]
    people = [" ".join(map(str, [person, *(1 + rng.permutation(FILMS)[:9])])) for person in range(1, 40)]
    (folder / "movies.dat").write_text("\n".join(films), encoding="utf-8")
    (folder / "sequences.txt").write_text("\n".join(people), encoding="utf-8")
    return folder


@pytest.fixture
def csv_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    films = [f'{number},"Film, the {number}th (1990)",Comedy|Drama' for number in range(1, 13)]
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(films), encoding="utf-8")
    ratings = [
        f"{person},{1 + (person + step) % 12},4.0,{1000 + step // 2}" for person in range(8) for step in range(6)
    ]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(ratings), encoding="utf-8")
    return folder


def measure(*words: object, out: Path) -> dict[str, Any]:
    call_command("benchmark", *[str(word) for word in words], "--json", str(out))
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_a_missing_folder_is_a_one_line_error(tmp_path: Path) -> None:
    for name in ("ranker", "cold", "transfer"):
        with pytest.raises(CommandError, match=r"gone/.* cannot be read"):
            call_command("benchmark", name, "--data", str(tmp_path / "gone"))


@pytest.mark.real_models
@needs_text
def test_weights_are_trained_evaluated_stored_and_evaluated_again(ml1m: Path, tmp_path: Path, monkeypatch: Any) -> None:
    from dataclasses import replace

    from recommender.training import recipes

    small = replace(recipes.FULL, plan=replace(recipes.FULL.plan, epochs=1))
    monkeypatch.setitem(recipes.RECIPES, "full", small)
    told = ("ranker", "--data", ml1m)
    first = measure(*told, "--seeds", 2, "--keep-in", tmp_path / "kept", out=tmp_path / "first.json")
    assert first["model"] == "full"
    assert len(first["runs"]) == 2
    assert {"random", "popularity", "item-knn", "content-knn"} <= set(first["baselines"])
    kept = tmp_path / "kept" / "ml1m-full-1.safetensors"
    other = tmp_path / "kept" / "ml1m-full-2.safetensors"
    both = measure(*told, "--weights", kept, "--weights", other, out=tmp_path / "pair.json")
    apart = both["first_against"]["ml1m-full-2.safetensors"]
    assert apart["difference_ci"][0] <= apart["difference"] <= apart["difference_ci"][1]
    again = measure(*told, "--weights", kept, out=tmp_path / "again.json")
    assert again["ndcg@10"] == pytest.approx(first["runs"][0]["ndcg@10"], abs=0.02)
    assert again["ndcg@10_ci"][0] <= again["ndcg@10"] <= again["ndcg@10_ci"][1]
    compared = measure("compare", tmp_path / "first.json", tmp_path / "again.json", out=tmp_path / "both.json")
    assert "ratio" in compared["ndcg@10"]


@pytest.mark.real_models
@needs_text
def test_weights_of_other_data_are_refused(ml1m: Path, tmp_path: Path) -> None:
    call_command(
        "train", "--dataset", "ml1m", "--data", str(ml1m), "--recipe", "ids", "--epochs", "1",
        "--out", str(tmp_path / "ml1m-ids.safetensors"),
    )  # fmt: skip
    with (ml1m / "sequences.txt").open("a", encoding="utf-8") as file:
        file.write("\n99 1 2 3 4")
    with pytest.raises(CommandError, match="trained on other data"):
        call_command("benchmark", "ranker", "--data", str(ml1m), "--weights", str(tmp_path / "ml1m-ids.safetensors"))


@pytest.mark.real_models
@needs_text
def test_withheld_items_are_ranked_among_all(ml1m: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cold.safetensors"
    first = measure("cold", "--data", ml1m, "--epochs", 1, "--keep", kept, out=tmp_path / "cold.json")
    assert first["withheld_items"] == 3
    assert {"model", "random", "content-knn", "warm"} <= set(first)
    again = measure("cold", "--data", ml1m, "--weights", kept, out=tmp_path / "again.json")
    assert again["model"] == first["model"]


@pytest.mark.real_models
@needs_text
def test_truncated_vectors_are_evaluated(ml1m: Path, tmp_path: Path) -> None:
    kept = {name: tmp_path / f"ml1m-{name}.safetensors" for name in ("nested", "ids")}
    for recipe, path in kept.items():
        call_command(
            "train", "--dataset", "ml1m", "--data", str(ml1m), "--recipe", recipe, "--epochs", "1", "--out", str(path)
        )
    found = measure("widths", "--data", ml1m, "--weights", kept["nested"], out=tmp_path / "widths.json")
    assert set(found["widths"]) == {"64", "128", "256"}
    assert found["ndcg@10_over_whole"]["256"] == 1.0
    with pytest.raises(CommandError, match="trained at one width alone"):
        call_command("benchmark", "widths", "--data", str(ml1m), "--weights", str(kept["ids"]))


@pytest.mark.real_models
@needs_text
def test_shipped_weights_rank_a_folder_in_csv_layout(csv_folder: Path, tmp_path: Path) -> None:
    found = measure("transfer", "--data", csv_folder, out=tmp_path / "transfer.json")
    assert found["people"] == 8
    assert found["items"] == 12
    assert {"shipped", "popularity", "content-knn", "random", "item-knn"} <= set(found)


def test_a_broken_csv_is_named_with_its_line(csv_folder: Path) -> None:
    with (csv_folder / "ratings.csv").open("a", encoding="utf-8") as file:
        file.write("\nsomebody,1,4.0,1000")
    with pytest.raises(CommandError, match=r"ratings\.csv, line 50: 'somebody'"):
        call_command("benchmark", "transfer", "--data", str(csv_folder))


def test_a_missing_column_is_named(csv_folder: Path) -> None:
    (csv_folder / "ratings.csv").write_text("user;film\n1;2", encoding="utf-8")
    with pytest.raises(CommandError, match=r"ratings\.csv has no column 'userId'"):
        call_command("benchmark", "transfer", "--data", str(csv_folder))
