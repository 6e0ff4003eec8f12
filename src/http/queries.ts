/**
 * Named queries: the shipped examples by name, with parameters. A parameter is a term and is bound as one;
 * it never becomes part of the text of a query.
 */
import type { Request } from 'express';
import { FabricError, nearest } from '../errors.ts';
import { literal, toNTriples, typed } from '../rdf/terms.ts';
import type { NamedQuery, NamedQueryParameter } from '../service.ts';
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
  const { name, label, text } = query;
  const parameters = parametersOf(query).map(({ variable }) => variable);
  return { name, label, text, parameters, href: `/v1/queries/${encodeURIComponent(name)}` };
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

/** What the header declares, and variables that the text writes as `$name`, comments left out. */
function parametersOf({ text, params = [] }: NamedQuery): readonly NamedQueryParameter[] {
  // An IRI may hold a number sign, which then begins no comment.
  const code = text.replaceAll(/(<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|#[^\n]*/g, ' ');
  const written = new Set([...code.matchAll(/\$([A-Za-z_]\w*)/g)].map(([, name]) => name!));
  for (const { variable } of params) written.delete(variable);
  return [...params, ...[...written].map((variable) => ({ variable }))];
}

const OPTIONS = new Set(['timeout', 'entailment', 'minSeq']);

function bindingsOf(query: NamedQuery, parameters: URLSearchParams): Record<string, string> {
  const parametersByName = new Map(parametersOf(query).map((parameter) => [parameter.variable, parameter]));
  const known = [...parametersByName.keys()];
  const bindings: [string, string][] = [];
  for (const [name, value] of parameters) {
    if (OPTIONS.has(name)) continue;
    const variable = name.startsWith('$') ? name.slice(1) : name;
    const parameter = parametersByName.get(variable);
    if (!parameter) {
      const near = nearest(variable, known);
      const hint = near === undefined ? '' : `; did you mean $${near}?`;
      throw new FabricError('request-invalid', `Query ${query.name} has no parameter $${variable}${hint}`, {
        extensions: { parameters: known },
      });
    }
    if (bindings.some(([bound]) => bound === variable)) {
      throw new FabricError('request-invalid', `Parameter $${variable} stands more than once`);
    }
    bindings.push([variable, termText(parameter, value)]);
  }
  // Without its value a declared parameter would be a variable like any other, and the answer another one.
  for (const { variable } of query.params ?? []) {
    if (bindings.some(([bound]) => bound === variable)) continue;
    throw new FabricError('request-invalid', `Query ${query.name} needs the parameter $${variable}`, {
      extensions: { parameters: known },
    });
  }
  return Object.fromEntries(bindings);
}

const IRI = /^<[^\u0000-\u0020<>"{}|^`\\]+>$/;
const LITERAL =
  /^"(?:[^"\\\n\r]|\\[tbnrf"'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^<[^\u0000-\u0020<>"{}|^`\\]+>)?$/;

/**
 * A term in N-Triples syntax; numbers and truth values may be written as Turtle has them, and the value of a
 * parameter with a type bare.
 */
function termText({ variable, type }: NamedQueryParameter, text: string): string {
  if (IRI.test(text) || LITERAL.test(text)) return text;
  if (type === 'iri' && IRI.test(`<${text}>`) && /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return `<${text}>`;
  if (type === 'string') return toNTriples(literal(text));
  if (type === 'dateTime' && !Number.isNaN(Date.parse(text))) return toNTriples(typed(text, 'dateTime'));
  if (/^[+-]?\d+$/.test(text)) return toNTriples(typed(text, 'integer'));
  if (/^[+-]?\d*\.\d+$/.test(text)) return toNTriples(typed(text, 'decimal'));
  if (text === 'true' || text === 'false') return toNTriples(typed(text, 'boolean'));
  throw new FabricError(
    'request-invalid',
    `Parameter $${variable} is not a term: write <iri>, "text", "text"@en, 42, 4.2 or true`,
  );
}
