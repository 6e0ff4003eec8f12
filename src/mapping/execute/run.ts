/**
 * What compiled rules see of the run that they are part of: names for blank nodes, and a place for problems.
 */
import { FabricError } from '../../errors.ts';
import type { RDF } from '../../rdf/terms.ts';
import type { Place } from '../normal-form.ts';
import type { DataPlace, Diagnostic } from '../record.ts';
import type { Row } from '../view/keys.ts';
import { Collections, type Maker } from './collections.ts';
import type { Origin } from './origin.ts';

export { blankNodeLabel } from './blank-node-label.ts';

/** A problem of the data, at a place of the mapping. */
export interface RunProblem {
  /** Stable code, kebab-case. */
  readonly code: string;
  readonly message: string;
  /** The reference that it is about. */
  readonly attribute?: string;
}

export interface RunOptions {
  /** Name of the mapping in messages. */
  readonly name: string;
  readonly strict: boolean;
  readonly blankNode: (label: string) => RDF.BlankNode;
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
}

/** The rows of the record that a view saw last. */
export interface RowsState {
  record: unknown;
  number: number;
  indexes: unknown;
  rows: readonly Row[];
  /** For views on views that count: the number of the first iteration of each record. */
  readonly starts: number[];
}

/** A reference at its place in the mapping. */
export interface ReferenceUse {
  readonly place: Place;
  readonly reference: string;
}

/** A reference that no record of a run had a value for. */
export function unmatchedReference(mapping: string, place: Place, reference: string): Diagnostic {
  const { document, label, position } = place.node();
  const message = `Mapping "${mapping}": ${label} has the reference "${reference}", which no record has`;
  const rule = { document, line: position?.line, column: position?.column, label };
  return { code: 'reference-unmatched', message, attribute: reference, rule };
}

/** The state of one run. */
export class Run {
  readonly strict: boolean;
  readonly blankNode: (label: string) => RDF.BlankNode;
  /** Number of the current record within its logical source, from 0. */
  record = 0;
  /** What tells the current document from others whose records are numbered alike; empty where they count on. */
  scope = '';
  /** Number of the current row among those that a view makes of the record; undefined outside of views. */
  row: number | undefined;
  /** Where the current document is; whoever reads sources keeps it. */
  place: Omit<DataPlace, 'record'> | undefined;
  /** References that were asked for, and whether any record had a value. Kept only where somebody wants to know. */
  asked: Map<ReferenceUse, boolean> | undefined;
  readonly #rows: Map<object, RowsState>;
  readonly #name: string;
  #collections: Collections | undefined;
  readonly #onDiagnostic: (diagnostic: Diagnostic) => void;

  constructor(options: RunOptions, rows = new Map<object, RowsState>()) {
    this.#rows = rows;
    this.strict = options.strict;
    this.blankNode = options.blankNode;
    this.#name = options.name;
    this.#onDiagnostic = options.onDiagnostic;
  }

  /** The same run with other names for blank nodes. */
  withBlankNodes(blankNode: (label: string) => RDF.BlankNode): Run {
    const { strict } = this;
    const options = { name: this.#name, strict, blankNode, onDiagnostic: this.#onDiagnostic };
    const run = new Run(options, this.#rows);
    run.record = this.record;
    run.scope = this.scope;
    run.row = this.row;
    run.place = this.place;
    run.asked = this.asked;
    return run;
  }

  /** What tells the current iteration from all others of its source or view. */
  get iteration(): string {
    const number = this.row === undefined ? `${this.record}` : `${this.record}r${this.row}`;
    return this.scope + number;
  }

  /** The collections and containers with a name that grow over this run. */
  get collections(): Collections {
    return (this.#collections ??= new Collections(this.blankNode));
  }

  /** Ends what grew over this run: quads that belong to no single record. To be called when all are mapped. */
  flush(sink: (quad: RDF.Quad, origin: Origin, maker: Maker) => void): void {
    this.#collections?.flush(sink);
  }

  /** The place of the current record. */
  get at(): DataPlace {
    return { ...this.place, record: this.record };
  }

  /** References that no record had a value for: misspelt, or of members that are never there. */
  unmatched(): readonly Diagnostic[] {
    return [...(this.asked ?? [])].flatMap(([{ place, reference }, found]) => {
      if (found) return [];
      return [unmatchedReference(this.#name, place, reference)];
    });
  }

  /** What a compiled view keeps from one record to the next. */
  rowsOf(view: object): RowsState {
    const known = this.#rows.get(view);
    if (known !== undefined) return known;
    const state: RowsState = { record: undefined, number: -1, indexes: undefined, rows: [], starts: [0] };
    this.#rows.set(view, state);
    return state;
  }

  /** @throws FabricError `mapping-failed` in strict mode; else the problem becomes a diagnostic */
  report(place: Place, { code, message, attribute }: RunProblem): void {
    const { document, label, position } = place.node();
    const where = attribute === undefined ? '' : ` for "${attribute}"`;
    const text = `Mapping "${this.#name}": ${label}${where} ${message} (record ${this.record + 1})`;
    if (this.strict) {
      throw new FabricError('mapping-failed', text, {
        location: { source: document, ...position },
        extensions: { code, record: this.record + 1 },
      });
    }
    const about = attribute === undefined ? {} : { attribute };
    const rule = { document, line: position?.line, column: position?.column, label };
    this.#onDiagnostic({ code, message: text, ...about, ...(this.place && { at: this.at }), rule });
  }
}
