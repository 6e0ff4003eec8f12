/**
 * What a record states: its document, presented, mapped by RML and made canonical by the crosswalk.
 *
 * Pure: the same document and mapping give the same quads, blank node labels included. Whatever is left
 * out on the way is named by a diagnostic.
 */
import type { JsonObject } from '../log/change.ts';
import { mapRecord } from '../mapping/map.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import type { Diagnostic, Json, RecordDocument } from '../mapping/record.ts';
import type { Crosswalk } from '../ontology/crosswalk.ts';
import { blankNode, literal, namedNode, quad, type RDF, typed } from '../rdf/terms.ts';
import { aeros, cf, rdf } from '../rdf/vocab.ts';
import { canonicalLatest } from './latest-spelling.ts';

/** How the records of one source become quads, and how much they count. */
export interface RecordRules {
  readonly name: string;
  /** The higher wins when two records state one functional property. */
  readonly precedence: number;
  readonly policy: 'reject' | 'quarantine' | 'annotate';
  readonly plan: MappingPlan;
  /** Digest of the mapping text; stands in every change made with it. */
  readonly mappingVersion: string;
  /** The form in which the mapping reads a document. */
  readonly present: (key: string, value: JsonObject) => Json;
  /** A record that was not seen for this long is deleted. */
  readonly ttlMs: number | undefined;
}

export interface RecordQuadsOptions {
  readonly crosswalk: Crosswalk;
  /** Characters of one term. */
  readonly termLengthMax: number;
}

export interface MappedRecord {
  readonly quads: readonly RDF.Quad[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Maps the document of a record; a tombstone states nothing. */
export function quadsOfRecord(
  document: RecordDocument,
  rules: RecordRules,
  options: RecordQuadsOptions,
): MappedRecord {
  if (document.value === null) return { quads: [], diagnostics: [] };
  const mapped = mapRecord(rules.plan, rules.present(document.key, document.value), {
    blankNode: (label: string) => blankNode(stableLabel(document.source, document.key, label)),
  });
  const canonical = canonicalLatest(mapped.quads, document, options.crosswalk);
  const storable = storableQuads(canonical.quads, options.termLengthMax);
  const quads = [...storable.quads, ...observations(storable.quads, document.observedAt)];
  const diagnostics = [...mapped.diagnostics, ...canonical.diagnostics, ...storable.diagnostics];
  if (quads.length === 0) {
    diagnostics.push({
      code: 'nothing-mapped',
      message: `Mapping "${rules.plan.name}" makes no triple of this record`,
    });
  }
  return { quads, diagnostics };
}

/** Every infrastructure element that a record describes was observed when the record was. */
function observations(quads: readonly RDF.Quad[], observedAt: string): RDF.Quad[] {
  const elements = new Map<string, RDF.Quad_Subject>();
  for (const { subject, predicate, object } of quads) {
    if (predicate.equals(rdf.type) && object.equals(aeros.InfrastructureElement)) {
      elements.set(subject.value, subject);
    }
  }
  return Array.from(elements.values(), (element) =>
    quad(element, cf.lastObservedAt, typed(observedAt, 'dateTime')),
  );
}

/** The same (source, key, label) always gives the same label, and no other three give it. */
function stableLabel(source: string, key: string, label: string): string {
  return `r${escapeLabel(source)}_${escapeLabel(key)}_${escapeLabel(label)}`;
}

/** Letters (but x) and digits stay; any other UTF-16 unit becomes `x`, its number in hexadecimal, `x`. */
const escapeLabel = (text: string): string =>
  text.replace(/[^A-Za-wyz0-9]/g, (unit) => `x${unit.charCodeAt(0).toString(16)}x`);

/** Leaves out what the store cannot hold. */
function storableQuads(quads: readonly RDF.Quad[], termLengthMax: number): MappedRecord {
  const diagnostics: Diagnostic[] = [];
  const kept: RDF.Quad[] = [];
  for (const q of quads) {
    const length = longestPart(q);
    if (length > termLengthMax) {
      diagnostics.push({
        code: 'term-too-long',
        message: `A term of ${length} characters is left out; at most ${termLengthMax} are kept`,
        term: q.predicate.value.slice(0, TERM_SHOWN_MAX),
      });
      continue;
    }
    if (q.object.value.isWellFormed() && q.subject.value.isWellFormed()) {
      kept.push(q);
      continue;
    }
    diagnostics.push({
      code: 'text-ill-formed',
      message: 'A lone surrogate, which is no character, was replaced by U+FFFD',
      term: q.predicate.value,
    });
    kept.push(quad(wellFormed(q.subject), q.predicate, wellFormed(q.object), q.graph));
  }
  return { quads: kept, diagnostics };
}

/** Characters of a term that a diagnostic shows. */
const TERM_SHOWN_MAX = 200;

function longestPart({ subject, predicate, object }: RDF.Quad): number {
  const datatype = object.termType === 'Literal' ? object.datatype.value.length : 0;
  return Math.max(subject.value.length, predicate.value.length, object.value.length, datatype);
}

function wellFormed<T extends RDF.Term>(term: T): T {
  const value = term.value.toWellFormed();
  if (term.termType === 'NamedNode') return namedNode(value) as RDF.Term as T;
  if (term.termType === 'Literal') return literal(value, term.language || term.datatype) as RDF.Term as T;
  return term;
}
