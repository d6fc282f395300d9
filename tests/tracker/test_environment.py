import pytest

from tracker import environment as read


@pytest.fixture
def given(monkeypatch):
    return lambda value: monkeypatch.setenv("VALUE", value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True),
        ("true", True),
        ("Yes", True),
        ("ON", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
        ("", True),
        (" ", True),
    ],
)
def test_flag_reads(given, value, expected):
    given(value)

    assert read.flag("VALUE", default=True) is expected


@pytest.mark.parametrize(
    ("reader", "value", "chinese"),
    [
        (
            lambda: read.flag("VALUE", default=True),
            "maybe",
            "环境变量 VALUE 的值是「maybe」，应为 1 或 0。",
        ),
        (
            lambda: read.count("VALUE", default=1, most=9),
            "10",
            "环境变量 VALUE 的值是「10」，应为 0 到 9 之间的整数。",
        ),
        (
            lambda: read.count("VALUE", default=1, most=9),
            "³",
            "环境变量 VALUE 的值是「³」，应为 0 到 9 之间的整数。",
        ),
        (
            lambda: read.choice("VALUE", default="INFO", of=["INFO", "ERROR"]),
            "loud",
            "环境变量 VALUE 的值是「LOUD」，应为 INFO、ERROR 之一。",
        ),
        (
            lambda: read.address("VALUE", default="http://a"),
            "zhenggai.example.cn",
            "环境变量 VALUE 的值是「zhenggai.example.cn」，应为完整网址，例如 https://zhenggai.example.cn。",
        ),
        (
            lambda: read.broker("VALUE", default="redis://a"),
            "amqp://rabbit",
            "环境变量 VALUE 不是 Redis 地址，应形如 redis://127.0.0.1:6379/0。",
        ),
        (
            lambda: read.schema("VALUE"),
            "public; DROP",
            "环境变量 VALUE 的值是「public; DROP」，应由小写字母、数字、下划线组成。",
        ),
        (
            lambda: read.mail("VALUE", default="consolemail://"),
            "pigeon://roof",
            "环境变量 VALUE 不是邮件服务器地址，应形如 smtp+tls://用户:密码@主机:587 或 consolemail://。",
        ),
        (
            lambda: read.mail("VALUE", default="consolemail://"),
            "smtp+tls://",
            "环境变量 VALUE 不是邮件服务器地址，应形如 smtp+tls://用户:密码@主机:587 或 consolemail://。",
        ),
    ],
)
def test_wrong_value_stops_with_a_sentence_in_both_languages(given, reader, value, chinese):
    given(value)

    with pytest.raises(read.BadSetting) as stopped:
        reader()

    first, second = str(stopped.value).splitlines()
    assert first == f"配置有误，未启动：{chinese}"
    assert second.startswith("Configuration error, not started: environment variable VALUE is ")


@pytest.mark.parametrize(
    "value",
    ["mysql://u:p@h/db", "tracker.sqlite3", "postgres://u:p@h:port/db", "postgres://u:a/b@h/db"],
)
def test_wrong_database_stops_and_never_shows_the_password(given, value):
    given(value)

    with pytest.raises(read.BadSetting) as stopped:
        read.database("VALUE", default="sqlite:///x")

    assert str(stopped.value).startswith("配置有误，未启动：环境变量 VALUE 不是数据库地址，应形如 sqlite:")
    assert "u:p@" not in str(stopped.value).replace("user:password@", "")


@pytest.mark.parametrize(
    ("value", "name", "host"),
    [
        ("sqlite:////data/t.sqlite3", "/data/t.sqlite3", ""),
        ("postgres://u:p%40ss@db:5433/tracker", "tracker", "db"),
        ("postgres://postgres@/%2Frun%2Fpg/tracker", "tracker", "/run/pg"),
    ],
)
def test_database_reads(given, value, name, host):
    given(value)

    found = read.database("VALUE", default="sqlite:///x")

    assert (found["NAME"], found["HOST"]) == (name, host)


def test_mail_gives_only_what_was_said(given):
    given("smtp+tls://office:se%3Acret@mail.example.cn:587")

    assert read.mail("VALUE", default="consolemail://") == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_FILE_PATH": "",
        "EMAIL_HOST": "mail.example.cn",
        "EMAIL_HOST_PASSWORD": "se:cret",
        "EMAIL_HOST_USER": "office",
        "EMAIL_PORT": 587,
        "EMAIL_USE_TLS": True,
    }


def test_names_split_on_commas(given):
    given(" a.example.cn , ,b.example.cn")

    assert read.names("VALUE", default=[]) == ["a.example.cn", "b.example.cn"]


def test_address_loses_its_last_slash(given):
    given("https://zhenggai.example.cn/")

    assert read.address("VALUE", default="http://a") == "https://zhenggai.example.cn"
