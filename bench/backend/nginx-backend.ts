/** Sizes of bodies that every backend has ready, at `/bytes/N`. */
export const BODY_SIZES = [150, 10_240, 1_048_576] as const

/** nginx as a backend: constant answers and files that stay open; nothing is logged. */
export function nginxBackendConfig(port: number, folder: string, workers: number): string {
  return `# Answers for the benchmark.
worker_processes ${workers};
worker_rlimit_nofile 65536;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 30000; multi_accept on; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  open_file_cache max=16 inactive=1h;
  open_file_cache_valid 1h;
  default_type text/plain;
  server {
    listen 0.0.0.0:${port} backlog=4096;
    root ${folder}/files;
    location = /bytes/150 { return 200 "${'x'.repeat(150)}"; }
    location /bytes/ { }
    location = /echo {
      default_type application/json;
      return 200 '{"host":"$http_host","forwardedFor":"$http_x_forwarded_for","forwardedProto":"$http_x_forwarded_proto","forwardedHost":"$http_x_forwarded_host","task":"$server_addr"}';
    }
    location / { return 404; }
  }
}
`
}
