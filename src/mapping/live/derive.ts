/**
 * What rules make of one live record, and what it is to the joins. Pure but for the diagnostics it tells.
 *
 * Blank nodes that are a record's own carry its name, so that no other record has them; those that are named
 * by values are the same in all records, as in a batch.
 */
import { FabricError } from '../../errors.ts';
import { blankNode, type RDF } from '../../rdf/terms.ts';
import type { Join, JoinIndex, JoinLookup } from '../execute/join.ts';
import { Run } from '../execute/run.ts';
import type { SourceRules } from '../plan.ts';
import type { Diagnostic } from '../record.ts';
import type { LiveRule } from './compiled.ts';
import { type Asked, type Entered, type LiveJoin, watched } from './join-network.ts';
import type { RecordId } from './live.ts';
import { recordLabel } from './record-label.ts';

export interface DeriveOptions {
  /** Name of the mapping in messages. */
  readonly name: string;
  readonly strict: boolean;
  /** Bound on what one record may give by one rule, duplicates counted. */
  readonly quadsMax: number;
  /** Whether blank nodes are made that have to carry the name of their record. */
  readonly ownNodes: boolean;
  readonly onDiagnostic: (diagnostic: Diagnostic, record: RecordId) => void;
}

export interface Derived<Owner> {
  readonly quads: readonly RDF.Quad[];
  /** The keys that the record asked for, by join. */
  readonly asked: Asked<Owner>;
}

/** One record and how it is read; documents are taken apart once for all rules of a logical source. */
export class RecordReading {
  readonly #record: RecordId;
  readonly #document: unknown;
  readonly #options: DeriveOptions;
  readonly #rows = new Map<SourceRules, readonly unknown[]>();
  readonly #scope: string;
  #run: Run | undefined;

  constructor(record: RecordId, document: unknown, options: DeriveOptions) {
    this.#record = record;
    this.#document = document;
    this.#options = options;
    this.#scope = options.ownNodes ? recordLabel(record.source, record.key, '') : '';
  }

  /** @throws FabricError `mapping-failed` */
  derive<Owner>(live: LiveRule<Owner>): Derived<Owner> {
    return this.deriveIn(live, this.#ownRun());
  }

  /**
   * The same as a part of a run over many records, which whoever has it flushes.
   *
   * @throws FabricError `mapping-failed`
   */
  deriveIn<Owner>({ group, rule, joins }: LiveRule<Owner>, run: Run): Derived<Owner> {
    const quads: RDF.Quad[] = [];
    const { quadsMax, name } = this.#options;
    const sink = (quad: RDF.Quad): void => {
      if (quads.length >= quadsMax) throw tooManyQuads(name, quadsMax);
      quads.push(quad);
    };
    const { asked, lookup } = joins.length === 0 ? UNASKED : watched(joins);
    const indexes = (join: Join): JoinLookup => lookup(join)!;
    const rows = this.#rowsOf(group);
    run.scope = this.#scope;
    for (let i = 0; i < rows.length; i++) {
      run.record = i;
      rule.emit(rows[i], run, indexes, sink);
    }
    return { quads, asked };
  }

  /** What the record gives as a parent. */
  entries<Owner>({ join, parents, needs }: LiveJoin<Owner>): Entered<Owner> {
    const entries: JoinIndex = new Map();
    const { asked, lookup } = needs.length === 0 ? UNASKED : watched(needs);
    const run = this.#ownRun();
    run.scope = this.#scope;
    this.#rowsOf(parents).forEach((row, i) => {
      run.record = i;
      join.enter(entries, row, run, (needed) => lookup(needed)!);
    });
    return { entries, asked };
  }

  #ownRun(): Run {
    return (this.#run ??= runOf(this.#options, () => this.#record));
  }

  #rowsOf(group: SourceRules): readonly unknown[] {
    const known = this.#rows.get(group);
    if (known !== undefined) return known;
    const rows = group.iterate(group.formulation.adopt(this.#document));
    this.#rows.set(group, rows);
    return rows;
  }
}

const UNASKED = { asked: new Map<never, never>(), lookup: (_: Join): JoinLookup | undefined => undefined };

/** @param current  the record at work */
export function runOf({ name, strict, onDiagnostic }: DeriveOptions, current: () => RecordId): Run {
  return new Run({
    ...{ name, strict, blankNode },
    onDiagnostic: (diagnostic) => {
      onDiagnostic(diagnostic, current());
    },
  });
}

const tooManyQuads = (mapping: string, quadsMax: number): FabricError =>
  new FabricError('mapping-failed', `Mapping "${mapping}" makes more than ${quadsMax} quads of one record`);
