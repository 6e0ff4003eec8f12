/**
 * IRIs made from data: percent-encoding, validity, and the base (RFC 3986, RFC 3987, RML-Core).
 *
 * The base is put in front of a relative value as it is, without resolving dots: RML wants the value
 * recoverable from the IRI.
 */

const UCSCHAR =
  '\\u{A0}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFEF}\\u{10000}-\\u{1FFFD}\\u{20000}-\\u{2FFFD}' +
  '\\u{30000}-\\u{3FFFD}\\u{40000}-\\u{4FFFD}\\u{50000}-\\u{5FFFD}\\u{60000}-\\u{6FFFD}\\u{70000}-\\u{7FFFD}' +
  '\\u{80000}-\\u{8FFFD}\\u{90000}-\\u{9FFFD}\\u{A0000}-\\u{AFFFD}\\u{B0000}-\\u{BFFFD}\\u{C0000}-\\u{CFFFD}' +
  '\\u{D0000}-\\u{DFFFD}\\u{E1000}-\\u{EFFFD}';
const PRIVATE = '\\u{E000}-\\u{F8FF}\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}';
/** Unreserved and sub-delims, `:` and `@`: what may stand in a path segment. */
const PCHAR = "A-Za-z0-9\\-._~!$&'()*+,;=:@";

/** scheme, authority (an IP literal may have brackets), path, query, fragment. */
const grammar = (extra: string, queryExtra: string): RegExp => {
  const run = (more: string): string => `(?:[${PCHAR}${more}]|%[0-9A-Fa-f]{2})*`;
  const host = `(?:${run(extra)}|(?:${run(extra)}@)?\\[[0-9A-Fa-fvV:.]+\\](?::[0-9]*)?)`;
  return new RegExp(
    `^[A-Za-z][A-Za-z0-9+.-]*:(?:\\/\\/${host}(?:\\/${run(`\\/${extra}`)})?|${run(`\\/${extra}`)})` +
      `(?:\\?${run(`\\/?${extra}${queryExtra}`)})?(?:#${run(`\\/?${extra}`)})?$`,
    'u',
  );
};

const ABSOLUTE_IRI = grammar(UCSCHAR, PRIVATE);
const ABSOLUTE_URI = grammar('', '');
const HAS_SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

const ASCII = /^[^\u0080-\uffff]*$/;

/** Whether `text` is an IRI with a scheme (RFC 3987, `IRI`). In ASCII that is a URI, whose grammar is far smaller. */
export const isIri = (text: string): boolean => (ASCII.test(text) ? ABSOLUTE_URI : ABSOLUTE_IRI).test(text);

/** Whether `text` is a URI with a scheme (RFC 3986, `URI`). */
export const isUri = (text: string): boolean => ABSOLUTE_URI.test(text);

export type IriKind = 'IRI' | 'URI' | 'UnsafeIRI' | 'UnsafeURI';

/**
 * The IRI that a value stands for, or undefined when it stands for none.
 * The unsafe kinds take any text: they are for data whose IRIs are known to be odd.
 */
export function iriOf(value: string, kind: IriKind, base: string): string | undefined {
  if (kind === 'UnsafeIRI' || kind === 'UnsafeURI') return HAS_SCHEME.test(value) ? value : base + value;
  const valid = kind === 'IRI' ? isIri : isUri;
  if (valid(value)) return value;
  const prefixed = base + value;
  return valid(prefixed) ? prefixed : undefined;
}

const NOT_IUNRESERVED = new RegExp(`[^A-Za-z0-9\\-._~${UCSCHAR}]`, 'gu');
const NOT_UNRESERVED = /[^A-Za-z0-9\-._~]/gu;
const PLAIN = /^[A-Za-z0-9\-._~]*$/;

/** How a template of this kind encodes the values of its references. */
export function encoderOf(kind: IriKind): (value: string) => string {
  if (kind === 'IRI') return (value) => (PLAIN.test(value) ? value : value.replace(NOT_IUNRESERVED, percent));
  if (kind === 'URI') return (value) => (PLAIN.test(value) ? value : value.replace(NOT_UNRESERVED, percent));
  return (value) => value;
}

/** UTF-8 octets of one character, each as %XX; a lone surrogate becomes U+FFFD, as UTF-8 has none. */
const percent = (character: string): string =>
  encodeURIComponent(character.toWellFormed()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
