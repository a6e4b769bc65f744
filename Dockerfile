# One image per service, and two for compose: `docker build --target payment .` (invoice, signal, sandbox, setup).
# What a bundle loads, and nothing else, comes into its image. The runtime image has no shell and no package manager;
# `node` and `curl` are put beside its libraries. Both base images are of the same Debian release.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json rspack.config.cjs ./
COPY libs libs
COPY apps apps
COPY sandbox sandbox
COPY tools tools
COPY deploy deploy
RUN node tools/build.mjs && node tools/image/assemble.mjs /images && mkdir -p /writable/state

# node, curl and the libraries that the runtime image does not carry, each with its package's entry for scanners.
FROM ${NODE_IMAGE} AS programs
COPY tools/image/programs.sh /programs.sh
RUN sh /programs.sh /programs

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=programs /programs/ /
ENV NODE_ENV=production NODE_OPTIONS="--enable-source-maps --disable-warning=TimeoutNegativeWarning"
WORKDIR /app
RUN ["node", "--version"]
RUN ["curl", "--version"]
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT []
CMD ["node", "dist/main.js"]
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.vendor="nx-seller" \
      org.opencontainers.image.licenses="UNLICENSED"

FROM runtime AS payment
LABEL org.opencontainers.image.title="nx-seller-payment" org.opencontainers.image.description="Takes money: checkout, callbacks, ledger, webhooks"
COPY --from=build /images/payment/ ./
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:3000/v1/api/payment/healthz"]

FROM runtime AS invoice
LABEL org.opencontainers.image.title="nx-seller-invoice" org.opencontainers.image.description="Issues e-invoices"
COPY --from=build /images/invoice/ ./
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:3000/v1/api/healthz"]

FROM runtime AS signal
LABEL org.opencontainers.image.title="nx-seller-signal" org.opencontainers.image.description="Realtime edge and notification inbox"
COPY --from=build /images/signal/ ./
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:3000/v1/api/signal/healthz"]

FROM runtime AS sandbox
LABEL org.opencontainers.image.title="nx-seller-sandbox" org.opencontainers.image.description="Plays identity, commerce, sale and the providers; never for production"
COPY --from=build /images/sandbox/ ./
COPY --from=build --chown=10001:10001 /writable/ ./
EXPOSE 31900
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:31900/jw-certs"]

FROM runtime AS setup
LABEL org.opencontainers.image.title="nx-seller-setup" org.opencontainers.image.description="Makes database, roles and connector of a composed system"
COPY --from=build /images/setup/ ./
COPY --from=build --chown=10001:10001 /writable/ ./
CMD ["node", "tools/setup/database.mjs"]
HEALTHCHECK NONE
