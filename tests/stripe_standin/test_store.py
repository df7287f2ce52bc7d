"""The stand-in's file."""

import sqlite3

from stripe_standin.store import Store


def test_a_file_of_an_earlier_version_gets_the_columns_it_lacks(tmp_path):
    path = tmp_path / "state.sqlite3"
    with Store(path).transaction() as store:
        store.add({"id": "ch_1", "object": "charge", "invoice": "in_1", "created": 1})
    with sqlite3.connect(path) as old:
        old.execute("DROP INDEX objects_invoice")
        old.execute("ALTER TABLE objects DROP COLUMN invoice")

    store = Store(path)

    assert store.find("ch_1") == {"id": "ch_1", "object": "charge", "invoice": "in_1", "created": 1}
    with sqlite3.connect(path) as now:
        assert now.execute("SELECT invoice FROM objects").fetchall() == [("in_1",)]
