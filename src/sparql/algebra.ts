/**
 * SPARQL text to algebra, by a standard parser (Traqula, the one of Comunica 5), cached by text.
 *
 * A syntax error says where and, for an unknown prefix, which known one is near. The RDF 1.2 parts that the
 * parser knows are refused here, so that no engine meets them.
 */

import { toAlgebra } from '@traqula/algebra-sparql-1-2';
import { Algebra } from '@traqula/algebra-transformations-1-1';
import { Parser } from '@traqula/parser-sparql-1-2';
import { FabricError, messageOf, nearest } from '../errors.ts';
import { dataFactory, type RDF } from '../rdf/terms.ts';
import { type UpdateSyntax, type Where, wheresOf } from './update-where.ts';

export { Algebra };

export interface ParsedQuery {
  readonly kind: 'select' | 'ask' | 'construct' | 'describe' | 'update';
  /** Of a query with GRAPH kept as an operation; of an update with the graph in each pattern. */
  readonly operation: Algebra.Operation;
  /** The same with the graph in each pattern, as the general engine wants it. */
  readonly quadOperation: Algebra.Operation;
  /** What relative IRIs made by the query resolve against. */
  readonly baseIRI?: string | undefined;
  /** Of an update: the WHERE clause of each operation that has one. */
  readonly wheres?: readonly (Where | undefined)[];
}

export interface ParseQueryOptions {
  readonly baseIRI?: string;
  /** Prefixes that are known without being declared. */
  readonly prefixes?: Readonly<Record<string, string>>;
}

const UPDATES = new Set([
  'compositeupdate',
  'deleteinsert',
  'load',
  'clear',
  'create',
  'drop',
  'add',
  'move',
  'copy',
  'nop',
]);

/** Parsed texts; small, because a service asks few different queries often. */
const CACHE_LENGTH_MAX = 500;

export class QueryParser {
  readonly #cache = new Map<string, ParsedQuery>();
  readonly #parser = new Parser({ lexerConfig: { positionTracking: 'full' } } as never);

  /**
   * Parses a query or an update (SPARQL 1.1).
   *
   * @throws FabricError `syntax-error` with line and column; `query-unsupported` for RDF 1.2 terms
   */
  parse(text: string, options: ParseQueryOptions = {}): ParsedQuery {
    const key = `${options.baseIRI ?? ''}\u0000${text}`;
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const parsed = this.#parse(text, options);
    if (this.#cache.size >= CACHE_LENGTH_MAX) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(key, parsed);
    return parsed;
  }

  #parse(text: string, options: ParseQueryOptions): ParsedQuery {
    let baseIRI = options.baseIRI;
    let wheres: (Where | undefined)[] = [];
    let translate: () => Algebra.Operation;
    let operation: Algebra.Operation;
    try {
      const context = {
        ...(options.baseIRI === undefined ? {} : { baseIRI: options.baseIRI }),
        prefixes: { ...options.prefixes },
      };
      const syntax = this.#parser.parse(text, context) as Syntax;
      baseIRI = declaredBase(syntax) ?? baseIRI;
      const algebraOf = (tree: object, quads: boolean): Algebra.Operation =>
        toAlgebra(tree as never, { ...context, quads, blankToVariable: true, dataFactory } as never);
      translate = () => algebraOf(syntax, true);
      operation = algebraOf(syntax, syntax.type === 'update');
      wheres = wheresOf(syntax, algebraOf);
    } catch (thrown) {
      throw querySyntaxError(text, messageOf(thrown), options.prefixes ?? {});
    }
    refuseTripleTerms(operation);
    const kind = kindOf(operation);
    let quadOperation: Algebra.Operation | undefined;
    return {
      kind,
      operation,
      baseIRI,
      ...(kind === 'update' ? { wheres } : {}),
      get quadOperation() {
        quadOperation ??= kind === 'update' ? operation : translate();
        return quadOperation;
      },
    };
  }
}

interface Syntax extends UpdateSyntax {
  readonly type: string;
  readonly context?: readonly { readonly subType?: string; readonly value?: { readonly value?: string } }[];
}

/** The last BASE of the prologue. */
function declaredBase(syntax: Syntax): string | undefined {
  return syntax.context?.findLast((part) => part.subType === 'base')?.value?.value;
}

function kindOf(operation: Algebra.Operation): ParsedQuery['kind'] {
  if (UPDATES.has(operation.type)) return 'update';
  let node: Algebra.Operation = operation;
  while (
    node.type === Algebra.Types.SLICE ||
    node.type === Algebra.Types.FROM ||
    node.type === Algebra.Types.DISTINCT ||
    node.type === Algebra.Types.REDUCED
  ) {
    node = (node as Algebra.Single).input;
  }
  if (
    node.type === Algebra.Types.ASK ||
    node.type === Algebra.Types.CONSTRUCT ||
    node.type === Algebra.Types.DESCRIBE
  )
    return node.type;
  return 'select';
}

function querySyntaxError(
  text: string,
  message: string,
  prefixes: Readonly<Record<string, string>>,
): FabricError {
  const unknownPrefix = /Unknown prefix: (.*)$/.exec(message)?.[1];
  const offset = offsetOf(text, message, unknownPrefix);
  const before = text.slice(0, offset);
  const location = {
    line: before.split('\n').length,
    column: offset - before.lastIndexOf('\n'),
    offset,
  };
  let said = shorten(message);
  let hint: string | undefined;
  if (unknownPrefix !== undefined) {
    const declared = [...text.matchAll(/PREFIX\s+([^\s:]*):/gi)].map((match) => match[1]!);
    const near = nearest(unknownPrefix, [...declared, ...Object.keys(prefixes)]);
    said = `Prefix "${unknownPrefix}:" is not declared`;
    hint = near === undefined ? `Declare it: PREFIX ${unknownPrefix}: <...>` : `Did you mean "${near}:"?`;
  }
  return new FabricError('syntax-error', `${said} (line ${location.line}, column ${location.column})`, {
    location,
    extensions: hint === undefined ? {} : { hint },
  });
}

/** Where the parser stumbled, from what it says of it. */
function offsetOf(text: string, message: string, unknownPrefix: string | undefined): number {
  if (unknownPrefix !== undefined) {
    const at = text.search(new RegExp(`(?<![\\w-])${unknownPrefix.replace(/[^\w]/g, '\\$&')}:(?!\\s*<)`));
    return Math.max(at, 0);
  }
  const lexed = /at offset: (\d+)/.exec(message);
  if (lexed) return Number(lexed[1]);
  const parsed = /^Parse error on line (\d+)\n.*\n(-*)\^/.exec(message);
  if (parsed) {
    const lines = text.split('\n').slice(0, Number(parsed[1]) - 1);
    return lines.reduce((sum, line) => sum + line.length + 1, 0) + parsed[2]!.length;
  }
  return message.startsWith('Parse error') ? text.length : 0;
}

/** The parser lists every token that could have stood there; a few are enough. */
function shorten(message: string): string {
  const found = /but found(?: -->|:) '?(.*?)'?(?: <--)?\s*$/s.exec(message)?.[1];
  const expected = /Expecting --> (.*?) <--/.exec(message)?.[1];
  if (message.startsWith('Parse error')) {
    const what =
      found === undefined || found === '' || found === "'"
        ? 'the text ends too early'
        : `"${found}" is unexpected`;
    return `Syntax error: ${what}${expected === undefined ? '' : `, expected "${expected}"`}`;
  }
  const character = /^unexpected character: ->(.*)<- at/s.exec(message)?.[1];
  if (character !== undefined) return `Syntax error: "${character}" cannot stand here`;
  return `Syntax error: ${message.split('\n', 1)[0]!}`;
}

function refuseTripleTerms(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) refuseTripleTerms(item);
    return;
  }
  const { type, termType } = node as { type?: string; termType?: string };
  if (termType === 'Quad' && type !== 'pattern') {
    throw new FabricError('query-unsupported', 'Triple terms (RDF 1.2) are not supported yet');
  }
  if (termType === 'Literal' && (node as RDF.Literal).direction) {
    throw new FabricError('query-unsupported', 'Base directions (RDF 1.2) are not supported yet');
  }
  for (const value of Object.values(node)) refuseTripleTerms(value);
}

/** Every triple pattern of an operation, in the order of the text. */
export function patternsOf(operation: Algebra.Operation): Algebra.Pattern[] {
  const patterns: Algebra.Pattern[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const item of node) walk(item);
      return;
    }
    if ((node as { type?: string }).type === 'pattern') {
      patterns.push(node as Algebra.Pattern);
      return;
    }
    for (const value of Object.values(node)) walk(value);
  };
  walk(operation);
  return patterns;
}
