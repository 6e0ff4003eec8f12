/**
 * Documents about the server itself: the doors, their OpenAPI description and the page that shows it. The
 * page is Swagger UI from its package; nothing is loaded from anywhere else.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Request } from 'express';
import { FabricError } from '../errors.ts';
import { type Doorway, type Exchange, pathParameter, sendJson, sendText } from './exchange.ts';
import { negotiate } from './negotiate.ts';
import { openApiDocument } from './openapi.ts';
import { DOORS } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { escapeHtml, htmlPage } from './page.ts';
import type { Route } from './route.ts';

const require = createRequire(import.meta.url);

const { version } = require('../../package.json') as { version: string };

export function docsRoutes({ config }: Doorway): readonly Route[] {
  const document = JSON.stringify(openApiDocument(version, config));
  return [
    { method: 'get', path: '/', handle: landing },
    {
      method: 'get',
      path: '/openapi.json',
      handle: (_req, res) => {
        sendText(res, 200, 'application/json; charset=utf-8', document);
      },
    },
    {
      method: 'get',
      path: '/docs',
      handle: (_req, res) => {
        openPolicyForSwagger(res);
        sendText(res, 200, 'text/html; charset=utf-8', DOCS_PAGE);
      },
    },
    { method: 'get', path: '/docs/{asset}', handle: asset },
  ];
}

/** Swagger UI sets styles on its elements and draws with data images; scripts stay those of this server. */
function openPolicyForSwagger(res: Exchange): void {
  res.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
}

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>continuum-fabric: API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true, validatorUrl: null });
`;

const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

async function asset(req: Request, res: Exchange): Promise<void> {
  const name = pathParameter(req, 'asset');
  if (name === 'start.js') {
    sendText(res, 200, 'text/javascript; charset=utf-8', START_SCRIPT);
    return;
  }
  const mediaType = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (mediaType === undefined) throw new FabricError('not-found', `The page has no part "${name}"`);
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  const bytes = await readFile(join(folder, name));
  res.setHeader('Cache-Control', 'public, max-age=3600');
  res.setHeader('Content-Type', mediaType);
  res.setHeader('Content-Length', bytes.byteLength);
  res.end(bytes);
}

function landing(req: Request, res: Exchange): void {
  res.vary('Accept');
  const { name } = negotiate(req, [
    { name: 'json', mediaTypes: ['application/json'] },
    { name: 'html', mediaTypes: ['text/html'] },
  ]);
  if (name === 'html') {
    sendText(res, 200, 'text/html; charset=utf-8', landingPage());
    return;
  }
  const doors = Object.entries(DOORS).map(([door, description]) => ({
    door,
    description,
    operations: OPERATIONS.filter((operation) => operation.door === door).map(
      ({ method, path, summary }) => ({
        method: method.toUpperCase(),
        path,
        summary,
      }),
    ),
  }));
  sendJson(res, 200, {
    name: 'continuum-fabric',
    version,
    description: '/openapi.json',
    page: '/docs',
    doors,
  });
}

function landingPage(): string {
  const sections = Object.entries(DOORS).map(([door, description]) => {
    const rows = OPERATIONS.filter((operation) => operation.door === door).map(
      ({ method, path, summary }) => {
        const address = escapeHtml(path);
        const isPlain = method === 'get' && !path.includes('{');
        const shown = isPlain ? `<a href="${address}">${address}</a>` : `<code>${address}</code>`;
        return `<li>${method.toUpperCase()} ${shown}: ${escapeHtml(summary)}</li>`;
      },
    );
    return `<h2>${escapeHtml(description)}</h2>\n<ul>\n${rows.join('\n')}\n</ul>`;
  });
  return htmlPage(
    'continuum-fabric',
    `<p>Version ${escapeHtml(version)}. The whole description is in <a href="/openapi.json">OpenAPI</a>, as a
page at <a href="/docs">/docs</a>.</p>\n${sections.join('\n')}`,
  );
}
