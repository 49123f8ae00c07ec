import { join } from 'node:path'
import type { BenchApp, Stage } from '../stage.ts'
import type { Peer } from './peer.ts'
import { programVersion } from './program-version.ts'

export const nginx: Peer = {
  id: 'nginx',
  name: 'nginx',
  kind: 'server',
  tuning:
    'nginx.org: `keepalive` upstreams with HTTP/1.1 and an empty `Connection`, unlimited `keepalive_requests`, uploads not buffered, no temporary files, no log',
  version: () => programVersion('nginx', ['-v']),
  launch(stage) {
    return {
      files: { 'nginx.conf': nginxConfig(stage) },
      command: {
        program: 'nginx',
        args: ['-c', join(stage.folder, 'nginx.conf'), '-e', 'stderr'],
        cores: stage.cores
      }
    }
  }
}

export function nginxConfig({ apps, port, folder, workers }: Stage): string {
  return `worker_processes ${workers};
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
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  map_hash_max_size 262144;
  map_hash_bucket_size 128;
  map $host $to {
    default "";
${apps.map(({ id, host }) => `    ${host} ${id};\n`).join('')}  }
${apps.map(upstreamOf).join('')}  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      if ($to = "") { return 404; }
      proxy_pass http://$to;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
    }
  }
}
`
}

function upstreamOf({ id, tasks }: BenchApp): string {
  const servers = tasks.map(({ host, port }) => ` server ${host}:${port};`).join('')
  return `  upstream ${id} {${servers} keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 60s; }\n`
}
