# One image for web, workers, clock and migrations; the command says which.

FROM node:24-slim AS browser
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python -m venv /venv && /venv/bin/pip install --only-binary :all: --require-hashes -r /tmp/runtime.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SMRT_VAR=/data
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin smrt && mkdir /data /video-conf && chown smrt: /data /video-conf
WORKDIR /app
COPY --from=packages /venv /venv
COPY --from=browser /app/node_modules node_modules
COPY . .
# Static files are part of the image. Reading the settings takes these variables; none of them is kept.
RUN SMRT_LOCAL=1 SECRET_KEY=only-while-the-image-is-built-0123456789abcdef DATABASE_URL=postgres://none/none REDIS_URL=redis://none STATIC_ROOT=/app/static-files \
    python manage.py collectstatic --noinput -v 0
ENV STATIC_ROOT=/app/static-files
USER smrt
EXPOSE 8000
CMD ["gunicorn", "smrt_platform.wsgi", "-c", "deploy/gunicorn.py"]
