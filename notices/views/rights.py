"""Pages for holders of a capability: to everybody else they do not exist."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase

from accounts.access import holds
from accounts.person import PersonRequest
from accounts.roles import Can

View = Callable[..., HttpResponseBase]


def requires(*cans: Can) -> Callable[[View], View]:
    """Any of these is enough."""

    def around(view: View) -> View:
        @login_required
        @wraps(view)
        def checked(request: PersonRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not any(holds(request.user, can) for can in cans):
                raise Http404
            return view(request, *args, **kwargs)

        return checked

    return around
