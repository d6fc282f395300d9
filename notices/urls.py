"""URL name = view = template."""

from django.urls import URLPattern, URLResolver, path, re_path

from notices.views import board, evidence, home, inbox, intake, issues, planning, task_page, tasks

app_name = "notices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("switch", home.switch_notice, name="switch_notice"),
    path("board", board.board, name="board"),
    path("issues", issues.issue_list, name="issue_list"),
    path("issues/<int:pk>", issues.issue_detail, name="issue_detail"),
    path("issues/<int:pk>/edit", issues.issue_edit, name="issue_edit"),
    path("tasks", tasks.task_list, name="task_list"),
    path("tasks/columns", tasks.task_columns, name="task_columns"),
    path("tasks/nudge", tasks.task_nudge_many, name="task_nudge_many"),
    path("tasks/<int:pk>", task_page.task_detail, name="task_detail"),
    path("tasks/<int:pk>/report", task_page.task_report, name="task_report"),
    path("tasks/<int:pk>/attach", task_page.task_attach, name="task_attach"),
    path("tasks/<int:pk>/comment", task_page.task_comment, name="task_comment"),
    path("tasks/<int:pk>/edit", task_page.task_edit, name="task_edit"),
    path("tasks/<int:pk>/step/<slug:step>", task_page.task_step, name="task_step"),
    path("tasks/<int:pk>/nudge", tasks.task_nudge, name="task_nudge"),
    re_path(r"^tasks/(?P<pk>\d{1,18})/cell/(?P<cell>latest|next)$", tasks.task_cell, name="task_cell"),
    path("evidence/<int:pk>", evidence.evidence_download, name="evidence_download"),
    path("evidence/<int:pk>/void", evidence.evidence_void, name="evidence_void"),
    path("intake", intake.intake, name="intake"),
    path("intake/<int:pk>", intake.intake_review, name="intake_review"),
    path("intake/<int:pk>/move", intake.intake_move, name="intake_move"),
    path("intake/<int:pk>/back", intake.intake_back, name="intake_back"),
    path("intake/<int:pk>/header", intake.intake_header, name="intake_header"),
    path("intake/<int:pk>/settle/<int:index>", intake.intake_settle, name="intake_settle"),
    path("intake/<int:pk>/confirm", intake.intake_confirm, name="intake_confirm"),
    path("intake/<int:pk>/undo", intake.intake_undo, name="intake_undo"),
    path("notices/<int:pk>/planning", planning.planning, name="planning"),
    path("notices/<int:pk>/planning/fill", planning.planning_fill, name="planning_fill"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/read", inbox.inbox_read_all, name="inbox_read_all"),
    path("inbox/<int:pk>/open", inbox.message_open, name="message_open"),
    path("inbox/<int:pk>/read", inbox.message_read, name="message_read"),
]
