/** What crash and damage trials share: the settings of a state that rolls, checkpoints and keeps its whole log. */
import { join } from 'node:path';
import { type Config, loadConfig } from '../../src/config.ts';
import type { Cause } from '../../src/log/change.ts';
import type { ChangeLog } from '../../src/log/change-log.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { namedNode, quad, quadKey, type RDF, typed } from '../../src/rdf/terms.ts';
import type { Image } from '../../src/store/image/image.ts';
import { eachQuadOf } from '../../src/store/lookup.ts';
import { openState, type State } from '../../src/store/state.ts';
import { RecordStore } from '../../src/write/record-store.ts';

export const SEGMENT_BYTES = 128 * 1024;

export const graphs = new GraphNames('https://fabric.example/id/');

/** Small segments and hasty checkpoints, so that a short trial meets all of it; retention lets nothing go. */
export const trialConfig = (checkpointChanges = 150): Config =>
  loadConfig({
    overrides: {
      log: { segmentBytes: SEGMENT_BYTES, retentionBytes: 2 ** 40, retentionDays: 100_000 },
      checkpoint: { intervalSeconds: 1, changesMax: checkpointChanges, dutyRatio: 1 },
      writer: { sampleFlushMs: 50 },
      image: { fileQuadsMin: 1 },
    },
  });

export function openTrial(directory: string, config = trialConfig()): Promise<State> {
  return openState({
    folders: {
      log: join(directory, 'log'),
      store: join(directory, 'store'),
      image: join(directory, 'image.cache'),
    },
    config,
    graphs,
    now: Date.now,
    onChange: () => undefined,
    onBackgroundError: () => undefined,
  });
}

/** Lets go of a state as it is: nothing is written any more. */
export async function abandon(state: State): Promise<void> {
  await state.log.close();
  await state.home.close();
}

const properties = ['load', 'memory', 'energy'].map((name) =>
  namedNode(`https://fabric.example/def#${name}`),
);

/** The quads of an element at one of its readings; some of them come again in later ones. */
export function readingOf(element: number, turn: number): RDF.Quad[] {
  const subject = namedNode(`https://fabric.example/id/element/${element}`);
  const graph = graphs.record('trial', `e${element}`);
  return properties.map((property, index) =>
    quad(subject, property, typed((turn + index) % 7, 'integer'), graph),
  );
}

/** A change by its own id; every other one is a version of a record too. */
export function causeOf(id: string, element: number, turn: number): Cause {
  const cause: Cause = { kind: 'update', principal: 'trial', tenant: 'default', requestId: id };
  if (element % 2 === 0) return cause;
  const at = new Date(Date.UTC(2026, 0, 1) + turn * 1000).toISOString();
  const record = {
    source: 'trial',
    key: `e${element}`,
    op: 'replace',
    value: { turn },
    observedAt: at,
  } as const;
  return { ...cause, kind: 'record', record: { ...record, receivedAt: at } };
}

/** Quads and record documents as texts, in order: equal for equal states. */
export interface Contents {
  readonly quads: readonly string[];
  readonly documents: readonly string[];
}

export function contentsOf({
  image,
  records,
}: {
  readonly image: Image;
  readonly records: RecordStore;
}): Contents {
  using snapshot = image.snapshot();
  return {
    quads: Array.from(eachQuadOf(snapshot.view, {}), quadKey).sort(),
    documents: documentsOf(records),
  };
}

/** The same, folded naively from every change of a log that reaches back to the first, and the ids of the changes. */
export async function replayed(
  log: ChangeLog,
): Promise<Contents & { readonly ids: readonly (string | undefined)[] }> {
  const quads = new Set<string>();
  const records = new RecordStore();
  const ids: (string | undefined)[] = [];
  for await (const { removed, added, cause } of log.read(1)) {
    for (const q of removed) quads.delete(quadKey(q));
    for (const q of added) quads.add(quadKey(q));
    records.follow(cause);
    ids.push(cause.requestId);
  }
  return { quads: [...quads].sort(), documents: documentsOf(records), ids };
}

const documentsOf = (records: RecordStore): string[] =>
  Array.from(records.all(), (document) => JSON.stringify(document)).sort();
