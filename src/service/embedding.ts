/**
 * What a program that embeds a fabric has beyond the doors: changes as a loop, states and the whole as RDF/JS.
 * The same hook admits as everywhere; who does not say who it is acts as the fabric itself.
 */
import { type Authorize, admit, DEFAULT_TENANT } from '../authorize.ts';
import { type Change, INTERNAL, type Principal } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { FollowRequest } from '../service.ts';
import { FabricStore } from '../store/rdfjs/fabric-store.ts';
import { type DefaultGraphMeaning, SnapshotSource } from '../store/rdfjs/snapshot-source.ts';
import type { Readers } from '../store/readers.ts';
import type { Writer } from '../write/writer.ts';
import type { ChangeFeed } from './change-feed.ts';

/** Changes, of which a loop is never told to resume: what it missed it gets from the log. */
export interface EmbeddedFollowRequest extends FollowRequest {
  /** Ends the loop, without an error. */
  readonly signal?: AbortSignal;
  /** Absent: the fabric itself. */
  readonly principal?: Principal;
}

/** Reads from within a process. */
export interface SnapshotRequest {
  /** Absent: the fabric itself. */
  readonly principal?: Principal;
  /** Names the reader in the metrics; one of few. */
  readonly label?: string;
  /** `rdf`, unless told otherwise. */
  readonly defaultGraph?: DefaultGraphMeaning;
}

/** Reads and writes from within a process. */
export interface StoreRequest extends SnapshotRequest {
  /** Most quads of one change; a longer import becomes several. 10 000, unless told otherwise. */
  readonly changeQuadsMax?: number;
  /** Whether imported blank nodes keep their labels, unless told otherwise, or get new ones with each import. */
  readonly blankNodes?: 'keep' | 'fresh';
}

export interface EmbeddingRooms {
  readonly authorize: Authorize;
  readonly feed: ChangeFeed;
  readonly readers: Readers;
  readonly graphs: GraphNames;
  readonly state: { readonly writer: Writer };
}

const CHANGE_QUADS_MAX = 10_000;
const DEFAULT_LABEL = 'rdfjs';

/** @throws FabricError as {@link ChangeFeed.subscribe}, `forbidden` */
export async function* followChanges(
  { authorize, feed }: EmbeddingRooms,
  request: EmbeddedFollowRequest,
): AsyncGenerator<Change, void> {
  const { signal, principal = INTERNAL } = request;
  admit(authorize, principal, 'read', { tenant: DEFAULT_TENANT });
  if (signal?.aborted) return;
  using subscription = feed.subscribe({ ...request, whenBehind: 'resume' });
  const release = (): void => {
    subscription.close();
  };
  signal?.addEventListener('abort', release, { once: true });
  try {
    yield* subscription;
  } finally {
    signal?.removeEventListener('abort', release);
  }
}

/** @throws FabricError `forbidden` */
export function openSnapshot(
  { authorize, readers }: EmbeddingRooms,
  { principal = INTERNAL, label = DEFAULT_LABEL, defaultGraph }: SnapshotRequest,
): SnapshotSource {
  admit(authorize, principal, 'read', { tenant: DEFAULT_TENANT });
  return new SnapshotSource(readers.take(label), { defaultGraph });
}

/** @throws FabricError `forbidden`; for writes their `error` event says so */
export function openStore(rooms: EmbeddingRooms, request: StoreRequest): FabricStore {
  const { authorize, readers, state, graphs } = rooms;
  const { principal = INTERNAL, label = DEFAULT_LABEL, defaultGraph } = request;
  admit(authorize, principal, 'read', { tenant: DEFAULT_TENANT });
  return new FabricStore({
    ...{ graphs, defaultGraph, snapshot: () => readers.take(label) },
    changeQuadsMax: request.changeQuadsMax ?? CHANGE_QUADS_MAX,
    blankNodes: request.blankNodes ?? 'keep',
    write: async (prepare) => {
      admit(authorize, principal, 'update', { tenant: DEFAULT_TENANT });
      const cause = { kind: 'update', principal: principal.id, tenant: DEFAULT_TENANT } as const;
      await state.writer.submit(({ view, nextSeq }) => {
        const { added = [], removed = [] } = prepare(view, nextSeq);
        return { draft: { cause, added, removed }, answer: () => undefined };
      });
    },
  });
}
