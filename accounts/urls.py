from django.urls import URLPattern, URLResolver, path

from accounts import elsewhere, factor_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", views.login, name="login"),
    path("sso/start", elsewhere.sso_start, name="sso_start"),
    path("sso/return", elsewhere.sso_return, name="sso_return"),
    path("logout", views.logout, name="logout"),
    path("password", views.password_change, name="password_change"),
    path("second-factor", factor_views.second_factor_enrol, name="second_factor_enrol"),
    path("second-factor/code", factor_views.second_factor_code, name="second_factor_code"),
    path("second-factor/leave", factor_views.second_factor_leave, name="second_factor_leave"),
    path("sign-ins", views.sign_ins, name="sign_ins"),
    path("stand-ins", views.stand_ins, name="stand_ins"),
    path("stand-ins/<int:pk>/end", views.stand_in_end, name="stand_in_end"),
    path("role", views.choose_role, name="choose_role"),
]
