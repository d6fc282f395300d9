"""Migrations go up and come back down, and say what the models say."""

import json

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tests.processes import database_url, environment, run

OURS = ("accounts", "notices")


def ours():
    loader = MigrationLoader(connection)
    return [m for key, m in sorted(loader.disk_migrations.items()) if key[0] in OURS]


@pytest.mark.django_db
def test_models_have_no_change_without_a_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_every_step_has_a_way_back():
    found = [
        f"{migration}: {operation.describe()}"
        for migration in ours()
        for operation in migration.operations
        if isinstance(operation, migrations.RunPython | migrations.RunSQL) and not operation.reversible
    ]
    assert found == []


@pytest.mark.django_db(transaction=True)
def test_domain_goes_down_to_nothing_and_up_again(full_proof):
    if not full_proof:
        pytest.skip("PROOF=1 goes down and up, most of a minute long")
    head = MigrationExecutor(connection).loader.graph.leaf_nodes("notices")

    MigrationExecutor(connection).migrate([("notices", None)])
    without = set(connection.introspection.table_names())
    MigrationExecutor(connection).migrate(head)

    tables = {model._meta.db_table for model in apps.get_app_config("notices").get_models()}
    assert tables & without == set()
    assert tables <= set(connection.introspection.table_names())


def test_constraint_and_index_names_fit_every_database():
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    names = [item.name for m in models for item in (*m._meta.constraints, *m._meta.indexes)]
    assert [name for name in names if len(name) > 30] == []


@pytest.mark.django_db
def test_tables_made_at_once_are_those_of_the_steps(full_proof, tmp_path):
    if not full_proof:
        pytest.skip("PROOF=1 takes every step, most of a minute long")
    steps, at_once = (
        run(
            "-m",
            "tests.tables_probe",
            way,
            env=environment(DATABASE_URL=empty_database(way, tmp_path)),
            seconds=300,
        )
        for way in ("steps", "at_once")
    )

    assert (steps.returncode, at_once.returncode) == (0, 0), steps.stderr + at_once.stderr
    assert json.loads(at_once.stdout) == json.loads(steps.stdout)


def empty_database(name, folder):
    """Its address; on a server it goes with the server."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder / name}.sqlite3"
    server = connection.get_connection_params() | {"dbname": "postgres"}
    with psycopg.connect(**server, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
    return database_url(name)
