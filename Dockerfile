# The product in one image; compose.yaml starts it as migrate, web, worker and beat.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    DJANGO_DEBUG=0 VAR_DIR=/data HOST=0.0.0.0 PORT=8000
WORKDIR /app

COPY requirements.txt .
RUN pip install --requirement requirements.txt

RUN useradd --system --uid 10001 --home-dir /data --create-home tracker
COPY manage.py LICENSE ./
COPY tracker tracker
COPY accounts accounts
COPY notices notices
COPY templates templates
COPY static static
RUN python manage.py collectstatic --noinput

USER tracker
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:tracker.gunicorn", "tracker.wsgi"]
