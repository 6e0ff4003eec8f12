import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FabricError } from '../../src/errors.ts';
import { loadUserFunctions, type UserFunctions } from '../../src/source/functions/user-functions.ts';
import { checkMapping, checkRefusal, jsonMap, runInput } from './check.ts';

const MODULE = `
let calls = 0;
const name = 'http://ex.org/name';
export const functions = [
  { iri: 'http://ex.org/initials', parameters: [name], outputs: ['http://ex.org/out'], pure: true,
    run: (text) => text.split(' ').map((word) => word[0]).join('') },
  { iri: 'http://ex.org/moody', parameters: [name], outputs: ['http://ex.org/out'],
    run: (text) => {
      if (text === 'loop') for (;;);
      if (text === 'exit') process.exit(1);
      if (text === 'talk') console.log('to nobody');
      if (text === 'throw') throw new Error('not today');
      if (text === 'object') return { text };
      return text;
    } },
  { iri: 'http://ex.org/slow', parameters: [name], outputs: ['http://ex.org/out'],
    run: (text) => text === 'never' ? new Promise(() => {}) : Promise.resolve([text, 2n, null]) },
  { iri: 'http://ex.org/types', parameters: [{ iri: name, takes: 'all', nullable: true }], outputs: ['http://ex.org/out'],
    run: (values = 'none') => JSON.stringify(values) },
  { iri: 'http://ex.org/parts', parameters: [name], outputs: ['http://ex.org/first', 'http://ex.org/last'], pure: true,
    run: (text) => ({ 'http://ex.org/first': text[0], 'http://ex.org/last': text.at(-1) }) },
  { iri: 'http://ex.org/counted', parameters: [], outputs: ['http://ex.org/out'], pure: true, run: () => ++calls },
  { iri: 'http://ex.org/counting', parameters: [], outputs: ['http://ex.org/out'], run: () => ++calls },
  { iri: 'http://ex.org/environment', parameters: [], outputs: ['http://ex.org/out'],
    run: () => Object.keys(process.env).length },
];`;

const call = (name: string, more = '', reference = 'v'): string =>
  jsonMap(`rml:functionExecution [ rml:function ex:${name} ;
    rml:input [ rml:parameter ex:name ; rml:inputValueMap [ rml:reference "${reference}" ] ] ] ${more}`);
const callPlain = (name: string): string => jsonMap(`rml:functionExecution [ rml:function ex:${name} ]`);

const json = (...values: readonly unknown[]): { readonly 'people.json': string } => ({
  'people.json': JSON.stringify(values.map((v, i) => ({ id: i + 1, v }))),
});

describe('user functions', () => {
  let folder = '';
  let loaded: UserFunctions;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'functions-'));
    writeFileSync(join(folder, 'functions.mjs'), MODULE);
    loaded = await loadUserFunctions(join(folder, 'functions.mjs'), { timeoutMs: 250 });
  });

  after(() => {
    loaded.close();
    rmSync(folder, { recursive: true });
  });

  const failing = async (text: string): Promise<readonly string[]> => {
    const { quads, diagnostics } = await runInput({
      mapping: call(text === 'never' ? 'slow' : 'moody'),
      sources: json('before', text, 'after'),
      strict: false,
      functions: loaded.functions,
    });
    return [...diagnostics.map(({ code }) => code), ...quads.map(({ object }) => object.value)];
  };

  it('are called by their IRIs', async () => {
    await checkMapping({
      mapping: call('initials', '; rml:return ex:out'),
      sources: json('Ada Lovelace', 'Alan M. Turing'),
      functions: loaded.functions,
      expected: 'ex:1 ex:p "AL" . ex:2 ex:p "AMT" .',
    });
  });

  it('give one of several outputs', async () => {
    await checkMapping({
      mapping: call('parts', '; rml:return ex:last'),
      sources: json('abc'),
      functions: loaded.functions,
      expected: 'ex:1 ex:p "c" .',
    });
  });

  it('may be asynchronous and give several values with datatypes', async () => {
    await checkMapping({
      mapping: call('slow'),
      sources: json('a'),
      functions: loaded.functions,
      expected: 'ex:1 ex:p "a" , 2 .',
    });
  });

  it('see values as JavaScript has them, digits that it would lose as text', async () => {
    const { quads } = await runInput({
      mapping: call('types', '', 'v[*]'),
      sources: { 'people.json': '[{"id":1,"v":[1,"1",true,12345678901234567890]},{"id":2,"v":[]}]' },
      functions: loaded.functions,
    });
    deepEqual(
      quads.map(({ object }) => object.value),
      ['[1,"1",true,"12345678901234567890"]', '"none"'],
    );
  });

  it('are called anew for each record, unless they are pure', async () => {
    const counts = async (name: string): Promise<number> => {
      const { quads } = await runInput({
        mapping: callPlain(name),
        sources: json(1, 2, 3),
        functions: loaded.functions,
      });
      return new Set(quads.map(({ object }) => object.value)).size;
    };
    deepEqual([await counts('counted'), await counts('counting')], [1, 3]);
  });

  it('do not see the environment of the process', async () => {
    const { quads } = await runInput({
      mapping: callPlain('environment'),
      sources: json(1),
      functions: loaded.functions,
    });
    equal(quads[0]?.object.value, '0');
  });

  for (const [text, code] of [
    ['throw', 'function-failed'],
    ['object', 'function-failed'],
    ['exit', 'function-timeout'],
    ['loop', 'function-timeout'],
    ['never', 'function-timeout'],
  ] as const) {
    it(`that ${text} cost one value, and the mapping goes on`, async () => {
      deepEqual(await failing(text), [
        code,
        'before',
        ...(text === 'never' ? ['2'] : []),
        'after',
        ...(text === 'never' ? ['2'] : []),
      ]);
    });
  }

  it('end a strict run with their name and the record', async () => {
    await checkRefusal(
      { mapping: call('moody'), sources: json('a', 'throw'), functions: loaded.functions },
      { type: 'mapping-failed', message: /<http:\/\/ex.org\/moody>, which failed: not today \(record 2\)/ },
    );
  });

  it('are unknown where they are not loaded', async () => {
    await checkRefusal(
      { mapping: call('initials'), sources: {} },
      { type: 'mapping-invalid', message: /calls <http:\/\/ex.org\/initials>, which is no known function/ },
    );
  });

  const broken: Readonly<Record<string, readonly [text: string | undefined, message: RegExp]>> = {
    'is not there': [undefined, /cannot be loaded: .*nowhere/],
    'is no JavaScript': ['export const = 1;', /cannot be loaded/],
    'exports no functions': ['export const others = [];', /exports no array "functions"/],
    'has a function without an IRI': [
      'export default [{ run: () => 1, outputs: ["a:b"] }];',
      /function 1 has no IRI/,
    ],
    'has a function that is none': [
      'export default [{ iri: "a:f", run: 1, outputs: ["a:b"] }];',
      /<a:f> has no function as its run/,
    ],
    'has a function without outputs': [
      'export default [{ iri: "a:f", run: () => 1 }];',
      /<a:f> has no array of IRIs as its outputs/,
    ],
    'never ends to load': ['for (;;);', /did not load within 300 ms/],
  };
  for (const [title, [text, message]] of Object.entries(broken)) {
    it(`are refused when their module ${title}`, async () => {
      const path = join(folder, text === undefined ? 'nowhere.mjs' : `${title.replaceAll(' ', '-')}.mjs`);
      if (text !== undefined) writeFileSync(path, text);
      const startTimeoutMs = title.startsWith('never') ? 300 : 10_000;
      const thrown = await loadUserFunctions(path, { startTimeoutMs }).then(
        () => undefined,
        (error: unknown) => error,
      );
      ok(thrown instanceof FabricError, String(thrown));
      equal(thrown.type, 'config-invalid');
      ok(message.test(thrown.message), thrown.message);
    });
  }
});
