/**
 * Regular expressions of functions: a pattern that JavaScript's engine would try without end is run in linear
 * time, and means the same.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { linearExpression, mayRunWithoutEnd } from '../../src/mapping/function/linear-expression.ts';
import { regularExpression } from '../../src/mapping/function/regex.ts';
import {
  contains,
  matchGroups,
  partition,
  replaceAll,
  split,
} from '../../src/mapping/function/string-operations.ts';
import '../../src/source/functions/linear-engine.ts';

/** Far more than V8 could try in the life of a machine, and little for an engine that is linear. */
const LONG = `${'a'.repeat(3000)}!`;

const ENDLESS: readonly string[] = [
  '(a+)+$',
  '(?i)(A+)+$',
  '^(a|a)*$',
  '^(?:a?a?)*$',
  String.raw`(\p{L}+)+$`,
  '(.*a){10}x',
  '(a{1,5}){1,50}$',
  String.raw`^((a|b)+\s*)*$`,
];

describe('a regular expression of a function', () => {
  for (const pattern of ENDLESS) {
    it(`comes to an end: ${pattern}`, () => {
      const before = process.cpuUsage();
      assert.equal(replaceAll(LONG, `/${pattern}/`, ''), LONG);
      assert.equal(contains(LONG, `/${pattern}/`), false);
      assert.equal(matchGroups(LONG, pattern), undefined);
      assert.deepEqual(split(LONG, `/${pattern}/`), [LONG]);
      assert.deepEqual(partition(LONG, `/${pattern}/`, undefined, true), ['', '', LONG]);
      const { user, system } = process.cpuUsage(before);
      assert(user + system < 5_000_000, `${user + system} µs`);
    });
  }

  for (const pattern of ['(a+)+(?=b)c', String.raw`(a+)+\1$`]) {
    it(`is refused where it may run without end: ${pattern}`, () => {
      assert.throws(() => regularExpression(pattern, 'g'), /may run without end/);
    });
  }

  const ONE_WAY = [
    'a+b*c?',
    '(ab)+',
    '(a+)?b',
    String.raw`\(a+\)+`,
    '[(a|b)+]+',
    '(a{2})*',
    '(?=a+)b',
    '^(?:a|b)$',
  ];
  for (const pattern of ONE_WAY) {
    it(`stays with the engine of the language where it cannot: ${pattern}`, () => {
      assert.equal(mayRunWithoutEnd(pattern), false);
    });
  }

  const { pattern } = fc.letrec<{ readonly pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(
        'a',
        'b',
        '.',
        String.raw`\s`,
        String.raw`\S`,
        '[ab]',
        String.raw`[^\sa]`,
        'é',
        String.raw`\u0061`,
        String.raw`\b`,
      ),
      fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
      fc.tuple(tie('pattern'), tie('pattern')).map((parts) => `(?:${parts.join('|')})`),
      fc
        .tuple(
          fc.constantFrom('a', 'b', '[ab]', '.', '(?:ab)', '(?:a|bb)'),
          fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '+?', '*?'),
        )
        .map((parts) => parts.join('')),
    ),
  }));
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '\n', 'é', '\u00a0', '\u2028', 'c'),
    maxLength: 12,
  });

  it('means the same to both engines', () => {
    let matched = 0;
    fc.assert(
      fc.property(pattern, fc.constantFrom('g', 'gi', 'gs', 'gm'), text, (source, flags, on) => {
        const [native, linear] = [new RegExp(source, flags), linearExpression(source, flags)];
        const all = (expression: RegExp): readonly unknown[] =>
          Array.from(on.matchAll(expression), (match) => [match.index, match[0]]);
        if (all(native).length > 0) matched++;
        assert.deepEqual(all(linear), all(native));
        assert.equal(on.replace(linear, '<$&>'), on.replace(native, '<$&>'));
        assert.deepEqual(on.split(linear), on.split(native));
        linear.lastIndex = native.lastIndex = 0;
        assert.equal(linear.test(on), native.test(on));
      }),
      { numRuns: 1000 },
    );
    assert(matched > 200, `${matched} runs had a match`);
  });
});
