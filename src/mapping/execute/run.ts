/**
 * What compiled rules see of the run that they are part of: names for blank nodes, and a place for problems.
 */
import { FabricError } from '../../errors.ts';
import type { RDF } from '../../rdf/terms.ts';
import type { Place } from '../normal-form.ts';
import type { Diagnostic } from '../record.ts';

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

/** The state of one run. */
export class Run {
  readonly strict: boolean;
  readonly blankNode: (label: string) => RDF.BlankNode;
  /** Number of the current record within its logical source, from 0. */
  record = 0;
  readonly #name: string;
  readonly #onDiagnostic: (diagnostic: Diagnostic) => void;

  constructor(options: RunOptions) {
    this.strict = options.strict;
    this.blankNode = options.blankNode;
    this.#name = options.name;
    this.#onDiagnostic = options.onDiagnostic;
  }

  /** The same run with other names for blank nodes. */
  withBlankNodes(blankNode: (label: string) => RDF.BlankNode): Run {
    const { strict } = this;
    return new Run({ name: this.#name, strict, blankNode, onDiagnostic: this.#onDiagnostic });
  }

  /** @throws FabricError `mapping-failed` in strict mode; else the problem becomes a diagnostic */
  report(place: Place, { code, message, attribute }: RunProblem): void {
    const { label, position } = place.node();
    const where = attribute === undefined ? '' : ` for "${attribute}"`;
    const text = `Mapping "${this.#name}": ${label}${where} ${message} (record ${this.record + 1})`;
    if (this.strict) {
      throw new FabricError('mapping-failed', text, {
        location: { source: this.#name, ...position },
        extensions: { code, record: this.record + 1 },
      });
    }
    this.#onDiagnostic({ code, message: text, ...(attribute === undefined ? {} : { attribute }) });
  }
}

/**
 * A label that is legal in every RDF syntax, from any text; different texts get different labels.
 *
 * @param sort  one letter that keeps labels of different origin apart
 */
export function blankNodeLabel(sort: 'c' | 'f' | 'v', text: string): string {
  const legal = text.replace(/[^A-Za-z0-9]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`);
  return sort + legal;
}
