/**
 * Lexical spaces for the oracle (XML Schema, part 2; BCP 47): those that RML tells processors to check.
 */

const XSD = 'http://www.w3.org/2001/XMLSchema#';

const isDate = (text: string): boolean => {
  const match = /^(-?\d{4,})-(\d\d)-(\d\d)(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (match === null || /^-?0\d{4,}/.test(text)) return false;
  const [, year, month, day, zone = 'Z'] = match;
  const days = [31, isLeap(Number(year)) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][
    Number(month) - 1
  ];
  return days !== undefined && Number(day) >= 1 && Number(day) <= days && isZone(zone);
};

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const isZone = (zone: string): boolean => {
  if (zone === 'Z') return true;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  return minutes < 60 && (hours < 14 || (hours === 14 && minutes === 0));
};

const isTime = (text: string): boolean => {
  const match = /^(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (match === null) return false;
  const [, hours, minutes, seconds, fraction = '', zone = 'Z'] = match;
  const midnight = hours === '24' && minutes === '00' && seconds === '00' && /^(?:\.0+)?$/.test(fraction);
  return (Number(hours) < 24 || midnight) && Number(minutes) < 60 && Number(seconds) < 60 && isZone(zone);
};

const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  integer: (text) => /^[+-]?[0-9]+$/.test(text),
  decimal: (text) => /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/.test(text),
  double: (text) => /^([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN)$/.test(text),
  boolean: (text) => ['true', 'false', '0', '1'].includes(text),
  hexBinary: (text) => text.length % 2 === 0 && /^[0-9A-Fa-f]*$/.test(text),
  date: isDate,
  time: isTime,
  dateTime: (text) => {
    const at = text.indexOf('T');
    return at > 0 && isDate(text.slice(0, at)) && isTime(text.slice(at + 1));
  },
};

/** Whether a text is a lexical form of a datatype; of those that are not checked every text is. */
export function isLexicalForm(text: string, datatype: string): boolean {
  const name = datatype.startsWith(XSD) ? datatype.slice(XSD.length) : '';
  return CHECKS[name === 'float' ? 'double' : name]?.(text) ?? true;
}

/** BCP 47, section 2.1, subtag by subtag; primary subtags of four letters and more are not registered. */
export function isLanguageTag(text: string): boolean {
  const subtags = text.toLowerCase().split('-');
  const take = (pattern: RegExp, most = Number.POSITIVE_INFINITY): number => {
    let taken = 0;
    while (taken < most && subtags[0] !== undefined && pattern.test(subtags[0])) {
      subtags.shift();
      taken++;
    }
    return taken;
  };
  const privateUse = (): boolean => take(/^x$/, 1) === 0 || take(/^[a-z0-9]{1,8}$/) > 0;
  if (subtags[0] === 'i') return /^i-[a-z]{2,8}$/.test(text.toLowerCase());
  if (subtags[0] !== 'x') {
    if (take(/^[a-z]{2,3}$/, 1) === 0) return false;
    take(/^[a-z]{3}$/, 3);
    take(/^[a-z]{4}$/, 1);
    take(/^(?:[a-z]{2}|[0-9]{3})$/, 1);
    take(/^(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3})$/);
    while (take(/^[a-wyz0-9]$/, 1) > 0) if (take(/^[a-z0-9]{2,8}$/) === 0) return false;
  }
  return privateUse() && subtags.length === 0;
}
