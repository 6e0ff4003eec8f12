/**
 * Collections and containers as quads (RML-CC), and those with a name, which grow over the whole run.
 *
 * What is gathered under a name is written as it comes: of each list only the last cell is held, never its
 * members. A list is closed when the run is flushed.
 */
import { namedNode, quad, type RDF, termKey } from '../../rdf/terms.ts';
import type { Gather } from '../normal-form.ts';
import { blankNodeLabel } from './blank-node-label.ts';
import type { Origin, Sink } from './origin.ts';

type Node = RDF.NamedNode | RDF.BlankNode;
type BlankNodes = (label: string) => RDF.BlankNode;

const RDF_NS = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const FIRST = namedNode(`${RDF_NS}first`);
const REST = namedNode(`${RDF_NS}rest`);
const TYPE = namedNode(`${RDF_NS}type`);
/** The empty list. */
export const NIL = namedNode(`${RDF_NS}nil`);

/** Who made a quad that belongs to no single record. */
export interface Maker {
  /** Index of the triples map. */
  readonly rule: number;
  /** Number of the last record that added to it, from 0. */
  readonly record: number;
}

/** What one iteration adds to a collection or container. */
export interface Addition {
  readonly as: Gather['as'];
  readonly head: Node;
  readonly graph: RDF.Quad_Graph;
  readonly members: readonly RDF.Quad_Object[];
  readonly origin: Origin;
  readonly maker: Maker;
  /** The iteration, and what in it this addition is: the same is added once. */
  readonly iteration: string;
  readonly contribution: string;
}

interface Growing {
  readonly as: Gather['as'];
  readonly head: Node;
  readonly graph: RDF.Quad_Graph;
  readonly origin: Origin;
  readonly label: string;
  maker: Maker;
  count: number;
  last: Node;
  iteration: string;
  readonly contributions: Set<string>;
  /** Quads that wait to know whether the list stays empty. */
  readonly links: { readonly link: (head: Node) => RDF.Quad; readonly origin: Origin }[];
}

/** The named collections and containers of one run. */
export class Collections {
  readonly #blankNode: BlankNodes;
  readonly #growing = new Map<string, Growing>();

  constructor(blankNode: BlankNodes) {
    this.#blankNode = blankNode;
  }

  /**
   * Appends to what has this head in this graph, which begins with it (RML-CC, "Generating well-formed named
   * collections or containers").
   *
   * @returns the head; undefined for a list that has no member yet
   */
  append(addition: Addition, sink: Sink): Node | undefined {
    const { as, members, iteration, contribution, maker } = addition;
    const growing = this.#stateOf(addition, sink);
    if (growing.iteration !== iteration) growing.contributions.clear();
    growing.iteration = iteration;
    if (!growing.contributions.has(contribution)) {
      growing.contributions.add(contribution);
      growing.maker = maker;
      for (const member of members) {
        if (as === 'List') this.#appendCell(growing, member, sink);
        else sink(itemOf(growing.head, ++growing.count, member, growing.graph), growing.origin);
      }
    }
    return as === 'List' && growing.count === 0 ? undefined : growing.head;
  }

  /** What tells the heads that grow from all others. */
  get heads(): readonly string[] {
    return [...this.#growing.keys()];
  }

  /** A quad about a list that may stay empty: it is made when that is known. */
  defer(addition: Addition, link: (head: Node) => RDF.Quad): void {
    this.#growing.get(keyOf(addition))?.links.push({ link, origin: addition.origin });
  }

  /** Closes all lists; what comes later begins anew. */
  flush(sink: (quad: RDF.Quad, origin: Origin, maker: Maker) => void): void {
    for (const { as, count, last, head, graph, origin, links, maker } of this.#growing.values()) {
      if (as === 'List' && count > 0) sink(quad(last, REST, NIL, graph), origin, maker);
      for (const { link, origin: linkOrigin } of links) sink(link(count > 0 ? head : NIL), linkOrigin, maker);
    }
    this.#growing.clear();
  }

  #stateOf(addition: Addition, sink: Sink): Growing {
    const key = keyOf(addition);
    const known = this.#growing.get(key);
    if (known !== undefined) return known;
    const { as, head, graph, origin, maker } = addition;
    const label = blankNodeLabel('l', `${termKey(head)} ${graph.value}`);
    const made: Growing = {
      as,
      head,
      graph,
      origin,
      label,
      maker,
      count: 0,
      last: head,
      iteration: '',
      contributions: new Set(),
      links: [],
    };
    this.#growing.set(key, made);
    if (as !== 'List') sink(typeOf(head, as, graph), origin);
    return made;
  }

  #appendCell(growing: Growing, member: RDF.Quad_Object, sink: Sink): void {
    const { head, graph, origin, label, count, last } = growing;
    const cell = count === 0 ? head : this.#blankNode(`${label}_${count}`);
    if (count > 0) sink(quad(last, REST, cell, graph), origin);
    sink(quad(cell, FIRST, member, graph), origin);
    growing.last = cell;
    growing.count++;
  }
}

const keyOf = ({ as, head, graph, origin }: Addition): string =>
  JSON.stringify([as, termKey(head), termKey(graph), ...origin.targets.map(({ id }) => id)]);

const typeOf = (head: Node, as: Gather['as'], graph: RDF.Quad_Graph): RDF.Quad =>
  quad(head, TYPE, namedNode(RDF_NS + as), graph);

const itemOf = (head: Node, position: number, member: RDF.Quad_Object, graph: RDF.Quad_Graph): RDF.Quad =>
  quad(head, namedNode(`${RDF_NS}_${position}`), member, graph);

/**
 * Writes a collection or container that is whole.
 *
 * @param cell  makes the node of a list's cell; the first is the head
 * @returns the head; `rdf:nil` for an empty list
 */
export function writeWhole(
  { as, head, graph, members }: Pick<Addition, 'as' | 'head' | 'graph' | 'members'>,
  cell: (position: number) => Node,
  emit: (quad: RDF.Quad) => void,
): Node {
  if (as !== 'List') {
    emit(typeOf(head, as, graph));
    members.forEach((member, index) => {
      emit(itemOf(head, index + 1, member, graph));
    });
    return head;
  }
  let node = head;
  for (const [index, member] of members.entries()) {
    const next = index + 1 < members.length ? cell(index + 1) : NIL;
    emit(quad(node, FIRST, member, graph));
    emit(quad(node, REST, next, graph));
    node = next;
  }
  return members.length === 0 ? NIL : head;
}
