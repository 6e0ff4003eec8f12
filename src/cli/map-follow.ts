/**
 * The records of files from one reading to the next: only what came, changed or went is mapped again.
 *
 * Without a key a row or line is known by what it says, so that it may move; with one, a later record of the same
 * key takes the place of the one before. All records and their quads are held in memory.
 */
import { FabricError } from '../errors.ts';
import { documentsOf, type Reading, readingsOf } from '../mapping/execute/reading.ts';
import type { LiveEffect } from '../mapping/live/live.ts';
import { LiveMapping } from '../mapping/live/live-mapping.ts';
import { gathersOverRecords } from '../mapping/live/rule-content.ts';
import type { LogicalSource, MappingPlan } from '../mapping/plan.ts';
import type { Diagnostic } from '../mapping/record.ts';
import type { Reference } from '../mapping/reference/formulation.ts';
import { type RDF, toNQuads } from '../rdf/terms.ts';
import { targetsOf } from '../target/router.ts';
import type { RunAccess } from './map-access.ts';
import type { MapJob } from './map-job.ts';
import type { PreparedMapping } from './map-plan.ts';
import { recordContent } from './record-content.ts';

/** What became different; quads by their lines of N-Quads. */
export interface Change {
  readonly added: ReadonlyMap<string, RDF.Quad>;
  readonly removed: ReadonlySet<string>;
  /** Records there are, and how many of them were mapped. */
  readonly records: number;
  readonly mapped: number;
}

/** How one reading goes on after a text that breaks off, and where problems of the data go. */
export interface FollowNotes {
  readonly onDiagnostic: (diagnostic: Diagnostic, record?: unknown) => void;
  /** Told of a text that cannot be read on; what stands before it counts. */
  readonly onBreak: (error: FabricError) => void;
}

/** Formulations whose sources are rows or lines, or a document that is one record. */
const FOLLOWED = ['csv', 'ndjson', 'json'];

/** Why a job has to be run as a whole each time; undefined: its records can be followed. */
export async function obstacleTo(
  job: MapJob,
  { checked }: PreparedMapping,
  access: RunAccess,
): Promise<string | undefined> {
  const { triplesMaps: maps, sources } = checked;
  if (job.strict) return '--strict';
  if (job.canonical) return '--canonical';
  if (job.keepDuplicates) return '--duplicates keep';
  if (job.deadLetters !== undefined) return '--dead-letters';
  if (job.functions.length > 0) return 'functions of a module';
  if (targetsOf(maps).length > 0) return 'logical targets';
  if (maps.some(({ source }) => source.kind === 'view')) return 'logical views';
  if (maps.some(gathersOverRecords)) return 'collections that grow from record to record';
  for (const source of sources) {
    const { formulation, location } = source;
    if (!FOLLOWED.includes(formulation.name)) return `the formulation of ${location ?? 'a source'}`;
    if ((await access.check(source)) === undefined) return `${location ?? 'a source'}, which is no file`;
  }
  return undefined;
}

interface Known {
  /** Under which the record is mapped. */
  readonly id: string;
  readonly content: string;
}

/** Effects that are taken together. */
const EFFECTS = 1024;

export class Follower {
  readonly #key: string | undefined;
  readonly #live: LiveMapping;
  /** The records of each source, by key or by content. */
  readonly #known = new Map<string, Map<string, Known>>();
  /** Short names of what is read. */
  readonly #names = new Map<string, string>();
  #access: RunAccess;
  #notes: FollowNotes;
  #ids = 0;

  /** @param key  the reference that tells records apart; undefined: what they say */
  constructor(plan: MappingPlan, access: RunAccess, key: string | undefined, notes: FollowNotes) {
    this.#key = key;
    this.#access = access;
    this.#notes = notes;
    this.#live = new LiveMapping(plan, {
      sourceName: (source) => this.#nameOf(source),
      onDiagnostic: (diagnostic) => {
        this.#notes.onDiagnostic(diagnostic);
      },
    });
  }

  /**
   * Goes on with the mapping and the files as they are now.
   *
   * @throws FabricError as `runMapping`; the follower is of no use then
   */
  async update(plan: MappingPlan, access: RunAccess, notes: FollowNotes): Promise<Change> {
    this.#access = access;
    this.#notes = notes;
    const net = new NetLines();
    net.take(this.#live.reload(plan));
    const gone = new Set(this.#known.keys());
    let [records, mapped] = [0, 0];
    for (const reading of readingsOf(plan, access)) {
      const source = this.#nameOf(reading[0]!.source);
      gone.delete(source);
      const step = await this.#read(source, reading, net);
      records += step.records;
      mapped += step.mapped;
    }
    for (const source of gone) {
      const left = [...(this.#known.get(source)?.values() ?? [])];
      this.#apply(
        left.map(({ id }) => ({ op: 'delete', source, key: id })),
        net,
      );
      this.#known.delete(source);
    }
    const { added, removed } = net;
    return { added, removed, records, mapped };
  }

  async #read(
    source: string,
    reading: Reading,
    net: NetLines,
  ): Promise<{ readonly records: number; readonly mapped: number }> {
    const before = this.#known.get(source) ?? new Map<string, Known>();
    const after = new Map<string, Known>();
    this.#known.set(source, after);
    const identify = this.#identifier(reading);
    let mapped = 0;
    let effects: LiveEffect[] = [];
    for await (const document of this.#documents(reading)) {
      const content = recordContent(document);
      const identity = identify(document, content, after);
      if (identity === undefined) continue;
      const known = after.get(identity) ?? before.get(identity);
      const now = known?.content === content ? known : { id: known?.id ?? `${this.#ids++}`, content };
      after.set(identity, now);
      if (now === known) continue;
      mapped++;
      effects.push({ op: 'upsert', source, key: now.id, document });
      if (effects.length < EFFECTS) continue;
      this.#apply(effects, net);
      effects = [];
    }
    for (const [identity, { id }] of before) {
      if (!after.has(identity)) effects.push({ op: 'delete', source, key: id });
    }
    this.#apply(effects, net);
    return { records: after.size, mapped };
  }

  async *#documents(reading: Reading): AsyncGenerator {
    const { onDiagnostic, onBreak } = this.#notes;
    try {
      for await (const documents of documentsOf(reading, this.#access, { strict: false, onDiagnostic })) {
        for (const { document } of documents) yield document;
      }
    } catch (thrown) {
      if (!(thrown instanceof FabricError) || thrown.type !== 'syntax-error') throw thrown;
      onBreak(thrown);
    }
  }

  /** What tells a record from the others of its source; undefined for one without a key. */
  #identifier(
    reading: Reading,
  ): (document: unknown, content: string, seen: ReadonlyMap<string, Known>) => string | undefined {
    const [{ source, formulation }] = reading as readonly [Reading[number]];
    if (source.formulation.name === 'json') return () => ''; // one document, however it changes
    if (this.#key === undefined) {
      const times = new Map<string, number>();
      return (_, content, seen) => {
        if (!seen.has(content)) return content;
        const time = (times.get(content) ?? 1) + 1;
        times.set(content, time);
        return `${content} ${time}`;
      };
    }
    const key = this.#key;
    let reference: Reference;
    try {
      reference = formulation.compileReference(key, source.formulation);
    } catch (thrown) {
      throw new FabricError('request-invalid', `--key "${key}" cannot be read: ${(thrown as Error).message}`);
    }
    return (document) => {
      const values = reference(document, () => undefined);
      if (values !== undefined && !Array.isArray(values)) return recordContent(values);
      const message = `Source "${source.location}" has a record without "${key}", which is not mapped`;
      this.#notes.onDiagnostic({ code: 'key-missing', message, attribute: key }, document);
      return undefined;
    };
  }

  #apply(effects: readonly LiveEffect[], net: NetLines): void {
    net.take(this.#live.apply(effects));
  }

  /** Equal for sources that read the same. */
  #nameOf(source: LogicalSource): string {
    const read = JSON.stringify([source.formulation, this.#access.identity(source)]);
    const known = this.#names.get(read);
    if (known !== undefined) return known;
    const name = `s${this.#names.size}`;
    this.#names.set(read, name);
    return name;
  }
}

/** What several deltas come to. */
class NetLines {
  readonly added = new Map<string, RDF.Quad>();
  readonly removed = new Set<string>();

  take({ added, removed }: { added: readonly RDF.Quad[]; removed: readonly RDF.Quad[] }): void {
    for (const quad of removed) {
      const line = toNQuads(quad);
      if (!this.added.delete(line)) this.removed.add(line);
    }
    for (const quad of added) {
      const line = toNQuads(quad);
      if (!this.removed.delete(line)) this.added.set(line, quad);
    }
  }
}
