from django.urls import URLPattern, URLResolver, include, path

from tracker import health, status

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz/live", health.live, name="health_live"),
    path("healthz/ready", health.ready, name="health_ready"),
    path("metrics", status.metrics, name="metrics"),
    path("status", status.status, name="status"),
    path("", include("accounts.urls")),
    path("api/", include("notices.api.urls")),
    path("", include("notices.urls")),
]

handler400 = "tracker.pages.bad_request"
handler404 = "tracker.pages.not_found"
handler500 = "tracker.pages.server_error"
