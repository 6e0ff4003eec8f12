/**
 * What of an IRI can be told from its static parts or from plain ASCII, without asking the grammar.
 *
 * A proof here never says yes where `iri.ts` says no; where it says nothing, the grammar is asked.
 */
import { isIri, isUri } from '../iri.ts';
import type { Template } from '../parse/template.ts';

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * Whether a template makes an IRI of any percent-encoded values: the scheme stands in its first text, and
 * holes have only characters that are good in every part behind the scheme but in brackets.
 */
export function alwaysIri({ texts }: Template, kind: 'IRI' | 'URI'): boolean {
  const [head = ''] = texts;
  // Every URI is an IRI, and its grammar is the smaller one.
  const isValid = (text: string): boolean => isUri(text) || (kind === 'IRI' && isIri(text));
  if (!SCHEME.test(head) || texts.some((text) => text.includes('['))) return false;
  // A text that ends within a percent-encoded octet would be completed by a value.
  if (texts.some((text) => /%[0-9A-Fa-f]?$/.test(text))) return false;
  return isValid(texts.join('')) && isValid(texts.join('a'));
}

/** A base behind which every path is good. */
const PLAIN_BASE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[A-Za-z0-9.-]+\/(?:[A-Za-z0-9\-._~/]*\/)?$/;

export const isPlainBase = (base: string): boolean => PLAIN_BASE.test(base);

/** Sorts of bytes of an IRI. */
const SEGMENT = 1;
const SLASH = 2;
const COLON = 3;
const SORTS = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=@") {
  SORTS[character.charCodeAt(0)] = SEGMENT;
}
SORTS[47] = SLASH;
SORTS[58] = COLON;

export const ABSOLUTE = 1;
/** A path without a colon: never an IRI of its own. */
export const RELATIVE = 2;
const UNTOLD = 0;

/** What plain ASCII is: a scheme with a path behind it, a relative path, or a case for the grammar. */
export function sortOfIri(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return UNTOLD;
  let colon = -1;
  for (let i = from; i < to; i++) {
    const sort = SORTS[bytes[i]!]!;
    if (sort === 0) return UNTOLD;
    if (sort === COLON && colon < 0) colon = i;
  }
  if (colon < 0) return RELATIVE;
  return isScheme(bytes, from, colon) ? ABSOLUTE : UNTOLD;
}

function isScheme(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    const isLetter = (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90);
    const isOther = (byte >= 48 && byte <= 57) || byte === 43 || byte === 45 || byte === 46;
    if (!isLetter && (i === from || !isOther)) return false;
  }
  return to > from;
}
