/** The place of a fault in JSON is told exactly, whatever the fault. */
import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { jsonFaultAt } from '../../src/rdf/json-fault.ts';

/** `^` stands before the character at fault; at the end, the text is too short. */
const FAULTS: readonly string[] = [
  '{"id":2,"v":^}',
  '{"a":1,^}',
  '[1,^]',
  '[1 ^2]',
  '{^a:1}',
  '{"a"^1}',
  '{"a":1^]',
  '[1]^]',
  '^nul1',
  '[tru^',
  '[-^',
  '^',
  ' \n^',
  '"a^',
  '"^\u0001"',
  '"^\\x"',
  '[0^1]',
  '[1^.]',
  '{"a":"^\n"}',
  '[[[^',
  '{"a":{"b":[1,2]},"c":^,}',
];

describe('faults of JSON', () => {
  for (const marked of FAULTS) {
    it(`lie where they are in ${JSON.stringify(marked)}`, () => {
      equal(jsonFaultAt(marked.replace('^', '')), marked.indexOf('^'));
    });
  }

  it('are none in JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        equal(jsonFaultAt(text), text.length);
      }),
    );
  });

  it('lie where the engine says, if it says so', () => {
    const text = fc.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', ']', '}', '"', '1', 'x'));
    let told = 0;
    fc.assert(
      fc.property(text, ([value, seed, put]) => {
        const whole = JSON.stringify(value);
        const at = seed % (whole.length + 1);
        const changed = whole.slice(0, at) + put + whole.slice(at + 1);
        const message = engineOn(changed);
        const position = /at position (\d+)/.exec(message)?.[1];
        // Within strings and numbers the engine names the character behind.
        if (position === undefined || /escape|string|control|number|Exponent/i.test(message)) return;
        told++;
        equal(jsonFaultAt(changed), Number(position), changed);
      }),
      { numRuns: 2000 },
    );
    equal(told > 100, true, `${told} were told`);
  });

  it('are found in a text that is nested very deep', () => {
    const deep = '['.repeat(1_000_000);
    equal(jsonFaultAt(`${deep}}`), deep.length);
  });
});

/** What the engine says of a text; nothing where it is JSON. */
function engineOn(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (thrown) {
    return String(thrown);
  }
}
