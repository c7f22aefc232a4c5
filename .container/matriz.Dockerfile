# The server. From the root of the project:
#
#     docker build -f .container/matriz.Dockerfile -t mise-ci-matriz .
#
# Data goes to /var/lib/mise-ci: say so in the configuration (`storage.data_dir`), and mount a volume there.
FROM swift:6.3-bookworm AS build
WORKDIR /source
COPY . .
RUN .ci/setup && swift build -c release --static-swift-stdlib --product mise-ci

FROM debian:bookworm-slim
COPY .container/*.packages /usr/share/mise-ci/
RUN apt-get update \
  && sed -E 's/#.*//; s/^([^ ]+).*/\1/' /usr/share/mise-ci/matriz.packages \
  | xargs apt-get install -y --no-install-recommends \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --home-dir /var/lib/mise-ci --create-home mise-ci
COPY --from=build /source/.build/release/mise-ci /usr/local/bin/mise-ci
USER mise-ci
EXPOSE 8080 9090
VOLUME /var/lib/mise-ci
ENTRYPOINT ["mise-ci"]
CMD ["matriz", "--config", "/etc/mise-ci/matriz.yaml"]
