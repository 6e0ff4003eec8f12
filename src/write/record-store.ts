/**
 * The record store: the last document of every record, as a fold of the record effects in the log.
 *
 * It follows the writer, not the readers: effects of a stage that is dropped are undone. It must never hold
 * a secret; those are cut out before a record reaches the writer.
 */
import type { Cause, RecordEffect } from '../log/change.ts';
import type { RecordDocument } from '../mapping/record.ts';
import { nextDocument } from './document.ts';

const keyOf = (source: string, key: string): string => `${source}\u0000${key}`;

/** Told of every document that takes the place of another; undefined: there is none any more. */
export type DocumentListener = (source: string, key: string, document: RecordDocument | undefined) => void;

export class RecordStore {
  readonly #documents = new Map<string, RecordDocument>();
  /** What was there before each effect that is not yet durable, oldest first. */
  #staged: {
    readonly source: string;
    readonly key: string;
    readonly before: RecordDocument | undefined;
  }[] = [];
  readonly #listeners: DocumentListener[] = [];

  get size(): number {
    return this.#documents.size;
  }

  get(source: string, key: string): RecordDocument | undefined {
    return this.#documents.get(keyOf(source, key));
  }

  /** The document as of the last publication, whatever is staged. */
  durable(source: string, key: string): RecordDocument | undefined {
    const staged = this.#staged.find((entry) => entry.key === key && entry.source === source);
    return staged ? staged.before : this.#documents.get(keyOf(source, key));
  }

  /** All documents as of the last publication, whatever is staged; tombstones included. */
  durableAll(): RecordDocument[] {
    const documents = new Map(this.#documents);
    // The oldest of several stages of a record has what was there before all of them.
    for (const { source, key, before } of this.#staged.toReversed()) {
      if (before) documents.set(keyOf(source, key), before);
      else documents.delete(keyOf(source, key));
    }
    return [...documents.values()];
  }

  /** Documents of one source, tombstones left out. */
  *of(source: string): Iterable<RecordDocument> {
    for (const document of this.#documents.values()) {
      if (document.source === source && document.value !== null) yield document;
    }
  }

  /** From now on `listener` follows this store, what is staged and dropped again included. */
  observe(listener: DocumentListener): void {
    this.#listeners.push(listener);
  }

  all(): Iterable<RecordDocument> {
    return this.#documents.values();
  }

  /** Puts back what a checkpoint holds. */
  restore(document: RecordDocument): void {
    this.#documents.set(keyOf(document.source, document.key), document);
  }

  /** Follows one change: what it says of records, whatever quads it moves. */
  follow({ record, quarantined, forgotten }: Cause): void {
    if (record && !quarantined) this.apply(record);
    for (const { source, key } of forgotten ?? []) this.#stage(source, key, undefined);
  }

  apply(effect: RecordEffect): void {
    const { source, key } = effect;
    this.#stage(source, key, nextDocument(this.get(source, key), effect).document);
  }

  publish(): void {
    this.#staged = [];
  }

  unstage(): void {
    for (const { source, key, before } of this.#staged.reverse()) this.#put(source, key, before);
    this.#staged = [];
  }

  #stage(source: string, key: string, document: RecordDocument | undefined): void {
    this.#staged.push({ source, key, before: this.get(source, key) });
    this.#put(source, key, document);
  }

  #put(source: string, key: string, document: RecordDocument | undefined): void {
    if (document) this.#documents.set(keyOf(source, key), document);
    else this.#documents.delete(keyOf(source, key));
    for (const listener of this.#listeners) listener(source, key, document);
  }
}
