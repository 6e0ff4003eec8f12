/**
 * The ways from one property to another: sub-properties, inverses and symmetry, followed to their end.
 */
import type { TBox } from '../ontology/tbox.ts';

/** A property that says the same, with its ends swapped where `inverted`. */
export interface Way {
  readonly property: string;
  readonly inverted: boolean;
}

const known = new WeakMap<TBox, PropertyRules>();

/** The ways of an ontology, found once. */
export function rulesOf(tbox: TBox): PropertyRules {
  let rules = known.get(tbox);
  if (!rules) {
    rules = new PropertyRules(tbox);
    known.set(tbox, rules);
  }
  return rules;
}

export class PropertyRules {
  readonly #tbox: TBox;
  readonly #to = new Map<string, readonly Way[]>();
  readonly #from = new Map<string, readonly Way[]>();

  constructor(tbox: TBox) {
    this.#tbox = tbox;
  }

  /** Statements with these properties entail statements with `property`, itself first. */
  waysTo(property: string): readonly Way[] {
    return this.#follow(property, this.#to, (iri) => this.#tbox.subProperties(iri));
  }

  /** What a statement with `property` entails, itself first. */
  waysFrom(property: string): readonly Way[] {
    return this.#follow(property, this.#from, (iri) => this.#tbox.superProperties(iri));
  }

  #follow(
    property: string,
    cache: Map<string, readonly Way[]>,
    neighbours: (iri: string) => Iterable<string>,
  ): readonly Way[] {
    const known = cache.get(property);
    if (known) return known;
    const ways: Way[] = [{ property, inverted: false }];
    const seen = new Set([`${property} false`]);
    const add = (way: Way): void => {
      const key = `${way.property} ${way.inverted}`;
      if (seen.has(key)) return;
      seen.add(key);
      ways.push(way);
    };
    for (let at = 0; at < ways.length; at++) {
      const { property: iri, inverted } = ways[at]!;
      for (const near of neighbours(iri)) add({ property: near, inverted });
      for (const other of this.#tbox.inverseOf(iri)) add({ property: other, inverted: !inverted });
      if (this.#tbox.symmetric.has(iri)) add({ property: iri, inverted: !inverted });
    }
    cache.set(property, ways);
    return ways;
  }
}
