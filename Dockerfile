# The service, its model inside. docs/operate.md says how to run it.
#
# The base is pinned by its full version; add the digest that your registry shows (`…@sha256:…`) to pin the bytes, too.
FROM python:3.13.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY . .
RUN pip wheel --no-deps --wheel-dir /dist . \
    && python -m venv /opt/unspun \
    && /opt/unspun/bin/pip install "$(echo /dist/unspun-*.whl)[server]"

FROM python:3.13.14-slim-bookworm
LABEL org.opencontainers.image.title="Unspun" \
      org.opencontainers.image.licenses="Apache-2.0"
# The user by number, so that an orchestrator can see that it is not root. Only its own folder is ever written to.
RUN groupadd --gid 10001 unspun \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin unspun \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/unspun
COPY --from=build /opt/unspun /opt/unspun

# Without API keys the server refuses to listen on this address, and the container ends: see docs/operate.md.
# XDG_STATE_HOME makes sqlite:////var/lib/unspun/feedback.sqlite3 the default database.
ENV PATH=/opt/unspun/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    UNSPUN_HOST=0.0.0.0 \
    XDG_STATE_HOME=/var/lib
USER 10001:10001
WORKDIR /var/lib/unspun
VOLUME /var/lib/unspun
EXPOSE 8000
# Not urllib.request, which would go through a proxy that the environment names.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('UNSPUN_PORT', 8000)), timeout=3); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["unspun"]
CMD ["serve"]
