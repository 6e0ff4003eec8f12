/**
 * Writes through the NGSI-LD door, in terms of records: what each operation demands of what is known, and
 * which version of the record it makes (ETSI GS CIM 009, sections 5.6 and 5.8).
 */
import { FabricError } from '../errors.ts';
import type { Json, RecordDocument, SourceReading, SourceRecord } from '../mapping/record.ts';
import type { NgsiLdAnswer, NgsiLdWrite, RecordOutcome } from '../service.ts';
import type { RecordSupplier } from '../write/intake.ts';

/** How bodies become records; the NGSI-LD source gives it. */
export interface EntityReader {
  entities(
    body: Json,
    options: {
      readonly op: 'replace' | 'merge';
      readonly id?: string;
      readonly link?: string;
      readonly receivedAt: string;
      readonly fragment?: boolean;
    },
  ): Promise<readonly SourceReading[]>;
  attributeIri(name: string, link?: string): Promise<string>;
}

export interface NgsiLdDoor {
  readonly reader: EntityReader;
  /** Name of the source whose records the door writes. */
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly now: () => string;
  /** Entities of one batch that may wait for their sync. */
  readonly inFlightMax: number;
  readonly submit: (
    key: string,
    supply: RecordSupplier,
    reading: { position: number; diagnostics?: RecordOutcome['diagnostics'] },
  ) => Promise<RecordOutcome>;
}

/** Members of a record document that are no attributes. */
const NOT_ATTRIBUTES: ReadonlySet<string> = new Set(['type', 'scope']);

/** @throws FabricError `record-invalid`, `not-found`, `already-exists` where the write is about one entity */
export async function writeNgsiLd(write: NgsiLdWrite, door: NgsiLdDoor): Promise<NgsiLdAnswer> {
  switch (write.kind) {
    case 'create':
      return one(await readings(write, door, 'replace'), door, (record) => (known) => {
        if (exists(known)) throw new FabricError('already-exists', `Entity <${record.key}> exists already`);
        return record;
      });
    case 'upsert':
      return many(await readings(write, door, write.mode === 'update' ? 'merge' : 'replace'), door);
    case 'notify':
      return many(await readings(write, door, 'merge'), door);
    case 'merge':
      return one(await fragment(write, door), door, (record) => (known) => {
        demand(known, record.key);
        return record;
      });
    case 'update-attributes':
    case 'append-attributes':
      return attributes(write, door);
    case 'delete':
      return single(write.id, door, (known) => {
        demand(known, write.id);
        return { source: door.source, key: write.id, op: 'delete', ...command(known, door) };
      });
    case 'delete-attribute': {
      const attribute = await door.reader.attributeIri(write.attribute, write.link);
      return single(write.id, door, (known) => {
        demand(known, write.id);
        if (known?.value?.[attribute] === undefined) {
          throw new FabricError('not-found', `Entity <${write.id}> has no attribute "${write.attribute}"`);
        }
        return {
          source: door.source,
          key: write.id,
          op: 'merge',
          value: {},
          drop: [attribute],
          ...command(known, door),
        };
      });
    }
  }
}

/** A command is no observation: it holds whatever the clock of a device said before it. */
function command(
  known: RecordDocument | undefined,
  door: NgsiLdDoor,
): { receivedAt: string; observedAt: string } {
  const receivedAt = door.now();
  const observedAt = known !== undefined && known.observedAt > receivedAt ? known.observedAt : receivedAt;
  return { receivedAt, observedAt };
}

type WithBody = Extract<NgsiLdWrite, { body: Json }>;

function readings(
  write: WithBody,
  door: NgsiLdDoor,
  op: 'replace' | 'merge',
): Promise<readonly SourceReading[]> {
  const { link } = write;
  return door.reader.entities(write.body, {
    op,
    receivedAt: door.now(),
    ...(link === undefined ? {} : { link }),
  });
}

/** A bare body of attributes; the id stands in the address. */
function fragment(
  write: Extract<WithBody, { id: string }>,
  door: NgsiLdDoor,
): Promise<readonly SourceReading[]> {
  const { link } = write;
  return door.reader.entities(write.body, {
    op: 'merge',
    id: write.id,
    fragment: true,
    receivedAt: door.now(),
    ...(link === undefined ? {} : { link }),
  });
}

const exists = (known: RecordDocument | undefined): boolean => known !== undefined && known.value !== null;

function demand(known: RecordDocument | undefined, id: string): void {
  if (!exists(known)) throw new FabricError('not-found', `Entity <${id}> does not exist`);
}

/** A write about one entity: whatever is wrong with it is the answer. */
async function one(
  found: readonly SourceReading[],
  door: NgsiLdDoor,
  supply: (record: SourceRecord) => RecordSupplier,
): Promise<NgsiLdAnswer> {
  const [reading, ...more] = found;
  if (!reading || more.length > 0) {
    throw new FabricError('record-invalid', `The body holds ${found.length} entities where one belongs`);
  }
  if (!reading.ok) throw reading.problem;
  return answered(await door.submit(reading.record.key, supply(reading.record), reading));
}

async function single(id: string, door: NgsiLdDoor, supply: RecordSupplier): Promise<NgsiLdAnswer> {
  return answered(await door.submit(id, supply, { position: 0 }));
}

function answered(outcome: RecordOutcome): NgsiLdAnswer {
  if (outcome.problem) throw outcome.problem;
  return { outcomes: [outcome], notUpdated: [] };
}

/** A batch: every entity for itself, no more at once than the writer lets wait. */
async function many(found: readonly SourceReading[], door: NgsiLdDoor): Promise<NgsiLdAnswer> {
  const outcomes: RecordOutcome[] = [];
  for (let at = 0; at < found.length; at += door.inFlightMax) {
    const some = found.slice(at, at + door.inFlightMax);
    outcomes.push(...(await Promise.all(some.map((reading) => taken(reading, door)))));
  }
  return { outcomes, notUpdated: [] };
}

async function taken(reading: SourceReading, door: NgsiLdDoor): Promise<RecordOutcome> {
  if (reading.ok) return door.submit(reading.record.key, () => reading.record, reading);
  const { position, problem } = reading;
  return {
    source: door.source,
    key: '',
    position,
    status: 'refused',
    created: false,
    diagnostics: [],
    problem,
  };
}

/** Only attributes that are there (update) or are not there (append without overwriting) are taken. */
async function attributes(
  write: Extract<NgsiLdWrite, { kind: 'update-attributes' | 'append-attributes' }>,
  door: NgsiLdDoor,
): Promise<NgsiLdAnswer> {
  const notUpdated: { attribute: string; reason: string }[] = [];
  const answer = await one(await fragment(write, door), door, (record) => (known) => {
    demand(known, record.key);
    const taken: Record<string, Json> = {};
    for (const [name, value] of Object.entries(record.value ?? {})) {
      const reason = NOT_ATTRIBUTES.has(name)
        ? undefined
        : refusal(write, known?.value?.[name] !== undefined);
      if (reason === undefined) taken[name] = value;
      else notUpdated.push({ attribute: name, reason });
    }
    return { ...record, value: taken };
  });
  return { ...answer, notUpdated };
}

function refusal(
  write: Extract<NgsiLdWrite, { kind: 'update-attributes' | 'append-attributes' }>,
  present: boolean,
): string | undefined {
  if (write.kind === 'update-attributes') return present ? undefined : 'The entity has no such attribute';
  return present && !write.overwrite ? 'The entity has the attribute already' : undefined;
}
