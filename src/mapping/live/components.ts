/**
 * Records that gather into the same collections, found so that a change makes no others again.
 *
 * Records that share a head belong together, and so do those that share one with either of them. What a run over
 * such a component makes depends on no other record.
 */

/** Records that are mapped in one run, and what they make together. */
export interface Component<Owner, Quad> {
  readonly owners: readonly Owner[];
  readonly quads: readonly Quad[];
}

/** What replaces what, once it is known that nothing fails. */
export interface Regrouping<Owner, Quad> {
  readonly gone: readonly Component<Owner, Quad>[];
  readonly come: readonly Component<Owner, Quad>[];
  /** The heads of the records that changed; none: the record is no longer there. */
  readonly heads: ReadonlyMap<Owner, readonly string[]>;
}

export class Components<Owner, Quad> {
  readonly #heads = new Map<Owner, readonly string[]>();
  readonly #byOwner = new Map<Owner, Component<Owner, Quad>>();
  readonly #byHead = new Map<string, Component<Owner, Quad>>();

  /** All that the components make. */
  *quads(): Iterable<readonly Quad[]> {
    for (const { quads } of new Set(this.#byOwner.values())) yield quads;
  }

  /**
   * What a change of records means. Nothing changes until it is settled.
   *
   * @param heads  of the records that changed, each with itself and those alone; undefined: it is gone
   * @param compare  the order in which records are mapped
   * @param run  makes the quads of records that belong together
   */
  regroup(
    heads: ReadonlyMap<Owner, readonly string[] | undefined>,
    compare: (a: Owner, b: Owner) => number,
    run: (owners: readonly Owner[]) => readonly Quad[],
  ): Regrouping<Owner, Quad> {
    const gone = new Set<Component<Owner, Quad>>();
    const owners = new Set<Owner>();
    const take = (component: Component<Owner, Quad> | undefined): void => {
      if (component === undefined) return;
      gone.add(component);
      for (const owner of component.owners) owners.add(owner);
    };
    for (const [owner, own] of heads) {
      take(this.#byOwner.get(owner));
      for (const head of own ?? []) take(this.#byHead.get(head));
      owners.add(owner);
    }
    const present = new Map<Owner, readonly string[]>();
    for (const owner of [...owners].sort(compare)) {
      const own = heads.has(owner) ? heads.get(owner) : this.#heads.get(owner);
      if (own !== undefined) present.set(owner, own);
    }
    const come = connected(present).map((together) => ({ owners: together, quads: run(together) }));
    const changed = new Map(Array.from(heads, ([owner, own]) => [owner, own ?? []]));
    return { gone: [...gone], come, heads: new Map([...changed, ...present]) };
  }

  settle({ gone, come, heads }: Regrouping<Owner, Quad>): void {
    for (const { owners } of gone) {
      for (const owner of owners) {
        this.#byOwner.delete(owner);
        for (const head of this.#heads.get(owner) ?? []) this.#byHead.delete(head);
        this.#heads.delete(owner);
      }
    }
    for (const component of come) {
      for (const owner of component.owners) {
        const own = heads.get(owner) ?? [];
        this.#byOwner.set(owner, component);
        this.#heads.set(owner, own);
        for (const head of own) this.#byHead.set(head, component);
      }
    }
  }
}

/** Owners that share heads, directly or through others; each group in the order of the owners. */
function connected<Owner>(heads: ReadonlyMap<Owner, readonly string[]>): readonly (readonly Owner[])[] {
  const owners = [...heads.keys()];
  const leader = owners.map((_, index) => index);
  const leaderOf = (index: number): number => {
    let at = index;
    while (leader[at] !== at) {
      leader[at] = leader[leader[at]!]!;
      at = leader[at]!;
    }
    return at;
  };
  const first = new Map<string, number>();
  owners.forEach((owner, index) => {
    for (const head of heads.get(owner)!) {
      const other = first.get(head);
      if (other === undefined) first.set(head, index);
      else {
        const [a, b] = [leaderOf(other), leaderOf(index)];
        leader[Math.max(a, b)] = Math.min(a, b);
      }
    }
  });
  const groups = Map.groupBy(owners.keys(), leaderOf);
  return Array.from(groups.values(), (members) => members.map((index) => owners[index]!));
}
