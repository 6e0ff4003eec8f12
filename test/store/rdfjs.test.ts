/** The RDF/JS face of a fabric, used by the libraries that it is for. */
import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { QueryEngine } from '@comunica/query-sparql-rdfjs';
import { Store as N3Store, StreamParser, StreamWriter, Writer } from 'n3';
import { pino } from 'pino';
import { isomorphic } from 'rdf-isomorphic';
import { RdfStore } from 'rdf-stores';
import { lit, graph as rdflibGraph, parse as rdflibParse, sym } from 'rdflib';
import { loadConfig } from '../../src/config.ts';
import { FabricError } from '../../src/errors.ts';
import { type Fabric, openFabric } from '../../src/fabric.ts';
import { ANONYMOUS } from '../../src/log/change.ts';
import { parseRdf } from '../../src/rdf/parse.ts';
import { blankNode, defaultGraph, literal, namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';

const CONTEXT = { principal: ANONYMOUS, tenant: 'default', requestId: 'r' };
const EX = 'http://example.org/';
const ex = (name: string): RDF.NamedNode => namedNode(EX + name);

async function withFabric(
  body: (fabric: Fabric) => Promise<void>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const fabric = await openFabric({
    config: loadConfig({ overrides: config }),
    logger: pino({ level: 'silent' }),
  });
  try {
    await body(fabric);
  } finally {
    await fabric.close();
  }
}

const update = (fabric: Fabric, text: string): Promise<unknown> => fabric.update(CONTEXT, { text });

async function ask(fabric: Fabric, text: string): Promise<boolean> {
  const { result } = await fabric.query(CONTEXT, { text });
  assert.ok(result.kind === 'ask');
  return result.value;
}

/** Resolves with the end of a write, rejects with its error. */
const ended = (emitter: EventEmitter): Promise<unknown> => once(emitter, 'end');

const streamOf = (quads: readonly RDF.BaseQuad[]): RDF.Stream => Readable.from(quads);

const DATA = `
INSERT DATA {
  <${EX}a> <${EX}name> "A", "Ä"@de, "02"^^<http://www.w3.org/2001/XMLSchema#integer> ; <${EX}knows> _:b .
  _:b <${EX}name> "line\\nfeed \\"quoted\\"" .
  GRAPH <${EX}g> { <${EX}a> <${EX}name> "A", "in g" . <${EX}c> <${EX}knows> <${EX}a> }
}`;

/** An entity, so that there are graphs of records beside those of users. */
const ENTITY = {
  id: 'urn:ngsi-ld:Domain:d1',
  type: 'Domain',
  description: { type: 'Property', value: 'one' },
};

async function fill(fabric: Fabric): Promise<void> {
  await update(fabric, DATA);
  await fabric.ngsiLd(CONTEXT, { kind: 'create', body: ENTITY });
}

describe('RDF/JS: a snapshot', function () {
  this.timeout(60_000);

  it('is a dataset: what it has, how much, and what matches, as other stores have it', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      using source = fabric.snapshot();
      const all = [...source];
      assert.equal(source.size, all.length);
      assert.ok(all.some((q) => q.graph.value.includes('/graph/record/')));
      const n3 = new N3Store(all as never[]);
      const store = RdfStore.createDefault();
      for (const q of all) store.addQuad(q);
      const terms = (position: 'subject' | 'predicate' | 'object' | 'graph'): (RDF.Term | null)[] => {
        const byKey = new Map(all.map((q) => [JSON.stringify(q[position]), q[position]]));
        return [null, ...[...byKey.values()].slice(0, 6), namedNode('urn:absent')];
      };
      let compared = 0;
      for (const s of terms('subject'))
        for (const p of terms('predicate'))
          for (const o of terms('object'))
            for (const g of [...terms('graph'), defaultGraph()]) {
              const found = source.match(s, p, o, g);
              const expected = store.getQuads(s, p, o, g);
              assert.equal(found.size, expected.length);
              assert.equal(found.size, n3.getQuads(s as never, p as never, o as never, g as never).length);
              assert.ok(expected.every((q) => found.has(q) && source.has(q)));
              assert.equal([...found].length, expected.length);
              if (expected.length > 0) compared++;
            }
      assert.ok(compared > 50);
      assert.ok(!source.has(quad(ex('a'), ex('name'), literal('B'))));
      assert.ok(!source.has(quad(ex('a'), ex('name'), typed('2', 'integer'))), 'terms, not values');
      assert.throws(() => source.add(all[0]!), { type: 'not-supported' });
      assert.throws(() => source.match().delete(all[0]!), { type: 'not-supported' });
    }));

  it('narrows what it found', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      using source = fabric.snapshot();
      const ofA = source.match(ex('a'));
      assert.deepEqual([...ofA.match(null, ex('name'), null, ex('g'))].map((q) => q.object.value).sort(), [
        'A',
        'in g',
      ]);
      assert.equal(ofA.match(ex('c')).size, 0);
      assert.equal((await ofA.match(ex('c')).toArray()).length, 0);
      assert.equal(ofA.has(quad(ex('c'), ex('knows'), ex('a'), ex('g'))), false);
    }));

  it('has the RDF default graph, or the one that queries see', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      using plain = fabric.snapshot();
      using merged = fabric.snapshot({ defaultGraph: 'merged' });
      const own = plain.match(null, null, null, defaultGraph());
      assert.equal(own.size, 5);
      const { result } = await fabric.query(CONTEXT, { text: 'SELECT * { ?s ?p ?o }' });
      assert.ok(result.kind === 'select');
      assert.equal(merged.match(null, null, null, defaultGraph()).size, result.rows.length);
      assert.ok(result.rows.length > own.size);
      assert.equal(merged.match(ex('a'), ex('name'), literal('A'), defaultGraph()).size, 1);
      assert.equal(merged.match(ex('a'), ex('name'), literal('A')).size, 2, 'in the merge, and in g');
      assert.equal(plain.match(ex('a'), ex('name'), literal('A')).size, 2, 'in the default graph, and in g');
      const anywhere = [...merged].filter((q) => q.graph.termType === 'DefaultGraph').length;
      assert.equal(anywhere, result.rows.length);
    }));

  it('is written by n3, all at once and as a stream', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      using source = fabric.snapshot();
      const expected = [...source];
      const writer = new Writer({ format: 'N-Quads' });
      for (const q of source) writer.addQuad(q);
      const text = await new Promise<string>((resolve, reject) => {
        writer.end((error: Error | null, result: string) => {
          if (error) reject(error);
          else resolve(result);
        });
      });
      assert.ok(isomorphic(await parseRdf(text, { format: 'n-quads' }), expected));
      const trig = new StreamWriter({ format: 'TriG' });
      let streamed = '';
      // The published types of the writer know a stream of RDF/JS, which it is not.
      for await (const chunk of trig.import(source.match()) as unknown as Readable) streamed += String(chunk);
      assert.ok(isomorphic(await parseRdf(streamed, { format: 'trig' }), expected));
    }));

  it('makes quads only as they are read, and lets others have their turn', () =>
    withFabric(async (fabric) => {
      const rows = Array.from({ length: 10_000 }, (_, i) => `<${EX}s${i}> <${EX}p> ${i} .`).join('\n');
      await update(fabric, `INSERT DATA { ${rows} }`);
      using source = fabric.snapshot();
      const stream = source.match(null, ex('p'));
      const readable = Readable.from(stream, { highWaterMark: 16 });
      await once(readable, 'readable');
      await sleep(20);
      assert.ok(readable.readableLength <= 16, 'no more than it has room for');
      let turns = 0;
      let isOver = false;
      const others = (async () => {
        while (!isOver) {
          turns++;
          await nextTurn();
        }
      })();
      const count = await new Promise<number>((resolve) => {
        let seen = 0;
        const flowing = source.match(null, ex('p'));
        flowing.on('data', () => seen++);
        flowing.on('end', () => {
          resolve(seen);
        });
      });
      isOver = true;
      await others;
      assert.equal(count, 10_000);
      assert.ok(turns >= 2, `others had ${turns} turns`);
    }));

  it('shows one state while all of it is rewritten, to Comunica too: no join sees half of a change', () =>
    withFabric(async (fabric) => {
      const elements = 20;
      const rewrite = (version: number): Promise<unknown> =>
        update(
          fabric,
          `DELETE WHERE { ?s <${EX}left> ?l ; <${EX}right> ?r } ; INSERT DATA { ${Array.from(
            { length: elements },
            (_, i) => `<${EX}e${i}> <${EX}left> ${version} ; <${EX}right> ${version} .`,
          ).join('\n')} }`,
        );
      await rewrite(0);
      let isOver = false;
      let versions = 0;
      const writing = (async () => {
        while (!isOver) {
          await rewrite(++versions);
          await sleep(3); // the readers share the processor
        }
      })();
      const engine = new QueryEngine();
      const query = `SELECT ?l ?r { ?s <${EX}left> ?l . ?s <${EX}right> ?r }`;
      const store = fabric.store();
      const seen = new Set<string>();
      for (let round = 0; round < 12; round++) {
        store.refresh();
        using source = fabric.snapshot();
        for (const sources of [[source], [store]]) {
          const rows = await (await engine.queryBindings(query, { sources: sources })).toArray();
          assert.equal(rows.length, elements);
          const values = new Set(rows.flatMap((row) => [row.get('l')!.value, row.get('r')!.value]));
          assert.equal(values.size, 1, [...values].join());
          seen.add([...values][0]!);
        }
      }
      isOver = true;
      await writing;
      store[Symbol.dispose]();
      assert.ok(versions > 10 && seen.size > 5, `${versions} versions, ${seen.size} seen`);
    }));

  it('gives Comunica what the endpoint answers', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      using source = fabric.snapshot({ defaultGraph: 'merged' });
      for (const text of [
        'SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s ?o',
        `SELECT ?g ?o { GRAPH ?g { <${EX}a> ?p ?o } } ORDER BY ?o`,
        `SELECT (COUNT(*) AS ?n) { ?s <${EX}name> ?o FILTER(isLiteral(?o)) }`,
      ]) {
        const { result } = await fabric.query(CONTEXT, { text });
        assert.ok(result.kind === 'select');
        const rows = await (
          await new QueryEngine().queryBindings(text, { sources: [source as never] })
        ).toArray();
        const values = (term: { termType: string; value: string } | undefined): string =>
          term?.termType === 'BlankNode' ? '_' : (term?.value ?? '');
        assert.deepEqual(
          rows.map((row) => result.variables.map((name) => values(row.get(name)))).sort(),
          result.rows.map((row) => row.map(values)).sort(),
        );
      }
    }));
});

describe('RDF/JS: who holds a state', function () {
  this.timeout(60_000);
  const heldBy = (fabric: Fabric, label: string) =>
    fabric.status().readers.find((reader) => reader.label === label);

  it('has a name and an age in the status, until it lets go', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      const source = fabric.snapshot({ label: 'report' });
      await sleep(20);
      const held = heldBy(fabric, 'report');
      assert.equal(held?.held, 1);
      assert.ok(held.oldestSeconds >= 0.02);
      assert.equal(held.oldestSeq, source.seq);
      source[Symbol.dispose]();
      assert.equal(heldBy(fabric, 'report')?.held, 0);
      assert.throws(() => source.size, { type: 'snapshot-unavailable' });
    }));

  it('need not let go of what it forgets: the state is free when nobody can read from it', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      (() => {
        const unread = fabric.snapshot({ label: 'forgotten' }).match(ex('a'));
        assert.ok(unread.size > 0);
      })();
      assert.equal(heldBy(fabric, 'forgotten')?.held, 1);
      await until(() => {
        collect();
        return heldBy(fabric, 'forgotten')?.held === 0;
      });
    }));

  it('loses it after the limit: streams under way, unread ones and new reads fail, others go on', () =>
    withFabric(
      async (fabric) => {
        await fill(fabric);
        const old = fabric.snapshot({ label: 'slow' });
        const begun = old.match();
        assert.ok(begun.read());
        const unread = old.match(ex('a'));
        const looping = begun[Symbol.asyncIterator]();
        await sleep(1100);
        using young = fabric.snapshot({ label: 'young' });
        await fabric.tick();
        assert.deepEqual([heldBy(fabric, 'slow')?.held, heldBy(fabric, 'slow')?.evicted], [0, 1]);
        const isEvicted = (error: unknown): boolean =>
          error instanceof FabricError &&
          error.type === 'snapshot-unavailable' &&
          error.message.includes('readers.heldSecondsMax');
        await assert.rejects(async () => {
          while ((await looping.next()).done !== true);
        }, isEvicted);
        await assert.rejects(unread.toArray(), isEvicted);
        assert.throws(() => old.size, isEvicted);
        assert.throws(() => old.has(quad(ex('a'), ex('name'), literal('A'))), isEvicted);
        assert.ok(young.size > 0);
        old[Symbol.dispose]();
        assert.equal(heldBy(fabric, 'young')?.held, 1);
      },
      { readers: { heldSecondsMax: 1 } },
    ));
});

describe('RDF/JS: the store', function () {
  this.timeout(60_000);

  it('takes in what n3 parses and what rdflib holds, and SPARQL sees it when the end is told', () =>
    withFabric(async (fabric) => {
      using store = fabric.store();
      const first = fabric.seq;
      const parser = new StreamParser({ format: 'TriG' });
      const text = `@prefix e: <${EX}> . e:a e:p "1", "zwei"@de, 3 . e:g { e:a e:q e:b . }`;
      await ended(store.import(Readable.from([text]).pipe(parser)));
      assert.ok(
        await ask(
          fabric,
          `ASK { <${EX}a> <${EX}p> "1", "zwei"@de, 3 . GRAPH <${EX}g> { <${EX}a> <${EX}q> <${EX}b> } }`,
        ),
      );
      const formula = rdflibGraph();
      rdflibParse(`<${EX}r> <${EX}p> "from rdflib"@en, 4.5, <${EX}b> .`, formula, `${EX}doc`, 'text/turtle');
      formula.add(sym(`${EX}r`), sym(`${EX}q`), lit('plain'), defaultGraph());
      await ended(store.import(streamOf(formula.statements as never)));
      assert.ok(
        await ask(fabric, `ASK { GRAPH <${EX}doc> { <${EX}r> <${EX}p> "from rdflib"@en, 4.5, <${EX}b> } }`),
      );
      assert.ok(await ask(fabric, `ASK { <${EX}r> <${EX}q> "plain" }`));
      assert.equal(store.match(ex('r')).size, 4, 'who wrote reads what was written');
      for await (const { cause } of fabric.changes(CONTEXT, first + 1, 100))
        assert.equal(cause.kind, 'update');
    }));

  it('removes quads, patterns and graphs', () =>
    withFabric(async (fabric) => {
      using store = fabric.store();
      const others = store.size;
      await update(fabric, DATA);
      store.refresh();
      assert.equal(store.size - others, 8);
      await ended(
        store.remove(streamOf([quad(ex('a'), ex('name'), literal('A')), quad(ex('x'), ex('y'), ex('z'))])),
      );
      assert.equal(store.size - others, 7);
      assert.ok(store.has(quad(ex('a'), ex('name'), literal('A'), ex('g'))));
      await ended(store.removeMatches(ex('a'), ex('name'), null, defaultGraph()));
      assert.equal(store.size - others, 5);
      await ended(store.deleteGraph(`${EX}g`));
      assert.equal(store.size - others, 2);
      await ended(store.remove(store.match(null, null, null, defaultGraph())));
      assert.equal(store.size - others, 0);
      assert.equal(await ask(fabric, `ASK { ?s <${EX}name> ?o }`), false);
    }));

  it('shows one state until it is told to go on, and streams under way stay where they are', () =>
    withFabric(async (fabric) => {
      using store = fabric.store();
      await update(fabric, `INSERT DATA { <${EX}s> <${EX}p> 1 }`);
      const before = store.match(ex('s'));
      const { seq } = store;
      await update(fabric, `INSERT DATA { <${EX}s> <${EX}p> 2 }`);
      assert.equal(store.match(ex('s')).size, 1);
      store.refresh();
      assert.equal(store.match(ex('s')).size, 2);
      assert.ok(store.seq > seq);
      assert.equal((await before.toArray()).length, 1);
      await nextTurn();
    }));

  it('lets go of a state when the last stream of it is over', () =>
    withFabric(async (fabric) => {
      await update(fabric, DATA);
      const held = () => fabric.status().readers.find(({ label }) => label === 'session')?.held;
      const store = fabric.store({ label: 'session' });
      const stream = store.match(ex('a'));
      store.refresh();
      assert.equal(held(), 1);
      await stream.toArray();
      await until(() => held() === 0);
      const cut = store.match();
      cut.read();
      store[Symbol.dispose]();
      assert.equal(held(), 1);
      cut.destroy();
      assert.equal(held(), 0);
      assert.throws(() => store.match(), { type: 'snapshot-unavailable' });
    }));

  it('is updated by Comunica', () =>
    withFabric(async (fabric) => {
      await update(fabric, `INSERT DATA { <${EX}s> <${EX}p> 1, 2 }`);
      using store = fabric.store();
      await new QueryEngine().queryVoid(
        `DELETE { ?s <${EX}p> ?o } INSERT { ?s <${EX}q> ?o } WHERE { ?s <${EX}p> ?o FILTER(?o > 1) }`,
        { sources: [store as never], destination: store as never },
      );
      assert.ok(
        await ask(
          fabric,
          `ASK { <${EX}s> <${EX}p> 1 ; <${EX}q> 2 FILTER NOT EXISTS { <${EX}s> <${EX}p> 2 } }`,
        ),
      );
    }));

  it('refuses with an error event what may not be written, and changes nothing', () =>
    withFabric(async (fabric) => {
      await fill(fabric);
      using store = fabric.store();
      const owned = [...store].find((q) => q.graph.value.includes('/graph/record/'))!;
      const before = store.size;
      const refusals: readonly (readonly [() => EventEmitter, string])[] = [
        [() => store.import(streamOf([quad(ex('a'), ex('b'), ex('c')), owned])), 'graph-owned'],
        [() => store.remove(streamOf([owned])), 'graph-owned'],
        [() => store.removeMatches(owned.subject), 'graph-owned'],
        [() => store.deleteGraph(owned.graph), 'graph-owned'],
        [() => store.import(streamOf([quad(ex('a'), ex('b'), literal('\ud800'))])), 'not-supported'],
        [
          () =>
            store.import(
              streamOf([
                {
                  ...{
                    termType: 'Quad',
                    value: '',
                    subject: ex('a'),
                    predicate: ex('b'),
                    graph: defaultGraph(),
                  },
                  object: { termType: 'Collection', value: 'x', equals: () => false },
                } as never,
              ]),
            ),
          'not-supported',
        ],
      ];
      for (const [write, type] of refusals) await assert.rejects(ended(write()), { type });
      const broken = new Readable({ objectMode: true, read: () => undefined });
      const importing = store.import(broken);
      broken.push(quad(ex('a'), ex('b'), ex('c')));
      await nextTurn();
      broken.destroy(new Error('cut'));
      await assert.rejects(ended(importing), /cut/);
      store.refresh();
      assert.equal(store.size, before);
    }));

  it('cuts a long stream into changes, and reads no faster than it writes', () =>
    withFabric(async (fabric) => {
      using store = fabric.store({ changeQuadsMax: 100 });
      const first = fabric.seq;
      let made = 0;
      let ahead = 0;
      function* many(): Generator<RDF.Quad> {
        for (; made < 1050; made++) {
          ahead = Math.max(ahead, made - (fabric.seq - first) * 100);
          yield quad(ex(`s${made}`), ex('p'), typed(made, 'integer'));
        }
      }
      await ended(store.import(Readable.from(many(), { highWaterMark: 4 })));
      assert.equal(fabric.seq - first, 11);
      assert.ok(ahead <= 110, `${ahead} quads ahead`);
      assert.equal(store.match(null, ex('p')).size, 1050);
    }));

  it('keeps the labels of blank nodes, or makes each import nodes of its own', () =>
    withFabric(async (fabric) => {
      const node = quad(blankNode('n1'), ex('p'), literal('x'));
      using keeping = fabric.store();
      await ended(keeping.import(streamOf([node])));
      await ended(keeping.import(streamOf([node])));
      assert.ok(keeping.has(node));
      assert.equal(keeping.match(null, ex('p')).size, 1);
      using fresh = fabric.store({ blankNodes: 'fresh', changeQuadsMax: 1 });
      const linked = quad(blankNode('n1'), ex('q'), blankNode('n2'));
      await ended(fresh.import(streamOf([node, linked])));
      await ended(fresh.import(streamOf([node, linked])));
      assert.equal(fresh.match(null, ex('p')).size, 3);
      assert.ok(await ask(fabric, `ASK { ?a <${EX}p> "x" ; <${EX}q> ?b FILTER(?a != ?b) }`));
      assert.equal(new Set([...fresh.match(null, ex('q'))].map((q) => q.subject.value)).size, 2);
    }));
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(5);
  assert.ok(condition());
}
