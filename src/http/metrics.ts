/**
 * Figures for Prometheus: the process, the fabric, and requests by route template. Labels never hold what a
 * client chose freely, so that their number stays bounded.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { FabricService, FabricStatus } from '../service.ts';

export interface Metrics {
  readonly inFlight: Gauge;
  readonly duration: Histogram;
  readonly count: (
    counter: 'ingest' | 'placement',
    labels: Readonly<Record<string, string>>,
    by: number,
  ) => void;
  readonly contentType: string;
  /** The figures of now as text. */
  readonly render: () => Promise<string>;
  readonly close: () => void;
}

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What is shown of the status, by the name of its gauge. */
const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly of: (s: FabricStatus) => number;
}[] = [
  { name: 'fabric_seq', help: 'Last visible change', of: (s) => s.seq },
  { name: 'fabric_checkpoint_seq', help: 'Last change in the durable home', of: (s) => s.checkpointSeq },
  { name: 'fabric_quads', help: 'Quads in the image', of: (s) => s.quads },
  { name: 'fabric_terms', help: 'Terms in the dictionary of the image', of: (s) => s.terms },
  { name: 'fabric_records', help: 'Records of all sources', of: (s) => s.records },
  { name: 'fabric_queue_length', help: 'Changes that wait for the writer', of: (s) => s.queueLength },
  { name: 'fabric_tail_length', help: 'Changes that are not checkpointed yet', of: (s) => s.tailLength },
  {
    name: 'fabric_checkpoint_lag_changes',
    help: 'Changes that a restart would replay from the log',
    of: (s) => s.tailLength,
  },
  {
    name: 'fabric_checkpoint_lag_bytes',
    help: 'Bytes of log that a restart would replay',
    of: (s) => s.tailBytes,
  },
  { name: 'fabric_samples_waiting', help: 'Samples that are not logged yet', of: (s) => s.samplesWaiting },
  {
    name: 'fabric_storage_full',
    help: '1 when the last writes were refused for want of room',
    of: (s) => (s.storageFull ? 1 : 0),
  },
  { name: 'fabric_feed_subscribers', help: 'Followers of the changes', of: (s) => s.feed.subscribers },
];

export function createMetrics(service: FabricService): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauges = GAUGES.map(({ name, help, of }) => ({ gauge: new Gauge({ name, help, registers }), of }));
  const ready = new Gauge({ name: 'fabric_ready', help: '1 when requests are taken', registers });
  const sourceRecords = new Gauge({
    name: 'fabric_source_records',
    help: 'Records by source',
    labelNames: ['source'],
    registers,
  });
  const sourceConnected = new Gauge({
    name: 'fabric_source_connected',
    help: '1 when the connection of a source stands',
    labelNames: ['source'],
    registers,
  });
  const remapPending = new Gauge({
    name: 'fabric_source_remap_pending_records',
    help: 'Records that have yet to be mapped again, for another mapping or a record that they join with',
    labelNames: ['source'],
    registers,
  });
  const readerGauges = {
    held: new Gauge({
      name: 'fabric_reader_snapshots',
      help: 'States that are held, by reader',
      labelNames: ['reader'],
      registers,
    }),
    oldestSeconds: new Gauge({
      name: 'fabric_reader_oldest_seconds',
      help: 'For how long the oldest of them has been held',
      labelNames: ['reader'],
      registers,
    }),
  };
  const totals = {
    dropped: new Counter({
      name: 'fabric_feed_dropped_total',
      help: 'Followers that were told to resume because they lagged too far',
      registers,
    }),
    evicted: new Counter({
      name: 'fabric_reader_evicted_total',
      help: 'States that were taken from their reader because it held them for too long',
      labelNames: ['reader'],
      registers,
    }),
  };
  const counters: Readonly<Record<'ingest' | 'placement', Counter>> = {
    ingest: new Counter({
      name: 'fabric_http_ingest_records_total',
      help: 'Records that came in over HTTP, by what became of them',
      labelNames: ['source', 'status'],
      registers,
    }),
    placement: new Counter({
      name: 'fabric_http_placements_total',
      help: 'Placement requests by outcome',
      labelNames: ['outcome'],
      registers,
    }),
  };

  function refresh(): void {
    const status = service.status();
    for (const { gauge, of } of gauges) gauge.set(of(status));
    ready.set(service.unready() === undefined ? 1 : 0);
    totals.dropped.reset();
    totals.dropped.inc(status.feed.dropped);
    totals.evicted.reset();
    for (const { label: reader, held, oldestSeconds, evicted } of status.readers) {
      readerGauges.held.set({ reader }, held);
      readerGauges.oldestSeconds.set({ reader }, oldestSeconds);
      totals.evicted.inc({ reader }, evicted);
    }
    sourceRecords.reset();
    sourceConnected.reset();
    remapPending.reset();
    for (const { name, records, connected, remap, joinsOwed } of status.sources) {
      remapPending.set({ source: name }, (remap ? remap.total - remap.done : 0) + joinsOwed);
      sourceRecords.set({ source: name }, records);
      if (connected !== undefined) sourceConnected.set({ source: name }, connected ? 1 : 0);
    }
  }

  return {
    inFlight: new Gauge({
      name: 'fabric_http_requests_in_flight',
      help: 'Requests being answered',
      registers,
    }),
    duration: new Histogram({
      name: 'fabric_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS_SECONDS,
      registers,
    }),
    count: (counter, labels, by) => {
      if (by > 0) counters[counter].inc(labels, by);
    },
    contentType: registry.contentType,
    render: () => {
      refresh();
      return registry.metrics();
    },
    close: () => {
      registry.clear();
    },
  };
}
