/** HAProxy as a backend: answers of its own, which have to fit a buffer; so no large bodies. */
export function haproxyBackendConfig(port: number, folder: string, workers: number): string {
  const echo = [
    '{"host":"%[req.hdr(host)]"',
    '"forwardedFor":"%[req.hdr(x-forwarded-for)]"',
    '"forwardedProto":"%[req.hdr(x-forwarded-proto)]"',
    '"forwardedHost":"%[req.hdr(x-forwarded-host)]"',
    '"task":"%[dst]"}'
  ].join(',')
  return `# Answers for the benchmark.
global
  nbthread ${workers}
  maxconn 20000
  no strict-limits
defaults
  mode http
  timeout client 300s
  timeout connect 5s
  timeout server 300s
  timeout http-keep-alive 300s
frontend answers
  bind 0.0.0.0:${port} backlog 4096
  http-request return status 200 content-type text/plain file ${folder}/files/bytes/150 if { path /bytes/150 }
  http-request return status 200 content-type text/plain file ${folder}/files/bytes/10240 if { path /bytes/10240 }
  http-request return status 200 content-type application/json lf-string '${echo}' if { path /echo }
  http-request return status 404
`
}
