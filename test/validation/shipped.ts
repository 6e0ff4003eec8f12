/**
 * The shipped shapes and ontology, and reports in a form to compare.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTBox, type TBox } from '../../src/ontology/tbox.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { NS } from '../../src/rdf/vocab.ts';
import type { ValidationReport } from '../../src/validation/report.ts';
import { loadShapes } from '../../src/validation/shacl-engine.ts';
import type { ShapeValidator } from '../../src/validation/validate.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const FIXTURES = join(ROOT, 'test', 'fixtures', 'validation');
export const SHAPE_NS = 'https://w3id.org/continuum-fabric/shapes#';

const read = (...parts: string[]): RDF.Quad[] =>
  parseTurtleFamily(readFileSync(join(ROOT, ...parts), 'utf8'), { format: 'turtle', source: parts.join('/') })
    .quads;

export const shapes: readonly RDF.Quad[] = read('ontology', 'shapes.ttl');
export const ontology: readonly RDF.Quad[] = read('ontology', 'continuum-fabric.ttl');
export const tbox: TBox = loadTBox(ontology);
export const validator: ShapeValidator = await loadShapes(shapes, tbox);

/** Prefixes that the cases of these tests use. */
export const PREFIXES = `
@prefix : <urn:x:> .
@prefix aeros: <${NS.aeros}> .
@prefix cf: <${NS.cf}> .
@prefix dct: <${NS.dct}> .
@prefix geo: <${NS.geo}> .
@prefix owl: <${NS.owl}> .
@prefix rdf: <${NS.rdf}> .
@prefix rdfs: <${NS.rdfs}> .
@prefix sh: <${NS.sh}> .
@prefix xsd: <${NS.xsd}> .
`;

export const turtle = (text: string): RDF.Quad[] =>
  parseTurtleFamily(PREFIXES + text, { format: 'turtle', source: 'case' }).quads;

const PREFIX_OF = Object.entries(NS);

/** An IRI by its prefix, where it has one here. */
export function short(iri: string): string {
  const found = PREFIX_OF.find(([, namespace]) => iri.startsWith(namespace));
  return found ? `${found[0]}:${iri.slice(found[1].length)}` : iri;
}

/** What was found, a line each, sorted: severity, predicate, constraint. */
export function findings(report: ValidationReport): string[] {
  return report.results
    .map(({ severity, path, component }) => {
      const constraint = short(component).slice('sh:'.length, -'ConstraintComponent'.length);
      return `${severity} ${path === undefined ? '-' : short(path)} ${constraint}`;
    })
    .sort();
}
