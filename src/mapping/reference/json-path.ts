/**
 * JSONPath (RFC 9535), and the plain `a.b[0]` style that mappings use for relative paths.
 *
 * Paths of names, indices and wildcards run as straight loops; every other path goes to the general
 * interpreter. Members are own members only: `constructor` in a path never leaves the data.
 */
import { compile, type JSONPathQuery } from 'json-p3';
import { FabricError, messageOf } from '../../errors.ts';
import { parseJson } from '../../rdf/parse.ts';
import type { Formulation, Iterate, Part, Reference, Scalar, Values } from './formulation.ts';
import { ExactNumber, parseExactJson, withPlainNumbers } from './number.ts';
import { problemOfText, textOfSource } from './text.ts';

type Wildcard = { readonly wildcard: true };
type Segment = string | number | Wildcard;
const WILDCARD: Wildcard = { wildcard: true };

/** A member name after a dot. The hyphen and `@` go beyond RFC 9535: `$.@id` and `$.foo-bar` are common. */
const NAME = /[\p{L}_@\u{80}-\u{10FFFF}][\p{L}\p{N}_@\u{80}-\u{10FFFF}-]*/uy;
const BRACKET = /\[\s*(?:(?<index>0|-?[1-9]\d*)|(?<any>\*)|'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)")\s*\]/uy;
/** A plain name: anything but path syntax. */
const PLAIN_NAME = /[^.[\]*?'"]+/uy;

/** The segments of a simple path, or undefined when it needs the general interpreter. */
function simplePath(path: string): readonly Segment[] | undefined {
  const rooted = path.startsWith('$');
  const name = rooted ? NAME : PLAIN_NAME;
  const segments: Segment[] = [];
  let at = rooted ? 1 : 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < path.length) {
    const first = !rooted && at === 0;
    const bracket = take(BRACKET)?.groups;
    if (bracket) {
      const { index, any, single, double } = bracket;
      segments.push(index !== undefined ? Number(index) : any === undefined ? (single ?? double!) : WILDCARD);
      continue;
    }
    if (!first && path[at++] !== '.') return undefined;
    if (!first && path[at] === '[') continue; // `$.[*]`: not of RFC 9535, and in many mappings
    if (path[at] === '*') {
      at++;
      segments.push(WILDCARD);
      continue;
    }
    const match = take(name);
    if (!match) return undefined;
    segments.push(match[0]);
  }
  return segments;
}

function step(value: unknown, segment: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof segment === 'string') {
    if (Array.isArray(value) || value instanceof ExactNumber || !Object.hasOwn(value, segment))
      return undefined;
    return (value as Readonly<Record<string, unknown>>)[segment];
  }
  return Array.isArray(value) ? (value.at(segment) as unknown) : undefined;
}

function children(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return [];
  return Object.values(value);
}

type Select = (value: unknown) => readonly unknown[];
type SelectOne = (value: unknown) => unknown;

/** A path without wildcards; `undefined` is "no such member", as JSON has no such value. */
function selectOne(segments: readonly (string | number)[]): SelectOne {
  const [first] = segments;
  if (first !== undefined && segments.length === 1) return (value) => step(value, first);
  return (value) => {
    let current = value;
    for (const segment of segments) {
      current = step(current, segment);
      if (current === undefined) return undefined;
    }
    return current;
  };
}

function selectMany(segments: readonly Segment[]): Select {
  return (value) => {
    let current: readonly unknown[] = [value];
    for (const segment of segments) {
      if (typeof segment === 'object') {
        current = current.length === 1 ? children(current[0]) : current.flatMap(children);
      } else {
        current = current.map((item) => step(item, segment)).filter((item) => item !== undefined);
      }
    }
    return current;
  };
}

/**
 * The general interpreter works on plain numbers; what it finds is fetched from the exact document by place.
 * It gives up on documents that are nested too deeply for it.
 */
function selectByQuery(query: JSONPathQuery, path: string): Select {
  return (value) => {
    try {
      const { nodes } = query.query(withPlainNumbers(value) as Parameters<JSONPathQuery['query']>[0]);
      return nodes.map(({ location }) => location.reduce<unknown>(step, value));
    } catch (thrown) {
      throw new FabricError(
        'mapping-failed',
        `JSONPath "${path}" cannot be evaluated: ${messageOf(thrown)}`,
        {
          cause: thrown,
        },
      );
    }
  };
}

function compilePath(path: string): { readonly one: SelectOne } | { readonly many: Select } {
  const segments = simplePath(path);
  if (segments === undefined) {
    const rooted = path.startsWith('$') ? path : path.startsWith('[') ? `$${path}` : `$.${path}`;
    return { many: selectByQuery(compile(rooted), path) };
  }
  if (segments.every((segment) => typeof segment !== 'object')) return { one: selectOne(segments) };
  return { many: selectMany(segments) };
}

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  value instanceof ExactNumber;

const STRUCTURED = {
  code: 'value-structured',
  message: 'gives an object or an array, which is no value; name its members, as in [*]',
};

function compileReference(reference: string): Reference {
  const path = compilePath(reference);
  if ('one' in path) {
    const { one } = path;
    return (record, problem) => {
      const value = one(record);
      if (isScalar(value)) return value;
      if (value !== undefined && value !== null) problem(STRUCTURED);
      return undefined;
    };
  }
  const { many } = path;
  return (record, problem): Values => {
    const values = many(record).filter((value) => value !== null && value !== undefined);
    if (values.every(isScalar)) return values;
    problem(STRUCTURED);
    return values.filter(isScalar);
  };
}

function compileIterator(iterator: string | undefined): Iterate {
  if (iterator === undefined || iterator === '$') return (document) => [document];
  const path = compilePath(iterator);
  if ('many' in path) return path.many;
  return (document) => {
    const record = path.one(document);
    return record === undefined ? [] : [record];
  };
}

async function join(chunks: AsyncIterable<string>): Promise<string> {
  const parts: string[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.join('');
}

const BOM = '\uFEFF';

/** What a text is as a document, or where it stops being JSON. */
export function readJson(text: string, row: number, fatal: boolean): Part {
  try {
    return { document: parseExactJson(text.startsWith(BOM) ? text.slice(1) : text), row };
  } catch {
    try {
      parseJson(text); // parsed again by the floor, which tells the place
    } catch (thrown) {
      if (!(thrown instanceof FabricError)) throw thrown;
      const { line, column } = thrown.location ?? {};
      const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
      return { problem: { code: 'json-malformed', message: thrown.message }, row, fatal, ...place };
    }
    // Well-formed, so it was the reader of exact numbers that gave up: it recurses.
    return { problem: { code: 'json-too-deep', message: 'JSON is nested too deeply' }, row, fatal };
  }
}

/** The same for a line of NDJSON: what is wrong with it is told by its column. */
export function readJsonLine(text: string, line: number): Part {
  const part = readJson(text, line, false);
  if (!('problem' in part)) return { ...part, line };
  const { code, message } = part.problem;
  return { ...part, line, problem: { code, message: message.replace('at line 1, column', 'at column') } };
}

export const jsonPath: Formulation = {
  name: 'JSONPath',
  compileIterator,
  compileReference,
  async *documents(data) {
    let part: Part;
    try {
      part = readJson(await join(textOfSource(data)), 1, true);
    } catch (thrown) {
      part = problemOfText(thrown);
    }
    yield [part];
  },
  ofText: (text) => [readJson(text, 1, true)],
  adopt: (document) => document,
};
