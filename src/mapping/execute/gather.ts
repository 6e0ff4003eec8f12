/**
 * Gather maps compiled to closures (RML-CC): what a record gives to collections and containers, and their heads.
 */
import type { RDF, Term } from '../../rdf/terms.ts';
import type { Gather, RefObjectMap, TermMap } from '../normal-form.ts';
import { type Addition, NIL, writeWhole } from './collections.ts';
import type { Join, JoinLookup } from './join.ts';
import type { Origin, Sink } from './origin.ts';
import { blankNodeLabel, type Run } from './run.ts';
import { compileNode, compileTerm, type TermContext, type TermFunction, type Terms } from './term.ts';
import { COMBINATIONS_MAX, compileConditions, listOf } from './values.ts';

type Node = RDF.NamedNode | RDF.BlankNode;
type Indexes = (join: Join) => JoinLookup;

/** What an iteration gives to one collection or container. */
export interface Gathered {
  readonly as: Gather['as'];
  readonly head: Node;
  /** Whether something names the head: then it grows over the whole run. */
  readonly isNamed: boolean;
  readonly members: readonly (Term | Gathered)[];
  readonly rule: number;
  /** What distinguishes it within its iteration. */
  readonly path: string;
  /** What the blank nodes in it are labelled by. */
  readonly label: string;
}

export type GatherFunction = (record: unknown, run: Run, indexes: Indexes) => readonly Gathered[];

/** A term map that gathers. */
export type GatherMap = TermMap & { readonly gather: Gather };

/** Compiles a member that refers to a triples map. */
export type CompileReference = (map: RefObjectMap) => (record: unknown, run: Run, indexes: Indexes) => Terms;

export const gathers = (map: TermMap): map is GatherMap => map.gather !== undefined;

/**
 * @param path  tells the map from all other gather maps of its triples map; letters and digits
 * @throws FabricError `mapping-invalid`
 */
export function compileGather(
  map: GatherMap,
  context: TermContext,
  path: string,
  reference: CompileReference,
): GatherFunction {
  const { gather, expression } = map;
  const names = expression.kind === 'fresh' ? undefined : compileNode(map, context);
  const holds = compileConditions(map.conditions, context);
  const members = gather.members.map((member, at): MemberFunction => {
    if (member.kind === 'reference') return listsOf(reference(member.map));
    if (gathers(member.map)) return compileGather(member.map, context, `${path}m${at}`, reference);
    return listsOf(compileTerm(member.map, context));
  });
  const combine = gather.strategy === 'append' ? appended : compileProduct(gather);
  const common = { as: gather.as, isNamed: names !== undefined, rule: context.rule };
  return (record, run, indexes) => {
    if (names === undefined && !holds(record, run)) return [];
    const heads = names === undefined ? undefined : listOf<Node>(names(record, run));
    if (heads?.length === 0) return [];
    const made = members.map((member) => member(record, run, indexes));
    const filled = combine(made, run).filter((items) => items.length > 0);
    const tuples = filled.length === 0 && gather.allowEmpty ? [[]] : filled;
    if (tuples.length === 0) return [];
    if (heads === undefined) {
      return tuples.map((items, k) => {
        const label = `g${context.rule}${path}i${run.iteration}k${k}`;
        return { ...common, head: run.blankNode(label), members: items, path, label };
      });
    }
    // Lists with one head are one list.
    return heads.map((head) => ({ ...common, head, members: tuples.flat(), path, label: '' }));
  };
}

type Member = Term | Gathered;
type MemberFunction = (record: unknown, run: Run, indexes: Indexes) => readonly Member[];
type Combine = (members: readonly (readonly Member[])[], run: Run) => readonly (readonly Member[])[];

const listsOf =
  (terms: (record: unknown, run: Run, indexes: Indexes) => Terms): MemberFunction =>
  (record, run, indexes) =>
    listOf<Term>(terms(record, run, indexes));

const appended: Combine = (members) => [members.flat()];

function compileProduct({ place }: Gather): Combine {
  return (members, run) => {
    const count = members.reduce((product, { length }) => product * length, 1);
    if (count > COMBINATIONS_MAX) {
      const message = `has members with more than ${COMBINATIONS_MAX} combinations of values`;
      run.report(place, { code: 'values-too-many', message });
      return [];
    }
    let tuples: readonly (readonly Member[])[] = [[]];
    for (const each of members) tuples = tuples.flatMap((tuple) => each.map((member) => [...tuple, member]));
    return tuples;
  };
}

/** The nodes that a subject map makes; of what is gathered the heads. */
export function compileSubject(map: TermMap, context: TermContext): TermFunction<Node> {
  if (!gathers(map)) return compileNode(map, context);
  const gathered = compileGather(map, context, 's', ({ place }) =>
    place.refuse('gathers subjects of others into a subject that others refer to, which is not supported'),
  );
  const noJoins: Indexes = () => ({ get: () => undefined });
  return (record, run) =>
    gathered(record, run, noJoins).map(({ as, isNamed, head, members }) =>
      as === 'List' && !isNamed && members.length === 0 ? NIL : head,
    );
}

/**
 * Writes what is gathered into a graph, and the quad that refers to it.
 *
 * @param link  makes that quad of the head; absent where nothing refers to it
 * @returns the head in this graph; `rdf:nil` for a list that has no member
 */
export function writeGathered(
  gathered: Gathered,
  graph: RDF.Quad_Graph,
  origin: Origin,
  run: Run,
  sink: Sink,
  link?: (head: Node) => RDF.Quad,
): Node {
  const { as, isNamed, rule, path } = gathered;
  const members = gathered.members.map((member) =>
    'members' in member ? writeGathered(member, graph, origin, run, sink) : (member as RDF.Quad_Object),
  );
  const head = isNamed ? headIn(graph, gathered.head, run) : gathered.head;
  if (!isNamed) {
    const cell = (position: number): Node => run.blankNode(`${gathered.label}c${position}`);
    const whole = writeWhole({ as, head, graph, members }, cell, (made) => {
      sink(made, origin);
    });
    if (link) sink(link(whole), origin);
    return whole;
  }
  const addition: Addition = {
    as,
    head,
    graph,
    members,
    origin,
    maker: { rule, record: run.record },
    iteration: `${rule}i${run.iteration}`,
    contribution: path,
  };
  const grown = run.collections.append(addition, sink);
  if (grown === undefined) {
    if (link) run.collections.defer(addition, link);
    return NIL;
  }
  if (link) sink(link(grown), origin);
  return grown;
}

/** A blank node that names what is gathered belongs to its graph: in each graph it is another one. */
export function headIn(graph: RDF.Quad_Graph, head: Node, run: Run): Node {
  if (head.termType === 'NamedNode' || graph.termType === 'DefaultGraph') return head;
  return run.blankNode(blankNodeLabel('h', `${head.value} ${graph.value}`));
}
