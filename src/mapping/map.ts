/**
 * Running a plan on one record: the live way, synchronous and without any source.
 */
import { FabricError } from '../errors.ts';
import { distinctQuads } from '../rdf/dataset.ts';
import type { RDF } from '../rdf/terms.ts';
import type { Join, JoinIndex } from './execute/join.ts';
import type { Indexes } from './execute/rule.ts';
import { Run } from './execute/run.ts';
import type { MappingPlan, SourceRules } from './plan.ts';
import type { Diagnostic } from './record.ts';

export { loadStatics, runMapping, type SourceAccess } from './execute/batch.ts';

/** Side tables for joins, loaded once: the documents of logical sources, by the id of the source. */
export interface StaticTables {
  readonly documents: ReadonlyMap<string, readonly unknown[]>;
}

export interface MapRecordOptions {
  /** Whether a problem of the data is an error; else it is a diagnostic and the other triples go on. */
  readonly strict?: boolean;
  readonly statics?: StaticTables;
  /** Bound on what one record may give, duplicates counted; 100 000 unless told otherwise. */
  readonly quadsMax?: number;
  /** Makes the blank node of a label. The same record gives the same labels; other records may give them too. */
  readonly blankNode: (label: string) => RDF.BlankNode;
}

/**
 * Maps one record. Every logical source of the plan reads this document, except those in `statics`.
 * A plan for CSV reads the members of the document as columns.
 *
 * @returns quads without duplicates, in the order of the mapping
 * @throws FabricError `mapping-failed` for data that makes no term (strict mode only), and for a record that
 *   gives more than `quadsMax` quads
 */
export function mapRecord(
  plan: MappingPlan,
  document: unknown,
  options: MapRecordOptions,
): { quads: RDF.Quad[]; diagnostics: Diagnostic[] } {
  const { statics, strict = false, quadsMax = 100_000, blankNode } = options;
  const quads: RDF.Quad[] = [];
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const run = new Run({ name: plan.name, strict, blankNode, onDiagnostic });
  const records = (group: SourceRules): readonly unknown[] => recordsOf(group, [document], statics);
  const indexes = plan.joins.length === 0 ? NO_JOINS : indexesOf(plan, records, run, statics);
  const sink = (quad: RDF.Quad): void => {
    if (quads.length >= quadsMax) throw tooManyQuads(plan.name, quadsMax);
    quads.push(quad);
  };
  for (const group of plan.groups) {
    if (statics?.documents.has(group.source.id) === true) continue;
    const found = records(group);
    for (let i = 0; i < found.length; i++) {
      for (const rule of group.rules) {
        run.record = i;
        rule.emit(found[i], run, indexes, sink);
      }
    }
  }
  return { quads: distinctQuads(quads), diagnostics };
}

const tooManyQuads = (mapping: string, quadsMax: number): FabricError =>
  new FabricError('mapping-failed', `Mapping "${mapping}" makes more than ${quadsMax} quads of one record`);

const NO_JOINS: Indexes = () => {
  throw new Error('A plan without joins asked for one');
};

function recordsOf(
  group: SourceRules,
  documents: readonly unknown[],
  statics?: StaticTables,
): readonly unknown[] {
  const table = statics?.documents.get(group.source.id);
  if (table !== undefined) return table.flatMap((document) => group.iterate(document));
  const [only] = documents;
  return group.iterate(group.formulation.adopt(only));
}

/** Indexes over static tables are made once; those over the document, once per record and only if asked for. */
const staticIndexes = new WeakMap<StaticTables, Map<Join, JoinIndex>>();

function indexesOf(
  plan: MappingPlan,
  records: (group: SourceRules) => readonly unknown[],
  run: Run,
  statics: StaticTables | undefined,
): Indexes {
  const own = new Map<Join, JoinIndex>();
  const lasting = (statics && staticIndexes.get(statics)) ?? new Map<Join, JoinIndex>();
  if (statics) staticIndexes.set(statics, lasting);
  return (join) => {
    const kept = statics?.documents.has(join.parentSource) === true ? lasting : own;
    const known = kept.get(join);
    if (known) return known;
    const index: JoinIndex = new Map();
    kept.set(join, index);
    const child = run.record;
    const parent = plan.groups.find((group) => group.source.id === join.parentSource)!;
    records(parent).forEach((record, i) => {
      run.record = i;
      join.enter(index, record, run);
    });
    run.record = child;
    return index;
  };
}
