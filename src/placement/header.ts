/**
 * The comment header of a constraint, an objective or a named query: what the file says about itself.
 *
 * One `# key: value` a line before the first line of SPARQL. A key that is not known is an error, so that a
 * slip of the pen never silently switches something off. `queries/README.md` describes every key.
 */
import { FabricError, nearest } from '../errors.ts';
import { NS } from '../rdf/vocab.ts';

export type ParameterType = 'iri' | 'integer' | 'decimal' | 'boolean' | 'dateTime' | 'string';

/** `# param: ?name from path as type`: a variable that is bound before the query runs. */
export interface ParameterHeader {
  readonly variable: string;
  /** `requirements.memoryBytes`, `item.to`, `request.freshAfter` ... */
  readonly path: readonly string[];
  /** Absent: by the kind of the JSON value. */
  readonly type?: ParameterType;
}

/** `# facts: cf:property from path`: facts of the request that are laid over the snapshot. */
export interface FactsHeader {
  readonly predicate: string;
  readonly path: readonly string[];
}

export interface Header {
  readonly iri: string;
  /** Last part of the IRI: the name under which requests and answers speak of it. */
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly params: readonly ParameterHeader[];
  readonly facts: readonly FactsHeader[];
  /** `# each: path`: applied once for every item of a list. */
  readonly each?: readonly string[];
  /** Properties without which nothing can be proven. */
  readonly needs: readonly string[];
  /** `all`: every row of an element has to be satisfied; `any`: one is enough. */
  readonly rows: 'all' | 'any';
  /** Property under which the required amount is claimed. */
  readonly claims?: string;
  /** Whether telemetry shows the load of a running component, so that its claim may lapse. */
  readonly measured: boolean;
  /** Weight of an objective where the request gives none. */
  readonly weight: number;
}

const KEYS = [
  'iri',
  'label',
  'description',
  'param',
  'facts',
  'each',
  'needs',
  'rows',
  'claims',
  'weight',
] as const;
type Key = (typeof KEYS)[number];
const REPEATABLE = new Set<Key>(['param', 'facts', 'description']);

interface Entry {
  readonly key: Key;
  readonly value: string;
  readonly line: number;
}

/**
 * @param file  name of the file, for messages
 * @throws FabricError `constraint-broken` with file and line
 */
export function parseHeader(file: string, text: string): Header {
  const entries = entriesOf(file, text);
  const one = (key: Key): Entry | undefined => entries.find((entry) => entry.key === key);
  const iri = one('iri');
  const label = one('label');
  if (!iri) throw broken(file, 1, 'The header has no `# iri:`');
  if (!label) throw broken(file, 1, 'The header has no `# label:`');
  const each = one('each');
  const claims = one('claims');
  const needs = one('needs');
  const weight = one('weight');
  const full = iriOf(file, iri.value, iri.line);
  return {
    iri: full,
    name: full.slice(Math.max(full.lastIndexOf('#'), full.lastIndexOf('/'), full.lastIndexOf(':')) + 1),
    label: label.value,
    description: entries
      .filter(({ key }) => key === 'description')
      .map(({ value }) => value)
      .join(' '),
    params: entries.filter(({ key }) => key === 'param').map((entry) => parameterOf(file, entry)),
    facts: entries.filter(({ key }) => key === 'facts').map((entry) => factsOf(file, entry)),
    ...(each ? { each: pathOf(file, each.value, each.line) } : {}),
    needs: needs ? needs.value.split(/[\s,]+/).map((name) => iriOf(file, name, needs.line)) : [],
    rows: rowsOf(file, one('rows')),
    ...claimsOf(file, claims),
    weight: weight ? weightOf(file, weight) : 0,
  };
}

/** A refusal of a file, with its name and line. */
export function broken(file: string, line: number, message: string, cause?: unknown): FabricError {
  return new FabricError('constraint-broken', `${file}, line ${line}: ${message}`, {
    location: { source: file, line },
    ...(cause === undefined ? {} : { cause }),
  });
}

function entriesOf(file: string, text: string): Entry[] {
  const entries: Entry[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    if (!line.startsWith('#')) break;
    const match = /^#\s*([A-Za-z]+)\s*:\s+(.*\S)\s*$/.exec(line);
    if (!match) continue;
    const key = match[1]! as Key;
    if (!KEYS.includes(key)) {
      const near = nearest(key, KEYS);
      const hint = near === undefined ? `known are ${KEYS.join(', ')}` : `did you mean "${near}"?`;
      throw broken(file, index + 1, `The header key "${key}" is not known; ${hint}`);
    }
    if (!REPEATABLE.has(key) && entries.some((entry) => entry.key === key)) {
      throw broken(file, index + 1, `The header key "${key}" is given twice`);
    }
    entries.push({ key, value: match[2]!, line: index + 1 });
  }
  return entries;
}

function parameterOf(file: string, { value, line }: Entry): ParameterHeader {
  const match = /^\?(\w+)\s+from\s+([\w.]+)(?:\s+as\s+(iri|integer|decimal|boolean|dateTime|string))?$/.exec(
    value,
  );
  if (!match) throw broken(file, line, `"${value}" is not "?variable from path [as type]"`);
  const type = match[3] as ParameterType | undefined;
  return {
    variable: match[1]!,
    path: pathOf(file, match[2]!, line),
    ...(type === undefined ? {} : { type }),
  };
}

function factsOf(file: string, { value, line }: Entry): FactsHeader {
  const match = /^(\S+)\s+from\s+([\w.]+)$/.exec(value);
  if (!match) throw broken(file, line, `"${value}" is not "property from path"`);
  return { predicate: iriOf(file, match[1]!, line), path: pathOf(file, match[2]!, line) };
}

function claimsOf(file: string, entry: Entry | undefined): Pick<Header, 'claims' | 'measured'> {
  if (!entry) return { measured: false };
  const match = /^(\S+)\s+(measured|unmeasured)$/.exec(entry.value);
  if (!match)
    throw broken(file, entry.line, `"${entry.value}" is not "property measured" or "property unmeasured"`);
  const claims = iriOf(file, match[1]!, entry.line);
  // By this ending a claim is told from the other properties of an allocation.
  if (!claims.endsWith('Claimed'))
    throw broken(file, entry.line, `The name of "${match[1]!}" does not end in "Claimed"`);
  return { claims, measured: match[2] === 'measured' };
}

function rowsOf(file: string, entry: Entry | undefined): 'all' | 'any' {
  if (!entry || entry.value === 'all') return 'all';
  if (entry.value === 'any') return 'any';
  throw broken(file, entry.line, `"${entry.value}" is neither "all" nor "any"`);
}

function weightOf(file: string, { value, line }: Entry): number {
  const weight = Number(value);
  if (Number.isFinite(weight) && weight >= 0) return weight;
  throw broken(file, line, `"${value}" is not a weight, a number from 0`);
}

/** `argument` is for named queries, whose parameters come with the call. */
const PATH_ROOTS = ['requirements', 'item', 'request', 'argument'];

function pathOf(file: string, text: string, line: number): readonly string[] {
  const path = text.split('.');
  if (path.length > 1 && PATH_ROOTS.includes(path[0]!)) return path;
  throw broken(file, line, `"${text}" is not a path under ${PATH_ROOTS.join(', ')}`);
}

const PREFIXES: Readonly<Record<string, string>> = NS;

function iriOf(file: string, text: string, line: number): string {
  const bracketed = /^<([^<>\s]+)>$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed;
  const [prefix = '', ...rest] = text.split(':');
  const namespace = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
  if (namespace !== undefined) return namespace + rest.join(':');
  throw broken(file, line, `"${text}" is neither <an IRI> nor a name with a known prefix`);
}
