/**
 * A server that speaks MySQL's protocol over an SQLite database: what it tests is the wire and the session of
 * the adapter, not MySQL's own SQL. It takes one user with a password, and can break off in the middle of rows.
 */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2';
import type { Database } from '../../conformance/stand-in-databases.ts';

/** Column types of the protocol by declared types. */
const TYPES: readonly (readonly [RegExp, { readonly columnType: number; readonly columnLength: number }])[] =
  [
    [/BOOL/i, { columnType: 1, columnLength: 1 }],
    [/TIMESTAMP/i, { columnType: 7, columnLength: 26 }],
    [/DATE/i, { columnType: 10, columnLength: 10 }],
    [/TIME/i, { columnType: 11, columnLength: 10 }],
    [/INT/i, { columnType: 8, columnLength: 20 }],
    [/DOUBLE|REAL/i, { columnType: 5, columnLength: 22 }],
    [/NUMERIC|DECIMAL/i, { columnType: 246, columnLength: 12 }],
  ];
const TEXT = { columnType: 253, columnLength: 1020 };
const UTF8MB4 = 45;

export interface MysqlStandIn extends Database {
  readonly port: number;
  /** After how many rows of a query the connection is cut; undefined: never. */
  cutAfter: number | undefined;
}

/** The parts of a server's connection that the types of the package lack. */
type Served = Connection & {
  serverHandshake(options: object): void;
  writeColumns(columns: readonly object[]): void;
  writeTextRow(values: readonly (string | null)[]): void;
  writeEof(): void;
  /** Packets are counted anew for each command. */
  _resetSequenceId(): void;
  writeOk(): void;
  writeError(error: { readonly code: number; readonly message: string }): void;
  readonly stream: { destroy(): void };
};

export const USER = 'reader';
export const PASSWORD = 'pa$$ word';

export async function openMysql(port = 0): Promise<MysqlStandIn> {
  const database = new DatabaseSync(':memory:');
  const standIn = { cutAfter: undefined as number | undefined };
  const served = new Set<Served>();
  const server = createServer((stream) => {
    // The package serves too; its types know the side of the client only.
    const connection = createConnection({ stream, isServer: true } as ConnectionOptions) as Served;
    served.add(connection);
    greet(connection, served.size);
    const answer = (sql: string): void => {
      respond(connection, database, sql, standIn.cutAfter);
      connection._resetSequenceId();
    };
    connection.on('query', answer);
    connection.on('stmt_prepare', answer); // the package takes SET for a statement to prepare
    connection.on('error', () => undefined); // the client may leave in the middle
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = server.address() as AddressInfo;
  return Object.assign(standIn, {
    port: bound.port,
    dsn: `jdbc:mysql://127.0.0.1:${bound.port}/test`,
    username: USER,
    password: PASSWORD,
    run: (sql: string) => {
      database.exec(sql);
      return Promise.resolve();
    },
    close: async () => {
      for (const connection of served) connection.stream.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      database.close();
    },
  });
}

function greet(connection: Served, connectionId: number): void {
  connection.serverHandshake({
    protocolVersion: 10,
    serverVersion: '8.0.0',
    connectionId,
    statusFlags: 2,
    characterSet: UTF8MB4,
    // Without SSL and compression; with the plugins of authentication left to the defaults.
    capabilityFlags: 0x00ffffff & ~0x00000020 & ~0x00000800,
    authCallback: (
      given: { user: string; authPluginData1: Buffer; authPluginData2: Buffer; authToken: Buffer },
      done: (error: null, refusal?: { message: string; code: number }) => void,
    ) => {
      const { user, authPluginData1, authPluginData2, authToken } = given;
      const expected = tokenOf(PASSWORD, Buffer.concat([authPluginData1, authPluginData2.subarray(0, 12)]));
      if (user === USER && expected.equals(authToken)) {
        done(null);
        connection._resetSequenceId();
        return;
      }
      done(null, {
        message: `Access denied for user '${user}'@'localhost' (using password: YES)`,
        code: 1045,
      });
    },
  });
}

/** What a client that knows the password answers to a seed (`mysql_native_password`). */
function tokenOf(password: string, seed: Buffer): Buffer {
  const sha1 = (...parts: readonly Buffer[]): Buffer => {
    const hash = createHash('sha1');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const first = sha1(Buffer.from(password));
  const mask = sha1(seed, sha1(first));
  return Buffer.from(first.map((byte, i) => byte ^ mask[i]!));
}

/** Statements of the session are taken as read; queries are SQLite's. */
function respond(
  connection: Served,
  database: DatabaseSync,
  sql: string,
  cutAfter: number | undefined,
): void {
  if (/^(?:SET|START TRANSACTION)\b/.test(sql)) {
    connection.writeOk();
    return;
  }
  const query = sql === 'SHOW TABLES' ? `SELECT name FROM sqlite_schema WHERE type = 'table'` : sql;
  try {
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const columns = statement.columns();
    connection.writeColumns(columns.map(({ name, type }) => columnOf(name, type)));
    let count = 0;
    // Rows are arrays since setReturnArrays; the types know objects only.
    for (const row of statement.iterate() as unknown as Iterable<
      readonly (string | number | bigint | null)[]
    >) {
      if (count++ === cutAfter) {
        connection.stream.destroy();
        return;
      }
      connection.writeTextRow(row.map((value) => (value === null ? null : String(value))));
    }
    connection.writeEof();
  } catch (thrown) {
    connection.writeError({ code: 1064, message: String(thrown) });
  }
}

function columnOf(name: string, declared: string | null): object {
  const type = TYPES.find(([pattern]) => pattern.test(declared ?? ''))?.[1] ?? TEXT;
  return {
    catalog: 'def',
    schema: 'test',
    table: 't',
    orgTable: 't',
    name,
    orgName: name,
    characterSet: UTF8MB4,
    flags: 0,
    decimals: 0,
    ...type,
  };
}
