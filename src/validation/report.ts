/**
 * Validation reports as values, as RDF (SHACL, section 3.6) and as JSON.
 *
 * A report that does not conform is an expected answer, never an exception. Names of result nodes follow from
 * their contents, so that the same finding has the same name every time; no clock and no counter may enter.
 */
import type { Json } from '../log/change.ts';
import { blankNode, literal, namedNode, quad, type RDF, type Term, toNTriples, typed } from '../rdf/terms.ts';
import { cf, rdf, sh } from '../rdf/vocab.ts';
import { type PathStep, pathQuads } from './path.ts';

/** What a shape looked at: the record alone, or other records too. */
export type ConstraintScope = 'record' | 'cross-record';

export type Severity = 'Violation' | 'Warning' | 'Info';

/** One finding (SHACL, section 3.6.2). */
export interface ValidationResult {
  readonly focusNode: Term;
  /** The IRI of a predicate, or a path in the syntax of SPARQL. */
  readonly path?: string;
  /** The steps of a path that is more than one predicate. */
  readonly pathSteps?: readonly PathStep[];
  readonly value?: Term;
  /** English; says what is wrong. */
  readonly message: string;
  readonly severity: Severity;
  /** IRI of the constraint component. */
  readonly component: string;
  /** IRI of the shape; of the nearest shape around it that has one, where it is a blank node. */
  readonly sourceShape?: string;
  readonly scope: ConstraintScope;
}

export interface ValidationReport {
  /** True when there is no result at all, whatever its severity (SHACL, section 3.6.1.1). */
  readonly conforms: boolean;
  readonly results: readonly ValidationResult[];
}

/** Whether a result of the severity sh:Violation is among the results: warnings alone refuse nothing. */
export function hasViolation(report: ValidationReport): boolean {
  return report.results.some(({ severity }) => severity === 'Violation');
}

/**
 * The report as quads in `graph`.
 *
 * Results are named after `node` and their contents: IRIs below an IRI, blank nodes below a blank node.
 */
export function reportToQuads(
  report: ValidationReport,
  node: RDF.NamedNode | RDF.BlankNode,
  graph: RDF.Quad_Graph,
): RDF.Quad[] {
  const quads = [
    quad(node, rdf.type, sh.ValidationReport, graph),
    quad(node, sh.conforms, typed(report.conforms, 'boolean'), graph),
  ];
  const seen = new Set<string>();
  for (const result of report.results) {
    const name = resultName(result);
    if (seen.has(name)) continue;
    seen.add(name);
    const resultNode = below(node, name);
    quads.push(quad(node, sh.result, resultNode, graph), ...resultQuads(result, resultNode, graph));
  }
  return quads;
}

function resultQuads(
  result: ValidationResult,
  node: RDF.NamedNode | RDF.BlankNode,
  graph: RDF.Quad_Graph,
): RDF.Quad[] {
  const quads = [
    quad(node, rdf.type, sh.ValidationResult, graph),
    quad(node, sh.focusNode, result.focusNode as RDF.Quad_Object, graph),
    quad(node, sh.resultSeverity, sh[result.severity], graph),
    quad(node, sh.sourceConstraintComponent, namedNode(result.component), graph),
    quad(node, sh.resultMessage, literal(result.message.toWellFormed(), 'en'), graph),
    quad(node, cf.constraintScope, literal(result.scope), graph),
  ];
  if (result.value) quads.push(quad(node, sh.value, result.value as RDF.Quad_Object, graph));
  if (result.sourceShape !== undefined) {
    quads.push(quad(node, sh.sourceShape, namedNode(result.sourceShape), graph));
  }
  if (result.pathSteps) {
    const written = pathQuads(
      result.pathSteps,
      (ordinal) => blankNode(`${label(node)}-path${ordinal}`),
      graph,
    );
    quads.push(quad(node, sh.resultPath, written.node, graph), ...written.quads);
  } else if (result.path !== undefined) {
    quads.push(quad(node, sh.resultPath, namedNode(result.path), graph));
  }
  return quads;
}

/** The report as JSON: terms that can be literals in N-Triples syntax, all else as plain IRIs. */
export function reportToJson(report: ValidationReport): Json {
  return {
    conforms: report.conforms,
    results: report.results.map((result) => ({
      focusNode:
        result.focusNode.termType === 'NamedNode' ? result.focusNode.value : toNTriples(result.focusNode),
      ...(result.path === undefined ? {} : { path: result.path }),
      ...(result.value === undefined ? {} : { value: toNTriples(result.value) }),
      message: result.message,
      severity: result.severity,
      component: result.component,
      ...(result.sourceShape === undefined ? {} : { sourceShape: result.sourceShape }),
      scope: result.scope,
    })),
  };
}

function below(node: RDF.NamedNode | RDF.BlankNode, name: string): RDF.NamedNode | RDF.BlankNode {
  if (node.termType === 'BlankNode') return blankNode(`${node.value}-${name}`);
  return namedNode(`${node.value}${node.value.includes('#') ? '-' : '#'}${name}`);
}

/** A label for a blank node that no other node of a fabric has: the whole name of its owner stands in it. */
function label(node: RDF.NamedNode | RDF.BlankNode): string {
  return node.termType === 'BlankNode' ? node.value : `path-${hash(node.value)}`;
}

/** A name that depends on what was found, where and by which shape, and on nothing else. */
function resultName(result: ValidationResult): string {
  const parts = [
    toNTriples(result.focusNode),
    result.path ?? '',
    result.value ? toNTriples(result.value) : '',
    result.component,
    result.sourceShape ?? '',
    result.severity,
    result.message,
  ];
  return `result-${hash(parts.join('\u0001'))}`;
}

/** 64 bits of two multiplicative hashes (FNV-1a with two primes and bases), in hexadecimal. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  const half = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
  return half(a) + half(b);
}
