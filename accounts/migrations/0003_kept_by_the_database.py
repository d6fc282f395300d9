"""Two rules the database itself keeps, whoever writes to it: events are append-only (a row may be sealed once, nothing
else), and a person holding admin, security or auditor holds no other kind of role. See decision 0010."""

from django.db import migrations

CONTENT = ("id", "at", "actor_id", "actor_name", "unit_name", "address", "action", "subject_type", "subject_id")
CONTENT += ("notice_id", "ok", "data")
ONLY_ADDED = "操作记录只能追加，不能修改或删除"
APART = "系统管理员、安全管理员、审计员互斥，也不能兼任业务角色"
SQLITE = {
    "event_no_update": f"""
CREATE TRIGGER event_no_update BEFORE UPDATE ON accounts_event
WHEN OLD.seq IS NOT NULL OR {" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in CONTENT)}
BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END""",
    "event_no_delete": f"""
CREATE TRIGGER event_no_delete BEFORE DELETE ON accounts_event
BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END""",
}
_CLASS = "CASE WHEN {0} IN ('admin', 'security', 'auditor') THEN {0} ELSE 'business' END"
for _when in ("INSERT", "UPDATE"):
    SQLITE[f"membership_apart_{_when.lower()}"] = f"""
CREATE TRIGGER membership_apart_{_when.lower()} BEFORE {_when} ON accounts_membership
WHEN EXISTS (
    SELECT 1 FROM accounts_membership held WHERE held.user_id = NEW.user_id AND held.id IS NOT NEW.id
    AND {_CLASS.format("held.role")} <> {_CLASS.format("NEW.role")}
)
BEGIN SELECT RAISE(ABORT, '{APART}'); END"""

POSTGRES = {
    "event_append_only": f"""
CREATE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL
       AND ({", ".join(f"OLD.{name}" for name in CONTENT)}) IS NOT DISTINCT FROM
           ({", ".join(f"NEW.{name}" for name in CONTENT)}) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '{ONLY_ADDED}';
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON accounts_event
FOR EACH ROW EXECUTE FUNCTION event_append_only();
CREATE TRIGGER event_never_emptied BEFORE TRUNCATE ON accounts_event
FOR EACH STATEMENT EXECUTE FUNCTION event_append_only()""",
    "membership_apart": f"""
CREATE FUNCTION membership_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_user WHERE id = NEW.user_id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM accounts_membership held WHERE held.user_id = NEW.user_id AND held.id <> NEW.id
        AND {_CLASS.format("held.role")} <> {_CLASS.format("NEW.role")}
    ) THEN
        RAISE EXCEPTION '{APART}' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER membership_apart BEFORE INSERT OR UPDATE ON accounts_membership
FOR EACH ROW EXECUTE FUNCTION membership_apart()""",
}


def install(apps, schema_editor):
    kept = POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE
    with schema_editor.connection.cursor() as cursor:
        for statement in kept.values():
            cursor.execute(statement)


def remove(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS event_append_only() CASCADE")
            cursor.execute("DROP FUNCTION membership_apart() CASCADE")
        else:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_stand_in"),
    ]

    operations = [migrations.RunPython(install, remove)]
