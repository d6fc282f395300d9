"""What every command shares."""

import os
import pwd

import pytest
from django.core.management import CommandError, call_command

from accounts.management.base import SentenceCommand


class Closed(SentenceCommand):
    def run(self, options):
        raise PermissionError(13, "Permission denied", "/var/backups/tracker.zip")


def test_a_file_that_may_not_be_read_is_named_with_the_account_that_may_not():
    with pytest.raises(CommandError) as why:
        call_command(Closed())

    who = pwd.getpwuid(os.geteuid()).pw_name
    assert str(why.value).startswith(f"没有权限读写“/var/backups/tracker.zip”。命令以账号 {who} 的身份运行")
