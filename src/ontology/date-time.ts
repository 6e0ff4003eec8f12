/**
 * Points in time in one spelling: UTC, no trailing zeros in the fraction (XSD 1.1 part 2, E.3.6).
 *
 * A time without a zone is kept without one: the zone is never guessed.
 */

const DATE_TIME =
  /^\s*(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|z|[+-]\d{2}:?\d{2})?\s*$/;

/** The canonical form of an ISO 8601 date and time; undefined when the text is not one. */
export function canonicalDateTime(text: string): string | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone = ''] = match;
  const [Y, M, D, h, m, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Y, M - 1, D);
  // a day that the month does not have rolls over
  if (date.getUTCMonth() !== M - 1 || date.getUTCDate() !== D) return undefined;
  date.setUTCHours(h, m - offsetMinutes(zone), s);
  const decimals = fraction.replace(/0+$/, '');
  return `${date.toISOString().slice(0, 19)}${decimals === '' ? '' : `.${decimals}`}${zone === '' ? '' : 'Z'}`;
}

function offsetMinutes(zone: string): number {
  if (zone.length < 5) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}
