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

export class RecordStore {
  readonly #documents = new Map<string, RecordDocument>();
  /** What was there before each effect that is not yet durable, oldest first. */
  #staged: { readonly id: string; readonly before: RecordDocument | undefined }[] = [];

  get size(): number {
    return this.#documents.size;
  }

  get(source: string, key: string): RecordDocument | undefined {
    return this.#documents.get(keyOf(source, key));
  }

  /** The document as of the last publication, whatever is staged. */
  durable(source: string, key: string): RecordDocument | undefined {
    const id = keyOf(source, key);
    const staged = this.#staged.find((entry) => entry.id === id);
    return staged ? staged.before : this.#documents.get(id);
  }

  /** Documents of one source, tombstones left out. */
  *of(source: string): Iterable<RecordDocument> {
    for (const document of this.#documents.values()) {
      if (document.source === source && document.value !== null) yield document;
    }
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
    for (const { source, key } of forgotten ?? []) this.#forget(keyOf(source, key));
  }

  apply(effect: RecordEffect): void {
    const id = keyOf(effect.source, effect.key);
    const before = this.#documents.get(id);
    this.#staged.push({ id, before });
    this.#documents.set(id, nextDocument(before, effect).document);
  }

  #forget(id: string): void {
    this.#staged.push({ id, before: this.#documents.get(id) });
    this.#documents.delete(id);
  }

  publish(): void {
    this.#staged = [];
  }

  unstage(): void {
    for (const { id, before } of this.#staged.reverse()) {
      if (before) this.#documents.set(id, before);
      else this.#documents.delete(id);
    }
    this.#staged = [];
  }
}
