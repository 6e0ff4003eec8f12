/**
 * What `/sparql` can do, as SPARQL 1.1 Service Description says it; for a browser, a page that says how to ask.
 */
import type { Request } from 'express';
import type { RdfFormat } from '../rdf/formats.ts';
import { serialiseRdf } from '../rdf/serialise.ts';
import { blankNode, namedNode, quad, type RDF, typed } from '../rdf/terms.ts';
import { rdf } from '../rdf/vocab.ts';
import { GRAPH_OFFERS, withCharset } from './answer-query.ts';
import { type Doorway, type Exchange, originOf, sendText } from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import { htmlPage } from './page.ts';

const SD = 'http://www.w3.org/ns/sparql-service-description#';
const VOID = 'http://rdfs.org/ns/void#';
const FORMATS = 'http://www.w3.org/ns/formats/';
const ENTAILMENT = 'http://www.w3.org/ns/entailment/';

const RESULT_FORMATS = [
  'SPARQL_Results_JSON',
  'SPARQL_Results_XML',
  'SPARQL_Results_CSV',
  'SPARQL_Results_TSV',
  'Turtle',
  'N-Triples',
  'JSON-LD',
  'RDF_XML',
];

const OFFERS: readonly Offer<RdfFormat | 'html'>[] = [
  ...GRAPH_OFFERS,
  { name: 'html', mediaTypes: ['text/html'] },
];

export async function describeService({ service }: Doorway, req: Request, res: Exchange): Promise<void> {
  const { name, mediaType } = negotiate(req, OFFERS);
  res.vary('Accept');
  const endpoint = `${originOf(req)}/sparql`;
  if (name === 'html') {
    sendText(res, 200, 'text/html; charset=utf-8', htmlPage('SPARQL endpoint', usage(endpoint)));
    return;
  }
  const quads = description(endpoint, service.status().quads);
  sendText(res, 200, withCharset(mediaType), await serialiseRdf(quads, name, { sd: SD, void: VOID }));
}

function description(endpoint: string, quads: number): RDF.Quad[] {
  const service = blankNode('service');
  const dataset = blankNode('dataset');
  const graph = blankNode('graph');
  const sd = (name: string): RDF.NamedNode => namedNode(SD + name);
  return [
    quad(service, rdf.type, sd('Service')),
    quad(service, sd('endpoint'), namedNode(endpoint)),
    quad(service, sd('supportedLanguage'), sd('SPARQL11Query')),
    quad(service, sd('supportedLanguage'), sd('SPARQL11Update')),
    quad(service, sd('defaultEntailmentRegime'), namedNode(`${ENTAILMENT}Simple`)),
    ...RESULT_FORMATS.map((format) => quad(service, sd('resultFormat'), namedNode(FORMATS + format))),
    quad(service, sd('defaultDataset'), dataset),
    quad(dataset, rdf.type, sd('Dataset')),
    quad(dataset, sd('defaultGraph'), graph),
    quad(graph, rdf.type, sd('Graph')),
    quad(dataset, namedNode(`${VOID}triples`), typed(quads, 'integer')),
  ];
}

function usage(endpoint: string): string {
  return `<p>This address takes SPARQL 1.1 queries and updates.</p>
<pre>curl '${endpoint}' --data-urlencode 'query=SELECT * { ?s ?p ?o } LIMIT 10'</pre>
<p>Parameters: <code>timeout</code> in milliseconds, <code>entailment=none|fabric</code>,
<code>default-graph-uri</code>, <code>named-graph-uri</code>. The service description is here as Turtle,
N-Triples, JSON-LD and RDF/XML.</p>`;
}
