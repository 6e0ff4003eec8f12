/**
 * RDF/JSON (W3C Note, 2013): written, and read for what others wrote. It has no graphs; they are left out.
 */
import { FabricError } from '../errors.ts';
import { blankNode, literal, namedNode, quad, type RDF } from './terms.ts';

interface RdfJsonObject {
  readonly type: 'uri' | 'bnode' | 'literal';
  /** Writers have put JSON numbers here; their text counts. */
  readonly value: string | number | boolean;
  readonly lang?: string;
  readonly datatype?: string;
}

type RdfJson = Record<string, Record<string, RdfJsonObject[]>>;

const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';

/** A whole document, subjects in the order of their first quad. */
export function writeRdfJson(quads: readonly RDF.Quad[]): string {
  const subjects = new Map<string, Map<string, RdfJsonObject[]>>();
  for (const { subject, predicate, object } of quads) {
    const key = subject.termType === 'BlankNode' ? `_:${subject.value}` : subject.value;
    const properties = subjects.get(key) ?? new Map<string, RdfJsonObject[]>();
    subjects.set(key, properties);
    const objects = properties.get(predicate.value) ?? [];
    properties.set(predicate.value, objects);
    objects.push(toJson(object));
  }
  const lines = Array.from(
    subjects,
    // Not Object.fromEntries at the outer level: keys that look like numbers would change their order.
    ([key, properties]) => `  ${JSON.stringify(key)}: ${JSON.stringify(Object.fromEntries(properties))}`,
  );
  return lines.length === 0 ? '{}\n' : `{\n${lines.join(',\n')}\n}\n`;
}

function toJson(object: RDF.Term): RdfJsonObject {
  switch (object.termType) {
    case 'NamedNode':
      return { type: 'uri', value: object.value };
    case 'BlankNode':
      return { type: 'bnode', value: `_:${object.value}` };
    case 'Literal': {
      const { value, language, datatype } = object;
      if (language !== '') return { type: 'literal', value, lang: language };
      if (datatype.value === XSD_STRING) return { type: 'literal', value };
      return { type: 'literal', value, datatype: datatype.value };
    }
    default:
      throw new FabricError('not-supported', `RDF/JSON cannot hold a ${object.termType}`);
  }
}

/** Reads a document that is RDF/JSON. @throws SyntaxError for what is no JSON */
export function readRdfJson(text: string): RDF.Quad[] {
  const document = JSON.parse(text) as RdfJson;
  const node = (key: string): RDF.NamedNode | RDF.BlankNode =>
    key.startsWith('_:') ? blankNode(key.slice(2)) : namedNode(key);
  return Object.entries(document).flatMap(([subject, properties]) =>
    Object.entries(properties).flatMap(([property, objects]) =>
      objects.map((object) => quad(node(subject), namedNode(property), fromJson(object, node))),
    ),
  );
}

function fromJson(
  { type, value, lang, datatype }: RdfJsonObject,
  node: (key: string) => RDF.NamedNode | RDF.BlankNode,
): RDF.Quad_Object {
  const text = String(value);
  if (type !== 'literal') return node(text);
  if (lang !== undefined) return literal(text, lang);
  return datatype === undefined ? literal(text) : literal(text, namedNode(datatype));
}
