/**
 * MySQL and MariaDB through `mysql2`: rows stream as the reader takes them, within one transaction that reads
 * only. Values come as the bytes of their text; no number passes through a double.
 */
import type { Readable } from 'node:stream';
import type { Connection, FieldPacket } from 'mysql2';
import { messageOf } from '../../errors.ts';
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
  `SET time_zone = '+00:00'`,
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
];

/** @throws SqlFault */
export async function connectMysql(
  address: DatabaseAddress,
  options: ConnectOptions,
): Promise<SqlConnection> {
  const { createConnection } = await import('mysql2');
  const client = createConnection({
    ...(address.host.startsWith('/') ? { socketPath: address.host } : { host: address.host }),
    database: address.database,
    charset: 'utf8mb4',
    connectTimeout: options.connectTimeoutMs,
    ...loginOf(address),
  });
  const connection = new MysqlConnection(client, options);
  try {
    await connection.ready();
    for (const statement of SESSION) await connection.run(statement);
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
  return connection;
}

/** A value of the text protocol. */
type Cell = Uint8Array | null;

class MysqlConnection implements SqlConnection {
  readonly #client: Connection;
  readonly #options: ConnectOptions;
  #usable = true;
  /** What reads rows now; a connection that goes away tells nobody but itself. */
  #reading: Readable | undefined;
  #lost: Error | undefined;

  constructor(client: Connection, options: ConnectOptions) {
    this.#client = client;
    this.#options = options;
    const ended = (error?: Error): void => {
      this.#usable = false;
      this.#lost ??= error ?? new Error('Connection lost');
      this.#reading?.push(null); // the rows that have come are good
    };
    client.on('error', ended);
    client.on('end', () => {
      ended();
    });
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** @throws SqlFault */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.connect((error) => {
        if (error) reject(faultOf(error));
        else resolve();
      });
    });
  }

  /** Runs a statement of our own, for its rows. @throws SqlFault */
  run(sql: string): Promise<readonly (readonly Cell[])[]> {
    return new Promise((resolve, reject) => {
      this.#client.query({ sql, rowsAsArray: true, typeCast: false }, (error, rows) => {
        if (error) reject(faultOf(error));
        else resolve(Array.isArray(rows) ? (rows as (readonly Cell[])[]) : []);
      });
    });
  }

  quote(name: string): string {
    return quoted(name, '`');
  }

  /** Whether names of tables differ by case is a setting of the server; the name goes as it is written. */
  async tableText(parts: Parameters<SqlConnection['tableText']>[0]): Promise<string | undefined> {
    return Promise.resolve(parts.map(({ text }) => this.quote(text)).join('.'));
  }

  async tables(): Promise<readonly string[]> {
    return (await this.run('SHOW TABLES')).map(([name]) => textOf(name!));
  }

  async query(sql: string): Promise<SqlResult> {
    const stream = this.#client
      .query({ sql, rowsAsArray: true, typeCast: false })
      .stream({ highWaterMark: this.#options.chunkRows });
    this.#reading = stream;
    const fields = await this.#fieldsOf(stream);
    const convert = converterOfRows(fields);
    return { columns: fields.map(({ name }) => name), chunks: this.#chunks(stream, convert) };
  }

  /** The columns, which come before the first row. @throws SqlFault */
  #fieldsOf(stream: Readable): Promise<readonly FieldPacket[]> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(faultOf(error));
      };
      this.#client.once('error', fail);
      stream.once('error', fail);
      stream.once('fields', (found: FieldPacket[] | undefined) => {
        this.#client.off('error', fail);
        resolve(found ?? []);
      });
    });
  }

  async *#chunks(
    stream: Readable,
    convert: (row: readonly Cell[]) => SqlRow,
  ): AsyncGenerator<readonly SqlRow[]> {
    const { chunkRows } = this.#options;
    let whole = false;
    let chunk: SqlRow[] = [];
    try {
      for await (const row of stream as AsyncIterable<readonly Cell[]>) {
        chunk.push(convert(row));
        if (chunk.length < chunkRows) continue;
        yield chunk;
        chunk = [];
      }
      if (chunk.length > 0) yield chunk;
      if (this.#lost !== undefined) throw this.#lost;
      whole = true;
    } catch (thrown) {
      throw faultOf(thrown);
    } finally {
      this.#reading = undefined;
      // The protocol has no end to a query but its last row.
      if (!whole) await this.close();
    }
  }

  hold(held: boolean): void {
    const { stream } = this.#client as Connection & { readonly stream?: { ref?(): void; unref?(): void } };
    if (held) stream?.ref?.();
    else stream?.unref?.();
  }

  close(): Promise<void> {
    this.#usable = false;
    this.#client.destroy();
    return Promise.resolve();
  }
}

const decoder = new TextDecoder('utf-8');
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Column types of the protocol; the rest are texts or bytes, which the character set tells apart. */
const KINDS: ReadonlyMap<number, SqlKind> = new Map([
  [0, 'decimal'],
  [1, 'integer'],
  [2, 'integer'],
  [3, 'integer'],
  [4, 'double'],
  [5, 'double'],
  [7, 'dateTime'],
  [8, 'integer'],
  [9, 'integer'],
  [10, 'date'],
  [11, 'time'],
  [12, 'dateTime'],
  [13, 'integer'],
  [246, 'decimal'],
]);
const TINY = 1;
const BIT = 16;
/** The character set of bytes that are no text. */
const BINARY = 63;
const STRING_TYPES_MIN = 249;
const STRING_TYPES_MAX = 254;

function converterOfRows(fields: readonly FieldPacket[]): (row: readonly Cell[]) => SqlRow {
  const converters = fields.map(converterOf);
  return (row) => converters.map((convert, i) => convert(row[i] ?? null));
}

function converterOf(
  field: FieldPacket,
): (cell: Cell) => ReturnType<ReturnType<typeof naturalValues>> | undefined {
  const {
    columnType = -1,
    characterSet,
    columnLength,
  } = field as FieldPacket & {
    readonly columnLength?: number;
  };
  const isBytes = columnType >= STRING_TYPES_MIN && columnType <= STRING_TYPES_MAX && characterSet === BINARY;
  if (isBytes || (columnType === BIT && columnLength !== 1)) {
    const convert = naturalValues('hexBinary');
    return (cell) => (cell === null ? undefined : convert(hexOf(cell)));
  }
  if (columnType === BIT) {
    const convert = naturalValues('boolean');
    return (cell) => (cell === null ? undefined : convert(String(cell[0] ?? 0)));
  }
  // BOOLEAN is another word for TINYINT(1) here.
  const isBoolean = columnType === TINY && columnLength === 1;
  const asBoolean = naturalValues('boolean');
  const convert = naturalValues(KINDS.get(columnType) ?? 'text');
  return (cell) => {
    if (cell === null) return undefined;
    const text = textOf(cell);
    return isBoolean && (text === '0' || text === '1') ? asBoolean(text) : convert(text);
  };
}

const LOST = new Set(['PROTOCOL_CONNECTION_LOST', 'ER_SERVER_SHUTDOWN', 'ER_CON_COUNT_ERROR']);
const WRONG_USER = new Set([
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_TABLEACCESS_DENIED_ERROR',
]);

function faultOf(thrown: unknown): SqlFault {
  if (thrown instanceof SqlFault) return thrown;
  const code = codeOf(thrown);
  const message = messageOf(thrown);
  if (WRONG_USER.has(code)) return wrongUser();
  const lost = LOST.has(code) || SOCKET_CODES.has(code) || /closed state|connection lost/i.test(message);
  return new SqlFault(lost ? 'lost' : 'query', message, thrown);
}
