# Images of the server and the worker:
#
#   docker build --target server -t everframe-server .
#   docker build --target worker -t everframe-worker .

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# CGO_ENABLED=0: SQLite is pure Go, and the result needs nothing of this stage.
RUN CGO_ENABLED=0 go build -ldflags "-s -w" -o /out/ ./server ./worker ./starter

FROM debian:bookworm-slim AS base
RUN apt-get update \
	&& apt-get install -y --no-install-recommends ca-certificates ffmpeg \
	&& rm -rf /var/lib/apt/lists/*
# A fixed id, the same in both images: they share the volume of the file store.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin everframe \
	&& install -d -o everframe -g everframe /data /scratch
USER everframe
WORKDIR /data
ENV EVERFRAME_DATA=/data

FROM base AS worker
COPY --from=build /out/worker /usr/local/bin/
ENV EVERFRAME_SCRATCH=/scratch
ENTRYPOINT ["worker"]

FROM base AS server
COPY --from=build /out/server /out/starter /usr/local/bin/
ENTRYPOINT ["server"]
