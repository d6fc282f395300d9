"""The page that describes the interface, made from its schema."""

from typing import Any

from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response


class DocsView(SpectacularSwaggerSplitView):
    def options(self, request: Any, *args: object, **kwargs: object) -> Response:
        """As JSON: the page's template cannot show what an OPTIONS answers."""
        answer: Response = super().options(request, *args, **kwargs)
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = JSONRenderer.media_type
        return answer
