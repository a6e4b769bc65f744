import type { FastifyInstance } from 'fastify';
import type { Sandbox } from '../sandbox';
import { SURFACE } from './surface';

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h2{margin-top:2rem;border-bottom:1px solid #d0d7de}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #eaeef2}
code{font:14px ui-monospace,monospace;white-space:nowrap}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}td,th,h2{border-color:#30363d}a{color:#79b8ff}}`;

function page(state: object): string {
  const sections = SURFACE.map(({ neighbour, about, routes }) => {
    const rows = routes
      .map(
        ([method, path, what]) =>
          `<tr><td><code>${method}</code></td><td><code>${escaped(path)}</code></td><td>${escaped(what)}</td></tr>`,
      )
      .join('');
    return `<h2>${escaped(neighbour)}</h2><p>${escaped(about)}</p><table><tbody>${rows}</tbody></table>`;
  }).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox</title><style>${STYLE}</style></head><body><h1>Sandbox</h1>
<p>Plays the world around the three services. Its record of the truth: <a href="/truth">/truth</a>, its health: <a href="/healthz">/healthz</a>.</p>
<pre>${escaped(JSON.stringify(state, null, 2))}</pre>${sections}</body></html>`;
}

export function pageRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const state = (): object => ({ kafka: sandbox.kafka.state(), postgres: sandbox.database.state() });
  app.get('/healthz', async () => ({ status: 'ok', ...state() }));
  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(page(state())));
}
