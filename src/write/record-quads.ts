/**
 * What a record states: its document, presented, mapped by RML and made canonical by the crosswalk.
 *
 * Pure: the same document and mapping give the same quads, blank node labels included. Whatever is left
 * out on the way is named by a diagnostic.
 */
import type { JsonObject } from '../log/change.ts';
import type { Origin } from '../mapping/execute/rule.ts';
import { mapRecord } from '../mapping/map.ts';
import type { LogicalSource, MappingPlan } from '../mapping/plan.ts';
import type { Diagnostic, Json, RecordDocument } from '../mapping/record.ts';
import type { Crosswalk } from '../ontology/crosswalk.ts';
import { literal, namedNode, quad, type RDF, typed } from '../rdf/terms.ts';
import { aeros, cf, rdf } from '../rdf/vocab.ts';
import { canonicalLatest } from './latest-spelling.ts';
import { type Parents, recordNode } from './record-joins.ts';

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
  /** Whether a logical source of the mapping reads a record of this source, and is not only joined with. */
  readonly reads: (source: LogicalSource) => boolean;
  /** A record that was not seen for this long is deleted. */
  readonly ttlMs: number | undefined;
}

export interface RecordQuadsOptions {
  readonly crosswalk: Crosswalk;
  /** Parents in other records, for mappings that join with them. */
  readonly parents: Parents;
  /** Told of every quad as RML makes it, before it is made canonical. */
  readonly onQuad?: (quad: RDF.Quad, origin: Origin, rule: number) => void;
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
  const { source, key } = document;
  const mapped = mapRecord(rules.plan, rules.present(key, document.value), {
    blankNode: (label: string) => recordNode(source, key, label),
    reads: rules.reads,
    parents: options.parents,
    ...(options.onQuad ? { onQuad: options.onQuad } : {}),
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

/** What RML alone makes of a document, for mappings that join with no other record. */
export function rawQuadsOfRecord(document: RecordDocument, rules: RecordRules): readonly RDF.Quad[] {
  const { source, key, value } = document;
  if (value === null) return [];
  return mapRecord(rules.plan, rules.present(key, value), {
    blankNode: (label: string) => recordNode(source, key, label),
    reads: rules.reads,
  }).quads;
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
