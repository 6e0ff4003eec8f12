/**
 * Databases that cannot be had, go away and come back; settings that come from outside.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Databases } from '../../../src/source/rml/sql.ts';
import { type Database, openSqlite } from '../../conformance/stand-in-databases.ts';
import { openMysql, PASSWORD, USER } from './mysql-stand-in.ts';
import { refusal, rowsOf, shownRows, sourceOf, table } from './sql-rows.ts';

const scratch = mkdtempSync(join(tmpdir(), 'fabric-sql-access-'));
after(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('a database that cannot be had', () => {
  const at = (port: number): Pick<Database, 'dsn' | 'username' | 'password'> => ({
    dsn: `mysql+pymysql://127.0.0.1:${port}/test`,
    username: USER,
    password: PASSWORD,
  });

  it('is a refusal that may be tried again, without the credentials', async () => {
    const standIn = await openMysql();
    await standIn.close();
    for (const scheme of ['mysql', 'postgresql']) {
      const source = sourceOf(
        {
          dsn: `${scheme}://u%40:s3cret%2F@127.0.0.1:${standIn.port}/test`,
          username: 'visitor',
          password: 's3cret/',
        },
        table('t'),
      );
      const { type, message, extensions } = await refusal(rowsOf(new Databases(), source));
      assert.equal(type, 'unreachable');
      assert.deepEqual(extensions, { retryable: true, rowsRead: 0 });
      assert.match(message, new RegExp(`${scheme}://127.0.0.1:${standIn.port}/test cannot be reached`));
      assert.doesNotMatch(message, /s3cret|visitor|u%40/);
      assert.doesNotMatch(`${source.id} ${source.location}`, /s3cret/);
    }
  });

  it('is waited for as often as it is said', async () => {
    const first = await openMysql();
    const { port } = first;
    await first.close();
    const databases = new Databases({ retry: { attempts: 20, delayMs: 20, delayMsMax: 50 } });
    const reading = rowsOf(databases, sourceOf(at(port), table('t')));
    const standIn = await openMysql(port);
    await standIn.run('CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1)');
    assert.deepEqual(shownRows(await reading), [{ id: '1^^integer' }]);
    await databases.close();
    await standIn.close();
  });

  it('says so when it refuses the user', async () => {
    const standIn = await openMysql();
    const wrong = { ...at(standIn.port), password: 'wrong' };
    const { type, message, cause } = await refusal(rowsOf(new Databases(), sourceOf(wrong, table('t'))));
    assert.equal(type, 'forbidden');
    assert.match(message, /refuses the user/);
    assert.doesNotMatch(message, new RegExp(USER));
    assert.equal(cause, undefined);
    await standIn.close();
  });

  it('leaves the rows that came before it went away, and is there again for the next read', async () => {
    const standIn = await openMysql();
    await standIn.run(`CREATE TABLE t (id INTEGER);
      INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) SELECT i FROM n`);
    standIn.cutAfter = 25;
    const databases = new Databases({ chunkRows: 10 });
    const source = sourceOf(at(standIn.port), table('t'));
    const data = databases.open(source);
    assert(data.kind === 'rows');
    let count = 0;
    const { type, extensions } = await refusal(
      (async () => {
        for await (const chunk of data.rows) count += chunk.length;
      })(),
    );
    assert.equal(type, 'unreachable');
    assert.equal(extensions['retryable'], true);
    assert.equal(extensions['rowsRead'], count);
    assert(count >= 10, `${count} rows`);
    standIn.cutAfter = undefined;
    assert.equal((await rowsOf(databases, source)).length, 30);
    await databases.close();
    await standIn.close();
  });
});

describe('settings of a database', () => {
  it('come from outside where the mapping names them', async () => {
    const database = openSqlite(join(scratch, 'settings.db'));
    await database.run('CREATE TABLE t (id INTEGER)');
    const named = { dsn: `jdbc:sqlite:\${FOLDER}/settings.db`, username: '$USER_NAME', password: 'pa$$word' };
    const settings = { FOLDER: scratch, USER_NAME: 'x' };
    assert.deepEqual(await rowsOf(new Databases({ settings }), sourceOf(named, table('t'))), []);
    const { type, message } = await refusal(rowsOf(new Databases(), sourceOf(named, table('t'))));
    assert.equal(type, 'config-invalid');
    assert.match(message, /names the setting FOLDER, which is not given/);
    await database.close();
  });

  it('that have no effect are named once', async () => {
    const database = openSqlite(join(scratch, 'notice.db'));
    await database.run('CREATE TABLE t (id INTEGER)');
    const notices: string[] = [];
    const databases = new Databases({ onNotice: (notice) => notices.push(notice) });
    const source = sourceOf({ ...database, dsn: `${database.dsn}?mode=ro&cache=shared` }, table('t'));
    for (let i = 0; i < 2; i++) await rowsOf(databases, source);
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /the parameters mode, cache have no effect/);
    await databases.close();
    await database.close();
  });
});
