/**
 * Named queries: the shipped examples by name, with parameters. A parameter is a term and is bound as one;
 * it never becomes part of the text of a query.
 */
import type { Request } from 'express';
import { FabricError, nearest } from '../errors.ts';
import { toNTriples, typed } from '../rdf/terms.ts';
import type { NamedQuery } from '../service.ts';
import { answerQuery, queryOptions } from './answer-query.ts';
import { type Doorway, type Exchange, pathParameter, queryOf, sendJson } from './exchange.ts';
import type { Route } from './route.ts';

export function queryRoutes(doorway: Doorway): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/v1/queries',
      handle: (_req, res) => {
        sendJson(res, 200, { queries: doorway.service.namedQueries().map(describe) });
      },
    },
    { method: 'get', path: '/v1/queries/{name}', handle: (req, res) => run(doorway, req, res) },
  ];
}

function describe(query: NamedQuery): object {
  return { ...query, parameters: parametersOf(query), href: `/v1/queries/${encodeURIComponent(query.name)}` };
}

async function run(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const name = pathParameter(req, 'name');
  const queries = doorway.service.namedQueries();
  const query = queries.find((candidate) => candidate.name === name);
  if (!query) throw unknownQuery(name, queries);
  const parameters = queryOf(req);
  await answerQuery(doorway, req, res, {
    text: query.text,
    ...queryOptions(doorway, parameters),
    bindings: bindingsOf(query, parameters),
  });
}

function unknownQuery(name: string, queries: readonly NamedQuery[]): FabricError {
  const near = nearest(
    name,
    queries.map((query) => query.name),
  );
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return new FabricError('not-found', `Query "${name}" does not exist${hint}`);
}

/** Variables that the text writes as `$name`, in the order of the text, comments left out. */
function parametersOf({ text }: NamedQuery): readonly string[] {
  // An IRI may hold a number sign, which then begins no comment.
  const code = text.replaceAll(/(<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|#[^\n]*/g, ' ');
  return [...new Set([...code.matchAll(/\$([A-Za-z_]\w*)/g)].map(([, name]) => name!))];
}

const OPTIONS = new Set(['timeout', 'entailment', 'minSeq']);

function bindingsOf(query: NamedQuery, parameters: URLSearchParams): Record<string, string> {
  const known = parametersOf(query);
  const bindings: [string, string][] = [];
  for (const [name, value] of parameters) {
    if (OPTIONS.has(name)) continue;
    const variable = name.startsWith('$') ? name.slice(1) : name;
    if (!known.includes(variable)) {
      const near = nearest(variable, known);
      const hint = near === undefined ? '' : `; did you mean $${near}?`;
      throw new FabricError('request-invalid', `Query ${query.name} has no parameter $${variable}${hint}`, {
        extensions: { parameters: known },
      });
    }
    if (bindings.some(([bound]) => bound === variable)) {
      throw new FabricError('request-invalid', `Parameter $${variable} stands more than once`);
    }
    bindings.push([variable, termText(variable, value)]);
  }
  return Object.fromEntries(bindings);
}

const IRI = /^<[^\u0000-\u0020<>"{}|^`\\]+>$/;
const LITERAL =
  /^"(?:[^"\\\n\r]|\\[tbnrf"'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^<[^\u0000-\u0020<>"{}|^`\\]+>)?$/;

/** A term in N-Triples syntax; numbers and truth values may be written as Turtle has them. */
function termText(variable: string, text: string): string {
  if (IRI.test(text) || LITERAL.test(text)) return text;
  if (/^[+-]?\d+$/.test(text)) return toNTriples(typed(text, 'integer'));
  if (/^[+-]?\d*\.\d+$/.test(text)) return toNTriples(typed(text, 'decimal'));
  if (text === 'true' || text === 'false') return toNTriples(typed(text, 'boolean'));
  throw new FabricError(
    'request-invalid',
    `Parameter $${variable} is not a term: write <iri>, "text", "text"@en, 42, 4.2 or true`,
  );
}
