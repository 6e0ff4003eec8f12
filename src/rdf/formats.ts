/**
 * RDF formats by media type and file ending. One table for parsers, serialisers and content negotiation.
 */
export type RdfFormat = 'turtle' | 'trig' | 'n-triples' | 'n-quads' | 'json-ld' | 'rdf-xml';

interface FormatInfo {
  /** Preferred media type first. */
  readonly mediaTypes: readonly [string, ...string[]];
  readonly endings: readonly [string, ...string[]];
  /** Whether the format can carry named graphs. */
  readonly graphs: boolean;
}

export const RDF_FORMATS: Readonly<Record<RdfFormat, FormatInfo>> = {
  turtle: { mediaTypes: ['text/turtle', 'application/x-turtle'], endings: ['ttl'], graphs: false },
  trig: { mediaTypes: ['application/trig', 'application/x-trig'], endings: ['trig'], graphs: true },
  'n-triples': { mediaTypes: ['application/n-triples', 'text/plain'], endings: ['nt'], graphs: false },
  'n-quads': { mediaTypes: ['application/n-quads', 'text/x-nquads'], endings: ['nq'], graphs: true },
  'json-ld': { mediaTypes: ['application/ld+json'], endings: ['jsonld'], graphs: true },
  'rdf-xml': {
    mediaTypes: ['application/rdf+xml', 'application/xml'],
    endings: ['rdf', 'owl'],
    graphs: false,
  },
};

/** The preferred media type of each format, in the order of preference. */
export const RDF_MEDIA_TYPES: readonly string[] = Object.values(RDF_FORMATS).map((f) => f.mediaTypes[0]);

/** The format of a media type (parameters are ignored), or undefined. */
export function formatOfMediaType(mediaType: string): RdfFormat | undefined {
  const essence = mediaType.split(';', 1)[0]!.trim().toLowerCase();
  return find((info) => info.mediaTypes.includes(essence));
}

/** The format of a file by its ending, or undefined. */
export function formatOfFile(path: string): RdfFormat | undefined {
  const ending = path.toLowerCase().split('.').at(-1) ?? '';
  return find((info) => info.endings.includes(ending));
}

function find(test: (info: FormatInfo) => boolean): RdfFormat | undefined {
  for (const [format, info] of Object.entries(RDF_FORMATS)) {
    if (test(info)) return format as RdfFormat;
  }
  return undefined;
}
