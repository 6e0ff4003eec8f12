/**
 * What is kept of input that did not enter the graph: refused versions with their report, and dead letters.
 *
 * Both live in system graphs. A dead letter could not be read, so secrets could not be cut out of it: only
 * where it stood and what was wrong is kept, never its text.
 */
import type { FabricError } from '../errors.ts';
import type { RecordEffect } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { literal, quad, type RDF, typed } from '../rdf/terms.ts';
import { cf, prov, rdf } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { ANY, UNKNOWN } from '../store/graph-view.ts';
import { TERM_LENGTH_LIMIT } from '../store/storable.ts';
import { reportToQuads, type ValidationReport } from '../validation/report.ts';

export interface QuarantineContext {
  readonly graphs: GraphNames;
  /** ISO 8601. */
  readonly now: string;
  /** Since when an earlier version, which stays in the graph, is stale; undefined where there is none. */
  readonly staleSince: string | undefined;
}

/** A refused version of a record: its document, its report, and since when the good one is stale. */
export function quarantineQuads(
  effect: RecordEffect,
  report: ValidationReport,
  context: QuarantineContext,
): RDF.Quad[] {
  const { graphs, now } = context;
  const graph = graphs.quarantine(effect.source, effect.key);
  const record = graphs.record(effect.source, effect.key);
  const quads = [
    quad(graph, rdf.type, cf.QuarantinedRecord, graph),
    quad(graph, cf.recordSource, literal(effect.source), graph),
    quad(graph, cf.recordKey, literal(effect.key.toWellFormed()), graph),
    quad(graph, cf.recordGraph, record, graph),
    quad(graph, cf.recordDocument, literal(documentOf(effect), rdf.JSON), graph),
    quad(graph, cf.lastObservedAt, typed(effect.observedAt, 'dateTime'), graph),
    quad(graph, prov.generatedAtTime, typed(now, 'dateTime'), graph),
    ...reportToQuads(report, graph, graph),
  ];
  const { staleSince } = context;
  if (staleSince !== undefined) quads.push(quad(record, cf.staleSince, typed(staleSince, 'dateTime'), graph));
  return quads;
}

/** Whether a version is short enough to be kept aside whole. */
export const canBeKeptAside = (effect: RecordEffect): boolean =>
  documentOf(effect).length <= TERM_LENGTH_LIMIT;

const documentOf = (effect: RecordEffect): string => JSON.stringify(effect.value ?? null).toWellFormed();

/** What is kept aside of a record now, seen from another version of it. */
export interface KeptAside {
  /** Since when the last good version is stale. */
  readonly staleSince: string | undefined;
  /** It was observed after the other version. */
  readonly isLater: boolean;
  /** It is the other version, which came again. */
  readonly isSame: boolean;
}

/** @param quarantined  the quads of the quarantine graph */
export function keptAside(quarantined: readonly RDF.Quad[], effect: RecordEffect): KeptAside {
  const valueOf = (predicate: RDF.NamedNode): string | undefined =>
    quarantined.find((q) => q.predicate.equals(predicate))?.object.value;
  const observedAt = valueOf(cf.lastObservedAt) ?? '';
  return {
    staleSince: valueOf(cf.staleSince),
    isLater: observedAt > effect.observedAt,
    isSame: observedAt === effect.observedAt && valueOf(cf.recordDocument) === documentOf(effect),
  };
}

/** Input that could not be read as a record. */
export interface DeadLetterInput {
  readonly id: string;
  readonly source: string;
  readonly problem: FabricError;
  /** Place in its body or stream, from 0. */
  readonly position: number;
  readonly bytes: number;
}

export function deadLetterQuads(letter: DeadLetterInput, graphs: GraphNames, now: string): RDF.Quad[] {
  const graph = graphs.deadLetter(letter.source, letter.id);
  return [
    quad(graph, rdf.type, cf.DeadLetter, graph),
    quad(graph, cf.recordSource, literal(letter.source), graph),
    quad(graph, cf.problem, literal(`${letter.problem.iri} ${letter.problem.message}`.toWellFormed()), graph),
    quad(graph, cf.position, typed(letter.position, 'integer'), graph),
    quad(graph, cf.byteLength, typed(letter.bytes, 'integer'), graph),
    quad(graph, prov.generatedAtTime, typed(now, 'dateTime'), graph),
  ];
}

/** The oldest graphs of a kind beyond the number that is kept: their quads, for removal. */
export function beyondRetention(view: GraphView, kind: RDF.NamedNode, keep: number): RDF.Term[] {
  const type = view.find(rdf.type);
  const wanted = view.find(kind);
  const time = view.find(prov.generatedAtTime);
  if (type === UNKNOWN || wanted === UNKNOWN || time === UNKNOWN) return [];
  if (view.estimate(ANY, type, wanted, ANY) <= keep) return [];
  const found = view.match(ANY, type, wanted, ANY);
  const dated: { at: string; graph: RDF.Term }[] = [];
  for (let i = 0; i < found.length; i += 4) {
    const times = view.match(found[i]!, time, ANY, found[i + 3]!);
    dated.push({ at: times.length > 0 ? view.term(times[2]!).value : '', graph: view.term(found[i + 3]!) });
  }
  dated.sort((a, b) => (a.at < b.at ? -1 : 1));
  return dated.slice(0, Math.max(0, dated.length - keep)).map(({ graph }) => graph);
}
