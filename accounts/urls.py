from django.urls import URLPattern, URLResolver, path

from accounts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", views.login, name="login"),
    path("logout", views.logout, name="logout"),
    path("password", views.password_change, name="password_change"),
    path("sign-ins", views.sign_ins, name="sign_ins"),
    path("stand-ins", views.stand_ins, name="stand_ins"),
    path("stand-ins/<int:pk>/end", views.stand_in_end, name="stand_in_end"),
    path("role", views.choose_role, name="choose_role"),
]
