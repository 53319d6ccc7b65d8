"""Two processes under torchrun end with the same network."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("train_on_several.py")
ROOT = PROGRAM.parents[3]


def test_two_processes_train_one_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [*command, str(PROGRAM), str(tmp_path)], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr[-2000:]
    first, second = ((tmp_path / f"rank-{place}").read_text().split() for place in (0, 1))
    assert first == second
    assert first[3] == "2"
    assert float(first[1]) > 0.9  # and it is one that knows the two groups
    assert (tmp_path / "run" / "checkpoint.pt").is_file()
