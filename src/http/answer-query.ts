/**
 * The answer to a query in the format that the client asks for: SPARQL results for solutions and truth
 * values, RDF for graphs. Shared by `/sparql` and the named queries.
 */
import type { Request } from 'express';
import { RDF_FORMATS, type RdfFormat } from '../rdf/formats.ts';
import { serialiseRdf } from '../rdf/serialise.ts';
import { NS } from '../rdf/vocab.ts';
import type { QueryAnswer, QueryRequest } from '../service.ts';
import { RESULT_MEDIA_TYPES, type ResultFormat, serialiseResult } from '../sparql/serialise.ts';
import { contextOf, type Doorway, type Exchange, oneOf, sendText, showSeq, wholeNumber } from './exchange.ts';
import { negotiate, type Offer, tryNegotiate } from './negotiate.ts';

export const RESULT_OFFERS: readonly Offer<ResultFormat>[] = (['json', 'xml', 'csv', 'tsv'] as const).map(
  (name) => ({ name, mediaTypes: RESULT_MEDIA_TYPES[name] }),
);

/** CSV and TSV have no form for a truth value. */
const ASK_OFFERS = RESULT_OFFERS.filter(({ name }) => name === 'json' || name === 'xml');

/** Formats of a single graph, Turtle first. */
export const GRAPH_OFFERS: readonly Offer<RdfFormat>[] = [
  offerOf('turtle'),
  offerOf('n-triples'),
  { name: 'json-ld', mediaTypes: [RDF_FORMATS['json-ld'].mediaTypes[0], 'application/json'] },
  offerOf('rdf-xml'),
];

function offerOf(name: RdfFormat): Offer<RdfFormat> {
  return { name, mediaTypes: RDF_FORMATS[name].mediaTypes };
}

/** Prefixes of Turtle answers. */
export const PREFIXES: Readonly<Record<string, string>> = NS;

/** Parameters that every query takes. */
export function queryOptions(
  { config }: Doorway,
  parameters: URLSearchParams,
): Pick<QueryRequest, 'deadlineMs' | 'entailment'> {
  const deadlineMs = wholeNumber(parameters, 'timeout', { min: 1, max: config.query.deadlineMsMax });
  const entailment = oneOf(parameters, 'entailment', ['none', 'fabric']);
  return {
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(entailment === undefined ? {} : { entailment }),
  };
}

/**
 * Runs a query and sends its answer.
 *
 * @throws FabricError `not-acceptable` before the query runs when the client takes no format of any kind
 */
export async function answerQuery(
  doorway: Doorway,
  req: Request,
  res: Exchange,
  query: QueryRequest,
): Promise<void> {
  if (!tryNegotiate(req, RESULT_OFFERS) && !tryNegotiate(req, GRAPH_OFFERS)) {
    negotiate(req, [...RESULT_OFFERS, ...GRAPH_OFFERS]);
  }
  const answer = await doorway.service.query(contextOf(res), query);
  showSeq(res, answer.seq);
  res.vary('Accept');
  await sendResult(req, res, answer);
}

async function sendResult(req: Request, res: Exchange, { result }: QueryAnswer): Promise<void> {
  if (result.kind === 'graph') {
    const { name, mediaType } = negotiate(req, GRAPH_OFFERS);
    sendText(res, 200, withCharset(mediaType), await serialiseRdf(result.quads, name, PREFIXES));
    return;
  }
  const { name, mediaType } = negotiate(req, result.kind === 'ask' ? ASK_OFFERS : RESULT_OFFERS);
  sendText(res, 200, withCharset(mediaType), serialiseResult(result, name));
}

/** CSV must say whether it has a header line (RFC 4180); all text says that it is UTF-8. */
export function withCharset(mediaType: string): string {
  return `${mediaType}; charset=utf-8${mediaType === 'text/csv' ? '; header=present' : ''}`;
}
