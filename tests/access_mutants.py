"""Every check of permission switched off in turn: the tests of access must fail for each.

`python -m tests.access_witnesses` seeks what misses each of them and writes it down. `python -m tests.access_mutants NAME`
switches one off in a process of its own and runs the tests that must miss it; the exit code is that of pytest, so 1 means
that the check is missed. Without a name all are listed.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import CodeType
from typing import Any

import django
import pytest

MATRIX = "tests/test_access_matrix.py"
ATTACKS = "tests/test_access_attacks.py::"
CANARIES = "tests/test_canaries.py::"
CONTACTS = ("tests/notices/domain/test_contacts.py",)
STEPS = ("tests/notices/domain/test_permissions.py", "tests/notices/domain/test_workflow.py")
PLANNING = ("tests/notices/domain/test_planning.py::test_a_unit_of_another_county_gets_no_part_whoever_asks",)
LOOKBACK = ("tests/notices/domain/test_lookback.py",)
COVERAGE = ("tests/notices/domain/test_coverage.py",)
HOOKS = ("tests/notices/domain/test_hooks.py",)
TOKENS = ("tests/accounts/test_tokens.py",)
CONTROL = ("tests/accounts/test_control.py",)


@dataclass(frozen=True)
class Mutant:
    """`target`: module:function or module:Class.method. `off`: what stands in its place, with the same arguments.
    `tests`: what must miss it, where no request of the matrix does."""

    target: str
    off: Callable[..., Any]
    tests: tuple[str, ...] = ()


def may(user, task):
    return None


def yes(user, task):
    return True


def no(user, task):
    return False


def everything(self, user):
    return self.all()


RULES = "notices.domain.permissions"
MUTANTS = [
    # ── Who may do what with a task ──
    Mutant(f"{RULES}:is_office", yes),
    Mutant(f"{RULES}:office", may),
    Mutant(f"{RULES}:breaks_down", may),
    Mutant(f"{RULES}:of_lead_unit", may),
    Mutant(f"{RULES}:without_accounts", lambda task: True),
    Mutant(f"{RULES}:submitter", may),
    Mutant(f"{RULES}:applicant", may, STEPS),
    Mutant(f"{RULES}:approver", may),
    Mutant(f"{RULES}:is_one_person_unit", lambda task, user: True, STEPS),
    Mutant(f"{RULES}:may_return", may),
    Mutant(f"{RULES}:verifies", yes),
    Mutant(f"{RULES}:verifier", may),
    Mutant(f"{RULES}:filed_for_unit", no, STEPS),
    Mutant(f"{RULES}:inspector", may),
    Mutant(f"{RULES}:reporter", may),
    Mutant(f"{RULES}:reporting_unit", lambda user, task: task.lead_unit_id),
    Mutant(f"{RULES}:nudger", may),
    # ── Who sees what ──
    Mutant("notices.models.task:TaskQuerySet.visible_to", everything),
    Mutant("notices.models.issue:IssueQuerySet.visible_to", everything),
    Mutant("notices.models.notice:NoticeQuerySet.visible_to", everything),
    Mutant("notices.models.intake:IntakeDraftQuerySet.visible_to", everything),
    Mutant("notices.models.message:MessageQuerySet.of", everything),
    Mutant("notices.models.snapshot:SnapshotQuerySet.visible_to", everything),
    Mutant("notices.models.week:WeekReportQuerySet.visible_to", everything),
    Mutant("notices.models.bulletin:BulletinQuerySet.visible_to", everything),
    Mutant(
        "notices.domain.ledger_desk:uploads_of",
        lambda user: LedgerUpload.objects.all(),  # noqa: F821
    ),
    Mutant(
        "notices.domain.ledger_jobs:jobs_of",
        lambda user: LedgerJob.objects.all(),  # noqa: F821
    ),
    Mutant("notices.domain.outlets:visible_to", lambda user: Outlet.objects.all()),  # noqa: F821
    Mutant(
        "notices.domain.search:seen",
        lambda kind, user: _KINDS[kind].model.objects.all(),  # noqa: F821
        (f"{CANARIES}test_a_search_finds_exactly_what_the_person_sees",),
    ),
    Mutant(
        "notices.domain.coverage:counted",
        lambda tasks, user: tasks.top_level().exclude(state=State.CANCELLED),  # noqa: F821
        COVERAGE,
    ),
    Mutant(
        "notices.filters:notices_of",
        lambda request: Notice.objects.all(),  # noqa: F821
        (f"{ATTACKS}test_a_filter_by_a_strange_notice_is_answered_like_one_by_none",),
    ),
    Mutant("notices.filters:lead_units_of", lambda request: Unit.objects.all()),  # noqa: F821
    Mutant("notices.filters:part_units_of", lambda request: Unit.objects.all()),  # noqa: F821
    Mutant(
        "notices.models.issue:IssueQuerySet.with_counts_seen_by",
        lambda self, user: self.with_counts().annotate(
            seen_tasks=models.F("n_tasks"),  # noqa: F821
            seen_completed=models.F("n_completed"),  # noqa: F821
            seen_sustained=models.F("n_sustained"),  # noqa: F821
        ),
        (f"{CANARIES}test_issues_count_only_the_tasks_the_person_sees",),
    ),
    Mutant("notices.models.directive:DirectiveQuerySet.visible_to", everything),
    Mutant("notices.models.letter:LetterQuerySet.visible_to", everything),
    Mutant("notices.models.rebuke:RebukeQuerySet.visible_to", everything),
    Mutant("notices.models.publication:PublicationQuerySet.visible_to", everything),
    Mutant("notices.models.purge:PurgeQuerySet.visible_to", everything),
    Mutant("notices.models.view:SavedViewQuerySet.visible_to", everything),
    Mutant("notices.models.wall:WallLinkQuerySet.visible_to", everything),
    Mutant("notices.models.publication:PublicationQuerySet.of_office", everything),
    Mutant("notices.domain.publications:office", lambda user, notice: None),
    Mutant("notices.domain.publications:releaser", lambda user, publication: None),
    Mutant("notices.domain.directives:giver", lambda user, subject: None),
    Mutant("notices.domain.directives:replier", lambda user, row: None),
    Mutant("notices.domain.directives:ender", lambda user, row: None),
    Mutant("notices.domain.letters:office", lambda user, notice: None),
    Mutant("notices.domain.letters:issuer", lambda user, letter: None),
    Mutant("notices.domain.letters:answerer", lambda user, letter: None),
    Mutant("notices.domain.rebukes:recorder", lambda user, notice: None),
    Mutant("notices.models.extension:ExtensionQuerySet.visible_to", everything),
    Mutant("notices.models.review:ReviewQuerySet.visible_to", everything),
    Mutant("notices.models.lookback:LookBackQuerySet.visible_to", everything),
    Mutant("notices.models.link:IssueLinkQuerySet.visible_to", everything),
    Mutant("notices.models.supervision:SupervisionQuerySet.visible_to", everything),
    Mutant("notices.models.supervision:FindingQuerySet.visible_to", everything),
    Mutant("notices.models.supervision:SupervisionFileQuerySet.visible_to", everything),
    Mutant("notices.models.outcome:OutcomeQuerySet.visible_to", everything),
    Mutant("notices.models.meeting:MeetingQuerySet.visible_to", everything),
    # ── More time, reviews, look-backs, links ──
    Mutant("notices.domain.extensions:asker", may),
    Mutant("notices.domain.extensions:head_of_unit", lambda user, row: None),
    Mutant("notices.domain.extensions:granter", lambda user, row: None),
    Mutant("notices.domain.extensions:withdraw_refusal", lambda user, row: None),
    Mutant("notices.domain.reviews:refusal", may),
    Mutant("notices.domain.lookback:refusal", lambda user, notice: None, LOOKBACK),
    Mutant("notices.domain.links:refusal", lambda user, issue: None),
    # ── What both stand on ──
    Mutant("accounts.access:has", lambda user, can, unit: True),
    Mutant("accounts.access:holds", lambda user, can: True),
    Mutant(
        "accounts.access:nameable",
        lambda user, party: set(Unit.objects.values_list("pk", flat=True)),  # noqa: F821
        (f"{ATTACKS}test_a_typed_name_never_means_a_unit_or_a_person_of_another_county",),
    ),
    Mutant("notices.models.webhook:SubscriptionQuerySet.visible_to", everything),
    Mutant("notices.domain.subscriptions:owner", lambda user, row: None),
    Mutant("notices.domain.subscriptions:ender", lambda user, row: None, HOOKS),
    Mutant("accounts.tokens:visible_to", lambda user: ApiToken.objects.all()),  # noqa: F821
    Mutant("accounts.tokens:may_end", lambda user, row: True, TOKENS),
    Mutant("accounts.stand_ins:seen_by", lambda user: StandIn.objects.all()),  # noqa: F821
    Mutant("accounts.middleware:_is_free", lambda request: True),
    Mutant("rest_framework.permissions:IsAuthenticated.has_permission", lambda self, request, view: True),
    Mutant(
        "notices.api.authentication:OwnToken.authenticate",
        lambda self, request: (ApiToken.objects.select_related("user").first().user, None),  # noqa: F821
    ),
    # ── Checks of single acts ──
    Mutant("notices.domain.planning:may_edit", lambda user, task, fields: None),
    Mutant("notices.domain.contacts:knows_phone", yes, CONTACTS),
    Mutant("accounts.control:signed_in_under", lambda by: SignIn.objects.all(), CONTROL),  # noqa: F821
    Mutant("tracker.trail:_leave", lambda request, name, status: None),
    Mutant("notices.domain.plan_review:refusal", lambda user, review: None),
    Mutant(
        "notices.domain.planning:_refuse_strangers",
        lambda wanted, present, within: None,
        PLANNING,
    ),
    Mutant("notices.domain.reporting:_of_uploading_unit", lambda user, evidence: True),
    Mutant(
        "notices.ledger.uploads:_check_rights",
        lambda row, by: None,
        (f"{ATTACKS}test_a_plan_made_with_rights_that_are_gone_is_not_applied",),
    ),
    Mutant(
        "notices.views.origin:back_to",
        lambda request, otherwise: request.POST.get("next") or otherwise,
        (f"{ATTACKS}test_no_next_leads_elsewhere",),
    ),
]


def found(target: str) -> Any:
    """The function behind a target, without decorators."""
    module, name = target.split(":")
    at: Any = import_module(module)
    for part in name.split("."):
        at = getattr(at, part)
    while hasattr(at, "__wrapped__"):
        at = at.__wrapped__
    return at


def switch_off(mutant: Mutant) -> None:
    """In place, so that whoever imported the function by name runs the other code as well."""
    code: CodeType = mutant.off.__code__
    found(mutant.target).__code__ = code


def main(name: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    os.environ["FIRST_FAULT"] = "1"
    django.setup()
    mutant = next(m for m in MUTANTS if m.target == name)
    switch_off(mutant)
    tests = mutant.tests or (f"{MATRIX}::test_a_request_tells_whether_a_check_is_on[{name}]",)
    options = ["-x", "-q", "--no-header", "--tb=line", "--show-capture=no", "-p", "no:cacheprovider"]
    return int(pytest.main([*options, *tests]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(sys.argv[1]))
    sys.stdout.writelines(f"{mutant.target}\n" for mutant in MUTANTS)
