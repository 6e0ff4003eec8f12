/**
 * The network as a graph: links between domains and elements, and the shortest paths along them.
 *
 * A link that is stated for a domain holds for the elements in it: an element stands at the place of its
 * domain unless it states links of its own within that domain. A link counts in both directions unless
 * `cf:bidirectional` is false. What no link says is not known; no distance is ever assumed.
 */
import { DirectedGraph } from 'graphology';
import { singleSource } from 'graphology-shortest-path/dijkstra.js';
import { namedNode, type RDF } from '../rdf/terms.ts';
import { aeros, cf, NS } from '../rdf/vocab.ts';
import { ANY, type GraphView, MERGED, UNKNOWN } from '../store/graph-view.ts';
import { onlyObjectOf } from '../store/lookup.ts';

const BIDIRECTIONAL = namedNode(`${NS.cf}bidirectional`);

export interface NetworkLink {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly latencyMs: number;
  readonly bandwidthBitsPerSecond?: number;
  readonly bidirectional: boolean;
}

/** What an edge of the graph carries; sums of whole microseconds are exact. */
export interface EdgeAttributes {
  readonly latencyMicroseconds: number;
  /** The link that the edge stands for; absent between an element and the domain it is in. */
  readonly link?: string;
}

export interface Route {
  readonly latencyMs: number;
  /** Links in the order of the path. */
  readonly links: readonly string[];
}

export class Topology {
  readonly graph = new DirectedGraph<object, EdgeAttributes>();
  /** The graph with its edges turned round, so that one search gives the distances of all to one target. */
  readonly #reversed = new DirectedGraph<object, EdgeAttributes>();
  readonly #routes = new Map<string, ReadonlyMap<string, Route>>();

  /** @param domainOf  the domain of each end of a link that is an element */
  constructor(links: readonly NetworkLink[], domainOf: ReadonlyMap<string, string>) {
    const attached = new Set<string>();
    for (const link of links) {
      const edge = { latencyMicroseconds: Math.round(link.latencyMs * 1000), link: link.id };
      this.#connect(link.from, link.to, edge);
      if (link.bidirectional) this.#connect(link.to, link.from, edge);
      const [from, to] = [domainOf.get(link.from), domainOf.get(link.to)];
      if (from !== undefined && (from === link.to || from === to)) attached.add(link.from);
      if (to !== undefined && (to === link.from || from === to)) attached.add(link.to);
    }
    for (const [element, domain] of domainOf) {
      if (attached.has(element) || !this.graph.hasNode(element)) continue;
      this.#connect(element, domain, { latencyMicroseconds: 0 });
      this.#connect(domain, element, { latencyMicroseconds: 0 });
    }
  }

  /**
   * The shortest path from `from` to `to`, which are elements (each with its domain) or domains; undefined
   * where no links lead there.
   */
  route(from: Place, to: Place): Route | undefined {
    if (from.id === to.id) return { latencyMs: 0, links: [] };
    const [start, end] = [this.#nodeOf(from), this.#nodeOf(to)];
    if (start === end) return { latencyMs: 0, links: [] };
    return this.#routesTo(end).get(start);
  }

  #nodeOf(place: Place): string {
    return this.graph.hasNode(place.id) ? place.id : (place.domain ?? place.id);
  }

  #routesTo(target: string): ReadonlyMap<string, Route> {
    let routes = this.#routes.get(target);
    if (!routes) {
      routes = this.#findRoutes(target);
      this.#routes.set(target, routes);
    }
    return routes;
  }

  #findRoutes(target: string): ReadonlyMap<string, Route> {
    const routes = new Map<string, Route>();
    if (!this.#reversed.hasNode(target)) return routes;
    const paths = singleSource(this.#reversed, target, 'latencyMicroseconds');
    for (const [node, path] of Object.entries(paths)) {
      let microseconds = 0;
      const links: string[] = [];
      for (let i = path.length - 1; i > 0; i--) {
        const edge = this.#reversed.getEdgeAttributes(path[i - 1], path[i]);
        microseconds += edge.latencyMicroseconds;
        if (edge.link !== undefined) links.push(edge.link);
      }
      routes.set(node, { latencyMs: microseconds / 1000, links });
    }
    return routes;
  }

  /** Of several links between the same two ends the fastest counts. */
  #connect(from: string, to: string, edge: EdgeAttributes): void {
    if (from === to) return;
    for (const [graph, a, b] of [
      [this.graph, from, to],
      [this.#reversed, to, from],
    ] as const) {
      graph.mergeNode(a);
      graph.mergeNode(b);
      if (!graph.hasEdge(a, b)) graph.addEdge(a, b, edge);
      else if (graph.getEdgeAttributes(a, b).latencyMicroseconds > edge.latencyMicroseconds) {
        graph.replaceEdgeAttributes(graph.edge(a, b), edge);
      }
    }
  }
}

/** An end of a path: an element with the domain it is in, or a domain. */
export interface Place {
  readonly id: string;
  readonly domain?: string;
}

/** Keeps the topology of the last state that was asked for; it is built anew only when links have changed. */
export class TopologyView {
  #key: string | undefined;
  #topology: Topology | undefined;
  #view: WeakRef<GraphView> | undefined;

  at(view: GraphView): Topology {
    if (this.#topology && this.#view?.deref() === view) return this.#topology;
    const links = readLinks(view);
    const domains = readDomains(view, links);
    const key = JSON.stringify([links, [...domains]]);
    if (!this.#topology || key !== this.#key) this.#topology = new Topology(links, domains);
    this.#key = key;
    this.#view = new WeakRef(view);
    return this.#topology;
  }
}

/** Every link that states both ends and its latency; the others say nothing about a path. */
function readLinks(view: GraphView): NetworkLink[] {
  const links: NetworkLink[] = [];
  for (const [link, from] of pairs(view, cf.linkFrom)) {
    const to = onlyObjectOf(view, link, cf.linkTo);
    const latency = numberOf(onlyObjectOf(view, link, cf.latencyMs));
    if (to === undefined || latency === undefined || latency < 0) continue;
    const bandwidth = numberOf(onlyObjectOf(view, link, cf.bandwidthBitsPerSecond));
    const bidirectional = onlyObjectOf(view, link, BIDIRECTIONAL)?.value;
    links.push({
      id: link.value,
      from: from.value,
      to: to.value,
      latencyMs: latency,
      ...(bandwidth === undefined ? {} : { bandwidthBitsPerSecond: bandwidth }),
      bidirectional: bidirectional !== 'false' && bidirectional !== '0',
    });
  }
  return links.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.from < b.from ? -1 : 1));
}

function readDomains(view: GraphView, links: readonly NetworkLink[]): ReadonlyMap<string, string> {
  const domains = new Map<string, string>();
  for (const end of new Set(links.flatMap(({ from, to }) => [from, to]))) {
    const domain = onlyObjectOf(view, namedNode(end), aeros.domain);
    if (domain !== undefined) domains.set(end, domain.value);
  }
  return domains;
}

function* pairs(view: GraphView, predicate: RDF.NamedNode): Generator<[RDF.Term, RDF.Term]> {
  const id = view.find(predicate);
  if (id === UNKNOWN) return;
  const found = view.match(ANY, id, ANY, MERGED);
  for (let i = 0; i < found.length; i += 4) yield [view.term(found[i]!), view.term(found[i + 2]!)];
}

function numberOf(term: RDF.Term | undefined): number | undefined {
  if (term?.termType !== 'Literal' || term.value.trim() === '') return undefined;
  const number = Number(term.value);
  return Number.isFinite(number) ? number : undefined;
}
