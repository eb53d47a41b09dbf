import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunningProcess, startProcess } from '../../../develop/stores/process.ts'

export type CdnOptions = {
  env: NodeJS.ProcessEnv
  nginx: string
  /** The network namespace that it listens in. */
  namespace: string
  folder: string
  /** The files of the certificate of its public name. */
  certificate: string
  key: string
  /** The address and port of the gateway hosts. */
  gateways: readonly string[]
  proxySecret: string
}

/** Starts nginx as a CDN that caches by the gateway's own headers and adds what a CloudFront Function adds. */
export async function startCdn(options: CdnOptions): Promise<RunningProcess> {
  const { env, nginx, namespace, folder } = options
  await mkdir(join(folder, 'cache'), { recursive: true })
  const configuration = join(folder, 'nginx.conf')
  await writeFile(configuration, cdnConfiguration(options), { mode: 0o600 })
  return startProcess({
    name: 'The CDN',
    command: 'ip',
    args: ['netns', 'exec', namespace, nginx, '-c', configuration, '-p', folder],
    env,
    logFile: join(folder, 'output.log'),
  })
}

/**
 * Every request has a viewer's address of its own: fans share connections here, and would share the limits of one address.
 */
function cdnConfiguration({ folder, certificate, key, gateways, proxySecret }: CdnOptions): string {
  const servers = gateways.map((address) => `    server ${address} max_fails=0;`).join('\n')
  return `daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 65536;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 30000; }
http {
  access_log off;
  map $request_id $viewer {
    "~^(?<a>.{4})(?<b>.{4})" "2001:$a:$b::1:443";
  }
  map $http_upgrade $connection_to_gateway { "" ""; default "upgrade"; }
  proxy_cache_path ${folder}/cache levels=1:2 keys_zone=cdn:16m max_size=256m inactive=10m;
  proxy_temp_path ${folder}/temporary;
  client_body_temp_path ${folder}/bodies;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream gateways {
${servers}
    keepalive 256;
  }
  server {
    listen 443 ssl http2 backlog=4096;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    keepalive_requests 100000;
    client_max_body_size 12m;
    location / {
      proxy_pass http://gateways;
      proxy_http_version 1.1;
      proxy_set_header Connection $connection_to_gateway;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header CloudFront-Viewer-Address $viewer;
      proxy_set_header x-naru-proxy "${proxySecret}";
      proxy_cache cdn;
      proxy_cache_key "$host$request_uri$http_accept_encoding";
      proxy_cache_lock on;
      proxy_cache_use_stale error timeout http_502 http_503 http_504;
      proxy_no_cache $http_authorization $http_cookie;
      proxy_cache_bypass $http_authorization $http_cookie;
      proxy_next_upstream off;
      proxy_read_timeout 60s;
      add_header x-cache $upstream_cache_status always;
    }
  }
}
`
}
