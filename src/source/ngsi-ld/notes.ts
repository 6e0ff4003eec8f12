/**
 * What is noticed while an entity is read, one diagnostic for each kind and entity: twenty metrics with a
 * `unitCode` are one remark, not twenty.
 */
import type { Diagnostic } from '../../mapping/record.ts';

const MESSAGES = {
  'annotation-not-mapped':
    'Annotations (unit code, dataset, sub-attributes) are kept with the record and not mapped',
  'system-attribute-ignored': 'Stamps of the sending broker are not taken over',
  'value-null': 'JSON null says nothing and was left out',
  'value-unknown': 'The value says that nothing is known and was left out',
  'term-ignored': 'The context takes the name out',
  'term-outside-table': 'The name is not in the shipped part of the context and went to the default context',
  'attribute-type-misspelt': 'The type of the attribute is misspelt',
  'attribute-type-unknown': 'The type of the attribute is not one of NGSI-LD; it was read as a Property',
  'relationship-in-value': 'The relationship stands in `value` instead of `object`',
  'attribute-repeated': 'The attribute is stated under several names',
  'older-instance-left-out': 'Of several instances of one dataset the newest was kept',
  'dataset-not-merged': 'One instance cannot be taken away alone; the attribute stays as it was sent',
  'order-not-kept': 'The order of the list is not kept',
  'entity-stated-differently':
    'The entity stands in the document more than once with different values; the last ones count',
  'candidates-not-kept':
    'The list of candidates is a question to an allocator and not a fact about the component',
} as const;

export type NoteCode = keyof typeof MESSAGES;

export class Notes {
  readonly #names = new Map<NoteCode, Set<string>>();

  add(code: NoteCode, name: string): void {
    const names = this.#names.get(code);
    if (names === undefined) this.#names.set(code, new Set([name]));
    else names.add(name);
  }

  diagnostics(): Diagnostic[] {
    return [...this.#names].map(([code, names]) => {
      const message = `${MESSAGES[code]}: ${[...names].join(', ')}`;
      return names.size === 1 ? { code, message, attribute: [...names][0]! } : { code, message };
    });
  }
}
