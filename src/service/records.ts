/**
 * Records from every door to the writer: bodies of sources, NGSI-LD writes, messages of brokers.
 */
import type { FabricError } from '../errors.ts';
import type { Diagnostic, SourceReading } from '../mapping/record.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { IngestReport, NgsiLdAnswer, NgsiLdWrite, RecordOutcome, RequestContext } from '../service.ts';
import type { Intake, RecordSupplier } from '../write/intake.ts';
import { deadLetterQuads } from '../write/quarantine.ts';
import type { Writer } from '../write/writer.ts';
import type { Housekeeping } from './housekeeping.ts';
import { ingestReadings } from './ingest.ts';
import { type EntityReader, writeNgsiLd } from './ngsi-ld.ts';

/** How the bodies of a source are taken apart. */
export interface BodyFormat {
  read(
    body: AsyncIterable<Uint8Array>,
    options: { readonly mediaType: string; readonly receivedAt: string; readonly key?: string },
  ): AsyncIterable<SourceReading>;
}

export interface RecordsOptions {
  readonly formats: ReadonlyMap<string, BodyFormat>;
  readonly reader: EntityReader;
  readonly intake: Intake;
  readonly writer: Writer;
  readonly housekeeping: Housekeeping;
  readonly graphs: GraphNames;
  /** Records of one body that may wait for their sync. */
  readonly inFlightMax: number;
  /** ISO 8601, UTC. */
  readonly time: () => string;
  readonly newId: () => string;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Name of the source that the doors under `/ngsi-ld/v1` write. */
export const NGSI_LD_SOURCE = 'ngsi-ld';

/** Who sends. */
export type Correspondent = Pick<RequestContext, 'principal' | 'tenant'> & { readonly requestId?: string };

export class Records {
  readonly #options: RecordsOptions;

  constructor(options: RecordsOptions) {
    this.#options = options;
  }

  /**
   * Takes a body of a configured source in.
   * @throws FabricError as `FabricService.ingest` does
   */
  ingest(
    source: string,
    body: AsyncIterable<Uint8Array>,
    options: { readonly mediaType: string; readonly key?: string },
    sender: Correspondent,
  ): Promise<IngestReport> {
    const { formats, housekeeping, graphs, inFlightMax, time, newId, sleep } = this.#options;
    const readings = formats.get(source)!.read(body, { ...options, receivedAt: time() });
    return ingestReadings(readings, {
      source,
      inFlightMax,
      submit: (record, position, diagnostics) =>
        this.#submit(record.source, record.key, () => record, sender, { position, diagnostics }),
      bury: (letter: { problem: FabricError; position: number; bytes: number }) =>
        housekeeping.write(
          'record',
          sender,
          deadLetterQuads({ ...letter, source, id: newId() }, graphs, time()),
        ),
      sleep,
    });
  }

  ngsiLd(sender: Correspondent, write: NgsiLdWrite): Promise<NgsiLdAnswer> {
    const { reader, time, inFlightMax } = this.#options;
    return writeNgsiLd(write, {
      reader,
      source: NGSI_LD_SOURCE,
      now: time,
      inFlightMax,
      submit: (key, supply, reading) => this.#submit(NGSI_LD_SOURCE, key, supply, sender, reading),
    });
  }

  #submit(
    source: string,
    key: string,
    supply: RecordSupplier,
    { principal, tenant, requestId }: Correspondent,
    { position, diagnostics }: { position: number; diagnostics?: readonly Diagnostic[] | undefined },
  ): Promise<RecordOutcome> {
    const { writer, intake } = this.#options;
    const sender = {
      principal,
      tenant,
      position,
      ...(requestId === undefined ? {} : { requestId }),
      ...(diagnostics ? { diagnostics } : {}),
    };
    return writer.submit(intake.supplied(source, key, supply, sender));
  }
}
