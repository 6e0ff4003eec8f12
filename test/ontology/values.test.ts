/**
 * Exact decimals, points in time and well-known text, each against an independent way to say the same.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalDateTime } from '../../src/ontology/date-time.ts';
import {
  type Decimal,
  decimalLexical,
  floatLexical,
  integerLexical,
  isGreater,
  multiply,
  parseDecimal,
} from '../../src/ontology/decimal.ts';
import { canonicalArea, parsePoint } from '../../src/ontology/wkt.ts';

const read = (text: string): Decimal => {
  const value = parseDecimal(text);
  assert.ok(value, text);
  return value;
};

describe('decimal', () => {
  const canonical: readonly (readonly [text: string, decimal: string, float: string])[] = [
    ['0', '0', '0.0E0'],
    ['-0.00', '0', '0.0E0'],
    ['007', '7', '7.0E0'],
    ['+1.50', '1.5', '1.5E0'],
    ['37.7', '37.7', '3.77E1'],
    ['.5', '0.5', '5.0E-1'],
    ['5.', '5', '5.0E0'],
    ['-1.0', '-1', '-1.0E0'],
    ['2.1005E3', '2100.5', '2.1005E3'],
    ['1e-7', '0.0000001', '1.0E-7'],
    [' 100 ', '100', '1.0E2'],
    ['123456789012345678901234567890', '123456789012345678901234567890', '1.2345678901234567890123456789E29'],
  ];
  for (const [text, decimal, float] of canonical) {
    it(`"${text}" is ${decimal} and ${float}`, () => {
      assert.equal(decimalLexical(read(text)), decimal);
      assert.equal(floatLexical(read(text)), float);
    });
  }

  for (const text of ['', '.', 'e5', '1e', '--1', '1,5', '0x10', 'NaN', 'INF', '1e999', 'one', '1 2']) {
    it(`"${text}" is no number`, () => {
      assert.equal(parseDecimal(text), undefined);
    });
  }

  it('a fraction is rounded up to a whole number', () => {
    const cases = [
      ['1.2', '2'],
      ['-1.2', '-1'],
      ['0.001', '1'],
      ['-0.5', '0'],
      ['3', '3'],
    ] as const;
    for (const [text, whole] of cases) {
      const { lexical, rounded } = integerLexical(read(text));
      assert.equal(lexical, whole, text);
      assert.equal(rounded, text.includes('.'), text);
    }
  });

  /** A decimal of up to six places as a whole number of millionths. */
  const millionths = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
  const textOf = (value: bigint): string => {
    const digits = (value < 0n ? -value : value).toString().padStart(7, '0');
    return `${value < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
  };

  it('products are exact', () => {
    fc.assert(
      fc.property(millionths, millionths, (a, b) => {
        const product = decimalLexical(multiply(read(textOf(a)), read(textOf(b))));
        assert.equal(decimalLexical(read(product)), product);
        const [whole = '', fraction = ''] = product.replace('-', '').split('.');
        const magnitude = BigInt(whole + fraction.padEnd(12, '0'));
        assert.equal(product.startsWith('-') ? -magnitude : magnitude, a * b);
      }),
    );
  });

  it('order is the order of numbers', () => {
    fc.assert(
      fc.property(millionths, millionths, (a, b) => {
        assert.equal(isGreater(read(textOf(a)), read(textOf(b))), a > b);
      }),
    );
  });
});

describe('date and time', () => {
  const cases: readonly (readonly [text: string, canonical: string | undefined])[] = [
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05.120000Z', '2026-01-02T03:04:05.12Z'],
    ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T00:30:00+02:00', '2026-01-01T22:30:00Z'],
    ['2026-12-31T23:30:00-0100', '2027-01-01T00:30:00Z'],
    ['2026-01-02 03:04:05,5z', '2026-01-02T03:04:05.5Z'],
    ['2026-01-02T03:04Z', '2026-01-02T03:04:00Z'],
    ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123456789Z'],
    // without a zone it stays without one
    ['2026-01-02T03:04:05', '2026-01-02T03:04:05'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2026-02-29T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['2026-01-01', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ];
  for (const [text, canonical] of cases) {
    it(`"${text}" is ${canonical ?? 'none'}`, () => {
      assert.equal(canonicalDateTime(text), canonical);
    });
  }

  it('is the instant that the platform reads', () => {
    const range = { min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(minutes);
        const pad = (value: number): string => String(value).padStart(2, '0');
        const zone = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
        const found = canonicalDateTime(local + zone);
        assert.equal(new Date(found ?? '').getTime(), date.getTime());
      }),
    );
  });
});

describe('well-known text', () => {
  const points: readonly (readonly [text: string, wkt: string | undefined])[] = [
    ['POINT(-0.340 39.480)', 'POINT(-0.34 39.48)'],
    ['point ( 1e1  2 )', 'POINT(10 2)'],
    ['<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(1 2)', 'POINT(1 2)'],
    ['POINT(1 2 3)', undefined],
    ['POINT(1)', undefined],
    ['POINT EMPTY', undefined],
    ['POINT(a b)', undefined],
    ['POLYGON((0 0,1 0,1 1,0 0))', undefined],
  ];
  for (const [text, wkt] of points) {
    it(`"${text}" is ${wkt ?? 'no point'}`, () => {
      assert.equal(parsePoint(text)?.wkt, wkt);
    });
  }

  const areas: readonly (readonly [text: string, wkt: string | undefined])[] = [
    ['polygon(( 0 0 , 1 0.0, 1 1,0 0 ))', 'POLYGON((0 0,1 0,1 1,0 0))'],
    ['POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))', 'POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))'],
    [
      'MULTIPOLYGON (((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))',
      'MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))',
    ],
    ['POLYGON((0 0,1 0,1))', undefined],
    ['POLYGON((0 0,1 0 2,1 1,0 0))', undefined],
    ['POLYGON((0 0,1 0,1 1,0 0)', undefined],
    ['POLYGON(0 0,1 0,1 1,0 0)', undefined],
    ['MULTIPOLYGON((0 0,1 0,1 1,0 0))', undefined],
    ['POLYGON((0 0,x 0,1 1,0 0))', undefined],
    ['POINT(1 2)', undefined],
  ];
  for (const [text, wkt] of areas) {
    it(`"${text}" is ${wkt ?? 'no area'}`, () => {
      assert.equal(canonicalArea(text), wkt);
    });
  }
});
