"""The page that describes the interface, made from its schema."""

from django.http import HttpResponse
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request


class DocsView(SpectacularSwaggerSplitView):
    def options(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        """The page's template cannot show what an OPTIONS answers: the verbs say enough."""
        return HttpResponse(headers={"Allow": ", ".join(self.allowed_methods)})
