/**
 * Quads to RDF text. N-Triples and N-Quads are written by hand, a line a quad, and so is RDF/XML; n3 and
 * jsonld write the rest. A format without graphs writes the triples and leaves the graphs out.
 */
import { Writer } from 'n3';
import { RDF_FORMATS, type RdfFormat } from './formats.ts';
import { writeRdfXml } from './rdf-xml.ts';
import { isUnsafe, quad, type RDF, toNQuads, toStatement } from './terms.ts';

/** Writes `quads` as a whole document. */
export async function serialiseRdf(
  quads: readonly RDF.Quad[],
  format: RdfFormat,
  prefixes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const shown = RDF_FORMATS[format].graphs ? quads : quads.map((q) => quad(q.subject, q.predicate, q.object));
  switch (format) {
    case 'n-triples':
    case 'n-quads':
      return shown.map((q) => `${toNQuads(q)}\n`).join('');
    case 'turtle':
    case 'trig':
      return writeTurtle(shown, format, usedPrefixes(shown, prefixes));
    case 'json-ld': {
      const { default: jsonld } = await import('jsonld');
      return JSON.stringify(await jsonld.fromRDF(shown), null, 2);
    }
    case 'rdf-xml':
      return writeRdfXml(shown, prefixes);
  }
}

function writeTurtle(
  quads: readonly RDF.Quad[],
  format: 'turtle' | 'trig',
  prefixes: Record<string, string>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const writer = new Writer({ format: format === 'trig' ? 'application/trig' : 'text/turtle', prefixes });
    let unsafe = ''; // what the writer would write as it is, and let become statements of its own
    for (const q of quads) {
      if ([q.subject, q.predicate, q.object, q.graph].some(isUnsafe)) unsafe += `${toStatement(q)}\n`;
      else writer.addQuad(q);
    }
    writer.end((error: unknown, result: string) => {
      if (error) reject(error instanceof Error ? error : new Error('The Turtle writer failed'));
      else resolve(result + unsafe);
    });
  });
}

/** The prefixes of which some IRI of the data begins: a small answer does not open with thirty lines. */
function usedPrefixes(
  quads: readonly RDF.Quad[],
  prefixes: Readonly<Record<string, string>>,
): Record<string, string> {
  const used: Record<string, string> = {};
  const entries = Object.entries(prefixes);
  const look = (term: RDF.Term): void => {
    const iri =
      term.termType === 'NamedNode'
        ? term.value
        : term.termType === 'Literal'
          ? term.datatype.value
          : undefined;
    if (iri === undefined) return;
    for (const [prefix, namespace] of entries) if (iri.startsWith(namespace)) used[prefix] = namespace;
  };
  for (const q of quads) {
    look(q.subject);
    look(q.predicate);
    look(q.object);
    look(q.graph);
  }
  return used;
}
