/**
 * Joins: for each key of the parent's records the subjects that they give. Never a nested loop.
 */
import type { RDF } from '../../rdf/terms.ts';
import type { RefObjectMap, TriplesMap } from '../normal-form.ts';
import type { ParentRow } from '../view/join.ts';
import { neededBy } from '../view/references.ts';
import { rowsOf } from '../view/rows.ts';
import { compileSubject } from './gather.ts';
import { joinKeys } from './join-keys.ts';
import { baseOf } from './reader.ts';
import type { Run } from './run.ts';
import { plainBlankNode, relabelled, type TermContext, type TermFunction } from './term.ts';
import { compileTexts, listOf } from './values.ts';

type Node = RDF.NamedNode | RDF.BlankNode;

/** What a join enters for a parent: its subjects, or for joins of views its row. Equal when type and value are. */
export type JoinParent = Node | ParentRow;

/** Subjects of the parent's records by join key; blank nodes carry the labels of no run. */
export type JoinIndex = Map<string, JoinParent[]>;

/** What a child asks: the parents of a key. An index is one; so is whatever watches what is asked. */
export interface JoinLookup {
  get(key: string): readonly JoinParent[] | undefined;
}

export interface Join {
  /** Id of the parent's logical source; for views that of the source that they stand on. */
  readonly parentSource: string;
  /** The joins that are asked while parents are entered: rows of a view with joins of its own. */
  readonly needs: readonly Join[];
  /** Enters one record of the parent. */
  enter(index: JoinIndex, record: unknown, run: Run, indexes: (join: Join) => JoinLookup): void;
  /** The parents of one record of the child. */
  find(index: JoinLookup, record: unknown, run: Run): readonly Node[];
}

/** @throws FabricError `mapping-invalid` */
export function compileJoin(
  map: RefObjectMap,
  child: TermContext,
  parent: { readonly map: TriplesMap; readonly context: TermContext },
): Join {
  const asIs = (value: string): string => value;
  const childKeys = joinKeys(map.conditions.map((condition) => compileTexts(condition.child, child, asIs)));
  const parentKeys = joinKeys(
    map.conditions.map((condition) => compileTexts(condition.parent, parent.context, asIs)),
  );
  const subject: TermFunction<Node> = compileSubject(parent.map.subject, parent.context);
  const enterOne = (index: JoinIndex, record: unknown, run: Run): void => {
    const keys = parentKeys(record, run);
    if (keys.length === 0) return;
    const subjects = listOf<Node>(subject(record, run.withBlankNodes(plainBlankNode)));
    for (const key of keys) {
      const known = index.get(key) ?? [];
      index.set(key, known);
      // Rows of one record mostly have one subject.
      for (const node of subjects) if (!isSame(known.at(-1), node)) known.push(node);
    }
  };
  const { source } = parent.map;
  const parentSides = map.conditions.map((condition) => condition.parent);
  const rows =
    source.kind === 'view' ? rowsOf(source, neededBy([parent.map.subject, ...parentSides])) : undefined;
  return {
    parentSource: baseOf(source).id,
    needs: rows?.joins ?? [],
    enter(index, record, run, indexes) {
      if (rows === undefined) enterOne(index, record, run);
      else {
        rows.each(record, run, indexes, (row) => {
          enterOne(index, row, run);
        });
      }
    },
    find(index, record, run) {
      const found = new Set<Node>();
      for (const key of childKeys(record, run)) {
        for (const node of index.get(key) ?? []) if (node.termType !== 'Row') found.add(node);
      }
      return Array.from(found, (node) => relabelled(node, run));
    },
  };
}

const isSame = (last: JoinParent | undefined, node: Node): boolean =>
  last?.value === node.value && last.termType === node.termType;
