/**
 * The examples of the OpenAPI document, each sent as it stands there to `fabric serve`. Only what an answer names for another
 * operation, a link of the document, takes the place of an example: a decision has no IRI before it is made.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { makeContinuum } from '../../src/demo/continuum.ts';
import type { Answer } from './door.ts';
import { removeFolder, type ServeProcess, serve, temporaryFolder } from './harness.ts';

interface Examples {
  readonly [name: string]: { readonly summary: string; readonly value: unknown };
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly examples?: Examples;
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly examples?: Examples }>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly links?: Readonly<
          Record<
            string,
            { readonly operationId: string; readonly parameters: Readonly<Record<string, string>> }
          >
        >;
      }
    >
  >;
}

/** An operation with its place in the document. */
interface Described extends Operation {
  readonly method: string;
  readonly path: string;
}

/** One request that the document shows. */
interface Shown {
  readonly name: string;
  readonly values: ReadonlyMap<Parameter, unknown>;
  readonly body?: { readonly type: string; readonly value: unknown };
}

const isParameter = (parameter: Operation['parameters'][number]): parameter is Parameter =>
  !('$ref' in parameter);

/** The example of a name, or the first one where that name is missing. */
const pick = (examples: Examples, name: string): unknown =>
  (examples[name] ?? Object.values(examples)[0])?.value;

/** Every request that the examples of an operation make, those of one name together. */
function* shownBy({ parameters, requestBody }: Operation): Generator<Shown> {
  const shown = parameters.filter(isParameter).filter(({ examples }) => examples !== undefined);
  const valuesOf = (name: string): Map<Parameter, unknown> =>
    new Map(shown.map((parameter) => [parameter, pick(parameter.examples!, name)]));
  if (requestBody === undefined) {
    const names = new Set(shown.flatMap(({ examples }) => Object.keys(examples!)));
    for (const name of names.size === 0 ? [''] : names) yield { name, values: valuesOf(name) };
    return;
  }
  for (const [type, { examples = {} }] of Object.entries(requestBody.content)) {
    for (const [name, { value }] of Object.entries(examples)) {
      yield { name, values: valuesOf(name), body: { type, value } };
    }
  }
}

/** The address with its parameters, as OpenAPI writes them: simple in the path, exploded forms after it. */
function addressOf(path: string, values: ReadonlyMap<Parameter, unknown>): string {
  let address = path;
  const query = new URLSearchParams();
  for (const [parameter, value] of values) {
    if (parameter.in === 'path') {
      address = address.replace(`{${parameter.name}}`, encodeURIComponent(String(value)));
    } else if (Array.isArray(value)) {
      for (const item of value) query.append(parameter.name, String(item));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) query.append(name, String(member));
    } else query.append(parameter.name, String(value));
  }
  return query.size === 0 ? address : `${address}?${query.toString()}`;
}

function textOf(type: string, value: unknown): string {
  if (type === 'application/x-www-form-urlencoded') {
    return new URLSearchParams(value as Record<string, string>).toString();
  }
  if (/^application\/(.+\+)?json$/.test(type)) return JSON.stringify(value);
  assert.equal(typeof value, 'string', `an example of ${type} is text`);
  return value as string;
}

describe('end to end: the examples of the OpenAPI document', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let fabric: ServeProcess;
  let operations: readonly Described[];

  before(async () => {
    fabric = await serve(join(folder, 'data'));
    const { surroundings, elements } = makeContinuum({ elements: 12, seed: 5 });
    const answer = await fabric.send('/ngsi-ld/v1/entityOperations/upsert', [...surroundings, ...elements]);
    assert.equal(answer.status, 201, answer.text);
    const { paths } = (await fabric.request('/openapi.json')).json as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    };
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
    );
    assert.ok(operations.length > 30);
  });
  after(async () => {
    await fabric.end('SIGTERM');
    removeFolder(folder);
  });

  /** Sends a request of the document, links followed first. */
  async function send(operation: Described, shown: Shown): Promise<Answer> {
    const { method, path } = operation;
    const values = new Map(shown.values);
    for (const [parameter, value] of await linkedTo(operation)) values.set(parameter, value);
    const address = addressOf(path, values);
    const { body } = shown;
    return body === undefined
      ? fabric.request(address, { method: method.toUpperCase() })
      : fabric.send(address, textOf(body.type, body.value), {
          method: method.toUpperCase(),
          type: body.type,
        });
  }

  /** What the answer to the first example of another operation says of the parameters of this one. */
  async function linkedTo({ operationId, parameters }: Described): Promise<[Parameter, unknown][]> {
    const found: [Parameter, unknown][] = [];
    for (const source of operations) {
      const links = Object.values(source.responses).flatMap(({ links = {} }) => Object.values(links));
      const link = links.find((candidate) => candidate.operationId === operationId);
      if (link === undefined) continue;
      const answer = (await send(source, [...shownBy(source)][0]!)).json as Readonly<Record<string, unknown>>;
      for (const [name, expression] of Object.entries(link.parameters)) {
        const parameter = parameters.filter(isParameter).find((candidate) => candidate.name === name);
        const member = /^\$response\.body#\/(\w+)$/.exec(expression)?.[1];
        assert.ok(parameter && member !== undefined && member in answer, `${operationId}: ${expression}`);
        found.push([parameter, answer[member]]);
      }
    }
    return found;
  }

  it('stand at every body and at every parameter without which nothing can be sent', () => {
    const without = operations.flatMap(({ operationId, parameters, requestBody }) => [
      ...parameters
        .filter(isParameter)
        .filter(({ required, examples = {} }) => required === true && Object.keys(examples).length === 0)
        .map(({ name }) => `${operationId} ${name}`),
      ...Object.entries(requestBody?.content ?? {})
        .filter(([, { examples = {} }]) => Object.keys(examples).length === 0)
        .map(([type]) => `${operationId} ${type}`),
    ]);
    assert.deepEqual(without, []);
  });

  it('are all part of a request', () => {
    for (const operation of operations) {
      const sent = new Set([...shownBy(operation)].flatMap(({ values }) => [...values.values()]));
      for (const { name, examples = {} } of operation.parameters.filter(isParameter)) {
        for (const [example, { value }] of Object.entries(examples)) {
          assert.ok(sent.has(value), `${operation.operationId} ${name} ${example}`);
        }
      }
    }
  });

  /** What some of them are there to show, by the name of the example. */
  const SHOWS: Readonly<Record<string, Readonly<Record<string, (answer: Answer) => void>>>> = {
    postV1IngestSource: Object.fromEntries(
      ['telemetry', 'telemetryCsv', 'links', 'linksCsv', 'entity'].map((name) => [name, takesAll]),
    ),
    getSparql: { select: saysSomething, ask: isTrue, construct: saysSomething },
    getV1QueriesName: { stale: saysSomething, memory: saysSomething },
    postV1Validate: {
      conforming: conforms(true),
      violating: conforms(false),
      ownShapes: conforms(true),
    },
    postV1Placements: {
      placed: hasOutcome('placed'),
      ranked: hasOutcome('placed'),
      unplaceable: hasOutcome('unplaceable'),
    },
    getV1Dump: { notes: hasText },
  };

  it('get the first success that is documented, in the order of the document, and show what they say', async () => {
    let requests = 0;
    const shownOutcomes = new Set<string>();
    for (const operation of operations) {
      const expected = Number(Object.keys(operation.responses)[0]);
      assert.ok(expected >= 200 && expected < 300, operation.operationId);
      for (const shown of shownBy(operation)) {
        const answer = await send(operation, shown);
        const what = `${operation.operationId} ${shown.body?.type ?? ''} ${shown.name}`;
        assert.equal(answer.status, expected, `${what}: ${answer.text}`);
        SHOWS[operation.operationId]?.[shown.name]?.(answer);
        shownOutcomes.add(`${operation.operationId} ${shown.name}`);
        requests++;
      }
    }
    assert.ok(requests > 60, String(requests));
    for (const [operationId, names] of Object.entries(SHOWS)) {
      for (const name of Object.keys(names)) {
        assert.ok(shownOutcomes.has(`${operationId} ${name}`), `${operationId} has no example ${name}`);
      }
    }
  });
});

function takesAll(answer: Answer): void {
  const { counts } = answer.json as { readonly counts: Readonly<Record<string, number>> };
  assert.ok(counts['received']! > 0);
  assert.equal(counts['accepted'], counts['received'], answer.text);
}

/** Solutions in JSON, or a graph in Turtle that has more than prefixes. */
function saysSomething(answer: Answer): void {
  const isGraph = /^text\/turtle/.test(answer.headers.get('content-type') ?? '');
  const found = isGraph
    ? answer.text.split('\n').filter((line) => line !== '' && !/^@?prefix/i.test(line))
    : (answer.json as { readonly results: { readonly bindings: readonly object[] } }).results.bindings;
  assert.ok(found.length > 0, answer.text);
}

function hasText({ text }: Answer): void {
  assert.notEqual(text, '');
}

function isTrue(answer: Answer): void {
  assert.equal((answer.json as { readonly boolean: boolean }).boolean, true);
}

function conforms(expected: boolean): (answer: Answer) => void {
  return (answer) => {
    assert.equal((answer.json as { readonly conforms: boolean }).conforms, expected, answer.text);
  };
}

function hasOutcome(expected: string): (answer: Answer) => void {
  return (answer) => {
    assert.equal((answer.json as { readonly outcome: string }).outcome, expected, answer.text);
  };
}
