"""The file of lakes, and how it is written."""

import json

from workshops.near import lake_file
from workshops.near.lake_file import LAKE_FILE, write_file


def test_lakes_are_taken_with_the_arcs_they_are_made_of(tmp_path, monkeypatch):
    arcs = [[[n, 0], [1, 1], [0, 1]] for n in range(4)]
    lakes = [{"type": "Polygon", "arcs": [[3, -2]]}, {"type": "MultiPolygon", "arcs": [[[1]], [[-4]]]}, {"type": None}]
    source = tmp_path / "north-america_50m.json"
    source.write_text(
        json.dumps(
            {
                "type": "Topology",
                "transform": {"scale": [1, 1], "translate": [0, 0]},
                "arcs": arcs,
                "objects": {"lakes": {"type": "GeometryCollection", "geometries": lakes}, "land": {"type": "Polygon", "arcs": [[0]]}},
            }
        )
    )
    monkeypatch.setattr(lake_file, "LAKE_FILE", tmp_path / "lakes.json")

    count = write_file(source, "4.0.0")

    written = json.loads((tmp_path / "lakes.json").read_text())
    assert count == 2
    assert list(written["objects"]) == ["lakes"]
    assert [lake["arcs"] for lake in written["objects"]["lakes"]["geometries"]] == [[[0, -2]], [[[1]], [[-1]]]]
    assert written["arcs"] == [arcs[3], arcs[1]]


def test_the_file_that_comes_with_the_site_says_whose_it_is():
    assert "Natural Earth, https://www.naturalearthdata.com, public domain" in json.loads(LAKE_FILE.read_text())["credit"]
