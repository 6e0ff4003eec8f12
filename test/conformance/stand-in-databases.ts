/**
 * Databases for tests: SQLite files, and PostgreSQL, embedded or at FABRIC_TEST_POSTGRES.
 */
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';

export interface Database {
  readonly dsn: string;
  readonly username: string;
  readonly password: string;
  /** Runs statements, as the owner of the database. */
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

export function openSqlite(path: string): Database {
  const database = new DatabaseSync(path);
  return {
    dsn: `jdbc:sqlite:${path}`,
    username: '',
    password: '',
    run(sql) {
      database.exec(sql);
      return Promise.resolve();
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}

/** An empty PostgreSQL: a schema of its own on the server of FABRIC_TEST_POSTGRES, else an embedded one. */
export function openPostgresql(): Promise<Database> {
  const server = process.env['FABRIC_TEST_POSTGRES'];
  return server === undefined ? embeddedPostgresql() : schemaOn(server);
}

/** PostgreSQL compiled to WebAssembly behind a socket on the loopback. */
async function embeddedPostgresql(): Promise<Database> {
  const engine = await PGlite.create();
  const server = new PGLiteSocketServer({ db: engine, port: 0, host: '127.0.0.1', maxConnections: 8 });
  await server.start();
  const port = Number(/:(\d+)$/.exec(server.getServerConn())?.[1]);
  return {
    dsn: `jdbc:postgresql://127.0.0.1:${port}/postgres`,
    username: 'postgres',
    password: 'postgres',
    run: async (sql) => {
      await engine.exec(sql);
    },
    async close() {
      await server.stop();
      await engine.close();
    },
  };
}

async function schemaOn(dsn: string): Promise<Database> {
  const schema = `case_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}`);
  const { username, password, host, pathname } = new URL(dsn);
  return {
    dsn: `jdbc:postgresql://${host}${pathname}?currentSchema=${schema}`,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    run: async (sql) => {
      await client.query(sql);
    },
    async close() {
      await client.query(`DROP SCHEMA ${schema} CASCADE`);
      await client.end();
    },
  };
}
