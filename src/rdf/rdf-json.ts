/**
 * RDF/JSON (W3C Note, 2013), as a writer. It has no graphs; they are left out.
 */
import { FabricError } from '../errors.ts';
import type { RDF } from './terms.ts';

interface RdfJsonObject {
  readonly type: 'uri' | 'bnode' | 'literal';
  readonly value: string;
  readonly lang?: string;
  readonly datatype?: string;
}

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
