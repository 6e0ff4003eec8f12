/**
 * The ontology at its own address: all documents as one graph, or each by name, in the RDF format asked
 * for. The texts come in as they are shipped; they are parsed once, when first asked for.
 */
import type { Request } from 'express';
import { FabricError, nearest } from '../errors.ts';
import type { RdfFormat } from '../rdf/formats.ts';
import { parseTurtleFamily } from '../rdf/parse.ts';
import { serialiseRdf } from '../rdf/serialise.ts';
import { blankNode, quad, type RDF } from '../rdf/terms.ts';
import { GRAPH_OFFERS, PREFIXES, withCharset } from './answer-query.ts';
import { type Doorway, type Exchange, type OntologyDocument, pathParameter, sendText } from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import { escapeHtml, htmlPage } from './page.ts';
import type { Route } from './route.ts';

const OFFERS: readonly Offer<RdfFormat | 'html'>[] = [
  ...GRAPH_OFFERS,
  { name: 'html', mediaTypes: ['text/html'] },
];

export function ontologyRoutes({ ontology }: Doorway): readonly Route[] {
  const rendered = new Map<string, Promise<string>>();
  /** Documents do not change while the server runs, so each rendering is made once. */
  const render = (key: string, make: () => Promise<string>): Promise<string> => {
    const text = rendered.get(key) ?? make();
    rendered.set(key, text);
    return text;
  };
  return [
    {
      method: 'get',
      path: '/ontology',
      handle: async (req, res) => {
        const { name, mediaType } = begin(req, res);
        if (name === 'html') {
          sendText(res, 200, 'text/html; charset=utf-8', listing(ontology));
          return;
        }
        const text = await render(name, () => serialiseRdf(merged(ontology), name, PREFIXES));
        sendText(res, 200, withCharset(mediaType), text);
      },
    },
    {
      method: 'get',
      path: '/ontology/{document}',
      handle: async (req, res) => {
        const document = find(ontology, pathParameter(req, 'document'));
        const { name, mediaType } = begin(req, res);
        // As shipped, comments and all; a browser shows the same.
        if (name === 'turtle' || name === 'html') {
          sendText(
            res,
            200,
            name === 'html' ? 'text/plain; charset=utf-8' : withCharset(mediaType),
            document.text,
          );
          return;
        }
        const text = await render(`${document.name} ${name}`, () =>
          serialiseRdf(quadsOf(document), name, PREFIXES),
        );
        sendText(res, 200, withCharset(mediaType), text);
      },
    },
  ];
}

function begin(req: Request, res: Exchange): { name: RdfFormat | 'html'; mediaType: string } {
  res.vary('Accept');
  const agreed = negotiate(req, OFFERS);
  res.setHeader('Cache-Control', 'public, max-age=300');
  return agreed;
}

function find(ontology: readonly OntologyDocument[], name: string): OntologyDocument {
  const names = ontology.map((document) => document.name);
  const found = ontology.find((document) => document.name === name || document.name === `${name}.ttl`);
  if (found) return found;
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw new FabricError('not-found', `Ontology document "${name}" does not exist${hint}`, {
    extensions: { documents: names },
  });
}

function quadsOf(document: OntologyDocument): RDF.Quad[] {
  return parseTurtleFamily(document.text, { format: 'turtle', source: document.name }).quads;
}

/** All documents as one graph; blank nodes of different documents stay apart. */
function merged(ontology: readonly OntologyDocument[]): RDF.Quad[] {
  return ontology.flatMap((document, index) =>
    quadsOf(document).map((q) => quad(apart(q.subject, index), q.predicate, apart(q.object, index))),
  );
}

function apart<T extends RDF.Term>(term: T, index: number): T | RDF.BlankNode {
  return term.termType === 'BlankNode' ? blankNode(`d${index}-${term.value}`) : term;
}

function listing(ontology: readonly OntologyDocument[]): string {
  const items = ontology.map(({ name }) => {
    const href = `/ontology/${encodeURIComponent(name)}`;
    return `<li><a href="${escapeHtml(href)}">${escapeHtml(name)}</a></li>`;
  });
  return htmlPage(
    'Ontology',
    `<p>Each document, and all of them at this address, as Turtle, N-Triples, JSON-LD and RDF/XML.</p>
<ul>${items.join('\n')}</ul>`,
  );
}
