"""A dump of the database, restored, has every index and constraint, and the search near a place still uses its own."""

import re
import subprocess

import psycopg2
import pytest
from django.db import connection

from embedded.servers import postgres_bin
from tests.factories.workshops import WorkshopFactory
from workshops.near.searches import NearSearch

COPY = "restored_near"
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
CONSTRAINTS = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"


@pytest.fixture
def restored(transactional_db):
    """A connection to a copy of the tests' database, made by pg_dump and pg_restore."""
    WorkshopFactory()
    at = connection.settings_dict
    server = ["-h", at["HOST"], "-U", at["USER"]]
    dump = subprocess.run([postgres_bin() / "pg_dump", *server, "-Fc", at["NAME"]], check=True, capture_output=True).stdout
    name = f"{COPY}_{at['NAME']}"
    subprocess.run([postgres_bin() / "createdb", *server, name], check=True, capture_output=True)
    try:
        subprocess.run([postgres_bin() / "pg_restore", *server, "--exit-on-error", "-d", name], check=True, capture_output=True, input=dump)
        copy = psycopg2.connect(host=at["HOST"], user=at["USER"], dbname=name)
        yield copy
        copy.close()
    finally:
        subprocess.run([postgres_bin() / "dropdb", *server, "--force", name], check=True, capture_output=True)


def facts(of, sql):
    with of.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def without_casts(rows):
    """Postgres writes the same condition with other casts and brackets once it was restored."""
    return [(*names, re.sub(r"::[a-z ]+(\[\])?|[()]", "", words)) for *names, words in rows]


def test_a_restored_database_keeps_every_index_and_the_search_uses_its_own(restored):
    for sql in (INDEXES, CONSTRAINTS):
        ours = facts(connection, sql)
        assert without_casts(facts(restored, sql)) == without_casts(ours)
        assert len(ours) > 100

    assert facts(restored, "SELECT indexdef FROM pg_indexes WHERE indexname = 'workshop_near_and_soon'") == [
        (
            "CREATE INDEX workshop_near_and_soon ON public.workshops_workshop USING btree (lat, lng, starts_at) "
            "INCLUDE (id, format) WHERE ((state)::text = 'published'::text)",
        )
    ]
    sql, values = NearSearch(lat=30.42, lng=-87.22, radius=50).results().values("pk").query.sql_with_params()
    with restored.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; EXPLAIN " + sql, values)
        assert "Index Only Scan using workshop_near_and_soon" in "\n".join(line for (line,) in cursor.fetchall())
