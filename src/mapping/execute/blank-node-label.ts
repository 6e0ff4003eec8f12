/**
 * Labels of blank nodes that are made from data or from the mapping.
 */

/**
 * A label that is legal in every RDF syntax, from any text; different texts get different labels.
 *
 * @param sort  one letter that keeps labels of different origin apart
 */
export function blankNodeLabel(sort: 'c' | 'f' | 'v' | 'l' | 'h', text: string): string {
  const legal = text.replace(/[^A-Za-z0-9]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`);
  return sort + legal;
}
