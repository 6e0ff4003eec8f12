/**
 * A triples map compiled to a writer of lines: one record in, its quads on the page.
 *
 * The subject is written once a record and copied. What a duplicate is, is told by line: within the record
 * where two statements can agree, against all lines of a partition where records can.
 */
import type { TermIds } from '../../rdf/term-ids.ts';
import { namedNode, toNTriples } from '../../rdf/terms.ts';
import type { RefObjectMap, TriplesMap } from '../normal-form.ts';
import type { ByteTable } from './byte-table.ts';
import { compileIdStatement, putId } from './id-statement.ts';
import { type ByteJoinIndex, compileKey } from './join-index.ts';
import { putAgain, putBytes, staticText } from './page.ts';
import { compileQualifiers, compileStatement } from './statement.ts';
import { compileTermWriter, type TermWriter, type WriterContext, wholeTerm } from './term-writer.ts';
import type { Uniqueness } from './uniqueness.ts';
import { type Desk, type Write } from './value-writer.ts';

/** How duplicates of a statement are told. */
export interface Duplicates {
  /** Lines of the partition; undefined: none can come twice, or not yet (`Uniqueness`). */
  lines: ByteTable | undefined;
  /** Whether other statements of the same triples map may give the same line for the same record. */
  readonly withinRecord: boolean;
  /** Number of the partition. */
  readonly partition: number;
}

/** What the rule writers of a run share. */
export interface RuleContext {
  readonly maps: readonly TriplesMap[];
  readonly desk: Desk;
  readonly indexOf: (reference: RefObjectMap) => ByteJoinIndex;
  /** By statement, in the order of `patternsOf`. */
  readonly duplicates: readonly Duplicates[];
  /** Undefined: every subject is new, or nothing depends on that. */
  readonly uniqueness: Uniqueness | undefined;
  /** Where quads are made of ids and not of text: a line is then four ids. */
  readonly ids?: TermIds | undefined;
}

interface Join {
  readonly key: Write;
  readonly index: ByteJoinIndex;
}

/** Writes one line, or some, behind a subject. */
interface Statement {
  readonly write: Write;
  /** A join writes one object after the other. */
  readonly join: Join | undefined;
  /** For the problems of a predicate or graph whose join finds nothing. */
  readonly qualifiers: Write | undefined;
  readonly duplicates: Duplicates;
}

const NONE: readonly number[] = [];
const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

export class RuleWriter {
  readonly #desk: Desk;
  readonly #subject: Write;
  readonly #statements: readonly Statement[];
  readonly #uniqueness: Uniqueness | undefined;
  readonly #ids: TermIds | undefined;
  /** The term that a join is at. */
  #term: { table: ByteTable; id: number } | undefined;
  /** Lines of this record whose partition has several statements: partition, start and end of each. */
  readonly #lines: number[] = [];
  /** How many numbers of them count. */
  #linesCount = 0;

  constructor(rule: number, context: RuleContext) {
    const map = context.maps[rule]!;
    const writer = contextOf(map, rule, context.desk);
    this.#desk = context.desk;
    this.#uniqueness = context.uniqueness;
    this.#ids = context.ids;
    const subject = compileTermWriter(map.subject, writer);
    if (this.#uniqueness !== undefined) this.#uniqueness.common = staticText(subject.head).length;
    this.#subject = wholeTerm(subject, context.desk);
    this.#statements = this.#compile(map, writer, context);
  }

  /**
   * Writes the quads of the record that the fields hold.
   *
   * @returns false when it is not known whether the subject is new: nothing is written then
   */
  emit(): boolean {
    const { page } = this.#desk;
    const from = page.at;
    let to = this.#subject(from);
    if (to < 0) return true;
    if (this.#uniqueness?.take(page.bytes, from, to) === false) return false;
    if (this.#ids !== undefined) to = putId(page, from, this.#ids.intern(page.bytes, from, to));
    this.#linesCount = 0;
    const length = to - from;
    let cursor = to;
    for (const statement of this.#statements) {
      if (statement.join !== undefined) {
        cursor = this.#join(statement, from, to, cursor);
        continue;
      }
      if (cursor < 0) cursor = putAgain(page, page.at, from, to);
      const end = statement.write(cursor);
      if (end < 0 || !this.#isNew(statement.duplicates, cursor - length, end)) continue;
      page.at = end;
      cursor = -1;
    }
    return true;
  }

  /** The subject of the record alone. @returns its end on the page, or `NOTHING` */
  subject(at: number): number {
    return this.#subject(at);
  }

  /** Writes one line of the record, without looking for duplicates; not for joins. @returns its end, or `NOTHING` */
  line(statement: number, at: number): number {
    const end = this.#subject(at);
    return end < 0 ? end : this.#statements[statement]!.write(end);
  }

  #join(
    { write, join, qualifiers, duplicates }: Statement,
    from: number,
    to: number,
    behind: number,
  ): number {
    const { page } = this.#desk;
    let cursor = behind < 0 ? putAgain(page, page.at, from, to) : behind;
    const end = join!.key(cursor);
    const { terms } = join!.index;
    const found = end < 0 ? NONE : join!.index.find(page.bytes, cursor, end);
    if (found.length === 0) qualifiers?.(cursor);
    for (const id of found) {
      if (cursor < 0) cursor = putAgain(page, page.at, from, to);
      this.#term = { table: terms, id };
      const lineEnd = write(cursor);
      if (lineEnd < 0 || !this.#isNew(duplicates, cursor - (to - from), lineEnd)) continue;
      page.at = lineEnd;
      cursor = -1;
    }
    return cursor;
  }

  #isNew({ lines, withinRecord, partition }: Duplicates, from: number, to: number): boolean {
    const { bytes } = this.#desk.page;
    if (lines !== undefined) return lines.add(bytes, from, to);
    if (!withinRecord) return true;
    const seen = this.#lines;
    for (let i = 0; i < this.#linesCount; i += 3) {
      if (seen[i] === partition && sameRange(bytes, seen[i + 1]!, seen[i + 2]!, bytes, from, to))
        return false;
    }
    seen[this.#linesCount++] = partition;
    seen[this.#linesCount++] = from;
    seen[this.#linesCount++] = to;
    return true;
  }

  #compile(map: TriplesMap, writer: WriterContext, context: RuleContext): readonly Statement[] {
    const { desk, duplicates, ids } = context;
    const statements: Statement[] = [];
    const add = (
      predicate: TermWriter,
      object: TermWriter,
      graph: TermWriter | undefined,
      join?: Join,
    ): void => {
      const terms = { predicate, object, graph };
      const write = ids === undefined ? compileStatement(terms, desk) : compileIdStatement(terms, desk, ids);
      const qualifiers = join && compileQualifiers(terms, desk);
      statements.push({ write, join, qualifiers, duplicates: duplicates[statements.length]! });
    };
    const graphs = (own: TriplesMap['graphs']): readonly (TermWriter | undefined)[] =>
      own.length === 0 ? [undefined] : own.map((graph) => compileTermWriter(graph, writer));
    const iri = (value: string): TermWriter => ({
      head: toNTriples(namedNode(value)),
      write: undefined,
      tail: '',
    });
    for (const type of map.classes) {
      for (const graph of graphs(map.graphs)) add(iri(TYPE), iri(type.value), graph);
    }
    for (const [number, part] of map.predicateObjects.entries()) {
      const combine = (object: TermWriter, join?: Join): void => {
        for (const predicate of part.predicates) {
          for (const graph of graphs([...map.graphs, ...part.graphs])) {
            add(compileTermWriter(predicate, writer), object, graph, join);
          }
        }
      };
      for (const [at, object] of part.objects.entries()) {
        combine(compileTermWriter(object, { ...writer, path: `p${number}o${at}_` }));
      }
      for (const reference of part.references) {
        const parent = context.maps[reference.parent]!;
        if (reference.conditions.length === 0) {
          combine(compileTermWriter(parent.subject, contextOf(parent, reference.parent, desk)));
        } else {
          const join = {
            key: compileKey(reference.conditions, 'child', desk),
            index: context.indexOf(reference),
          };
          combine({ head: '', write: (at) => this.#putTerm(at), tail: '' }, join);
        }
      }
    }
    return statements;
  }

  #putTerm(at: number): number {
    const { table, id } = this.#term!;
    return putBytes(this.#desk.page, at, table.block(id), table.start(id), table.end(id));
  }
}

export const contextOf = (map: TriplesMap, rule: number, desk: Desk): WriterContext => ({
  desk,
  base: map.base,
  natural: !map.legacy,
  rule,
});

/** Whether two ranges of bytes hold the same. */
export function sameRange(
  bytes: Uint8Array,
  from: number,
  to: number,
  others: Uint8Array,
  otherFrom: number,
  otherTo: number,
): boolean {
  if (to - from !== otherTo - otherFrom) return false;
  for (let i = 0; i < to - from; i++) if (bytes[from + i] !== others[otherFrom + i]) return false;
  return true;
}
