/**
 * PostgreSQL through `pg`: rows stream by a cursor, within one transaction that sees one state.
 *
 * The session writes dates as ISO 8601, binary values as hexadecimal digits and times in UTC, whatever the
 * server is set to.
 */
import type pg from 'pg';
import type Cursor from 'pg-cursor';
import { messageOf } from '../../errors.ts';
import type { NamePart } from '../../mapping/reference/sql-text.ts';
import { naturalValues, type SqlKind } from '../../mapping/reference/sql-value.ts';
import type { DatabaseAddress } from './database-dsn.ts';
import {
  type ConnectOptions,
  codeOf,
  loginOf,
  quoted,
  SOCKET_CODES,
  type SqlConnection,
  SqlFault,
  type SqlResult,
  type SqlRow,
  wrongUser,
} from './sql-connection.ts';

const SESSION = [
  `SET datestyle TO 'ISO'`,
  `SET intervalstyle TO 'iso_8601'`,
  `SET bytea_output TO 'hex'`,
  `SET timezone TO 'UTC'`,
];
const BEGIN = 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/** @throws SqlFault */
export async function connectPostgresql(
  address: DatabaseAddress,
  options: ConnectOptions,
): Promise<SqlConnection> {
  const { default: driver } = await import('pg');
  const { default: CursorClass } = await import('pg-cursor');
  const client = new driver.Client({
    host: address.host,
    database: address.database,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: 'continuum-fabric',
    keepAlive: true, // a server that went without a word is noticed
    ...loginOf(address),
  });
  const connection = new PostgresqlConnection(client, CursorClass, options);
  const path = address.searchPath?.split(',').map((schema) => quoted(schema.trim(), '"'));
  const settings = path === undefined ? SESSION : [...SESSION, `SET search_path TO ${path.join(', ')}`];
  try {
    await client.connect();
    await client.query([...settings, BEGIN].join('; '));
  } catch (thrown) {
    await connection.close();
    throw faultOf(thrown);
  }
  return connection;
}

class PostgresqlConnection implements SqlConnection {
  readonly #client: pg.Client;
  readonly #Cursor: typeof Cursor;
  readonly #options: ConnectOptions;
  /** Why the connection ended while nobody waited for it. */
  #ended: unknown;

  constructor(client: pg.Client, CursorClass: typeof Cursor, options: ConnectOptions) {
    this.#client = client;
    this.#Cursor = CursorClass;
    this.#options = options;
    client.on('error', (error) => {
      this.#ended = error;
    });
    client.on('end', () => {
      this.#ended ??= new Error('the connection has ended');
    });
  }

  get usable(): boolean {
    return this.#ended === undefined;
  }

  quote(name: string): string {
    return quoted(name, '"');
  }

  /** A name without quotes is in lower case, as the standard's rule goes here; then as it is written. */
  async tableText(parts: readonly NamePart[]): Promise<string | undefined> {
    const folded = parts.map(({ text, quoted: exact }) => this.quote(exact ? text : text.toLowerCase()));
    const written = parts.map(({ text }) => this.quote(text));
    for (const name of new Set([folded.join('.'), written.join('.')])) {
      const found = await this.#all('SELECT to_regclass($1) IS NOT NULL AS found', [name]);
      if (found[0]?.['found'] === true) return name;
    }
    return undefined;
  }

  async tables(): Promise<readonly string[]> {
    const sql = `SELECT table_name FROM information_schema.tables
      WHERE table_schema = ANY (current_schemas(false)) ORDER BY table_name`;
    return (await this.#all(sql, [])).map((row) => String(row['table_name']));
  }

  async #all(sql: string, values: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    try {
      return (await this.#client.query<Record<string, unknown>>(sql, [...values])).rows;
    } catch (thrown) {
      throw faultOf(thrown);
    }
  }

  async query(sql: string): Promise<SqlResult> {
    const cursor = this.#client.query(
      new this.#Cursor<readonly (string | null)[]>(sql, [], {
        rowMode: 'array',
        types: { getTypeParser: () => (text: string) => text },
      }),
    );
    const first = await read(cursor, this.#options.chunkRows);
    const columns = first.fields.map(({ name }) => name);
    const converters = first.fields.map(({ dataTypeID }) => converterOf(dataTypeID));
    const rowsMax = this.#options.chunkRows;
    const convert = (rows: readonly (readonly (string | null)[])[]): readonly SqlRow[] =>
      rows.map((row) => row.map((text, i) => (text === null ? undefined : converters[i]!(text))));
    const chunks = async function* (): AsyncGenerator<readonly SqlRow[]> {
      try {
        for (let { rows } = first; rows.length > 0; { rows } = await read(cursor, rowsMax)) {
          yield convert(rows);
          if (rows.length < rowsMax) return;
        }
      } finally {
        await cursor.close().catch(() => undefined); // what broke the cursor has been thrown already
      }
    };
    return { columns, chunks: chunks() };
  }

  hold(held: boolean): void {
    // Both are documented; the types lack them.
    const client = this.#client as pg.Client & { ref(): void; unref(): void };
    if (held) client.ref();
    else client.unref();
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined); // it is gone either way
  }
}

interface Read {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly fields: readonly pg.FieldDef[];
}

/** @throws SqlFault */
const read = (cursor: Cursor<readonly (string | null)[]>, rowsMax: number): Promise<Read> =>
  new Promise((resolve, reject) => {
    cursor.read(rowsMax, (error: Error | undefined, rows, result) => {
      if (error) reject(faultOf(error));
      else resolve({ rows, fields: result.fields });
    });
  });

/** Built-in types by their object ids (pg_type); the others are texts. Domains come as what they are made of. */
const KINDS: ReadonlyMap<number, SqlKind> = new Map([
  [16, 'boolean'],
  [17, 'hexBinary'],
  [20, 'integer'],
  [21, 'integer'],
  [23, 'integer'],
  [26, 'integer'],
  [700, 'double'],
  [701, 'double'],
  [1700, 'decimal'],
  [1082, 'date'],
  [1083, 'time'],
  [1266, 'time'],
  [1114, 'dateTime'],
  [1184, 'dateTime'],
]);

function converterOf(type: number): ReturnType<typeof naturalValues> {
  const kind = KINDS.get(type) ?? 'text';
  const convert = naturalValues(kind);
  return kind === 'hexBinary' ? (text) => convert(text.replace(/^\\x/, '')) : convert;
}

/** Classes of SQLSTATE: connection exceptions, the server shutting down, too many connections. */
const LOST = /^(?:08...|57P0[1-3]|53300)$/;
const DENIED = '42501';
const WRONG_USER = /^28...$/;

function faultOf(thrown: unknown): SqlFault {
  if (thrown instanceof SqlFault) return thrown;
  const code = codeOf(thrown);
  const message = messageOf(thrown);
  if (WRONG_USER.test(code)) return wrongUser();
  if (code === DENIED) return new SqlFault('denied', message, thrown);
  const lost =
    LOST.test(code) ||
    SOCKET_CODES.has(code) ||
    /connection terminated|timeout expired|connection has ended|client was closed|not queryable/i.test(
      message,
    );
  return new SqlFault(lost ? 'lost' : 'query', message, thrown);
}
