/**
 * Joins of two patterns while all elements are rewritten again and again, atomically, in a process of its own:
 * `node store-torn-child.ts STORE FOLDER JOINS`. Stores: `image`, `quadstore`. A join asks for one property of all
 * elements, lets others work, and asks for the other; it is torn when what it sees never stood together.
 */
import { argv } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { Quadstore } from 'quadstore';
import { MemoryLog } from '../../src/log/memory-log.ts';
import { dataFactory, namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';
import { ANY } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { RecordStore } from '../../src/write/record-store.ts';
import { Writer } from '../../src/write/writer.ts';
import { mergeStepsWhenDue } from '../store/merging.ts';
import { report, stopwatch } from './store-cost.ts';
import { elementAt, elementGraphAt, graphs } from './store-data.ts';

const [, , name = '', folder = '', joinCount = ''] = argv;
const joins = Number(joinCount);
const ELEMENTS = 100;
const JOINERS = 10;
const cause = { kind: 'admin', principal: 'bench', tenant: 'default' } as const;
const [LEFT, RIGHT] = [namedNode('urn:bench:left'), namedNode('urn:bench:right')];

interface Joined {
  rewrite(removed: RDF.Quad[], added: RDF.Quad[]): Promise<unknown>;
  /** The values of both properties that a join sees. */
  join(): Promise<readonly [left: string[], right: string[]]>;
}

/** All elements as of a version: both properties have it as their value. */
const quadsOf = (version: number): RDF.Quad[] =>
  Array.from({ length: ELEMENTS }, (_, index) =>
    [LEFT, RIGHT].map((p) => quad(elementAt(index), p, typed(version, 'integer'), elementGraphAt(index))),
  ).flat();

function openImage(): Joined {
  const image = new Image({ graphs });
  const writer = new Writer({
    log: new MemoryLog(),
    image,
    records: new RecordStore(),
    now: Date.now,
    yieldTurn: () => setImmediate(),
    queueLengthMax: 1000,
    groupLengthMax: 1000,
    onChange: () => {
      mergeStepsWhenDue(image, 1);
    },
    admit: () => undefined,
  });
  return {
    rewrite: (removed, added) =>
      writer.submit(() => ({ draft: { cause, removed, added }, answer: () => undefined })),
    async join() {
      using snapshot = image.snapshot();
      const { view } = snapshot;
      const values = (property: RDF.Term): string[] => {
        const found = view.match(ANY, view.find(property), ANY, ANY);
        return Array.from({ length: found.length / 4 }, (_, at) => view.term(found[4 * at + 2]!).value);
      };
      const left = values(LEFT);
      await setImmediate();
      return [left, values(RIGHT)];
    },
  };
}

async function openQuadstore(): Promise<Joined> {
  const store = new Quadstore({ backend: new ClassicLevel(`${folder}/torn`), dataFactory });
  await store.open();
  const values = async (predicate: RDF.NamedNode): Promise<string[]> =>
    (await store.get({ predicate })).items.map(({ object }) => object.value);
  return {
    rewrite: (removed, added) => store.multiPatch(removed, added),
    async join() {
      const left = await values(LEFT);
      await setImmediate();
      return [left, await values(RIGHT)];
    },
  };
}

const joined = name === 'image' ? openImage() : await openQuadstore();
await joined.rewrite([], quadsOf(0));
let isOver = false;
let version = 0;
const writing = (async () => {
  for (let old = quadsOf(0); !isOver; ) {
    const fresh = quadsOf(++version);
    await joined.rewrite(old, fresh);
    old = fresh;
    await setImmediate();
  }
})();

let torn = 0;
let left = joins;
/** Joins between whose two looks a rewrite was published: only they could be torn. */
let overtaken = 0;
const joiner = async (): Promise<void> => {
  while (left-- > 0) {
    const before = version;
    const [lefts, rights] = await joined.join();
    if (version !== before) overtaken++;
    const seen = new Set([...lefts, ...rights]);
    if (lefts.length !== ELEMENTS || rights.length !== ELEMENTS || seen.size !== 1) torn++;
  }
};
const stop = stopwatch();
await Promise.all(Array.from({ length: JOINERS }, joiner));
const cost = stop();
isOver = true;
await writing;
report({ ...cost, joins, torn, overtaken, rewrites: version });
process.exit(0);
