/**
 * `POST /v1/validate`: data against the shapes, without keeping any of it. Data that break a shape are an
 * answer like any other; only data that cannot be read are refused.
 */
import type { Request } from 'express';
import { FabricError } from '../errors.ts';
import { formatOfMediaType, RDF_FORMATS, RDF_MEDIA_TYPES, type RdfFormat } from '../rdf/formats.ts';
import { serialiseRdf } from '../rdf/serialise.ts';
import { defaultGraph, namedNode } from '../rdf/terms.ts';
import type { ValidationRequest } from '../service.ts';
import { reportToJson, reportToQuads } from '../validation/report.ts';
import { GRAPH_OFFERS, PREFIXES, withCharset } from './answer-query.ts';
import { bodyLimits, contentTypeOf, readJson, readText, unsupportedMediaType } from './body.ts';
import { contextOf, type Doorway, type Exchange, queryOf, sendJson, sendText, single } from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import type { Route } from './route.ts';

export function validateRoutes(doorway: Doorway): readonly Route[] {
  return [
    {
      method: 'post',
      path: '/v1/validate',
      reading: true,
      handle: (req, res) => validate(doorway, req, res),
    },
  ];
}

const SUPPORTED = [...RDF_MEDIA_TYPES, 'application/json'];

/** JSON first; application/json is the JSON report here, JSON-LD goes by its own media type. */
const OFFERS: readonly Offer<RdfFormat | 'json'>[] = [
  { name: 'json', mediaTypes: ['application/json'] },
  ...GRAPH_OFFERS.map(({ name }) => ({ name, mediaTypes: [RDF_FORMATS[name].mediaTypes[0]] as const })),
];

async function validate(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const { name, mediaType } = negotiate(req, OFFERS);
  const request = await requestOf(doorway, req);
  const report = await doorway.service.validate(contextOf(res), request);
  res.vary('Accept');
  if (name === 'json') {
    sendJson(res, 200, reportToJson(report));
    return;
  }
  const node = namedNode(`urn:uuid:${res.locals.requestId}`);
  const quads = reportToQuads(report, node, defaultGraph());
  sendText(res, 200, withCharset(mediaType), await serialiseRdf(quads, name, PREFIXES));
}

async function requestOf(doorway: Doorway, req: Request): Promise<ValidationRequest> {
  const { essence } = contentTypeOf(req, SUPPORTED);
  const limits = bodyLimits(doorway, 'document');
  if (essence === 'application/json') {
    return fromJson(await readJson(req, limits));
  }
  const format = formatOfMediaType(essence);
  if (!format) throw unsupportedMediaType(`The media type ${essence} is not taken here`, SUPPORTED);
  const baseIRI = single(queryOf(req), 'base');
  return { text: await readText(req, limits), format, ...(baseIRI === undefined ? {} : { baseIRI }) };
}

/** `{ data, format, base?, shapes?: { data, format } }`, where data is RDF text or, for JSON-LD, JSON itself. */
function fromJson(body: unknown): ValidationRequest {
  const envelope = members(body, 'The body', ['data', 'format', 'base', 'shapes']);
  const { text, format } = documentOf(envelope, '');
  const base = envelope['base'];
  if (base !== undefined && typeof base !== 'string') throw invalid('base', 'is not a string');
  const shapes = envelope['shapes'];
  return {
    text,
    format,
    ...(base === undefined ? {} : { baseIRI: base }),
    ...(shapes === undefined
      ? {}
      : { shapes: documentOf(members(shapes, 'shapes', ['data', 'format']), 'shapes.') }),
  };
}

function documentOf(
  envelope: Readonly<Record<string, unknown>>,
  path: string,
): { readonly text: string; readonly format: RdfFormat } {
  const format = formatNamed(envelope['format']);
  if (!format) throw invalid(`${path}format`, `is none of ${Object.keys(RDF_FORMATS).join(', ')}`);
  const data = envelope['data'];
  if (typeof data === 'string') return { text: data, format };
  if (format === 'json-ld' && typeof data === 'object' && data !== null) {
    return { text: JSON.stringify(data), format };
  }
  throw invalid(`${path}data`, 'is not a text');
}

function formatNamed(value: unknown): RdfFormat | undefined {
  if (typeof value !== 'string') return undefined;
  return value in RDF_FORMATS ? (value as RdfFormat) : formatOfMediaType(value);
}

function members(value: unknown, what: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(what, 'is not a JSON object');
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw invalid(name, `is not a member; the members are ${known.join(', ')}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function invalid(path: string, message: string): FabricError {
  return new FabricError('request-invalid', `The validation request is invalid: ${path} ${message}`, {
    extensions: { errors: [{ path, message }] },
  });
}
