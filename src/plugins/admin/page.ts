import { createHash } from 'node:crypto'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'

/** The page an operator opens, and the policy it is served with. */
export interface AdminPage {
  readonly html: string
  /** Lets in the page's own style and script, by their hashes, and nothing from elsewhere. */
  readonly contentSecurityPolicy: string
}

/** @param links paths of the admin side that it leads to */
export function buildAdminPage(links: readonly string[]): AdminPage {
  return {
    html: render(links),
    contentSecurityPolicy: [
      "default-src 'none'",
      `style-src '${hashOf(pageStyle)}'`,
      `script-src '${hashOf(pageScript)}'`,
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'"
    ].join('; ')
  }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function render(links: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>marathon-gateway</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>marathon-gateway</h1>
<span id="word" class="pill soft">reading</span>
<span id="state" class="soft"></span>
</header>
<section>
<div class="bar"><h2>Problems: <span id="problem-count"></span></h2></div>
<div class="wide" id="problem-table" hidden><table>
<thead><tr><th>App</th><th>Label</th><th>What is wrong</th></tr></thead>
<tbody id="problems"></tbody>
</table></div>
</section>
<section>
<div class="bar"><h2>Why does a request go where it goes?</h2></div>
<form id="ask">
<input id="url" aria-label="URL" placeholder="http://myapp.local/some/path" required>
<button>Explain</button>
</form>
<pre id="answer" hidden></pre>
</section>
<section>
<div class="bar"><h2>Routes: <span id="route-count"></span></h2>
<input id="filter" type="search" aria-label="Filter" placeholder="Host, path or app"></div>
<div class="wide"><table>
<thead><tr><th>Host</th><th>Path</th><th>App</th><th>Endpoints</th></tr></thead>
<tbody id="routes"></tbody>
</table></div>
<p id="more" class="soft"></p>
</section>
<footer>${links.map((path) => `<a href="${path}">${path}</a>`).join('\n')}</footer>
<script>${pageScript}</script>
</body>
</html>
`
}
