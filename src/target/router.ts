/**
 * Quads to where they belong: those of a logical target to its sink, all others to the default output.
 *
 * A target is opened before the run, so that one without quads is an empty document and one that cannot be
 * written ends the run before it begins.
 */
import type { Emitted } from '../mapping/execute/batch.ts';
import type { LogicalTarget, TermMap, TriplesMap } from '../mapping/normal-form.ts';
import type { RDF } from '../rdf/terms.ts';
import { openTarget, placeOfTarget, type TargetOptions } from './open.ts';
import type { QuadSink } from './sink.ts';

/** The targets that a mapping names, each once. */
export function targetsOf(maps: readonly TriplesMap[]): readonly LogicalTarget[] {
  const found = new Map<string, LogicalTarget>();
  const take = (targets: readonly LogicalTarget[]): void => {
    for (const target of targets) if (!found.has(target.id)) found.set(target.id, target);
  };
  const look = (map: TermMap): void => {
    take(map.targets);
    for (const part of [map.datatype, map.language]) if (part !== undefined) look(part);
    for (const member of map.gather?.members ?? []) {
      if (member.kind === 'term') look(member.map);
      else take(member.map.targets);
    }
  };
  for (const { subject, graphs, predicateObjects } of maps) {
    [subject, ...graphs].forEach(look);
    for (const part of predicateObjects) {
      [...part.predicates, ...part.objects, ...part.graphs].forEach(look);
      for (const reference of part.references) take(reference.targets);
    }
  }
  return [...found.values()];
}

export class QuadRouter {
  readonly #default: QuadSink;
  readonly #sinks: ReadonlyMap<string, QuadSink>;
  readonly #pending = new Map<QuadSink, RDF.Quad[]>();
  #held = 0;

  private constructor(fallback: QuadSink, sinks: ReadonlyMap<string, QuadSink>) {
    this.#default = fallback;
    this.#sinks = sinks;
  }

  /**
   * Opens the targets of a mapping.
   *
   * @throws FabricError `mapping-invalid` when two of them would write to one place; else as `openTarget`
   */
  static async open(
    fallback: QuadSink,
    targets: readonly LogicalTarget[],
    options: TargetOptions,
  ): Promise<QuadRouter> {
    const taken = new Map<string, string>();
    for (const target of targets) {
      const place = await placeOfTarget(target, options);
      if (taken.has(place)) target.place.refuse(`writes to ${place} as another target does, in another form`);
      taken.set(place, target.id);
    }
    const sinks = new Map<string, QuadSink>();
    try {
      for (const target of targets) sinks.set(target.id, await openTarget(target, options));
    } catch (thrown) {
      for (const sink of sinks.values()) await sink.abort();
      throw thrown;
    }
    return new QuadRouter(fallback, sinks);
  }

  /** How many outputs there are beside the default one. */
  get targets(): number {
    return this.#sinks.size;
  }

  /** Takes a quad; it is written some time later. */
  add({ quad, targets }: Pick<Emitted, 'quad' | 'targets'>): Promise<void> | undefined {
    if (targets.length === 0) this.#hold(this.#default, quad);
    else for (const { id } of targets) this.#hold(this.#sinks.get(id)!, quad);
    return this.#held >= PENDING_QUADS ? this.flush() : undefined;
  }

  async flush(): Promise<void> {
    this.#held = 0;
    for (const [sink, quads] of this.#pending) {
      if (quads.length === 0) continue;
      this.#pending.set(sink, []);
      await sink.write(quads);
    }
  }

  /** Finishes all outputs; none of them appears when one before it cannot be finished. */
  async close(): Promise<void> {
    await this.flush();
    const sinks = [...this.#sinks.values(), this.#default];
    try {
      for (let sink = sinks[0]; sink !== undefined; sink = sinks[0]) {
        await sink.close();
        sinks.shift();
      }
    } catch (thrown) {
      for (const sink of sinks) await sink.abort();
      throw thrown;
    }
  }

  async abort(): Promise<void> {
    for (const sink of [...this.#sinks.values(), this.#default]) await sink.abort();
  }

  #hold(sink: QuadSink, quad: RDF.Quad): void {
    const pending = this.#pending.get(sink);
    if (pending === undefined) this.#pending.set(sink, [quad]);
    else pending.push(quad);
    this.#held++;
  }
}

/** How many quads wait before they are written together. */
const PENDING_QUADS = 1024;
