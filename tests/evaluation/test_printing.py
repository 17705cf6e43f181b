"""Reports for people."""

from unipose.evaluation.printing import table

SHARE = {"value": 0.5, "low": 0.25, "high": 0.75, "count": 8}
REPORT = {
    "editing": {
        "model": {"all": SHARE, "mpjpe": {"value": 80.25, "low": 70, "high": 90, "count": 8}},
        "solver": {"all": SHARE, "R@1": {**SHARE, "pool": 32}, "fid": {**SHARE, "value": 0.1234}},
    },
    "pose tokenizer": {"model": {"mpjpe": {"value": 10.0, "count": 100}}},
}


def test_figures_stand_beside_each_other_with_units_and_pools():
    lines = table(REPORT).splitlines()
    assert lines[0] == "editing (n = 8)" and lines[1].split() == ["model", "solver"]
    rows = {line.split("  ")[1]: line.split() for line in lines[2:6]}
    assert rows["all"] == ["all", "%", "50.0", "[25.0,", "75.0]", "50.0"]  # the interval of the model alone
    assert rows["mpjpe"][1:3] == ["mm", "80.2"] and rows["mpjpe"][-1] == "-"
    assert rows["R@1 of 32"][-1] == "50.0" and rows["fid"][-1] == "0.123"
    assert lines[7:] == ["pose tokenizer (n = 100)", " " * 13 + "model", "  mpjpe  mm   10.0"]
