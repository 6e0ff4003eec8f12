/**
 * A stand-in for the fabric where only the protocol is at stake: it answers in fixed ways and writes down
 * what it was asked. What the fabric itself does is tested through the real one.
 */
import { Readable } from 'node:stream';
import { type Config, loadConfig } from '../../src/config.ts';
import { FabricError } from '../../src/errors.ts';
import type { Change } from '../../src/log/change.ts';
import { literal, namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';
import type { FabricService, IngestReport, PlacementAnswer, RecordOutcome } from '../../src/service.ts';
import { QueryParser } from '../../src/sparql/algebra.ts';
import type { QueryResult } from '../../src/sparql/result.ts';

export interface FakeCall {
  readonly entry: string;
  readonly args: readonly unknown[];
}

export interface Fake {
  readonly service: FabricService;
  readonly calls: readonly FakeCall[];
  /** The arguments of the last call of an entry, the request context left out. */
  readonly lastOf: (entry: string) => readonly unknown[];
}

export const EXAMPLE = 'http://example.org/';
export const QUADS: readonly RDF.Quad[] = [
  quad(namedNode(`${EXAMPLE}s`), namedNode(`${EXAMPLE}p`), literal('a "text"', 'en')),
  quad(namedNode(`${EXAMPLE}s`), namedNode(`${EXAMPLE}q`), typed(5, 'integer')),
];

const parser = new QueryParser();
const parse = (text: string) => parser.parse(text, { baseIRI: EXAMPLE });

/** @param overrides  entries that answer otherwise */
export function fakeService(overrides: Partial<FabricService> = {}, config: Config = loadConfig()): Fake {
  const calls: FakeCall[] = [];
  const base: FabricService = { ...defaults(config), ...overrides };
  const service = new Proxy(base, {
    get(target, name: keyof FabricService) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        calls.push({ entry: name, args });
        return (member as (...args: unknown[]) => unknown)(...args);
      };
    },
  });
  return {
    service,
    calls,
    lastOf: (entry) => {
      const call = calls.findLast((candidate) => candidate.entry === entry);
      if (!call) throw new Error(`${entry} was not called`);
      return call.args.slice(1);
    },
  };
}

function defaults(config: Config): FabricService {
  return {
    baseIri: EXAMPLE,
    config,
    seq: 7,
    status: () => ({
      seq: 7,
      checkpointSeq: 5,
      quads: 2,
      terms: 6,
      records: 1,
      queueLength: 0,
      tailLength: 2,
      tailBytes: 0,
      samplesWaiting: 0,
      storageFull: false,
      feed: { subscribers: 1, dropped: 3 },
      readers: [{ label: 'dump', held: 1, oldestSeconds: 12.5, oldestSeq: 4, evicted: 2 }],
      sources: [
        {
          name: 'lines',
          kind: 'mqtt',
          format: 'json',
          mapping: 'ngsi-ld',
          policy: 'quarantine',
          records: 1,
          mappingVersion: 'v1',
          joinsOwed: 0,
          connected: true,
        },
      ],
    }),
    unready: () => undefined,
    ingest: async (_context, source, body) => {
      if (source === 'unknown')
        throw new FabricError('unknown-source', `Source "${source}" is not configured`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return reportOf(source, Buffer.concat(chunks).toString('utf8'));
    },
    ngsiLd: () => Promise.resolve({ outcomes: [], notUpdated: [] }),
    query: (_context, { text }) => Promise.resolve({ result: resultOf(text), seq: 6 }),
    update: (_context, { text }) => {
      parse(text);
      return Promise.resolve({ seq: 8, added: 1, removed: 0 });
    },
    dump: () => ({ seq: 6, quads: QUADS, [Symbol.dispose]: () => undefined }),
    dumpAt: (_context, seq) => Promise.resolve({ seq, quads: QUADS, [Symbol.dispose]: () => undefined }),
    loadQuads: async (_context, body) => {
      let offset = 0;
      for await (const chunk of body) offset += chunk.length;
      return { seq: 8, statements: 2, added: 1, offset };
    },
    quadLoad: (_context, id) => ({ id, offset: 5 }),
    backup: () => ({
      seq: 6,
      chunks: Readable.from([Buffer.from('archive')]),
      [Symbol.dispose]: () => undefined,
    }),
    namedQueries: () => [
      {
        name: 'elements',
        label: 'Elements',
        text: 'SELECT * { ?s <http://example.org/#p> $domain } # not a $comment',
      },
    ],
    mapping: (_context, source) => ({
      ...{ source, text: '# a mapping', format: 'turtle', version: 'v1', reloaded: false },
    }),
    reloadMapping: (_context, source) =>
      Promise.resolve({ source, version: 'v2', changed: true, records: 3 }),
    explainQuads: () => ({ seq: 7, matches: [], complete: true }),
    validate: () => Promise.resolve({ conforms: true, results: [] }),
    place: () => Promise.resolve(placementAnswer()),
    decision: () => ({ decision: placementAnswer().decision, request: {}, allocations: [] }),
    releaseDecision: () => Promise.resolve({ seq: 9 }),
    confirmDecision: () => Promise.resolve({ seq: 10 }),
    explainDecision: () => Promise.resolve(placementAnswer(2)),
    changes: (_context, fromSeq, limit) => changesFrom(fromSeq, limit),
    follow: () => {
      throw new FabricError('overloaded', 'Nobody can follow a stand-in');
    },
    close: () => Promise.resolve(),
  };
}

/** One record a line: `bad` lines are refused, `odd` ones quarantined, others accepted. */
function reportOf(source: string, text: string): IngestReport {
  const outcomes = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, position) => outcome(line, { source, position }));
  const count = (status: RecordOutcome['status']): number =>
    outcomes.filter((candidate) => candidate.status === status).length;
  return {
    received: outcomes.length,
    accepted: count('accepted'),
    unchanged: count('unchanged'),
    stale: count('stale'),
    quarantined: count('quarantined'),
    refused: count('refused'),
    seq: count('accepted') > 0 ? 7 + count('accepted') : 0,
    problems: outcomes.filter(({ status }) => status !== 'accepted'),
    diagnostics: {},
  };
}

export function outcome(key: string, more: Partial<RecordOutcome> = {}): RecordOutcome {
  const base = { source: 'ngsi-ld', key, position: 0, created: false, diagnostics: [] };
  if (key.includes('bad')) {
    const problem = new FabricError('record-invalid', `Record ${key} has no id`);
    return { ...base, status: 'refused', problem, ...more };
  }
  if (key.includes('odd')) {
    return { ...base, status: 'quarantined', seq: 8, report: { conforms: false, results: [] }, ...more };
  }
  return { ...base, status: 'accepted', seq: 8, ...more };
}

function resultOf(text: string): QueryResult {
  const { kind } = parse(text);
  switch (kind) {
    case 'select':
      return {
        kind: 'select',
        variables: ['s', 'o'],
        rows: QUADS.map((q) => [namedNode(q.subject.value), undefined]),
      };
    case 'ask':
      return { kind: 'ask', value: true };
    default:
      return { kind: 'graph', quads: QUADS };
  }
}

async function* changesFrom(fromSeq: number, limit: number): AsyncGenerator<Change> {
  await Promise.resolve();
  if (fromSeq < 3) throw new FabricError('snapshot-unavailable', `Change ${fromSeq} is no longer kept`);
  for (let seq = fromSeq; seq < Math.min(8, fromSeq + limit); seq++) {
    yield {
      seq,
      at: '2026-01-01T00:00:00Z',
      cause: { kind: 'update', principal: 'anonymous', tenant: 'default' },
      added: QUADS,
      removed: [],
    };
  }
}

/** @param rejected  how many elements are rejected with reasons; undefined: not asked for */
export function placementAnswer(rejected?: number, onDispose: () => void = () => undefined): PlacementAnswer {
  return {
    decision: {
      id: `${EXAMPLE}decision/1`,
      outcome: 'placed',
      service: `${EXAMPLE}service`,
      basedOn: 7,
      decidedAt: '2026-01-01T00:00:00Z',
      dryRun: false,
      digest: 'd',
      allocations: [],
      score: 1,
      alternatives: [],
      reasons: [],
      components: [{ name: 'web', candidates: 1, rejected: rejected ?? 0 }],
      search: { steps: 1, complete: true },
      notes: [],
    },
    rejections: rejected === undefined ? undefined : rejections(rejected),
    [Symbol.dispose]: onDispose,
  };
}

function* rejections(count: number) {
  for (let index = 0; index < count; index++) {
    yield { component: 'web', element: `${EXAMPLE}element/${index}`, violations: [] };
  }
}
