/**
 * Checkpoint + tail = image, always: whatever changes came, wherever a checkpoint was cut short.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Change } from '../../src/log/change.ts';
import { MemoryLog } from '../../src/log/memory-log.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { blankNode, literal, namedNode, quad, quadKey, type RDF, typed } from '../../src/rdf/terms.ts';
import { xsd } from '../../src/rdf/vocab.ts';
import { Checkpointer, type CheckpointerOptions } from '../../src/store/checkpoint.ts';
import { ANY } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { QuadstoreHome } from '../../src/store/quadstore-home.ts';
import { recover } from '../../src/store/recovery.ts';
import { SetHash } from '../../src/store/set-hash.ts';
import { RecordStore } from '../../src/write/record-store.ts';

const graphs = new GraphNames('https://fabric.example/id/');
const at = '2026-01-01T00:00:00.000Z';

/** Terms that stores are known to mangle. */
const AWKWARD: readonly RDF.Quad_Object[] = [
  literal(''),
  literal(' '),
  literal('a"b\\c\nd\u0000e'),
  literal('\uffff'),
  literal('😀 und ü'),
  literal('x', 'EN-gb'),
  literal('x', 'en-GB'),
  literal('x', 'de'),
  literal('02', xsd.integer),
  literal('2', xsd.integer),
  literal('2.0', xsd.decimal),
  literal('abc', xsd.integer),
  literal('NaN', xsd.double),
  literal('-INF', xsd.double),
  literal('1e400', xsd.double),
  literal('2026-11-23T12:00:00.000Z', xsd.dateTime),
  literal('2026-11-23T13:00:00+01:00', xsd.dateTime),
  literal('yesterday', xsd.dateTime),
  typed(true, 'boolean'),
  literal('1', xsd.boolean),
  namedNode('urn:a:b?c=d#e%20f'),
  namedNode('http://example.org/ü'),
  blankNode('b0'),
  blankNode('rxx_1'),
];

const anyQuad = fc
  .tuple(
    fc.constantFrom(namedNode('urn:s1'), namedNode('urn:s2'), blankNode('b0')),
    fc.constantFrom(namedNode('urn:p1'), namedNode('urn:p2')),
    fc.constantFrom(...AWKWARD),
    fc.constantFrom(graphs.record('src', 'a/b#c'), graphs.record('src', 'k2'), namedNode('urn:g')),
  )
  .map(([s, p, o, g]) => quad(s, p, o, g));

/** One process over a directory: what start-up builds. */
async function start(directory: string, log: MemoryLog, options: Partial<CheckpointerOptions> = {}) {
  const home = await QuadstoreHome.open(directory);
  const image = new Image({ graphs });
  const records = new RecordStore();
  const hash = new SetHash();
  const checkpointer = new Checkpointer({
    home,
    log,
    hash,
    document: (source, key) => records.durable(source, key),
    intervalMs: 1,
    changesMax: 1,
    dutyRatio: 1,
    tailMax: { changes: 1000, bytes: 1e9 },
    retention: () => ({ bytes: Number.MAX_SAFE_INTEGER, since: 0 }),
    clock: () => 0,
    sleep: () => Promise.resolve(),
    onError: () => undefined,
    ...options,
  });
  const recovery = await recover({ home, log, image, records, hash, checkpointer }).catch(
    async (refusal: unknown) => {
      await home.close();
      throw refusal;
    },
  );
  return { home, image, records, checkpointer, recovery };
}

type Process = Awaited<ReturnType<typeof start>>;

const quadsIn = ({ image }: Process): string[] => {
  using snapshot = image.snapshot();
  const { view } = snapshot;
  const found = view.match(ANY, ANY, ANY, ANY);
  const keys: string[] = [];
  for (let i = 0; i < found.length; i += 4) {
    const [s, p, o, g] = [0, 1, 2, 3].map((offset) => view.term(found[i + offset]!));
    keys.push(
      quadKey(
        quad(s as RDF.Quad_Subject, p as RDF.Quad_Predicate, o as RDF.Quad_Object, g as RDF.Quad_Graph),
      ),
    );
  }
  return keys.sort();
};

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fabric-recovery-'));
  try {
    await work(join(directory, 'store'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function commit(
  process: Process,
  log: MemoryLog,
  draft: Pick<Change, 'added' | 'removed'>,
  value: number,
) {
  const seq = process.image.stagedSeq + 1;
  const cause: Change['cause'] = {
    kind: 'record',
    principal: 'test',
    tenant: 'default',
    record: {
      source: 'src',
      key: `k${value % 3}`,
      op: value % 7 === 0 ? 'delete' : 'replace',
      ...(value % 7 === 0 ? {} : { value: { value } }),
      observedAt: new Date(Date.parse(at) + value * 1000).toISOString(),
      receivedAt: at,
    },
  };
  const effect = process.image.stage({ ...draft, cause }, seq);
  process.records.apply(cause.record!);
  const change = { seq, at, cause, ...effect };
  await log.append([change]);
  process.image.publish(seq);
  process.records.publish();
  process.checkpointer.note(change);
}

describe('recovery', () => {
  it('restores every term as it was written', () =>
    inDirectory(async (directory) => {
      const log = new MemoryLog();
      const first = await start(directory, log);
      const quads = AWKWARD.map((object, n) => quad(namedNode(`urn:s${n}`), namedNode('urn:p'), object));
      await commit(first, log, { added: quads, removed: [] }, 1);
      await first.checkpointer.run();
      await first.home.close();
      const second = await start(directory, log);
      assert.equal(second.recovery.replayed, 0);
      assert.deepEqual(quadsIn(second), quadsIn(first));
      assert.equal(quadsIn(second).length, AWKWARD.length);
      await second.home.close();
    }));

  it('is the image again, wherever checkpoints were cut short', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            added: fc.array(anyQuad, { maxLength: 6 }),
            removed: fc.array(anyQuad, { maxLength: 6 }),
            then: fc.constantFrom('nothing', 'nothing', 'checkpoint', 'cut', 'restart', 'cut and restart'),
          }),
          { minLength: 1, maxLength: 14 },
        ),
        (steps) =>
          inDirectory(async (directory) => {
            const log = new MemoryLog();
            let process = await start(directory, log);
            let n = 0;
            for (const { added, removed, then } of steps) {
              await commit(process, log, { added, removed }, ++n);
              if (then === 'checkpoint') await process.checkpointer.run();
              if (then.startsWith('cut')) await cutShort(process, n);
              if (!then.endsWith('restart')) continue;
              const before = {
                quads: quadsIn(process),
                documents: [...process.records.all()].map((d) => JSON.stringify(d)).sort(),
              };
              await process.home.close();
              process = await start(directory, log);
              assert.deepEqual(quadsIn(process), before.quads);
              assert.deepEqual(
                [...process.records.all()].map((d) => JSON.stringify(d)).sort(),
                before.documents,
              );
              assert.equal(process.image.publishedSeq, n);
            }
            await process.home.close();
          }),
      ),
      { numRuns: 25 },
    )).timeout(60_000);

  it('never writes two checkpoints at once, whoever asks for them', () =>
    inDirectory(async (directory) => {
      const log = new MemoryLog();
      const process = await start(directory, log);
      const whole = process.home.checkpoint.bind(process.home);
      let running = 0;
      let most = 0;
      process.home.checkpoint = async (...given) => {
        most = Math.max(most, ++running);
        await whole(...given);
        running--;
      };
      const asked: Promise<void>[] = [];
      for (let n = 1; n <= 4; n++) {
        const object = typed(n, 'integer');
        await commit(
          process,
          log,
          { added: [quad(namedNode('urn:s'), namedNode('urn:p'), object)], removed: [] },
          n,
        );
        process.checkpointer.tick();
        asked.push(process.checkpointer.run(), process.checkpointer.run());
      }
      await Promise.all(asked);
      assert.equal(most, 1);
      assert.equal(process.home.state.lastSeq, 4);
      await process.home.close();
    }));

  it('knows the time of the last change although nothing has to be replayed', () =>
    inDirectory(async (directory) => {
      const log = new MemoryLog();
      log.release = () => Promise.resolve(); // as files do: the last segment always stays
      const first = await start(directory, log);
      const added = [quad(namedNode('urn:s'), namedNode('urn:p'), literal('1'))];
      await commit(first, log, { added, removed: [] }, 1);
      await first.checkpointer.run();
      await first.home.close();
      const second = await start(directory, log);
      assert.deepEqual([second.recovery.replayed, second.recovery.lastAt], [0, at]);
      await second.home.close();
    }));

  it('tries a checkpoint that failed again when it is time, not with every change', () =>
    inDirectory(async (directory) => {
      const log = new MemoryLog();
      const failures: unknown[] = [];
      let time = 0;
      const process = await start(directory, log, {
        clock: () => time,
        intervalMs: 1000,
        onError: (failure) => failures.push(failure),
      });
      const { home, checkpointer } = process;
      const whole = home.checkpoint.bind(home);
      home.checkpoint = (given) =>
        whole(given, () => Promise.reject(new Error('ENOSPC: no space left on device')));
      for (let n = 1; n <= 20; n++) {
        const object = typed(n, 'integer');
        const added = [quad(namedNode('urn:s'), namedNode('urn:p'), object)];
        await commit(process, log, { added, removed: [] }, n);
        checkpointer.tick();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal(failures.length, 1, 'one attempt for each interval');
      assert.equal(checkpointer.tailLength, 20);
      home.checkpoint = whole;
      time += 1000;
      checkpointer.tick();
      await checkpointer.run();
      assert.equal(checkpointer.tailLength, 0);
      const before = quadsIn(process);
      await home.close();
      const again = await start(directory, log);
      assert.equal(again.recovery.replayed, 0);
      assert.deepEqual(quadsIn(again), before);
      await again.home.close();
    }));

  it('refuses a store whose quads are not those of its checkpoint', () =>
    inDirectory(async (directory) => {
      const log = new MemoryLog();
      const first = await start(directory, log);
      await commit(
        first,
        log,
        { added: [quad(namedNode('urn:s'), namedNode('urn:p'), literal('1'))], removed: [] },
        1,
      );
      await first.checkpointer.run();
      // A quad that no change ever added, written past the log.
      await first.home.checkpoint(
        {
          ...{ seq: 1, hash: first.home.state.hash, absent: [], documents: [], forgotten: [] },
          present: [quad(namedNode('urn:forged'), namedNode('urn:p'), literal('2'))],
        },
        () => Promise.resolve(),
      );
      await first.home.close();
      await assert.rejects(start(directory, log), { type: 'store-damaged' });
    }));

  it('refuses a log that ends before the store, or begins after it', () =>
    inDirectory(async (directory) => {
      const log = new MemoryLog();
      const first = await start(directory, log);
      for (let n = 1; n < 4; n++) {
        await commit(
          first,
          log,
          { added: [quad(namedNode('urn:s'), namedNode('urn:p'), typed(n, 'integer'))], removed: [] },
          n,
        );
        if (n === 1) await first.checkpointer.run();
      }
      await log.release(2);
      await first.home.close();
      await assert.rejects(start(directory, log), { type: 'log-damaged' });
      await assert.rejects(start(directory, new MemoryLog()), { type: 'log-damaged' });
    }));

  it('tells a second process that the directory is in use', () =>
    inDirectory(async (directory) => {
      const home = await QuadstoreHome.open(directory);
      await assert.rejects(QuadstoreHome.open(directory), { type: 'data-directory-locked' });
      await home.close();
    }));
});

/** A checkpoint whose process dies in the middle: some chunks are written, the end never is. */
async function cutShort(process: Process, seed: number): Promise<void> {
  const { home } = process;
  const whole = home.checkpoint.bind(home);
  let chunks = seed % 4;
  home.checkpoint = (checkpoint) =>
    whole(checkpoint, () => (chunks-- > 0 ? Promise.resolve() : Promise.reject(new Error('cut'))));
  await process.checkpointer.run().catch(() => undefined);
  home.checkpoint = whole;
}
