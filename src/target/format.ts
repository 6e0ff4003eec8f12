/**
 * Formats that quads can be written in: those of `src/rdf/formats.ts` and the two more that RML targets name.
 */
import { FabricError, nearest } from '../errors.ts';
import type { SerializationName } from '../mapping/parse/target.ts';
import { formatOfFile, RDF_FORMATS, type RdfFormat } from '../rdf/formats.ts';

export type TargetFormat = RdfFormat | 'n3' | 'rdf-json';

interface FormatInfo {
  readonly mediaType: string;
  /** Whether the format can carry named graphs. */
  readonly graphs: boolean;
}

const MORE: Readonly<Record<'n3' | 'rdf-json', FormatInfo>> = {
  n3: { mediaType: 'text/n3', graphs: false },
  'rdf-json': { mediaType: 'application/rdf+json', graphs: false },
};

const BY_SERIALIZATION: Readonly<Record<SerializationName, TargetFormat>> = {
  'N-Quads': 'n-quads',
  'N-Triples': 'n-triples',
  Turtle: 'turtle',
  TriG: 'trig',
  N3: 'n3',
  'JSON-LD': 'json-ld',
  RDF_XML: 'rdf-xml',
  RDF_JSON: 'rdf-json',
};

/** Shorter names that people write, and those of other engines. */
const ALIASES: Readonly<Record<string, TargetFormat>> = {
  nq: 'n-quads',
  nquads: 'n-quads',
  nt: 'n-triples',
  ntriples: 'n-triples',
  ttl: 'turtle',
  jsonld: 'json-ld',
  rdfxml: 'rdf-xml',
  xml: 'rdf-xml',
  rdf: 'rdf-xml',
  rdfjson: 'rdf-json',
};

const NAMES: readonly TargetFormat[] = [...(Object.keys(RDF_FORMATS) as RdfFormat[]), 'n3', 'rdf-json'];

export const infoOf = (format: TargetFormat): FormatInfo => {
  if (format === 'n3' || format === 'rdf-json') return MORE[format];
  const { mediaTypes, graphs } = RDF_FORMATS[format];
  return { mediaType: mediaTypes[0], graphs };
};

export const formatOfSerialization = (name: SerializationName): TargetFormat => BY_SERIALIZATION[name];

/** The format of a name: ours, a file ending, or what other engines call it. @throws FabricError `not-supported` */
export function formatOfName(name: string): TargetFormat {
  const key = name.toLowerCase();
  const known =
    NAMES.find((format) => format === key) ?? (Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined);
  if (known !== undefined) return known;
  const near = nearest(name, [...NAMES, ...Object.keys(ALIASES)]);
  throw new FabricError('not-supported', `"${name}" is no RDF format`, {
    extensions: {
      supported: NAMES,
      ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
    },
  });
}

const COMPRESSED = /\.(?:gz|zip|tar|tgz|tar\.gz|tar\.xz|txz)$/i;

/** The format that the ending of a file says, that of a compression left aside; undefined when it says none. */
export function formatOfPath(path: string): TargetFormat | undefined {
  const plain = path.replace(COMPRESSED, '');
  if (/\.n3$/i.test(plain)) return 'n3';
  if (/\.(?:rj|rdfjson)$/i.test(plain)) return 'rdf-json';
  if (/\.rdfxml$/i.test(plain)) return 'rdf-xml';
  return formatOfFile(plain);
}
