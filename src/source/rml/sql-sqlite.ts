/**
 * SQLite through the library that is part of Node. Files are opened for reading only.
 *
 * SQLite gives types to values, not to columns: the declared type counts where the value fits it, else the
 * storage class of the value. The library works at once, not in the background; rows come in chunks so that
 * other work has its turn.
 */
import { existsSync } from 'node:fs';
import type * as sqlite from 'node:sqlite';
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { messageOf } from '../../errors.ts';
import type { Scalar } from '../../mapping/reference/formulation.ts';
import type { NamePart } from '../../mapping/reference/sql-text.ts';
import { naturalValues, type SqlKind } from '../../mapping/reference/sql-value.ts';
import type { DatabaseAddress } from './database-dsn.ts';
import { type ConnectOptions, quoted, type SqlConnection, SqlFault, type SqlRow } from './sql-connection.ts';

/** @throws SqlFault */
export async function connectSqlite(
  address: DatabaseAddress,
  options: ConnectOptions,
): Promise<SqlConnection> {
  if (!existsSync(address.database)) throw new SqlFault('query', 'there is no such file');
  const { DatabaseSync: Database } = loadSqlite();
  const database = attempt(
    () => new Database(address.database, { readOnly: true, timeout: options.connectTimeoutMs }),
  );
  attempt(() => {
    database.exec('BEGIN');
  });
  return Promise.resolve(connectionOf(database, options));
}

function connectionOf(database: DatabaseSync, options: ConnectOptions): SqlConnection {
  const quote = (name: string): string => quoted(name, '"');
  return {
    usable: true,
    quote,
    tableText: (parts) => {
      const [{ text: name }, schema] = parts as readonly [NamePart, NamePart?];
      const isName = (known: string): boolean => known.toLowerCase() === name.toLowerCase();
      const known = schema !== undefined || attempt(() => tableNames(database)).some(isName);
      return Promise.resolve(known ? parts.map(({ text }) => quote(text)).join('.') : undefined);
    },
    tables: () => Promise.resolve(attempt(() => tableNames(database))),
    query: (sql) =>
      Promise.resolve().then(() => {
        const statement = attempt(() => database.prepare(sql));
        const columns = statement.columns();
        return {
          columns: columns.map(({ name }) => name),
          chunks: chunksOf(
            statement,
            columns.map(({ type }) => converterOf(type)),
            options.chunkRows,
          ),
        };
      }),
    hold: () => undefined,
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

function tableNames(database: DatabaseSync): readonly string[] {
  const sql = `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name`;
  return database
    .prepare(sql)
    .all()
    .map((row) => String(row['name']));
}

type Convert = (value: SQLOutputValue | bigint) => Scalar | undefined;

// eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous, the library is not
async function* chunksOf(
  statement: StatementSync,
  converters: readonly Convert[],
  chunkRows: number,
): AsyncGenerator<readonly SqlRow[]> {
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  // Rows are arrays since setReturnArrays; the types know objects only.
  const rows = attempt(() => statement.iterate()) as unknown as Iterator<readonly SQLOutputValue[]>;
  try {
    for (;;) {
      const chunk: SqlRow[] = [];
      attempt(() => {
        for (let next = rows.next(); next.done !== true; next = rows.next()) {
          const { value } = next;
          chunk.push(converters.map((convert, i) => convert(value[i]!)));
          if (chunk.length >= chunkRows) return;
        }
      });
      if (chunk.length > 0) yield chunk;
      if (chunk.length < chunkRows) return;
    }
  } finally {
    rows.return?.();
  }
}

/** Declared types by their names, as SQLite's affinities go, with those that R2RML tells apart beside them. */
const DECLARED: readonly (readonly [RegExp, SqlKind])[] = [
  [/BOOL/i, 'boolean'],
  [/DATETIME|TIMESTAMP/i, 'dateTime'],
  [/DATE/i, 'date'],
  [/TIME/i, 'time'],
  [/INT/i, 'integer'],
  [/CHAR|CLOB|TEXT/i, 'text'],
  [/BLOB|BINARY/i, 'hexBinary'],
  [/REAL|FLOA|DOUB/i, 'double'],
  [/NUM|DEC/i, 'decimal'],
];

const integerOf = naturalValues('integer');
const doubleOf = naturalValues('double');
const binaryOf = naturalValues('hexBinary');

function converterOf(declared: string | null): Convert {
  const kind = DECLARED.find(([name]) => name.test(declared ?? ''))?.[1];
  const asDeclared = naturalValues(kind ?? 'text');
  return (value) => {
    if (value === null) return undefined;
    if (value instanceof Uint8Array) return binaryOf(hexOf(value));
    const converted = asDeclared(String(value));
    if (typeof value === 'string' || typeof converted !== 'string' || kind === 'text') return converted;
    return typeof value === 'bigint' ? integerOf(converted) : doubleOf(converted);
  };
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

/** @throws SqlFault in place of what the library throws */
function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    const busy = /database is (?:locked|busy)/i.test(messageOf(thrown));
    throw new SqlFault(busy ? 'lost' : 'query', messageOf(thrown), thrown);
  }
}

/** Loads the library without the warning that it is experimental, which tells users nothing that they can act on. */
function loadSqlite(): typeof sqlite {
  const emitWarning = process.emitWarning.bind(process) as (...warning: unknown[]) => void;
  const own = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  process.emitWarning = (...warning: unknown[]): void => {
    if (!/sqlite/i.test(String(warning[0]))) emitWarning(...warning);
  };
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    if (own !== undefined) Object.defineProperty(process, 'emitWarning', own);
  }
}
