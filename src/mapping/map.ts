/**
 * Running a plan on one record: the live way, synchronous and without any source.
 */
import { FabricError } from '../errors.ts';
import { distinctQuads } from '../rdf/dataset.ts';
import type { RDF } from '../rdf/terms.ts';
import type { Join, JoinIndex, JoinLookup } from './execute/join.ts';
import type { Indexes, Origin } from './execute/rule.ts';
import { Run } from './execute/run.ts';
import type { LogicalSource, MappingPlan, SourceRules } from './plan.ts';
import type { Diagnostic } from './record.ts';

export { runMapping, type SourceAccess } from './execute/batch.ts';

export interface MapRecordOptions {
  /** Whether a problem of the data is an error; else it is a diagnostic and the other triples go on. */
  readonly strict?: boolean;
  /** Bound on what one record may give, duplicates counted; 100 000 unless told otherwise. */
  readonly quadsMax?: number;
  /** Makes the blank node of a label. The same record gives the same labels; other records may give them too. */
  readonly blankNode: (label: string) => RDF.BlankNode;
  /** Whether the document is what a logical source reads; every one reads it unless told otherwise. */
  readonly reads?: (source: LogicalSource) => boolean;
  /** The parents of a join that are other records; undefined: they are looked for in the document. */
  readonly parents?: (join: Join) => JoinLookup | undefined;
  /** Told of every quad with what in the mapping makes it, duplicates included. @param rule  number of the triples map */
  readonly onQuad?: (quad: RDF.Quad, origin: Origin, rule: number) => void;
}

/**
 * Maps one record. A plan for CSV reads the members of the document as columns.
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
  const { strict = false, quadsMax = 100_000, blankNode, reads, onQuad } = options;
  const quads: RDF.Quad[] = [];
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const run = new Run({ name: plan.name, strict, blankNode, onDiagnostic });
  const indexes = plan.joins.length === 0 ? NO_JOINS : indexesOf(plan, document, run, options);
  let index = 0;
  const sink = (quad: RDF.Quad, origin: Origin): void => {
    if (quads.length >= quadsMax) throw tooManyQuads(plan.name, quadsMax);
    quads.push(quad);
    onQuad?.(quad, origin, index);
  };
  for (const group of plan.groups) {
    if (reads?.(group.source) === false) continue;
    const found = recordsOf(group, document);
    for (let i = 0; i < found.length; i++) {
      for (const rule of group.rules) {
        run.record = i;
        index = rule.index;
        rule.emit(found[i], run, indexes, sink);
      }
    }
  }
  run.flush((quad, origin, maker) => {
    index = maker.rule;
    sink(quad, origin);
  });
  run.flush(sink);
  return { quads: distinctQuads(quads), diagnostics };
}

const tooManyQuads = (mapping: string, quadsMax: number): FabricError =>
  new FabricError('mapping-failed', `Mapping "${mapping}" makes more than ${quadsMax} quads of one record`);

const NO_JOINS: Indexes = () => {
  throw new Error('A plan without joins asked for one');
};

const recordsOf = (group: SourceRules, document: unknown): readonly unknown[] =>
  group.iterate(group.formulation.adopt(document));

/** Indexes over the document are made only if asked for. */
function indexesOf(plan: MappingPlan, document: unknown, run: Run, { parents }: MapRecordOptions): Indexes {
  const own = new Map<Join, JoinIndex>();
  const indexes: Indexes = (join) => {
    const elsewhere = parents?.(join);
    if (elsewhere) return elsewhere;
    const known = own.get(join);
    if (known) return known;
    const index: JoinIndex = new Map();
    own.set(join, index);
    const child = { record: run.record, row: run.row };
    const group = plan.groups.find(({ source }) => source.id === join.parentSource)!;
    recordsOf(group, document).forEach((record, i) => {
      run.record = i;
      join.enter(index, record, run, indexes);
    });
    run.record = child.record;
    run.row = child.row;
    return index;
  };
  return indexes;
}
