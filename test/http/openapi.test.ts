/** The OpenAPI document against the routes that the server has, and against itself. */
import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Express } from 'express';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { loadConfig } from '../../src/config.ts';
import { createApp } from '../../src/http/app.ts';
import { EXAMPLES } from '../../src/http/examples.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { fakeService } from './fake-service.ts';

interface Layer {
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method?: string }[] };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `METHOD /path` of every route that hangs in the app, as OpenAPI writes paths. */
function routesOf(app: Express): Set<string> {
  const found = new Set<string>();
  const walk = (layers: readonly Layer[]): void => {
    for (const { route, handle } of layers) {
      for (const { method } of route?.stack ?? []) {
        if (method !== undefined) found.add(`${method} ${route!.path.replaceAll(/:(\w+)/g, '{$1}')}`);
      }
      walk(handle.stack ?? []);
    }
  };
  // The published types do not tell of the stack.
  walk((app.router as unknown as { stack: readonly Layer[] }).stack);
  return found;
}

/** Where examples may stand. */
interface Place {
  readonly schema?: object;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Link {
  readonly operationId: string;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Described {
  readonly operationId: string;
  readonly parameters: readonly (Place & { readonly name?: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Place>> };
  readonly responses: Readonly<Record<string, { readonly links?: Readonly<Record<string, Link>> }>>;
}

const config = loadConfig();
const document = openApiDocument('0.0.0', config) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

describe('http: OpenAPI', () => {
  it('describes every route and nothing else', () => {
    const { service } = fakeService();
    const metrics = createMetrics(service);
    const app = createApp(
      {
        service,
        config,
        logger: pino({ level: 'silent' }),
        now: Date.now,
        newId: v7,
        ontology: [],
        bodyIdleMs: 1_000,
        closing: new AbortController().signal,
        count: metrics.count,
      },
      { metrics, draining: () => false },
    );
    const routes = [...routesOf(app)].sort();
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    assert.ok(routes.length > 30);
    assert.deepEqual(described.sort(), routes);
    metrics.close();
  });

  it('names each operation once', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(ids).size, ids.length);
  });

  it('refers only to what it holds', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    assert.ok(references.length > 50);
    for (const reference of references) {
      const target = reference
        .split('/')
        .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
      assert.ok(target !== undefined, reference);
    }
  });

  it('has schemas that are JSON Schema, and that tell right from wrong', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'openapi', components: document.components });
    const names = Object.keys(document.components.schemas);
    assert.ok(names.length > 15);
    for (const name of names) assert.ok(ajv.getSchema(`openapi#/components/schemas/${name}`), name);
    const valid = ajv.getSchema('openapi#/components/schemas/PlacementRequest')!;
    assert.equal(valid({ components: [{ name: 'web', requirements: { memoryBytes: 1 } }] }), true);
    assert.equal(valid({ components: [{ name: 'web', requirements: { memoryBytes: 'much' } }] }), false);
  });

  it('has examples that fit their schemas, and none of an operation, parameter or media type that is not there', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'openapi', components: document.components });
    let checked = 0;
    for (const [key, { parameters = {}, body = {} }] of Object.entries(EXAMPLES)) {
      const [method = '', path = ''] = key.split(' ');
      const described = document.paths[path]?.[method];
      assert.ok(described, key);
      const places = [
        ...Object.keys(parameters).map((name) =>
          described.parameters.find((parameter) => parameter.name === name),
        ),
        ...Object.keys(body).map((type) => described.requestBody?.content[type]),
      ];
      for (const place of places) {
        assert.ok(place?.examples, `${key} has an example of something else`);
        const schema = JSON.parse(
          JSON.stringify(place.schema ?? {}).replaceAll('"#/', '"openapi#/'),
        ) as object;
        const fits = ajv.compile(schema);
        for (const [name, { value }] of Object.entries(place.examples)) {
          assert.ok(fits(value), `${key} ${name}: ${ajv.errorsText(fits.errors)}`);
          checked++;
        }
      }
    }
    assert.ok(checked > 60, String(checked));
  });

  it('has links to operations and parameters that are there', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const links = operations
      .flatMap(({ responses }) => Object.values(responses))
      .flatMap(({ links = {} }) => Object.values(links));
    assert.ok(links.length > 0);
    for (const link of links) {
      const target = operations.find(({ operationId }) => operationId === link.operationId);
      assert.ok(target, link.operationId);
      for (const name of Object.keys(link.parameters)) {
        assert.ok(
          target.parameters.some((parameter) => parameter.name === name),
          `${link.operationId} ${name}`,
        );
      }
    }
  });
});
