/**
 * Running a plan on whole sources: each is read once, quads stream out, none twice.
 *
 * Sources whose records are parents of joins go first. Their records are held only when they have joins
 * of their own to wait for.
 */
import { FabricError } from '../../errors.ts';
import { blankNode, type RDF } from '../../rdf/terms.ts';
import type { StaticTables } from '../map.ts';
import type { LogicalSource, MappingPlan, SourceRules } from '../plan.ts';
import type { Diagnostic } from '../record.ts';
import type { Part, SourceData } from '../reference/formulation.ts';
import type { Join, JoinIndex } from './join.ts';
import { QuadSet } from './quad-set.ts';
import { Run } from './run.ts';

export interface SourceAccess {
  /** The data of a source. @throws FabricError when it cannot be had */
  open(source: LogicalSource): SourceData | Promise<SourceData>;
  /** What is read for a source: equal data are read once. The description and the query unless told otherwise. */
  identity?(source: LogicalSource): string;
}

export interface RunMappingOptions {
  /** Whether the first problem of the data ends the run; else it is a diagnostic. */
  readonly strict: boolean;
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
}

/** Logical sources that read the same text. */
type Reading = readonly SourceRules[];

/** What one document holds for each of them. */
type Records = readonly {
  readonly group: SourceRules;
  /** Number of the first record within its logical source. */
  readonly first: number;
  readonly records: readonly unknown[];
}[];

/**
 * Maps all that the sources of the plan hold. Blank nodes are labelled by what they were made from.
 *
 * @throws FabricError `mapping-failed` for data that makes no term (strict mode only); `syntax-error` for a
 *   text that cannot be read on, and in strict mode for a row or line that cannot be read
 */
export async function* runMapping(
  plan: MappingPlan,
  access: SourceAccess,
  options: RunMappingOptions,
): AsyncGenerator<RDF.Quad> {
  const batch = new Batch(plan, access, options);
  const isParent = (reading: Reading): boolean => reading.some((group) => batch.joinsOn(group).length > 0);
  const isChild = (reading: Reading): boolean =>
    reading.some(({ rules }) => rules.some((rule) => rule.joins.length > 0));
  const readings = batch.readings();
  const waiting = readings.filter((reading) => isParent(reading) && isChild(reading));
  const parents = readings.filter((reading) => isParent(reading) && !isChild(reading));
  const others = readings.filter((reading) => !isParent(reading));
  const held: Records[] = [];
  for (const reading of parents) {
    for await (const documents of batch.documents(reading)) {
      for (const document of documents) {
        const records = batch.recordsOf(reading, document);
        batch.enter(records);
        for (const quad of batch.quadsOf(records)) yield quad;
      }
    }
  }
  for (const reading of waiting) {
    for await (const documents of batch.documents(reading)) {
      for (const document of documents) {
        const records = batch.recordsOf(reading, document);
        batch.enter(records);
        held.push(records);
      }
    }
  }
  for (const records of held) for (const quad of batch.quadsOf(records)) yield quad;
  for (const reading of others) {
    for await (const documents of batch.documents(reading)) {
      for (const document of documents) {
        for (const quad of batch.quadsOf(batch.recordsOf(reading, document))) yield quad;
      }
    }
  }
}

/** Reads side tables for {@link StaticTables}: the logical sources that `isStatic` picks. */
export async function loadStatics(
  plan: MappingPlan,
  access: SourceAccess,
  isStatic: (source: LogicalSource) => boolean,
  options: RunMappingOptions = { strict: true },
): Promise<StaticTables> {
  const batch = new Batch(plan, access, options);
  const documents = new Map<string, unknown[]>();
  for (const group of plan.groups) {
    if (!isStatic(group.source)) continue;
    const table: unknown[] = [];
    for await (const read of batch.documents([group])) table.push(...read);
    documents.set(group.source.id, table);
  }
  return { documents };
}

class Batch {
  readonly #plan: MappingPlan;
  readonly #access: SourceAccess;
  readonly #options: RunMappingOptions;
  readonly #run: Run;
  readonly #indexes = new Map<Join, JoinIndex>();
  /** Records seen so far, by logical source. */
  readonly #counts = new Map<string, number>();
  readonly #seen = new QuadSet();

  constructor(plan: MappingPlan, access: SourceAccess, options: RunMappingOptions) {
    this.#plan = plan;
    this.#access = access;
    this.#options = options;
    const { strict, onDiagnostic = () => undefined } = options;
    this.#run = new Run({ name: plan.name, strict, blankNode, onDiagnostic });
    for (const join of plan.joins) this.#indexes.set(join, new Map());
  }

  /** The logical sources, those of one text together. */
  readings(): readonly Reading[] {
    const identity = (source: LogicalSource): string =>
      this.#access.identity?.(source) ?? JSON.stringify([source.description, source.query ?? null]);
    const byText = Map.groupBy(
      this.#plan.groups,
      ({ source }) => `${JSON.stringify(source.formulation)} ${identity(source)}`,
    );
    return [...byText.values()];
  }

  /** Joins whose parents are records of this source. */
  joinsOn(group: SourceRules): readonly Join[] {
    return this.#plan.joins.filter((join) => join.parentSource === group.source.id);
  }

  /** The documents of a source, those of a chunk together. */
  async *documents(reading: Reading): AsyncGenerator<readonly unknown[]> {
    const [{ source, formulation }] = reading as readonly [SourceRules];
    const data = await this.#access.open(source);
    for await (const parts of formulation.documents(data, source.formulation)) {
      const documents: unknown[] = [];
      for (const part of parts) {
        if ('document' in part) documents.push(part.document);
        else if (this.#options.strict || part.fatal) {
          yield documents; // what came before the refusal was good
          this.#refuse(source, part);
        } else this.#options.onDiagnostic?.({ code: part.problem.code, message: messageOf(source, part) });
      }
      yield documents;
    }
  }

  /** Takes a document apart; the records are numbered on. */
  recordsOf(reading: Reading, document: unknown): Records {
    return reading.map((group) => {
      const records = group.iterate(document);
      const first = this.#counts.get(group.source.id) ?? 0;
      this.#counts.set(group.source.id, first + records.length);
      return { group, first, records };
    });
  }

  /** Enters records into the indexes of the joins that they are parents of. */
  enter(parts: Records): void {
    for (const { group, first, records } of parts) {
      const joins = this.joinsOn(group);
      records.forEach((record, i) => {
        this.#run.record = first + i;
        for (const join of joins) join.enter(this.#indexes.get(join)!, record, this.#run);
      });
    }
  }

  /** The quads of records that were not made before. */
  quadsOf(parts: Records): readonly RDF.Quad[] {
    const quads: RDF.Quad[] = [];
    const indexes = (join: Join): JoinIndex => this.#indexes.get(join)!;
    const sink = (quad: RDF.Quad): void => {
      if (this.#seen.add(quad)) quads.push(quad);
    };
    for (const { group, first, records } of parts) {
      for (let i = 0; i < records.length; i++) {
        for (const rule of group.rules) {
          this.#run.record = first + i;
          rule.emit(records[i], this.#run, indexes, sink);
        }
      }
    }
    return quads;
  }

  /** @throws FabricError `syntax-error` */
  #refuse(source: LogicalSource, part: Problem): never {
    const { problem, row, line, column } = part;
    const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    throw new FabricError('syntax-error', messageOf(source, part), {
      location: { ...(source.location === undefined ? {} : { source: source.location }), ...place },
      extensions: { code: problem.code, row },
    });
  }
}

type Problem = Extract<Part, { problem: unknown }>;

function messageOf(source: LogicalSource, { problem, line }: Problem): string {
  const where = line === undefined ? '' : `, line ${line}`;
  return `Source "${source.location}"${where}: ${problem.message}`;
}
