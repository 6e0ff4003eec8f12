/**
 * Which records have had their time, without looking at the others: they lie in one bucket for each second.
 */

const BUCKET_MS = 1000;

export class ExpiryQueue<Owner> {
  readonly #times = new Map<Owner, number>();
  readonly #buckets = new Map<number, Set<Owner>>();

  timeOf(owner: Owner): number | undefined {
    return this.#times.get(owner);
  }

  /** @param expiresAtMs  milliseconds since the epoch; undefined: never */
  set(owner: Owner, expiresAtMs: number | undefined): void {
    const before = this.#times.get(owner);
    if (before === expiresAtMs) return;
    if (before !== undefined) {
      this.#times.delete(owner);
      const owners = this.#buckets.get(bucketOf(before));
      owners?.delete(owner);
      if (owners?.size === 0) this.#buckets.delete(bucketOf(before));
    }
    if (expiresAtMs === undefined) return;
    this.#times.set(owner, expiresAtMs);
    const owners = this.#buckets.get(bucketOf(expiresAtMs));
    if (owners) owners.add(owner);
    else this.#buckets.set(bucketOf(expiresAtMs), new Set([owner]));
  }

  /** The records whose time is `nowMs` or before, oldest bucket first; they stay until they are set anew. */
  due(nowMs: number): readonly Owner[] {
    return [...this.#buckets.keys()]
      .filter((bucket) => bucket <= bucketOf(nowMs))
      .sort((a, b) => a - b)
      .flatMap((bucket) => [...this.#buckets.get(bucket)!])
      .filter((owner) => this.#times.get(owner)! <= nowMs);
  }
}

const bucketOf = (ms: number): number => Math.floor(ms / BUCKET_MS);
