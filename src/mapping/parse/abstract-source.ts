/**
 * Logical sources, logical tables and logical views of a mapping: each node read once, equal descriptions shared.
 *
 * It refuses views that stand on themselves, so that nothing behind the parser has to look for cycles.
 */
import type { AbstractSource, LogicalSource } from '../normal-form.ts';
import { parseLogicalTable } from './logical-table.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { parseLogicalSource } from './source.ts';
import { isView, parseView } from './view.ts';

export class AbstractSources {
  readonly #graph: MappingGraph;
  /** By node. */
  readonly #read = new Map<string, AbstractSource>();
  /** By id; the names grow while the mapping is read. */
  readonly #shared = new Map<string, { readonly source: AbstractSource; readonly names: string[] }>();
  /** Views that are being read, outermost first. */
  readonly #open: Resource[] = [];

  constructor(graph: MappingGraph) {
    this.#graph = graph;
  }

  /** What a node describes. @throws FabricError `mapping-invalid` */
  read(node: Resource): AbstractSource {
    const key = `${node.termType} ${node.value}`;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const source = isView(this.#graph, node) ? this.#view(node) : this.#source(node);
    this.#read.set(key, source);
    return source;
  }

  #view(node: Resource): AbstractSource {
    const graph = this.#graph;
    const start = this.#open.findIndex((open) => open.equals(node));
    if (start >= 0) {
      const cycle = [...this.#open.slice(start), node].map((view) => graph.node(view).label);
      return graph.refuse(node, `is derived from itself: ${cycle.join(', then ')}`);
    }
    this.#open.push(node);
    const view = parseView(graph, node, (other) => this.read(other));
    this.#open.pop();
    return this.#share(view.id, view, []);
  }

  #source(node: Resource): AbstractSource {
    const isTable = this.#graph.isValueOf(node, 'logicalTable');
    const source: LogicalSource = (isTable ? parseLogicalTable : parseLogicalSource)(this.#graph, node);
    return this.#share(source.id, source, source.names);
  }

  #share(id: string, source: AbstractSource, names: readonly string[]): AbstractSource {
    const known = this.#shared.get(id);
    if (known !== undefined) {
      known.names.push(...names.filter((name) => !known.names.includes(name)));
      return known.source;
    }
    const own = [...names];
    const shared = source.kind === 'source' ? { ...source, names: own } : source;
    this.#shared.set(id, { source: shared, names: own });
    return shared;
  }
}
