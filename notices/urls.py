"""URL name = view = template."""

from django.urls import URLPattern, URLResolver, path

from notices.views import home

app_name = "notices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("switch", home.switch_notice, name="switch_notice"),
]
