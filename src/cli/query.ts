/** `fabric query`: SPARQL, or a shipped query by its name, against a running service. */
import { FabricError } from '../errors.ts';
import { NS } from '../rdf/vocab.ts';
import { ServiceClient } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, readInput, serviceOf } from './options.ts';
import { table } from './terminal.ts';

const ACCEPT: Readonly<Record<string, string>> = {
  json: 'application/sparql-results+json',
  xml: 'application/sparql-results+xml',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  turtle: 'text/turtle',
  'n-triples': 'application/n-triples',
  'json-ld': 'application/ld+json',
  'rdf-xml': 'application/rdf+xml',
};
/** What a person is shown: rows as a table, graphs as Turtle. */
const FOR_PEOPLE = 'application/sparql-results+json, text/turtle;q=0.9';
/** What a program is given under --json: rows and graphs alike as JSON. */
const FOR_PROGRAMS = 'application/sparql-results+json, application/ld+json;q=0.9';

export const query: CommandWork = async (args, options, terminal) => {
  const client = new ServiceClient(serviceOf(options));
  const format = (options['format'] as string | undefined) ?? (terminal.json ? 'json' : 'table');
  const accept = acceptOf(format, options['format'] !== undefined);
  const parameters = new URLSearchParams({ entailment: String(options['entailment']) });
  const timeoutMs = options['timeout'] as number | undefined;
  if (timeoutMs !== undefined) parameters.set('timeout', String(timeoutMs));
  const response = await ask(client, args[0]!, parameters, options['param'] as string[] | undefined, accept);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  terminal.out(format === 'table' && json ? asTable(JSON.parse(text) as Results) : text);
  return EXIT.ok;
};

/** @throws FabricError `not-supported` for a format that there is not */
function acceptOf(format: string, isNamed: boolean): string {
  if (format === 'table') return FOR_PEOPLE;
  if (!isNamed) return FOR_PROGRAMS;
  const mediaType = Object.hasOwn(ACCEPT, format) ? ACCEPT[format] : undefined;
  if (mediaType !== undefined) return mediaType;
  throw new FabricError('not-supported', `"${format}" is no format of answers`, {
    extensions: { supported: ['table', ...Object.keys(ACCEPT)] },
  });
}

async function ask(
  client: ServiceClient,
  query: string,
  parameters: URLSearchParams,
  bindings: readonly string[] | undefined,
  accept: string,
): Promise<Response> {
  for (const binding of bindings ?? []) {
    const at = binding.indexOf('=');
    if (at <= 0)
      throw new FabricError('request-invalid', `Parameter "${binding}" is not of the form name=term`);
    parameters.append(`$${binding.slice(0, at)}`, binding.slice(at + 1));
  }
  if (/^[\w-]+$/.test(query)) {
    return client.request(`/v1/queries/${query}?${parameters.toString()}`, { headers: { accept } });
  }
  return client.request(`/sparql?${parameters.toString()}`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/sparql-query' },
    body: query.startsWith('@') ? await readInput(query.slice(1)) : query,
  });
}

interface Results {
  readonly boolean?: boolean;
  readonly head: { readonly vars?: readonly string[] };
  readonly results?: { readonly bindings: readonly Readonly<Record<string, Term>>[] };
}

interface Term {
  readonly type: string;
  readonly value: string;
  readonly datatype?: string;
  readonly 'xml:lang'?: string;
}

function asTable(results: Results): string {
  if (results.boolean !== undefined) return results.boolean ? 'yes' : 'no';
  const variables = results.head.vars ?? [];
  const rows = results.results?.bindings ?? [];
  const cells = rows.map((row) => variables.map((name) => (row[name] ? shown(row[name]) : '')));
  return `${table(variables, cells)}\n${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
}

function shown(term: Term): string {
  if (term.type === 'bnode') return `_:${term.value}`;
  if (term.type !== 'uri') return term.value;
  for (const [prefix, namespace] of Object.entries(NS)) {
    if (term.value.startsWith(namespace)) return `${prefix}:${term.value.slice(namespace.length)}`;
  }
  return term.value;
}
