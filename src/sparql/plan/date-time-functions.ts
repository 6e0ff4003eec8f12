/**
 * Functions on dates and times, SPARQL 1.1 section 17.4.5: parts of the lexical form, in its own zone.
 */
import { literal, namedNode, typed } from '../../rdf/terms.ts';
import { numberValue, stringValue, type Value, valueOf } from '../value.ts';
import type { Strict } from './functions.ts';

const PARTS = /^(-?\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/;
const DAY_TIME_DURATION = namedNode('http://www.w3.org/2001/XMLSchema#dayTimeDuration');

const part =
  (work: (parts: RegExpExecArray) => Value | undefined): Strict =>
  (a) => {
    const parts = a?.kind === 'dateTime' ? PARTS.exec(a.term.value) : null;
    return parts ? work(parts) : undefined;
  };

const integerPart = (index: number): Strict => part((parts) => numberValue(Number(parts[index]), 'integer'));

export const DATE_TIME_FUNCTIONS: Readonly<Record<string, Strict>> = {
  year: integerPart(1),
  month: integerPart(2),
  day: integerPart(3),
  hours: integerPart(4),
  minutes: integerPart(5),
  seconds: part((parts) => valueOf(typed(parts[6]!.replace(/^0(?=\d)/, ''), 'decimal'))),
  tz: part((parts) => stringValue(parts[7] ?? '')),
  timezone: part((parts) => {
    const zone = parts[7];
    if (zone === undefined) return undefined;
    return { kind: 'other', term: literal(duration(zone), DAY_TIME_DURATION) };
  }),
};

/** `-08:00` as a duration: `-PT8H`. */
function duration(zone: string): string {
  const [hours, minutes] = zone === 'Z' ? [0, 0] : zone.slice(1).split(':').map(Number);
  if (!hours && !minutes) return 'PT0S';
  const sign = zone.startsWith('-') ? '-' : '';
  return `${sign}PT${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}`;
}
