/** `fabric map --config`: configuration files of morph-KGC. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parseIni } from '../../src/cli/ini.ts';
import { fabric } from './command.ts';
import { at, eachTestInAFolder, put } from './test-folder.ts';

/** In the vocabulary that users of morph-KGC have. */
const LEGACY = `@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@base <http://example.org/map/> .
<TM> rml:logicalSource [ rml:source "elsewhere.csv" ; rml:referenceFormulation ql:CSV ] ;
  rr:subjectMap [ rr:template "http://example.org/{id}" ] ;
  rr:predicateObjectMap [ rr:predicate <http://example.org/name> ; rr:objectMap [ rml:reference "name" ] ] .
`;

const TABLE = `@prefix rr: <http://www.w3.org/ns/r2rml#> .
@base <http://example.org/map/> .
<TM> rr:logicalTable [ rr:tableName "person" ] ;
  rr:subjectMap [ rr:template "http://example.org/{id}" ] ;
  rr:predicateObjectMap [ rr:predicate <http://example.org/name> ; rr:objectMap [ rr:column "name" ] ] .
`;

describe('fabric map --config', () => {
  eachTestInAFolder();
  it('maps data sources to the output of the configuration', async () => {
    mkdirSync(at('mappings'));
    put('mappings/people.rml.ttl', LEGACY);
    put('people.csv', 'id,name\n1,Ada\n2,nan\n3,\n4,Bob\n');
    const config = put(
      'config.ini',
      `[DEFAULT]
main_dir: ${at()}

[CONFIGURATION]
# both separators are allowed
output_file = \${main_dir}/graph
output_format: N-QUADS

[People]
mappings: \${main_dir}/mappings
file_path: \${main_dir}/people.csv
`,
    );
    const { code, err } = await fabric('map', '--config', config, '--allow-root', at());
    assert.equal(code, 0, err);
    assert.doesNotMatch(err, /warning/);
    // `nan` and the empty text are no values unless na_values says otherwise.
    assert.deepEqual(readFileSync(at('graph.nq'), 'utf8').trim().split('\n'), [
      '<http://example.org/1> <http://example.org/name> "Ada" .',
      '<http://example.org/4> <http://example.org/name> "Bob" .',
    ]);
  });

  it('reads tables from db_url', async () => {
    const database = new DatabaseSync(at('people.db'));
    database.exec(`CREATE TABLE person (id INTEGER, name TEXT); INSERT INTO person VALUES (1, 'Ada')`);
    database.close();
    const mapping = put('table.ttl', TABLE);
    const config = put(
      'config.ini',
      `[CONFIGURATION]
output_file: ${at('graph.nt')}
[DB]
mappings: ${mapping}
db_url: sqlite:///${at('people.db')}
`,
    );
    const { code, err } = await fabric('map', '--config', config);
    assert.equal(code, 0, err);
    assert.equal(
      readFileSync(at('graph.nt'), 'utf8'),
      '<http://example.org/1> <http://example.org/name> "Ada" .\n',
    );
  });

  it('names each key without effect in one warning, with what to do instead', async () => {
    const config = put(
      'config.ini',
      `[CONFIGURATION]
output_file: ${at('graph.nt')}
number_of_processes: 4
mapping_partitioning: MAXIMAL
output_kafka_server: broker:9092
only_printable_chars: yes
safe_percent_encoding: :/
udfs: functions.py
infer_sql_datatypes: no
colour: blue
[A]
mappings: ${put('map.ttl', LEGACY)}
file_path: ${put('people.csv', 'id,name\n1,Ada\n')}
connect_args: {}
`,
    );
    const { code, err } = await fabric('map', '--config', config);
    assert.equal(code, 0, err);
    const warnings = err.split('\n').filter((line) => line.startsWith('warning: '));
    const keys = [
      'connect_args',
      'number_of_processes',
      'mapping_partitioning',
      'output_kafka_server',
      'only_printable_chars',
      'safe_percent_encoding',
      'udfs',
      'infer_sql_datatypes',
      'colour',
    ];
    for (const key of keys) {
      const named = warnings.filter((line) => line.includes(`${key} `) || line.includes(`${key}:`));
      assert.equal(named.length, 1, `${key}: ${err}`);
      assert.match(named[0]!, /config\.ini:\d+: /);
    }
    assert.equal(warnings.length, keys.length, err);
    assert.ok(existsSync(at('graph.nt')));
  });

  it('writes its notes to the log file too, and few of them when told so', async () => {
    const log = at('run.log');
    const config = (level: string): string =>
      put(
        'config.ini',
        `[CONFIGURATION]
output_file: ${at('graph.nt')}
logging_level: ${level}
logging_file: ${log}
[A]
mappings: ${put('map.ttl', LEGACY)}
file_path: ${put('people.csv', 'id,name\n1,Ada\n')}
`,
      );
    await fabric('map', '--config', config('INFO'));
    assert.match(readFileSync(log, 'utf8'), /1 quad .*written to/);
    rmSync(log);
    const { err } = await fabric('map', '--config', config('ERROR'));
    assert.equal(err, '');
    assert.equal(readFileSync(log, 'utf8'), '');
  });

  const refusals: readonly { readonly title: string; readonly text: string; readonly message: RegExp }[] = [
    { title: 'no data source', text: '[CONFIGURATION]\n', message: /no section of a data source/ },
    { title: 'no mappings', text: '[A]\nfile_path: x.csv\n', message: /\[A\] has no key mappings/ },
    {
      title: 'mappings that are not there',
      text: '[A]\nmappings: none.ttl\n',
      message: /config\.ini:2: .*none\.ttl/,
    },
    { title: 'a line that is none', text: '[A]\nmappings\n', message: /line 2, has "mappings"/ },
    {
      title: 'a reference to nothing',
      text: '[A]\nmappings: ${dir}/x\n',
      message: /\$\{dir\}, which is not set/,
    },
    {
      title: 'another format',
      text: '[CONFIGURATION]\noutput_format: TURTLE\n[A]\nmappings: package.json\n',
      message: /valid are N-TRIPLES and N-QUADS/,
    },
  ];
  for (const { title, text, message } of refusals) {
    it(`refuses ${title}`, async () => {
      const { code, err } = await fabric('map', '--config', put('config.ini', text));
      assert.equal(code, 2, err);
      assert.match(err, message);
    });
  }
});

describe('INI files', () => {
  const values: readonly (readonly [string, string, string])[] = [
    ['continued lines', '[a]\nk: 1,\n  2\n', '1,\n2'],
    ['dollar signs', '[a]\nk = $${x}\n', '${x}'],
    ['references to other sections', '[b]\nx: 1\n[a]\nk: ${b:x}-${b:X}\n', '1-1'],
    ['references to references', '[DEFAULT]\nx: 1\ny: ${x}2\n[a]\nk: ${y}3\n', '123'],
    ['separators in values', '[a]\nk: a=b:c\n', 'a=b:c'],
    ['comments and blank lines', '# a\n[a]\n\n; b\nk: v\n', 'v'],
  ];
  for (const [title, text, value] of values) {
    it(`have ${title}`, () => {
      assert.equal(parseIni(text, 'x.ini').get('a')?.get('k')?.value, value);
    });
  }

  it('refuse references that go round', () => {
    assert.throws(() => parseIni('[a]\nx: ${y}\ny: ${x}\n', 'x.ini'), /refer to one another/);
  });
});
