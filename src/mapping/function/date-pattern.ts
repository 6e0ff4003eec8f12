/**
 * Dates in the patterns of Java's date formats, which GREL and the functions of IDLab use: `dd/MM/yyyy HH:mm`.
 *
 * No clock and no time zone of the machine: a text without an offset stays without one.
 */

/** What a text said; fields that the pattern lacks are at their least. */
interface DateFields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Digits after the point. */
  fraction: string;
  afternoon: boolean | undefined;
  /** As in XSD: `Z` or `+02:00`; empty where there is none. */
  offset: string;
}

interface Token {
  readonly source: string;
  readonly read: (text: string, fields: DateFields) => void;
}

/** Two-digit years belong to the eighty years before and the twenty after this one. */
const PIVOT_YEAR = 2020;

const digits = (count: number, widthFixed: boolean): string =>
  widthFixed ? `\\d{${count}}` : `\\d{1,${count}}`;

function monthNames(language: string): readonly string[] {
  const names: string[] = [];
  for (const month of ['long', 'short'] as const) {
    const format = new Intl.DateTimeFormat(language, { month, timeZone: 'UTC' });
    for (let i = 0; i < 12; i++)
      names.push(
        format
          .format(Date.UTC(2000, i, 15))
          .toLowerCase()
          .replace(/\.$/, ''),
      );
  }
  return names;
}

function fullYear(text: string): number {
  if (text.length > 2) return Number(text);
  const year = Math.floor(PIVOT_YEAR / 100) * 100 + Number(text);
  return year > PIVOT_YEAR + 20 ? year - 100 : year;
}

function offsetOf(text: string): string {
  if (/^(?:Z|GMT|UTC)$/i.test(text)) return 'Z';
  const [, sign = '+', hours = '00', minutes = '00'] =
    /^(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})?$/i.exec(text) ?? [];
  return `${sign}${hours}:${minutes}`;
}

/** The token of one letter of a pattern that stands there `count` times. */
function tokenOf(letter: string, count: number, language: string): Token {
  const number = (field: 'month' | 'day' | 'hour' | 'minute' | 'second', width: number): Token => ({
    source: `(${digits(width, count >= width)})`,
    read: (text, fields) => void (fields[field] = Number(text)),
  });
  switch (letter) {
    case 'y':
    case 'u':
      return {
        source: `(${count === 2 ? '\\d{2}' : '-?\\d{4,}'})`,
        read: (text, fields) => void (fields.year = fullYear(text)),
      };
    case 'M':
    case 'L': {
      if (count < 3) return number('month', 2);
      const names = monthNames(language);
      const alternatives = names.toSorted((a, b) => b.length - a.length).map((name) => escaped(name));
      return {
        source: `(${alternatives.join('|')})\\.?`,
        read: (text, fields) => void (fields.month = (names.indexOf(text.toLowerCase()) % 12) + 1),
      };
    }
    case 'd':
      return number('day', 2);
    case 'H':
    case 'h':
      return number('hour', 2);
    case 'm':
      return number('minute', 2);
    case 's':
      return number('second', 2);
    case 'S':
      return { source: `(\\d{${count}})`, read: (text, fields) => void (fields.fraction = text) };
    case 'a':
      return {
        source: '([AaPp]\\.?[Mm]\\.?)',
        read: (text, fields) => void (fields.afternoon = /^p/i.test(text)),
      };
    case 'E':
      return { source: '([^\\d\\s,]+)', read: () => undefined };
    case 'X':
    case 'Z':
    case 'z':
    case 'x':
      return {
        source: '(Z|(?:GMT|UTC)?[+-]\\d{2}(?::?\\d{2})?|GMT|UTC)',
        read: (text, fields) => void (fields.offset = offsetOf(text)),
      };
    default:
      throw new Error(`the date pattern has the letter "${letter}", which is not supported`);
  }
}

interface CompiledPattern {
  readonly expression: RegExp;
  readonly tokens: readonly Token[];
}

const COMPILED_MAX = 64;
const compiled = new Map<string, CompiledPattern>();

function compile(pattern: string, language: string): CompiledPattern {
  const key = `${language} ${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const tokens: Token[] = [];
  let source = '';
  for (const [part] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|./gsu)) {
    if (/^[A-Za-z]/.test(part)) {
      const token = tokenOf(part[0]!, part.length, language);
      tokens.push(token);
      source += token.source;
    } else {
      const text =
        part.startsWith("'") && part.length > 1 ? part.slice(1, -1).replaceAll("''", "'") || "'" : part;
      source += escaped(text);
    }
  }
  const made = { expression: new RegExp(`^${source}$`, 'iu'), tokens };
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(key, made);
  return made;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

const two = (number: number): string => String(number).padStart(2, '0');

/** @throws Error for a text that the pattern does not fit, and for a day that no calendar has */
function parse(text: string, pattern: string, language: string): DateFields {
  const { expression, tokens } = compile(pattern, language);
  const match = expression.exec(text.trim());
  if (match === null) throw new Error(`"${text.slice(0, 80)}" does not have the form "${pattern}"`);
  const fields: DateFields = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    fraction: '',
    afternoon: undefined,
    offset: '',
  };
  tokens.forEach((token, index) => {
    token.read(match[index + 1]!, fields);
  });
  if (fields.afternoon !== undefined) fields.hour = (fields.hour % 12) + (fields.afternoon ? 12 : 0);
  const { year, month, day, hour, minute, second } = fields;
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 24 || minute > 59 || second > 59) {
    throw new Error(`"${text.slice(0, 80)}" is no date`);
  }
  return fields;
}

/** A date as XSD and ISO 8601 write it. @throws Error for a text that the pattern does not fit */
export function normalizeDate(text: string, pattern: string, language: string): string {
  const { year, month, day } = parse(text, pattern, language);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** A point in time as XSD and ISO 8601 write it. @throws Error for a text that the pattern does not fit */
export function normalizeDateTime(text: string, pattern: string, language: string): string {
  const { hour, minute, second, fraction, offset } = parse(text, pattern, language);
  const point = fraction === '' ? '' : `.${fraction}`;
  return `${normalizeDate(text, pattern, language)}T${two(hour)}:${two(minute)}:${two(second)}${point}${offset}`;
}

/** Whether a pattern has parts of a time of day. */
export const hasTime = (pattern: string): boolean => /[HhmsS]/.test(pattern.replace(/'[^']*'/g, ''));
