/**
 * Names for the blank nodes of one record: the same record gives the same names, no other gives them too.
 */

/** The same (source, key, label) always gives the same label, and no other three give it. */
export function recordLabel(source: string, key: string, label: string): string {
  return `${MARK}${escapeLabel(source)}_${escapeLabel(key)}_${escapeLabel(label)}`;
}

/** Whether a label was made for a record; the engine itself makes none that look so. */
export const isRecordLabel = (label: string): boolean => label.startsWith(MARK);

const MARK = 'r';

/** Letters (but x) and digits stay; any other UTF-16 unit becomes `x`, its number in hexadecimal, `x`. */
const escapeLabel = (text: string): string =>
  text.replace(/[^A-Za-wyz0-9]/g, (unit) => `x${unit.charCodeAt(0).toString(16)}x`);
