# microfed in a container. What to give it: MICROFED_URL, and a volume for /data.
#   docker build -t microfed .
#   docker run -p 8000:8000 -v microfed:/data -e MICROFED_URL=https://lilas.example microfed

FROM python:3.11-slim-bookworm AS build
ARG UV_VERSION=0.13.9
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
RUN python -m pip install --no-cache-dir --quiet uv==${UV_VERSION}
RUN uv venv /opt/microfed && uv venv /opt/build
ENV VIRTUAL_ENV=/opt/microfed
# The locked packages first: this layer stays as long as the locks do.
COPY requirements/run.txt requirements/build.txt /src/requirements/
RUN uv pip install --no-cache --require-hashes --requirement /src/requirements/run.txt \
    && uv pip install --no-cache --require-hashes --requirement /src/requirements/build.txt --python /opt/build
COPY pyproject.toml README.md LICENSE /src/
COPY migrations /src/migrations
COPY src /src/src
RUN uv build --no-cache --wheel --no-build-isolation --python /opt/build/bin/python --out-dir /dist /src \
    && uv pip install --no-cache --no-deps /dist/*.whl

FROM python:3.11-slim-bookworm
# Film and sound need 600 MB more; with --build-arg FILMS=no pictures alone are taken.
ARG FILMS=yes
RUN if [ "$FILMS" = yes ]; then apt-get update \
    && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/*; fi
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin microfed \
    && install --directory --owner microfed --mode 0700 /data
COPY --from=build /opt/microfed /opt/microfed
ENV PATH=/opt/microfed/bin:$PATH PYTHONUNBUFFERED=1 MICROFED_DATA=/data
WORKDIR /data
USER 10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=5)"]
CMD ["microfed", "serve", "--host", "0.0.0.0", "--port", "8000"]
