import os

from django.core.wsgi import get_wsgi_application

from tracker.start import in_use, refuse_without_key, refuse_without_static

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

refuse_without_key()
refuse_without_static()
application = get_wsgi_application()
in_use()
