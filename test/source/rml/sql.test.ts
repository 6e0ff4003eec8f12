/**
 * Tables and queries of databases as rows: the same cases on SQLite, on PostgreSQL and over MySQL's protocol.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FabricError } from '../../../src/errors.ts';
import type { SourceRow } from '../../../src/mapping/reference/formulation.ts';
import { type DatabaseOptions, Databases } from '../../../src/source/rml/sql.ts';
import { type Database, openPostgresql, openSqlite } from '../../conformance/stand-in-databases.ts';
import { openMysql } from './mysql-stand-in.ts';
import { query, refusal, rowsOf, shownRows, sourceOf, table } from './sql-rows.ts';

const SCHEMA = `
  CREATE TABLE sensor (id INTEGER PRIMARY KEY, name VARCHAR(20), height DOUBLE PRECISION, active BOOLEAN,
    born DATE, seen TIMESTAMP, price NUMERIC(10,2), total BIGINT);
  INSERT INTO sensor VALUES (1, 'Zoë', 1.65, true, '2001-02-03', '2001-02-03 04:05:06', 30.5, 9007199254740993);
  INSERT INTO sensor VALUES (2, NULL, 80, false, NULL, NULL, NULL, -7);
  CREATE TABLE "Odd ""name" ("a b" INTEGER, "Select" INTEGER);
  INSERT INTO "Odd ""name" VALUES (1, 2);
  CREATE TABLE empty (id INTEGER);
`;

/** What differs is how a decimal of scale two is written. */
interface System {
  readonly title: string;
  /** Whether it takes several connections at a time; the embedded PostgreSQL has one session. */
  readonly shared: boolean;
  readonly open: () => Promise<Database>;
  readonly price: string;
}

const scratch = mkdtempSync(join(tmpdir(), 'fabric-sql-'));
const systems: readonly System[] = [
  {
    title: 'SQLite',
    shared: true,
    open: () => Promise.resolve(openSqlite(join(scratch, 'test.db'))),
    price: '30.5',
  },
  {
    title: 'PostgreSQL',
    shared: process.env['FABRIC_TEST_POSTGRES'] !== undefined,
    open: openPostgresql,
    price: '30.50',
  },
  { title: 'the protocol of MySQL', shared: true, open: () => openMysql(), price: '30.5' },
];

after(() => {
  rmSync(scratch, { recursive: true, force: true });
});

for (const { title, shared, open, price } of systems) {
  describe(`rows of ${title}`, () => {
    let database: Database;
    const read = async (part: string, options: DatabaseOptions = {}): Promise<SourceRow[]> => {
      await using databases = new Databases(options);
      return await rowsOf(databases, sourceOf(database, part));
    };

    before(async function () {
      this.timeout(60_000);
      database = await open();
      for (const statement of SCHEMA.split(/;\n/)) if (statement.trim() !== '') await database.run(statement);
    });
    after(() => database.close());

    it('have the natural datatypes of R2RML, and nothing for NULL', async () => {
      assert.deepEqual(shownRows(await read(table('sensor'))), [
        {
          id: '1^^integer',
          name: 'Zoë',
          height: '1.65E0^^double',
          active: 'true^^boolean',
          born: '2001-02-03^^date',
          seen: '2001-02-03T04:05:06^^dateTime',
          price: `${price}^^decimal`,
          total: '9007199254740993^^integer',
        },
        {
          id: '2^^integer',
          name: undefined,
          height: '8.0E1^^double',
          active: 'false^^boolean',
          born: undefined,
          seen: undefined,
          price: undefined,
          total: '-7^^integer',
        },
      ]);
    });

    it('come from a query with a comment and a semicolon', async () => {
      const sql = 'SELECT id, total AS more FROM sensor -- all\nWHERE id = 2;';
      assert.deepEqual(shownRows(await read(query(sql))), [{ id: '2^^integer', more: '-7^^integer' }]);
    });

    it('come from a table whose name needs quotes', async () => {
      const quoted = title.includes('MySQL') ? '`Odd "name`' : '"Odd ""name"';
      assert.deepEqual(shownRows(await read(table(quoted))), [{ 'a b': '1^^integer', Select: '2^^integer' }]);
    });

    it('are none for an empty table', async () => {
      assert.deepEqual(await read(table('empty')), []);
    });

    it('hold only the columns that are referred to', async () => {
      const columnsOf = (): readonly string[] => ['"id"', 'NAME'];
      const rows = await read(table('sensor'), { columnsOf });
      assert.deepEqual(shownRows(rows)[0], { id: '1^^integer', name: 'Zoë' });
    });

    it('hold all columns when a reference names none, so that it can be told', async () => {
      const rows = await read(table('sensor'), { columnsOf: () => ['id', 'nope'] });
      assert.equal(Object.keys(rows[0]!).length, 8);
    });

    it('come in chunks, and a reader that leaves early does no harm', async () => {
      const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n`;
      const chunked = new Databases({ chunkRows: 1000 });
      const lengths: number[] = [];
      const data = chunked.open(sourceOf(database, query(many)));
      assert(data.kind === 'rows');
      for await (const chunk of data.rows) lengths.push(chunk.length);
      assert.deepEqual(lengths, [1000, 1000, 500]);
      const again = chunked.open(sourceOf(database, query(many)));
      assert(again.kind === 'rows');
      for await (const chunk of again.rows) {
        assert.equal(chunk.length, 1000);
        break;
      }
      assert.equal((await rowsOf(chunked, sourceOf(database, query(many)))).length, 2500);
      await chunked.close();
    });

    it('of several sources are read one after the other, and at the same time', async () => {
      await using databases = new Databases();
      const sources = [table('sensor'), query('SELECT id FROM sensor')].map((part) =>
        sourceOf(database, part),
      );
      for (const source of sources) assert.equal((await rowsOf(databases, source)).length, 2);
      if (!shared) return;
      const both = await Promise.all(sources.map((source) => rowsOf(databases, source)));
      assert.deepEqual(
        both.map((rows) => rows.length),
        [2, 2],
      );
    });

    it('refuse a column that a query gives twice', async () => {
      const { type, message } = await refusal(read(query('SELECT id, id FROM sensor')));
      assert.equal(type, 'mapping-failed');
      assert.match(message, /gives the column "id" twice; name one of them apart with AS/);
    });

    it('refuse a table that does not exist, and say which there are', async () => {
      const { type, message } = await refusal(read(table('sensr')));
      assert.equal(type, 'mapping-failed');
      assert.match(
        message,
        title.includes('MySQL') ? /no such table: sensr/ : /there is no table sensr; did you mean "sensor"\?/,
      );
    });

    it('refuse a name that would be more SQL than a name', async () => {
      for (const name of [
        'sensor; DROP TABLE empty',
        'sensor WHERE 1=1',
        `sensor" UNION SELECT 1 --`,
        '"sensor" x',
      ]) {
        const { type } = await refusal(read(table(name)));
        assert.equal(type, 'mapping-failed', name);
      }
      assert.deepEqual(await read(table('empty')), []);
    });

    it('refuse a query that fails, with the reason of the database', async () => {
      const { type, message } = await refusal(read(query('SELECT nothing FROM sensor')));
      assert.equal(type, 'mapping-failed');
      assert.match(message, /nothing/);
    });
  });
}

describe('a query of a mapping', () => {
  const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
    'that deletes': ['DELETE FROM sensor', /is no query; it begins with SELECT or WITH/],
    'of two statements': ['SELECT 1; DROP TABLE sensor', /has more than one statement/],
    'with a quote that is open': [`SELECT 'a FROM sensor`, /has a quote \('\) that is not closed/],
    'that is empty': [' ', /names an empty table or query/],
  };
  for (const [title, [sql, message]] of Object.entries(cases)) {
    it(`${title} is refused before anything is read`, () => {
      assert.throws(
        () => sourceOf({ dsn: 'sqlite:///x.db', username: '', password: '' }, query(sql)),
        (thrown) =>
          thrown instanceof FabricError &&
          thrown.type === 'mapping-invalid' &&
          message.test(thrown.message) &&
          thrown.location?.line === 4,
      );
    });
  }

  it('may hold a semicolon and dashes in its texts', async () => {
    const database = openSqlite(join(scratch, 'texts.db'));
    const databases = new Databases();
    const rows = await rowsOf(databases, sourceOf(database, query(`SELECT 'a;--b''' AS "x;y" /* ; */`)));
    assert.deepEqual(rows, [{ 'x;y': `a;--b'` }]);
    await databases.close();
    await database.close();
  });

  it('cannot write, not even inside of WITH', async function () {
    this.timeout(60_000);
    const database = await openPostgresql();
    await database.run('CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1)');
    const databases = new Databases();
    const deleting = query('WITH gone AS (DELETE FROM t RETURNING id) SELECT * FROM gone');
    const { message } = await refusal(rowsOf(databases, sourceOf(database, deleting)));
    assert.match(message, /read-only transaction/);
    assert.deepEqual(shownRows(await rowsOf(databases, sourceOf(database, table('t')))), [
      { id: '1^^integer' },
    ]);
    await databases.close();
    await database.close();
  });
});

describe('PostgreSQL', () => {
  let database: Database;
  before(async function () {
    this.timeout(60_000);
    database = await openPostgresql();
  });
  after(() => database.close());

  it('gives exact values, whatever the server writes by default', async () => {
    await database.run(`CREATE TABLE kinds (tz TIMESTAMPTZ, t TIME, bytes BYTEA, f REAL, n NUMERIC, nan DOUBLE PRECISION,
        padded CHAR(4), j JSONB, i INTERVAL);
      INSERT INTO kinds VALUES ('2001-02-03 04:05:06.120+02:30', '12:30', '\\xcafe', 0.1,
        123456789012345678901234567890.10, '-Infinity', 'ab', '{"a": 1}', '1 day 2 hours')`);
    const databases = new Databases();
    assert.deepEqual(shownRows(await rowsOf(databases, sourceOf(database, table('kinds')))), [
      {
        tz: '2001-02-03T01:35:06.12Z^^dateTime',
        t: '12:30:00^^time',
        bytes: 'CAFE^^hexBinary',
        f: '1.0E-1^^double',
        n: '123456789012345678901234567890.10^^decimal',
        nan: '-INF^^double',
        padded: 'ab  ',
        j: '{"a": 1}',
        i: 'P1DT2H',
      },
    ]);
    await databases.close();
  });

  it('finds names in lower case first, then as they are written', async () => {
    await database.run(`CREATE TABLE "Upper" (id INTEGER); CREATE TABLE lower (id INTEGER);
      CREATE SCHEMA "Other"; CREATE TABLE "Other".deep (id INTEGER)`);
    const databases = new Databases();
    for (const name of ['Upper', '"Upper"', 'LOWER', '"Other".Deep', 'Other.deep'])
      assert.deepEqual(await rowsOf(databases, sourceOf(database, table(name))), [], name);
    const { message } = await refusal(rowsOf(databases, sourceOf(database, table('"LOWER"'))));
    assert.match(message, /there is no table "LOWER"; did you mean "lower"\?/);
    await databases.close();
  });
});

describe('SQLite', () => {
  it('keeps a value whose type is not the declared one, and blobs', async () => {
    const database = openSqlite(join(scratch, 'loose.db'));
    await database.run(`CREATE TABLE loose (born DATE, n INTEGER, x, b BLOB, big DECIMAL);
      INSERT INTO loose VALUES ('soon', 'many', 1.5, x'00ff', 1e20), (5, 7, 'text', NULL, NULL)`);
    const databases = new Databases();
    assert.deepEqual(shownRows(await rowsOf(databases, sourceOf(database, table('loose')))), [
      {
        born: 'soon',
        n: 'many',
        x: '1.5E0^^double',
        b: '00FF^^hexBinary',
        big: '100000000000000000000^^decimal',
      },
      { born: '5^^integer', n: '7^^integer', x: 'text', b: undefined, big: undefined },
    ]);
    await databases.close();
    await database.close();
  });

  it('refuses a file that is not there or is none', async () => {
    const read = (dsn: string): Promise<unknown> =>
      rowsOf(new Databases(), sourceOf({ dsn, username: '', password: '' }, table('t')));
    assert.match((await refusal(read(`sqlite:///${scratch}/nowhere.db`))).message, /there is no such file/);
    assert.match(
      (await refusal(read(`sqlite:///${import.meta.filename}`))).message,
      /file is not a database/,
    );
  });

  it('asks where a path may lead', async () => {
    const asked: string[] = [];
    const resolvePath = (path: string): string => {
      asked.push(path);
      throw new FabricError('path-refused', 'no');
    };
    const source = sourceOf({ dsn: 'jdbc:sqlite:../secret.db', username: '', password: '' }, table('t'));
    assert.equal((await refusal(rowsOf(new Databases({ resolvePath }), source))).type, 'path-refused');
    assert.deepEqual(asked, ['../secret.db']);
  });

  it('is read without a word of the library that it is experimental', async () => {
    const path = join(scratch, 'quiet.db');
    const database = openSqlite(path);
    await database.run('CREATE TABLE t (id INTEGER)');
    await database.close();
    const module = join(import.meta.dirname, '../../../src/source/rml/sql-sqlite.ts');
    const script = `import { connectSqlite } from ${JSON.stringify(module)};
      const connection = await connectSqlite({ database: ${JSON.stringify(path)} }, { connectTimeoutMs: 100, chunkRows: 1 });
      process.emitWarning('still heard');
      console.log(await connection.tables());`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    assert.match(stdout, /\[ 't' \]/);
    assert.match(stderr, /still heard/);
    assert.doesNotMatch(stderr, /sqlite/i);
  });
});
