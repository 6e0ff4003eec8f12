/**
 * Exact decimals on lexical forms: 37.7 percent is 0.377, never 0.37700000000000006.
 *
 * A value is a string of digits and a power of ten, so that scaling by 1000 or 0.01 moves the point and
 * nothing else. Binary floating point never touches a value here.
 */

/** `(negative ? -1 : 1) * digits * 10^exponent`; digits without leading or trailing zeros, `''` for zero. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** Longest decimal written out in full; beyond it a lexical form is not taken for a measured value. */
const PLACES_MAX = 400;

const NUMERIC = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const LEADING_ZEROS = /^0+/;
const TRAILING_ZEROS = /0+$/;

/**
 * Reads any numeric lexical form: integer, decimal, double. White space around it is left out, as XSD does.
 *
 * @returns undefined for anything else, INF and NaN included, and for numbers of more than 400 places
 */
export function parseDecimal(lexical: string): Decimal | undefined {
  const match = NUMERIC.exec(lexical) ?? NUMERIC.exec(lexical.trim());
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', power] = match;
  if (whole === '' && fraction === '') return undefined;
  const significant = (whole + fraction).replace(LEADING_ZEROS, '');
  const digits = significant.replace(TRAILING_ZEROS, '');
  if (digits === '') return ZERO;
  const exponent =
    (power === undefined ? 0 : Number(power)) - fraction.length + significant.length - digits.length;
  if (Math.abs(exponent) + digits.length > PLACES_MAX) return undefined;
  return { negative: sign === '-', digits, exponent };
}

const ZERO: Decimal = { negative: false, digits: '', exponent: 0 };

/** The exact product. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  if (a.digits === '' || b.digits === '') return ZERO;
  const exponent = a.exponent + b.exponent;
  const negative = a.negative !== b.negative;
  if (b.digits === '1') return { negative, digits: a.digits, exponent };
  if (a.digits === '1') return { negative, digits: b.digits, exponent };
  const product = (BigInt(a.digits) * BigInt(b.digits)).toString();
  const digits = product.replace(TRAILING_ZEROS, '');
  return { negative, digits, exponent: exponent + product.length - digits.length };
}

/** Whether `a` is greater than `b`. */
export function isGreater(a: Decimal, b: Decimal): boolean {
  const exponent = Math.min(a.exponent, b.exponent);
  return scaled(a, exponent) > scaled(b, exponent);
}

function scaled(value: Decimal, exponent: number): bigint {
  if (value.digits === '') return 0n;
  const magnitude = BigInt(value.digits + '0'.repeat(value.exponent - exponent));
  return value.negative ? -magnitude : magnitude;
}

/** The canonical lexical form of xsd:decimal (XSD 1.1 part 2, E.1): no point where there is no fraction. */
export function decimalLexical(value: Decimal): string {
  const { digits, exponent } = value;
  if (digits === '') return '0';
  const sign = value.negative ? '-' : '';
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  const point = digits.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The canonical lexical form of xsd:float and xsd:double (XSD 1.1 part 2, E.1): `3.77E1`. */
export function floatLexical(value: Decimal): string {
  const { digits } = value;
  if (digits === '') return '0.0E0';
  const sign = value.negative ? '-' : '';
  return `${sign}${digits.charAt(0)}.${digits.slice(1) || '0'}E${value.exponent + digits.length - 1}`;
}

/** The canonical lexical form of xsd:integer; a fraction is rounded up, as aerOS rounds its megabytes. */
export function integerLexical(value: Decimal): { readonly lexical: string; readonly rounded: boolean } {
  if (value.exponent >= 0) return { lexical: decimalLexical(value), rounded: false };
  const point = value.digits.length + value.exponent;
  const whole = point <= 0 ? 0n : BigInt(value.digits.slice(0, point));
  const lexical = value.negative ? (-whole).toString() : (whole + 1n).toString();
  return { lexical, rounded: true };
}
