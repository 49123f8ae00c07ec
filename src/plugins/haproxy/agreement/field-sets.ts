export type Fields = readonly (readonly [name: string, value: string])[]

/** Fields beside Host, as clients and proxies before us send them, or as attackers would. */
export const fieldSets: readonly Fields[] = [
  [],
  [],
  [
    ['User-Agent', 'curl/8.5.0'],
    ['Accept', '*/*']
  ],
  [
    ['Connection', 'keep-alive'],
    ['sec-ch-ua', '"Chromium";v="124", "Not-A.Brand";v="99"'],
    ['sec-ch-ua-mobile', '?0'],
    ['Upgrade-Insecure-Requests', '1'],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36'],
    ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Sec-Fetch-Site', 'none'],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
    ['Accept-Language', 'de-DE,de;q=0.9,en;q=0.8'],
    ['Cookie', 'a=1; b="2"; gateway-sticky=unknown']
  ],
  [
    ['User-Agent', 'Go-http-client/1.1'],
    ['Accept-Encoding', 'gzip'],
    ['Accept', 'application/json']
  ],
  [
    ['X-Forwarded-For', '203.0.113.9, 10.0.0.1'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'elsewhere.test'],
    ['X-Forwarded-Port', '443'],
    ['X-Real-IP', '203.0.113.9']
  ],
  [
    ['Forwarded', 'for=203.0.113.9;proto=https'],
    ['X_Forwarded_For', '203.0.113.9'],
    ['X-Forwarded_Proto', 'https'],
    ['X-Forwarded-User', 'root'],
    ['X-Forwarded-By', 'root'],
    ['Proxy', 'http://203.0.113.9/']
  ],
  [
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Connection', 'keep-alive'],
    ['Proxy-Authorization', 'Basic YTpi'],
    ['HTTP2-Settings', 'AAMAAABk'],
    ['Authorization', 'Bearer a.b.c']
  ],
  [
    ['X-Twice', 'one'],
    ['X-Twice', 'two'],
    ['X-Empty', ''],
    ['X-Bytes', 'caf\u00e9']
  ],
  [
    ['Range', 'bytes=0-1'],
    ['If-None-Match', '"abc"'],
    ['Cache-Control', 'no-cache'],
    ['Trailer', 'X-Sum']
  ]
]
