/**
 * A mapping of the benchmarks in the vocabulary of before, which is the one that all peers read.
 *
 * Only what the benchmarks use is known; anything else is refused, so that no peer is given less to do.
 */
import { Parser, type Quad, type Term, Writer } from 'n3';
import { RML } from '../../../src/mapping/vocabulary.ts';
import { literal, namedNode, quad, type RDF } from '../../../src/rdf/terms.ts';

const R2RML = 'http://www.w3.org/ns/r2rml#';
const LEGACY = 'http://semweb.mmlab.be/ns/rml#';
const QL = 'http://semweb.mmlab.be/ns/ql#';

const OF: ReadonlyMap<string, string> = new Map(
  Object.entries({
    [R2RML]:
      'TriplesMap subjectMap predicateObjectMap predicate objectMap template class datatype parentTriplesMap joinCondition child parent',
    [LEGACY]: 'logicalSource source iterator reference referenceFormulation',
    [QL]: 'CSV JSONPath XPath',
  }).flatMap(([namespace, names]) => names.split(' ').map((name) => [RML + name, namespace + name] as const)),
);

/** Turtle in the vocabulary of before; a text that is in it already comes back as it is. */
export function legacyMapping(turtle: string): string {
  if (!turtle.includes(RML)) return turtle;
  const quads = new Parser().parse(turtle);
  const paths = new Map(
    quads
      .filter(({ predicate }) => predicate.value === `${RML}path`)
      .map((q) => [q.subject.value, q.object.value]),
  );
  const writer = new Writer();
  for (const each of quads) {
    if (paths.has(each.subject.value)) continue; // the description of a file becomes its path
    writer.addQuad(quad(each.subject, namedNode(renamed(each.predicate)), object(each, paths)));
  }
  let text = '';
  writer.end((_error, result: string) => {
    text = result;
  });
  return text;
}

function object(each: Quad, paths: ReadonlyMap<string, string>): RDF.Quad_Object {
  const path = paths.get(each.object.value);
  if (path !== undefined) return literal(path);
  return each.object.termType === 'NamedNode' ? namedNode(renamed(each.object)) : each.object;
}

function renamed({ value }: Term): string {
  if (!value.startsWith(RML)) return value;
  const name = OF.get(value);
  if (name === undefined) throw new Error(`The peers are not given <${value}>`);
  return name;
}
