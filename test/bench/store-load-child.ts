/**
 * One load of an N-Quads file in a process of its own: `node store-load-child.ts ENGINE FILE`. Engines: `image`,
 * `image-terms` (by way of terms), `oxigraph`, `rdf-stores`, `n3`. Prints what the load cost and what is held after.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { argv } from 'node:process';
import { StreamParser } from 'n3';
import { dataFactory, type RDF } from '../../src/rdf/terms.ts';
import { Image } from '../../src/store/image/image.ts';
import { held, report, stopwatch } from './store-cost.ts';
import { graphs } from './store-data.ts';
import { loadFile } from './store-load.ts';

const [, , engine = '', file = ''] = argv;

const parsed = (): AsyncIterable<RDF.Quad> =>
  createReadStream(file).pipe(new StreamParser({ format: 'N-Quads', factory: dataFactory }));

function* pieces(): Generator<Uint8Array> {
  const descriptor = openSync(file, 'r');
  const buffer = new Uint8Array(1 << 18);
  try {
    for (let length = 1; length > 0; ) {
      length = readSync(descriptor, buffer);
      if (length > 0) yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

interface Loaded {
  readonly quads: () => number;
  /** What must live until memory was measured. */
  readonly store: object;
}

const ENGINES: Readonly<Record<string, () => Promise<Loaded>>> = {
  image: async () => {
    const image = new Image({ graphs });
    await loadFile(image, file);
    return { store: image, quads: () => image.statistics().quads };
  },
  'image-terms': async () => {
    const image = new Image({ graphs });
    const load = image.beginLoad(1);
    for await (const each of parsed()) load.addTerms([each]);
    load.commit();
    return { store: image, quads: () => image.statistics().quads };
  },
  oxigraph: async () => {
    const { Store } = await import('oxigraph');
    const store = new Store();
    // Without a transaction it is its bulk loader; in pieces, so that its memory does not keep the room of the text.
    store.load(pieces(), { format: 'application/n-quads', no_transaction: true });
    return { store, quads: () => store.size };
  },
  'rdf-stores': async () => {
    const { RdfStore } = await import('rdf-stores');
    const store = RdfStore.createDefault();
    for await (const each of parsed()) store.addQuad(each);
    return { store, quads: () => store.size };
  },
  n3: async () => {
    const { Store } = await import('n3');
    const store = new Store();
    for await (const each of parsed()) store.addQuad(each);
    return { store, quads: () => store.size };
  },
};

const load = ENGINES[engine];
if (!load) throw new Error(`No engine is called "${engine}"`);
const before = await held();
const stop = stopwatch();
const loaded = await load();
const cost = stop();
const after = await held();
report({ ...cost, quads: loaded.quads(), startRssBytes: before.rssBytes, ...after });
