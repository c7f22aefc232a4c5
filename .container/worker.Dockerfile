# The worker as a runner starts it. From the root of the project:
#
#     docker build -f .container/worker.Dockerfile -t mise-ci-worker .
#     docker build -f .container/worker.Dockerfile -t mise-ci-worker --target with-mise --build-arg MISE=path/to/mise .
#
# It has nothing of the repositories' tools: mise installs them, or an image that begins with this one has them already.
FROM swift:6.3-bookworm AS build
WORKDIR /source
COPY . .
RUN .ci/setup && swift build -c release --static-swift-stdlib --product mise-ci

FROM debian:bookworm-slim AS base
COPY .container/*.packages /usr/share/mise-ci/
RUN apt-get update \
  && sed -E 's/#.*//; s/^([^ ]+).*/\1/' /usr/share/mise-ci/matriz.packages /usr/share/mise-ci/worker.packages \
  | xargs apt-get install -y --no-install-recommends \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /source/.build/release/mise-ci /usr/local/bin/mise-ci
ENTRYPOINT ["mise-ci", "worker"]

FROM base AS with-mise
ARG MISE=mise
COPY --chmod=755 ${MISE} /usr/local/bin/mise

FROM base AS worker
