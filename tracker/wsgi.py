import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tracker.start import in_use, refuse_without_key, refuse_without_static

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

refuse_without_key()
refuse_without_static()
application = get_wsgi_application()
# Every view, read once before the server forks: else each worker reads them all while its first visitor waits.
_ = get_resolver().url_patterns
in_use()
