# The gateway alone; configuration by variables (GATEWAY_MARATHON_URLS=…) or a mounted file:
#   docker run -p 80:80 marathon-gateway --marathon http://marathon:8080
ARG NODE=node:22-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY tools/bundle.mjs tools/
COPY src src
RUN npm run build

FROM ${NODE}
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc LICENSE ./
RUN npm ci --omit=dev --loglevel=error && npm cache clean --force
COPY --from=build /app/dist dist
USER node
# Docker lets every user of a container listen on port 80. The admin side listens on 127.0.0.1 of
# the container only, which is where the check below asks.
EXPOSE 80
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", \
  "fetch('http://127.0.0.1:' + (process.env.GATEWAY_ADMIN_PORT || 9090) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=100", "--v8-pool-size=1", "dist/cli/main.js", "run"]
