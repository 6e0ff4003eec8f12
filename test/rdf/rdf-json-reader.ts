/** A second reading of RDF/JSON (W3C Note, 2013): what the writer wrote, as quads again. */
import { blankNode, literal, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';

interface RdfJsonObject {
  readonly type: 'uri' | 'bnode' | 'literal';
  /** Writers have put JSON numbers here; their text counts. */
  readonly value: string | number | boolean;
  readonly lang?: string;
  readonly datatype?: string;
}

type RdfJson = Record<string, Record<string, RdfJsonObject[]>>;

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
