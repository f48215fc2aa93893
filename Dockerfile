# Two images from one file, by the same install steps as on a bare machine (`make`): `pipeline` runs flows, the command
# line and the Prefect server; `label-studio` only Label Studio. Build: docker build --target pipeline -t spuriforge .
FROM python:3.11-slim-bookworm AS base
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends make procps \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home spuriforge \
    && install -d -o spuriforge /app /app/runs /app/releases /app/.spuriforge /data
WORKDIR /app
USER spuriforge
ENV PIP_NO_CACHE_DIR=1 DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false

FROM base AS label-studio
COPY --chown=spuriforge Makefile ./
COPY --chown=spuriforge annotation/server.py annotation/label-studio-constraints.txt annotation/
RUN make .venv-label-studio/ready
ENV PATH=/app/.venv-label-studio/bin:$PATH LABEL_STUDIO_BASE_DATA_DIR=/data
EXPOSE 8080
CMD ["label-studio", "start", "--no-browser", "--internal-host", "0.0.0.0"]

FROM base AS pipeline
# The pins first: a change of the code alone installs nothing anew.
COPY --chown=spuriforge Makefile pyproject.toml constraints.txt README.md LICENSE ./
COPY --chown=spuriforge src src
RUN mkdir annotation data flows pipeline && make .venv/run
COPY --chown=spuriforge . .
RUN make --touch .venv/run && .venv/bin/python -m pip install -qq --no-deps -e .
ENV PATH=/app/.venv/bin:$PATH
ENTRYPOINT ["spuriforge"]
CMD ["--help"]
