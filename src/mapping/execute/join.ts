/**
 * Joins: for each key of the parent's records the subjects that they give. Never a nested loop.
 */
import type { RDF } from '../../rdf/terms.ts';
import type { RefObjectMap, TriplesMap } from '../normal-form.ts';
import type { Run } from './run.ts';
import { compileNode, plainBlankNode, relabelled, type TermContext, type TermFunction } from './term.ts';
import { compileTexts, listOf, type TextFunction } from './values.ts';

type Node = RDF.NamedNode | RDF.BlankNode;

/** Subjects of the parent's records by join key; blank nodes carry the labels of no run. */
export type JoinIndex = Map<string, Node[]>;

export interface Join {
  /** Id of the parent's logical source. */
  readonly parentSource: string;
  /** Enters one record of the parent. */
  enter(index: JoinIndex, record: unknown, run: Run): void;
  /** The parents of one record of the child. */
  find(index: JoinIndex, record: unknown, run: Run): readonly Node[];
}

/** @throws FabricError `mapping-invalid` */
export function compileJoin(
  map: RefObjectMap,
  child: TermContext,
  parent: { readonly map: TriplesMap; readonly context: TermContext },
): Join {
  const asIs = (value: string): string => value;
  const childKeys = keysOf(map.conditions.map((condition) => compileTexts(condition.child, child, asIs)));
  const parentKeys = keysOf(
    map.conditions.map((condition) => compileTexts(condition.parent, parent.context, asIs)),
  );
  const subject: TermFunction<Node> = compileNode(parent.map.subject, parent.context);
  return {
    parentSource: parent.map.source.id,
    enter(index, record, run) {
      const keys = parentKeys(record, run);
      if (keys.length === 0) return;
      const plain = run.withBlankNodes(plainBlankNode);
      plain.record = run.record;
      const subjects = listOf<Node>(subject(record, plain));
      for (const key of keys) {
        const known = index.get(key);
        if (known) known.push(...subjects);
        else index.set(key, [...subjects]);
      }
    },
    find(index, record, run) {
      const found = new Set<Node>();
      for (const key of childKeys(record, run)) {
        for (const node of index.get(key) ?? []) found.add(node);
      }
      return Array.from(found, (node) => relabelled(node, run));
    },
  };
}

/** The keys of a record: every combination of the values of the conditions, as one text each. */
function keysOf(conditions: readonly TextFunction[]): (record: unknown, run: Run) => readonly string[] {
  const [only] = conditions;
  if (only !== undefined && conditions.length === 1) return (record, run) => listOf(only(record, run));
  return (record, run) => {
    let keys: readonly (readonly string[])[] = [[]];
    for (const condition of conditions) {
      const values = listOf(condition(record, run));
      keys = keys.flatMap((key) => values.map((value) => [...key, value]));
    }
    return keys.map((key) => JSON.stringify(key));
  };
}
