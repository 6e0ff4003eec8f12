/**
 * Data source names in the styles of JDBC, SQLAlchemy and libpq.
 */
import assert from 'node:assert/strict';
import { FabricError } from '../../../src/errors.ts';
import { type DatabaseAddress, parseDsn } from '../../../src/source/rml/database-dsn.ts';

describe('data source names', () => {
  const cases: Readonly<Record<string, Partial<DatabaseAddress>>> = {
    'jdbc:postgresql://db.example:5433/sales?user=ann&password=p%20w&ssl=true': {
      system: 'postgresql',
      host: 'db.example',
      port: 5433,
      database: 'sales',
      username: 'ann',
      password: 'p w',
      tls: 'require',
      label: 'postgresql://db.example:5433/sales',
    },
    'jdbc:postgresql:sales': { system: 'postgresql', host: 'localhost', port: undefined, database: 'sales' },
    'postgresql+psycopg2://ann:p%40w@db/sales?sslmode=verify-full': {
      username: 'ann',
      password: 'p@w',
      host: 'db',
      database: 'sales',
      tls: 'verify',
    },
    'postgres://ann@[::1]:5432/sales?currentSchema=a,b': { host: '::1', port: 5432, searchPath: 'a,b' },
    'postgresql:///sales?host=/run/postgresql': { host: '/run/postgresql', database: 'sales' },
    'mysql+pymysql://ann:p@w@db:3307/sales?charset=utf8': {
      system: 'mysql',
      username: 'ann',
      password: 'p@w',
      host: 'db',
      port: 3307,
      ignored: ['charset'],
    },
    'jdbc:mariadb://db/sales?sslMode=VERIFY_IDENTITY': { system: 'mysql', database: 'sales', tls: 'verify' },
    'jdbc:sqlite:data/a.db': { system: 'sqlite', database: 'data/a.db' },
    'sqlite:///data/a.db': { system: 'sqlite', database: 'data/a.db' },
    'sqlite:////data/a%20b.db': { system: 'sqlite', database: '/data/a b.db' },
  };
  for (const [dsn, expected] of Object.entries(cases)) {
    it(`reads ${dsn}`, () => {
      const address = parseDsn(dsn);
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(address[name as keyof DatabaseAddress], value, name);
      if (address.password !== undefined) assert(!address.label.includes(address.password));
    });
  }

  it('puts credentials from outside first', () => {
    const { username, password } = parseDsn('mysql://ann:old@db/sales', { username: 'bob', password: 'new' });
    assert.deepEqual([username, password], ['bob', 'new']);
  });

  const refused: Readonly<Record<string, string>> = {
    'oracle:thin:@db:1521/x': 'not-supported',
    'jdbc:sqlserver://db;databaseName=x': 'not-supported',
    sales: 'config-invalid',
    'postgresql://ann:12/secret@db': 'config-invalid',
    'jdbc:postgresql:ann:secret@db': 'config-invalid',
    'sqlite://': 'config-invalid',
    'jdbc:sqlite::memory:': 'config-invalid',
    'postgresql://db:port/sales': 'config-invalid',
  };
  for (const [dsn, type] of Object.entries(refused)) {
    it(`refuses ${dsn}`, () => {
      assert.throws(
        () => parseDsn(dsn),
        (thrown) => thrown instanceof FabricError && thrown.type === type,
      );
    });
  }
});
