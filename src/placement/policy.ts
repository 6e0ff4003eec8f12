/**
 * The policy: the constraints and objectives in force, compiled from their SPARQL files.
 *
 * Files decide what is asked of an element; this module only checks that each keeps its contract, so that a
 * broken file is named before a placement needs it. A file of the same IRI in a later folder is an error.
 */
import { FabricError, messageOf } from '../errors.ts';
import type { ParsedQuery } from '../sparql/algebra.ts';
import { broken, type Header, parseHeader } from './header.ts';

/** A file as text; `name` ends in the path under its folder: `.../constraints/memory.rq`. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
}

export interface PolicyQuery extends Header {
  readonly kind: 'constraint' | 'objective';
  readonly file: string;
  readonly query: ParsedQuery;
}

export interface Policy {
  readonly constraints: readonly PolicyQuery[];
  readonly objectives: readonly PolicyQuery[];
  /** Properties of claims that no telemetry shows: they last until the allocation is released. */
  readonly unmeasuredClaims: ReadonlySet<string>;
}

/** What the policy needs of a SPARQL engine. */
export interface PolicyParser {
  parse(text: string, options?: { readonly kind?: 'query' | 'update' }): ParsedQuery;
}

/** Variables that a query has to project. */
const CONTRACT = {
  constraint: ['element', 'observed', 'satisfied'],
  objective: ['element', 'score'],
} as const;

/**
 * Compiles files: those in a folder `constraints` are constraints, those in `objectives` objectives.
 *
 * @throws FabricError `constraint-broken` naming the file and the line of the first broken one; all of them
 *   are in `errors`
 */
export function loadPolicy(files: readonly PolicyFile[], engine: PolicyParser): Policy {
  const queries: PolicyQuery[] = [];
  const failures: FabricError[] = [];
  for (const file of files) {
    try {
      const query = compile(file, engine);
      const twin = queries.find(({ iri }) => iri === query.iri);
      if (twin) throw broken(file.name, 1, `The IRI <${query.iri}> is that of ${twin.file}`);
      queries.push(query);
    } catch (thrown) {
      if (!(thrown instanceof FabricError)) throw thrown;
      failures.push(thrown);
    }
  }
  const [first] = failures;
  if (first) {
    throw new FabricError('constraint-broken', first.message, {
      ...(first.location ? { location: first.location } : {}),
      extensions: { errors: failures.map(({ message, location }) => ({ message, location })) },
      cause: first,
    });
  }
  const byName = (a: PolicyQuery, b: PolicyQuery): number => (a.iri < b.iri ? -1 : 1);
  const constraints = queries.filter(({ kind }) => kind === 'constraint').sort(byName);
  return {
    constraints,
    objectives: queries.filter(({ kind }) => kind === 'objective').sort(byName),
    unmeasuredClaims: new Set(
      constraints.flatMap((c) => (c.claims !== undefined && !c.measured ? [c.claims] : [])),
    ),
  };
}

function compile(file: PolicyFile, engine: PolicyParser): PolicyQuery {
  const kind = kindOf(file.name);
  const header = parseHeader(file.name, file.text);
  const query = parseQuery(file, engine);
  if (query.kind !== 'select') throw broken(file.name, 1, 'The query is not a SELECT');
  const projected = projectedVariables(query);
  for (const variable of CONTRACT[kind]) {
    if (!projected.has(variable)) throw broken(file.name, 1, `The query does not select ?${variable}`);
  }
  for (const { variable, path } of header.params) {
    if (path[0] === 'argument') throw broken(file.name, 1, `A ${kind} takes no arguments: ${path.join('.')}`);
    if (!new RegExp(`[?$]${variable}\\b`).test(bodyOf(file.text))) {
      throw broken(file.name, 1, `The parameter ?${variable} does not occur in the query`);
    }
  }
  if (header.claims !== undefined && (kind === 'objective' || header.params.length !== 1)) {
    throw broken(file.name, 1, 'Only a constraint with exactly one parameter, the amount, can claim');
  }
  return { ...header, kind, file: file.name, query };
}

function parseQuery(file: PolicyFile, engine: PolicyParser): ParsedQuery {
  try {
    return engine.parse(file.text, { kind: 'query' });
  } catch (thrown) {
    const line = thrown instanceof FabricError ? (thrown.location?.line ?? 1) : 1;
    throw broken(file.name, line, messageOf(thrown), thrown);
  }
}

function kindOf(name: string): PolicyQuery['kind'] {
  const folder = /(?:^|[/\\])(constraints|objectives)[/\\][^/\\]+\.rq$/.exec(name)?.[1];
  if (folder === undefined) {
    throw broken(name, 1, 'The file is neither constraints/*.rq nor objectives/*.rq');
  }
  return folder === 'constraints' ? 'constraint' : 'objective';
}

/** The text without its comment lines. */
function bodyOf(text: string): string {
  return text.replace(/^\s*#.*$/gm, '');
}

function projectedVariables(query: ParsedQuery): ReadonlySet<string> {
  let node = query.operation as { type: string; input?: unknown; variables?: { value: string }[] };
  while (node.type !== 'project' && node.input !== undefined) node = node.input as typeof node;
  return new Set(node.variables?.map(({ value }) => value) ?? []);
}
