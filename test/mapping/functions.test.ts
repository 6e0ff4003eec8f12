import { deepEqual, equal } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { readAsset } from '../../src/assets.ts';
import { BUILT_IN } from '../../src/mapping/function/registry.ts';
import { jsonMap, runInput } from './check.ts';

const IRIS: Readonly<Record<string, string>> = {
  grel: 'http://users.ugent.be/~bjdmeest/function/grel.ttl#',
  idlab: 'https://w3id.org/imec/idlab/function#',
  old: 'http://example.com/idlab/function/',
  morph: 'https://github.com/morph-kgc/morph-kgc/function/built-in.ttl#',
};

const full = (name: string): string => name.replace(/^(\w+):/, (_, prefix: string) => IRIS[prefix]!);

type Arguments = Readonly<Record<string, unknown>>;

/** Objects that a call gives, as lexical form and local name of the datatype; the arguments come as data. */
async function evaluate(name: string, args: Arguments): Promise<readonly string[]> {
  const inputs = Object.keys(args).map((parameter, i) => {
    const iri = parameter.includes(':') ? full(parameter) : `${IRIS['grel']}${parameter}`;
    return `rml:input [ rml:parameter <${iri}> ; rml:inputValueMap [ rml:reference "a${i}${Array.isArray(args[parameter]) ? '[*]' : ''}" ] ]`;
  });
  const record = Object.fromEntries(Object.values(args).map((value, i) => [`a${i}`, value]));
  const { quads } = await runInput({
    mapping: jsonMap(`rml:functionExecution [ ${[`rml:function <${full(name)}>`, ...inputs].join(' ; ')} ]`),
    sources: { 'people.json': JSON.stringify([{ id: 1, ...record }]) },
  });
  return quads.map(({ object }) => {
    if (object.termType !== 'Literal') throw new Error(`A ${object.termType} came`);
    const type = object.datatype.value.replace(/^.*#/, '');
    return type === 'string' ? object.value : `${object.value} ${type}`;
  });
}

/** Function, arguments by parameter (of GREL unless it has a prefix), expected objects. */
const CALLS: readonly (readonly [name: string, args: Arguments, expected: readonly string[]])[] = [
  ['grel:toUpperCase', { valueParam: 'straße' }, ['STRASSE']],
  ['grel:toUpperCase', { valueParameter: ['a', 'b'] }, ['A', 'B']],
  ['grel:toLowerCase', { valueParam: 'ÀB' }, ['àb']],
  ['grel:toTitleCase', { valueParam: 'the qUICK fox' }, ['The Quick Fox']],
  ['grel:string_trim', { valueParam: ' a b\t' }, ['a b']],
  ['grel:string_chomp', { valueParam: 'hardly', param_string_sep: 'ly' }, ['hard']],
  ['grel:string_substring', { valueParam: 'profound', p_int_i_from: '3' }, ['found']],
  ['grel:string_substring', { valueParam: 'profound', p_int_i_from: 2, p_int_i_opt_to: 4 }, ['of']],
  ['grel:string_substring', { valueParam: 'profound', p_int_i_from: 1, p_int_i_opt_to: -1 }, ['rofoun']],
  ['grel:string_substring', { valueParam: 'abc', p_int_i_from: 3 }, ['']],
  ['grel:string_substring', { valueParam: 'abc', p_int_i_from: 4 }, []],
  ['grel:string_length', { valueParam: 'Venus' }, ['5 integer']],
  ['grel:string_contains', { valueParam: 'food', string_sub: 'oo' }, ['true boolean']],
  ['grel:string_contains', { valueParam: 'food', string_sub: '/o{3}/' }, ['false boolean']],
  ['grel:string_startsWith', { valueParam: 'food', param_string_sub: 'fo' }, ['true boolean']],
  ['grel:string_endsWith', { valueParam: 'food', param_string_sub: 'fo' }, ['false boolean']],
  ['grel:string_indexOf', { valueParam: 'internet', param_string_sub: 'ne' }, ['5 integer']],
  ['grel:string_lastIndexOf', { valueParam: 'parallel', param_string_sub: 'z' }, ['-1 integer']],
  ['grel:string_replace', { valueParam: 'a.b.c', param_find: '.', param_replace: '$&' }, ['a$&b$&c']],
  [
    'grel:string_replace',
    { valueParam: 'a1b22', p_string_find: '/(\\d+)/', p_string_replace: '<$1>' },
    ['a<1>b<22>'],
  ],
  ['grel:string_replace', { valueParam: 'AbaB', param_find: '/(?i)b/', param_replace: '-$0-' }, ['A-b-a-B-']],
  [
    'grel:string_replace',
    { valueParam: 'a1', param_find: '/(\\d)/', param_replace: '\\$1 $0 $& \\\\' },
    ['a$1 1 $& \\'],
  ],
  [
    'grel:string_replace',
    { valueParam: 'a1', param_find: '/(?<digit>\\d)/', param_replace: '<${digit}>' },
    ['a<1>'],
  ],
  ['grel:string_split', { valueParam: 'a1b22c', param_string_sep: '/(\\d)(x)?/' }, ['a', 'b', '', 'c']],
  ['grel:string_match', { valueParam: 'ABC', param_regex: '/(?i)a(b)c/' }, ['B']],
  ['grel:string_substring', { valueParam: '😀', p_int_i_from: 1 }, ['\uFFFD']],
  ['grel:string_replaceChars', { valueParam: 'áéa', param_find: 'áé', param_replace: 'ae' }, ['aea']],
  ['grel:string_match', { valueParam: '230.22', param_regex: '/(\\d+)\\.(\\d+)/' }, ['230', '22']],
  ['grel:string_match', { valueParam: 'x230', param_regex: '/(\\d+)/' }, []],
  ['grel:string_toNumber', { param_any_e: '12345678901234567890' }, ['12345678901234567890 integer']],
  ['grel:string_toNumber', { param_any_e: ' 5.50 ' }, ['5.50 double']],
  ['grel:string_toString', { param_any_e: 5 }, ['5']],
  ['grel:string_split', { valueParam: 'a,b,,c', param_string_sep: ',' }, ['a', 'b', '', 'c']],
  ['grel:string_split', { valueParam: 'a1b2', param_string_sep: '/\\d/' }, ['a', 'b', '']],
  ['grel:string_smartSplit', { valueParam: '"a", b' }, ['a', 'b']],
  [
    'grel:string_splitByLengths',
    { valueParam: 'internet', param_int_i: 5, param_int_i2: 2, param_int_rep_i: [1] },
    ['inter', 'ne', 't'],
  ],
  ['grel:string_splitByCharType', { valueParam: 'HenryCTaylor' }, ['H', 'enry', 'CT', 'aylor']],
  ['grel:string_partition', { valueParam: 'internet', param_fragment: 'n' }, ['i', 'n', 'ternet']],
  [
    'grel:string_rpartition',
    { valueParam: 'parallel', param_fragment: 'a', param_bool_opt_b: true },
    ['par', 'llel'],
  ],
  ['grel:string_diff', { valueParam: 'abc', valueParam2: 'abxy' }, ['xy']],
  ['grel:escape', { valueParam: '<a&"b">', modeParam: 'html' }, ['&lt;a&amp;&quot;b&quot;&gt;']],
  ['grel:escape', { valueParam: "it's", modeParam: 'xml' }, ['it&apos;s']],
  ['grel:escape', { valueParam: 'a "b", c', modeParam: 'csv' }, ['"a ""b"", c"']],
  ['grel:escape', { valueParam: "a b/é'", modeParam: 'url' }, ['a%20b%2F%C3%A9%27']],
  ['grel:escape', { valueParam: 'a\n"é"', modeParam: 'javascript' }, ['a\\n\\"\\u00E9\\"']],
  ['grel:string_unescape', { valueParam: '&lt;&#233;&#xe9;&nope;', modeParam: 'html' }, ['<éé&nope;']],
  ['grel:string_unescape', { valueParam: 'a%20b+c', modeParam: 'url' }, ['a b c']],
  ['grel:string_unescape', { valueParam: 'a\\n\\u00e9', modeParam: 'javascript' }, ['a\né']],
  ['grel:string_unicode', { valueParam: 'a💡' }, ['97 integer', '128161 integer']],
  ['grel:string_reverse', { valueParam: 'ab💡' }, ['💡ba']],
  ['grel:array_get', { param_a: ['a', 'b', 'c'], p_int_i_from: -1 }, ['c']],
  ['grel:array_get', { p_array_a: ['a', 'b', 'c'], param_int_i_from: 0, param_int_i_opt_to: 2 }, ['a', 'b']],
  ['grel:array_slice', { param_a: ['a', 'b', 'c'], p_int_i_from: 1 }, ['b', 'c']],
  ['grel:array_join', { param_a: ['a', 2, true], param_string_sep: '-' }, ['a-2-true']],
  ['grel:array_length', { param_a: [] }, ['0 integer']],
  ['grel:array_sort', { param_a: ['10', '9', '2'] }, ['2', '9', '10']],
  ['grel:array_sum', { param_a: ['1', 2.5] }, ['3.5 double']],
  ['grel:math_avg', { param_a: [1, 2, 3] }, ['2 integer']],
  ['grel:array_contains', { param_a: ['a', 'b'], valueParam: 'b' }, ['true boolean']],
  ['grel:boolean_and', { param_rep_b: [true, 'true', 1] }, ['true boolean']],
  ['grel:boolean_or', { bool_array_b: [false, 'FALSE'] }, ['false boolean']],
  ['grel:boolean_xor', { bool_array_b: [true, true, true] }, ['true boolean']],
  ['grel:boolean_not', { param_b: 'no' }, ['true boolean']],
  ['grel:controls_if', { bool_b: 'true', any_true: 'yes', any_false: 'no' }, ['yes']],
  ['grel:controls_if', { param_b: null, param_true: 'yes', param_false: [1, 2] }, ['1 integer', '2 integer']],
  ['grel:controls_if', { param_b: false, param_true: 'yes' }, []],
  ['morph:controls_if_cast', { bool_b: 'off', any_true: 'yes', any_false: 'no' }, ['no']],
  ['grel:controls_isNull', { param_any_e: null }, ['true boolean']],
  ['grel:controls_isNotNull', { param_any_e: '' }, ['true boolean']],
  ['grel:controls_isBlank', { param_any_e: ' ' }, ['true boolean']],
  ['grel:controls_isNumeric', { param_any_e: '1e3' }, ['true boolean']],
  ['grel:other_coalesce', { param_any_rep_e: [null, '', 'x'] }, ['x']],
  ['grel:math_abs', { param_dec_n: '-3' }, ['3 integer']],
  ['grel:math_floor', { param_dec_n: -2.5 }, ['-3 integer']],
  ['grel:math_ceil', { p_dec_n: 2.1 }, ['3 integer']],
  ['grel:math_round', { p_dec_n: '4,894.57' }, ['4895 integer']],
  ['grel:math_max', { p_dec_n: 2, param_n2: '10' }, ['10 integer']],
  ['grel:math_pow', { p_dec_n: 2, p_any_exp: 0.5 }, ['1.4142135623730951 double']],
  ['grel:math_mod', { p_int_i: -7, p_int_i2: 3 }, ['2 integer']],
  ['grel:math_gcd', { p_int_i: 12, p_int_i2: -18 }, ['6 integer']],
  ['grel:date_toDate', { valueParam: '31/12/2024', param_string_pattern: 'dd/MM/yyyy' }, ['2024-12-31 date']],
  [
    'grel:date_toDate',
    { valueParam: 'Jan 5, 24 1:02:03 PM +0100', p_string_pattern: 'MMM d, yy h:mm:ss a Z' },
    ['2024-01-05T13:02:03+01:00 dateTime'],
  ],
  [
    'grel:date_inc',
    { param_date_d: '2024-01-31', param_dec_n: 1, param_string_unit: 'months' },
    ['2024-02-29 date'],
  ],
  [
    'grel:date_inc',
    { p_date_d: '2024-02-28T23:00:00+02:00', p_dec_n: 90, p_string_unit: 'minutes' },
    ['2024-02-29T00:30:00+02:00 dateTime'],
  ],
  [
    'grel:date_diff',
    { p_datetime_d: '2024-03-01', p_datetime_d2: '2024-01-31', p_string_timeunit: 'days' },
    ['30 integer'],
  ],
  [
    'grel:date_diff',
    { p_datetime_d: '2023-01-31', p_datetime_d2: '2024-01-30', p_string_timeunit: 'years' },
    ['0 integer'],
  ],
  ['grel:date_datePart', { p_date_d: '2024-05-06T07:08:09Z', p_string_unit: 'weekday' }, ['Monday']],
  ['idlab:equal', { valueParam: '1', valueParam2: 1 }, ['true boolean']],
  ['idlab:notEqual', { valueParameter: 'a', valueParameter2: 'b' }, ['true boolean']],
  ['idlab:isNull', { 'idlab:_str': null }, ['true boolean']],
  ['old:decide', { 'old:str': 'a', 'old:expectedStr': 'a', 'old:result': 'yes' }, ['yes']],
  ['old:trueCondition', { 'old:strBoolean': 'false', 'old:str': 'x' }, []],
  ['idlab:trueCondition', { 'idlab:strBoolean': true, 'idlab:str': ['x', 'y'] }, ['x', 'y']],
  [
    'idlab:stringContainsOtherString',
    { 'idlab:str': 'a;b', 'idlab:otherStr': 'b', 'idlab:delimiter': ';' },
    ['true boolean'],
  ],
  ['idlab:listContainsElement', { 'idlab:list': ['a', 'b'], 'idlab:str': 'c' }, ['false boolean']],
  ['idlab:inRange', { 'idlab:p_test': 3, 'idlab:p_from': 3, 'idlab:p_to': 4 }, ['true boolean']],
  ['idlab:concat', { 'idlab:str': 'a', 'idlab:otherStr': 'b' }, ['ab']],
  ['morph:concat', { valueParameter1: 'a', valueParameter2: 'b', p_string_sep: '/' }, ['a/b']],
  ['idlab:slugify', { 'idlab:str': ' Crème Brûlée, n°1! ' }, ['creme-brulee-n-1']],
  ['idlab:getMIMEType', { 'idlab:str': 'a/b.TTL' }, ['text/turtle']],
  ['idlab:toUpperCaseURL', { 'idlab:str': 'www.example.com' }, ['http://WWW.EXAMPLE.COM']],
  [
    'idlab:normalizeDate',
    { 'idlab:strDate': '20 février 2024', 'idlab:pattern': 'd MMMM yyyy' },
    ['function-failed'],
  ],
  [
    'idlab:normalizeDateWithLang',
    { 'idlab:strDate': '20 février 2024', 'idlab:pattern': 'd MMMM yyyy', 'idlab:lang': 'fr' },
    ['2024-02-20'],
  ],
  [
    'idlab:normalizeDateTime',
    { 'idlab:strDate': '2024-02-20 at 13h05', 'idlab:pattern': "yyyy-MM-dd 'at' HH'h'mm" },
    ['2024-02-20T13:05:00'],
  ],
  [
    'idlab:normalizeDate',
    { 'idlab:strDate': '2023-02-29', 'idlab:pattern': 'yyyy-MM-dd' },
    ['function-failed'],
  ],
  ['grel:string_toNumber', { param_any_e: 'five' }, ['function-failed']],
  ['grel:math_pow', { p_dec_n: 10, p_any_exp: 400 }, ['function-failed']],
  ['grel:escape', { valueParam: 'a', modeParam: 'latex' }, ['function-failed']],
];

describe('built-in functions', () => {
  for (const [name, args, expected] of CALLS) {
    it(`${name}(${JSON.stringify(args)}) gives ${JSON.stringify(expected)}`, async () => {
      const [failure] = expected;
      if (failure !== 'function-failed') deepEqual(await evaluate(name, args), expected);
      else {
        const thrown = await evaluate(name, args).then(
          () => undefined,
          (error: unknown) => error as { readonly extensions: { readonly code: string } },
        );
        equal(thrown?.extensions.code, 'function-failed');
      }
    });
  }

  for (const [name, algorithm] of [
    ['string_md5', 'md5'],
    ['string_sha1', 'sha1'],
    ['string_sha256', 'sha256'],
  ] as const) {
    it(`${name} agrees with the platform for any text`, () => {
      const run = BUILT_IN.get(IRIS['grel']! + name)!;
      const unit = fc.constantFrom('a', 'é', '💡', '\0', ' ');
      fc.assert(
        fc.property(fc.string({ unit, maxLength: 300 }), (text) => {
          equal(run.run([text], 0), createHash(algorithm).update(text, 'utf8').digest('hex'));
        }),
        { numRuns: 200 },
      );
    });
  }

  it('are all in the documentation, and nothing else is', () => {
    const compact = (iri: string): string =>
      iri
        .replace(IRIS['grel']!, 'grel:')
        .replace(IRIS['idlab']!, 'idlab-fn:')
        .replace(IRIS['morph']!, 'morph:');
    const rows = readAsset('mappings', 'functions.md').matchAll(/^\| (`.+?`) \|/gm);
    const documented = Array.from(rows, ([, names]) => names!.split(', ')).flat();
    const known = Array.from(BUILT_IN.iris, compact).filter((name) => !name.startsWith('http:'));
    deepEqual(documented.toSorted(), known.map((name) => `\`${name}\``).toSorted());
  });

  it('have the parameters of their published descriptions, each once', () => {
    for (const iri of BUILT_IN.iris) {
      const { parameters, outputs } = BUILT_IN.get(iri)!;
      const names = [...parameters, ...outputs].flatMap(({ iri: own, aliases = [] }) => [own, ...aliases]);
      equal(new Set(names).size, names.length, iri);
    }
  });
});
