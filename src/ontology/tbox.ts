/**
 * The loaded ontology as a T-box: closures of its hierarchies, computed once.
 *
 * The fragment is RDFS subclasses and subproperties, equivalence, inverses, and the kinds of properties.
 * Anonymous classes (restrictions, unions) are passed over: they are matters for shapes. Cycles are fine.
 */
import type { RDF } from '../rdf/terms.ts';
import { NS, owl, rdf, rdfs } from '../rdf/vocab.ts';

/** IRIs throughout. Closures are reflexive and transitive; an unknown term is related to itself alone. */
export interface TBox {
  subClasses(iri: string): ReadonlySet<string>;
  superClasses(iri: string): ReadonlySet<string>;
  subProperties(iri: string): ReadonlySet<string>;
  superProperties(iri: string): ReadonlySet<string>;
  /** Declared inverses, read in both directions; not reflexive. */
  inverseOf(iri: string): ReadonlySet<string>;
  readonly symmetric: ReadonlySet<string>;
  readonly transitive: ReadonlySet<string>;
  /** Properties with at most one value, those below a functional property included. */
  readonly functional: ReadonlySet<string>;
}

/** Compiles the axioms among `quads`; other quads are of no concern here. */
export function loadTBox(quads: Iterable<RDF.Quad>): TBox {
  const classes = new Hierarchy();
  const properties = new Hierarchy();
  const inverses = new Map<string, Set<string>>();
  const kinds = new Map(Object.values(KINDS).map((iri) => [iri, new Set<string>()]));
  for (const { subject, predicate, object } of quads) {
    if (subject.termType !== 'NamedNode' || object.termType !== 'NamedNode') continue;
    const [s, o] = [subject.value, object.value];
    switch (predicate.value) {
      case rdfs.subClassOf.value:
        classes.add(s, o);
        break;
      case owl.equivalentClass.value:
        classes.add(s, o).add(o, s);
        break;
      case rdfs.subPropertyOf.value:
        properties.add(s, o);
        break;
      case owl.equivalentProperty.value:
        properties.add(s, o).add(o, s);
        break;
      case owl.inverseOf.value:
        addTo(inverses, s, o);
        addTo(inverses, o, s);
        break;
      case rdf.type.value:
        kinds.get(o)?.add(s);
    }
  }
  const downProperties = properties.closures('down');
  const functional = new Set<string>();
  for (const iri of kinds.get(KINDS.functional)!) {
    for (const below of downProperties(iri)) functional.add(below);
  }
  return {
    subClasses: classes.closures('down'),
    superClasses: classes.closures('up'),
    subProperties: downProperties,
    superProperties: properties.closures('up'),
    inverseOf: (iri) => inverses.get(iri) ?? NONE,
    symmetric: kinds.get(KINDS.symmetric)!,
    transitive: kinds.get(KINDS.transitive)!,
    functional,
  };
}

const KINDS = {
  symmetric: owl.SymmetricProperty.value,
  transitive: `${NS.owl}TransitiveProperty`,
  functional: owl.FunctionalProperty.value,
} as const;

const NONE: ReadonlySet<string> = new Set();

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}

/** Direct edges from narrower to broader terms. */
class Hierarchy {
  readonly #up = new Map<string, Set<string>>();
  readonly #down = new Map<string, Set<string>>();

  add(narrower: string, broader: string): this {
    addTo(this.#up, narrower, broader);
    addTo(this.#down, broader, narrower);
    return this;
  }

  /** The closure in one direction, computed at the first question for each term that the ontology names. */
  closures(direction: 'up' | 'down'): (iri: string) => ReadonlySet<string> {
    const edges = direction === 'up' ? this.#up : this.#down;
    const known = new Map<string, ReadonlySet<string>>();
    return (iri) => {
      const found = known.get(iri);
      if (found) return found;
      if (!edges.has(iri)) return new Set([iri]);
      const reached = reachable(iri, edges);
      known.set(iri, reached);
      return reached;
    };
  }
}

function reachable(start: string, edges: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  // a set grows while it is walked: each member is visited once
  const reached = new Set([start]);
  for (const iri of reached) {
    for (const next of edges.get(iri) ?? NONE) reached.add(next);
  }
  return reached;
}
