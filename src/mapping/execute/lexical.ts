/**
 * Lexical spaces that data can break: XSD datatypes that RML validates, and language tags.
 */

const DATE = String.raw`-?(?:[1-9]\d{3,}|0\d{3})-(?<month>0[1-9]|1[0-2])-(?<day>0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)`;
const ZONE = String.raw`(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?`;
const FLOATING = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?|[+-]?INF|NaN)$/;

const XSD = 'http://www.w3.org/2001/XMLSchema#';

/** RML-Core, "Datatype-override mapping": the datatypes that a processor has to validate, and xsd:float. */
const LEXICAL_SPACES: ReadonlyMap<string, RegExp> = new Map([
  [`${XSD}hexBinary`, /^(?:[0-9A-Fa-f]{2})*$/],
  [`${XSD}decimal`, /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/],
  [`${XSD}integer`, /^[+-]?\d+$/],
  [`${XSD}double`, FLOATING],
  [`${XSD}float`, FLOATING],
  [`${XSD}boolean`, /^(?:true|false|0|1)$/],
  [`${XSD}date`, new RegExp(`^${DATE}${ZONE}$`)],
  [`${XSD}time`, new RegExp(`^${TIME}${ZONE}$`)],
  [`${XSD}dateTime`, new RegExp(`^${DATE}T${TIME}${ZONE}$`)],
]);

/** A check of lexical forms of `datatype`; undefined where every text is good. */
export function lexicalCheck(datatype: string): ((text: string) => boolean) | undefined {
  const space = LEXICAL_SPACES.get(datatype);
  if (space === undefined) return undefined;
  return (text) => {
    const match = space.exec(text);
    if (match === null) return false;
    const { month, day } = match.groups ?? {};
    return month === undefined || Number(day) <= daysOf(Number(month), Number(/^-?\d+/.exec(text)?.[0]));
  };
}

function daysOf(month: number, year: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return leap ? 29 : 28;
}

/**
 * BCP 47, section 2.1. The registry has no primary subtag of other lengths than two and three letters, so
 * that `english` is refused although the grammar alone would let it pass.
 */
const LANGUAGE =
  /^(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+|i-[a-z]{2,8})$/i;

export const isLanguageTag = (text: string): boolean => LANGUAGE.test(text);
