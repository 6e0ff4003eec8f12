/**
 * Tables and queries of databases as rows of logical sources.
 *
 * All sources of a run that lie in one database are read through one connection and see one state of it, as
 * long as they are read one after the other. Nothing is ever written; credentials never get into a message.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FabricError, messageOf, nearest } from '../../errors.ts';
import type { LogicalSource } from '../../mapping/normal-form.ts';
import type { SourceData, SourceRow } from '../../mapping/reference/formulation.ts';
import { columnNameOf } from '../../mapping/reference/sql.ts';
import { nameParts, sqlDocument } from '../../mapping/reference/sql-text.ts';
import { type DatabaseAddress, type DatabaseSystem, parseDsn } from './database-dsn.ts';
import { checkServer } from './database-server.ts';
import { type Connect, type ConnectOptions, type SqlConnection, SqlFault } from './sql-connection.ts';

/** How often and how patiently a database that cannot be had is asked again. */
export interface Retry {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  readonly delayMs: number;
  /** The delay doubles from try to try up to this. */
  readonly delayMsMax: number;
}

export interface DatabaseOptions {
  /** The database of sources whose mapping leaves it open, as R2RML's do. */
  readonly dsn?: string;
  /** Credentials from outside; they count before those of the mapping. */
  readonly username?: string;
  readonly password?: string;
  /** Values of settings that a DSN or a credential names as `$NAME` or `${NAME}`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Origins of database servers that a mapping may name; undefined: any. */
  readonly allowedOrigins?: readonly string[];
  /** Data source names that whoever runs the mapping gave: they need not be allowed. */
  readonly given?: readonly string[];
  /** Where the file of an SQLite database is. @throws FabricError for paths that may not be read */
  readonly resolvePath?: (path: string) => string | Promise<string>;
  /** Columns of a table that are referred to; undefined: all. Only these are asked for. */
  readonly columnsOf?: (source: LogicalSource) => readonly string[] | undefined;
  readonly retry?: Retry;
  readonly connectTimeoutMs?: number;
  /** Most rows that come together. */
  readonly chunkRows?: number;
  /** Told once per database: parameters of its DSN that have no effect. */
  readonly onNotice?: (message: string) => void;
  readonly signal?: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 10_000;
const CHUNK_ROWS = 1000;
const ONCE: Retry = { attempts: 1, delayMs: 0, delayMsMax: 0 };

/** The drivers are loaded when a database of theirs is first read. */
const DRIVERS: Readonly<Record<DatabaseSystem, () => Promise<Connect>>> = {
  sqlite: async () => (await import('./sql-sqlite.ts')).connectSqlite,
  postgresql: async () => (await import('./sql-postgresql.ts')).connectPostgresql,
  mysql: async () => (await import('./sql-mysql.ts')).connectMysql,
};

/** The databases of one run of a mapping. */
export class Databases implements AsyncDisposable {
  readonly #options: DatabaseOptions;
  /** Connections that nobody reads from, by the database. */
  readonly #idle = new Map<string, SqlConnection[]>();
  readonly #noticed = new Set<string>();

  constructor(options: DatabaseOptions = {}) {
    this.#options = options;
  }

  /**
   * The rows of a table or query. Nothing is opened before the first row is asked for; then rows throw a
   * FabricError: `unreachable` with `retryable` and `rowsRead` where the database cannot be had or goes away,
   * `forbidden` where it refuses the user, `mapping-failed` for a table or query that it does not have or know.
   */
  open(source: LogicalSource): SourceData {
    return { kind: 'rows', rows: this.#rows(source) };
  }

  /** Ends the connections. Rows that are being read are read to their end. */
  async close(): Promise<void> {
    const open = [...this.#idle.values()].flat();
    this.#idle.clear();
    await Promise.all(open.map((connection) => connection.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#rows(source: LogicalSource): AsyncGenerator<readonly SourceRow[]> {
    const address = await this.#addressOf(source);
    this.#notice(address);
    let rowsRead = 0;
    let connection: SqlConnection | undefined;
    let whole = false;
    try {
      connection = await this.#connect(address);
      const result = await connection.query(await queryTextOf(source, connection, this.#options));
      checkColumns(result.columns);
      const { columns } = result;
      for await (const rows of result.chunks) {
        this.#options.signal?.throwIfAborted();
        yield rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
        rowsRead += rows.length;
      }
      whole = true;
    } catch (thrown) {
      throw refusalOf(thrown, address, rowsRead);
    } finally {
      if (whole && connection?.usable === true) this.#release(address, connection);
      else await connection?.close();
    }
  }

  async #addressOf(source: LogicalSource): Promise<DatabaseAddress> {
    const { description } = source;
    const own = description.kind === 'database' ? description : undefined;
    const stated = own?.dsn ?? this.#options.dsn;
    if (stated === undefined) {
      throw new FabricError('config-invalid', 'The mapping reads tables and names no database', {
        extensions: { hint: 'Name it with --db-url, as db_url in a configuration, or in the mapping.' },
      });
    }
    const settings = this.#options.settings ?? {};
    const value = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : withSettings(text, settings);
    const address = parseDsn(withSettings(stated, settings), {
      username: this.#options.username ?? value(own?.username),
      password: this.#options.password ?? value(own?.password),
    });
    if (address.system !== 'sqlite') {
      const { allowedOrigins, given = [] } = this.#options;
      const isOwn = own?.dsn !== undefined && !given.includes(own.dsn) && !SETTING.test(own.dsn);
      if (isOwn && allowedOrigins !== undefined) checkServer(address, allowedOrigins);
      return address;
    }
    const resolve = this.#options.resolvePath ?? ((path: string): string => path);
    return { ...address, database: await resolve(address.database) };
  }

  #notice(address: DatabaseAddress): void {
    const { label, ignored } = address;
    if (ignored.length === 0 || this.#noticed.has(label)) return;
    this.#noticed.add(label);
    this.#options.onNotice?.(`Database ${label}: the parameters ${ignored.join(', ')} have no effect`);
  }

  /** A connection that is idle, or a new one. */
  async #connect(address: DatabaseAddress): Promise<SqlConnection> {
    const idle = this.#idle.get(keyOf(address)) ?? [];
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      found.hold(true);
      if (found.usable) return found;
      await found.close();
    }
    const connect = await DRIVERS[address.system]();
    const options: ConnectOptions = {
      connectTimeoutMs: this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      chunkRows: this.#options.chunkRows ?? CHUNK_ROWS,
    };
    return retrying(() => connect(address, options), this.#options.retry ?? ONCE, this.#options.signal);
  }

  #release(address: DatabaseAddress, connection: SqlConnection): void {
    connection.hold(false);
    const key = keyOf(address);
    const idle = this.#idle.get(key);
    if (idle) idle.push(connection);
    else this.#idle.set(key, [connection]);
  }
}

const keyOf = (address: DatabaseAddress): string =>
  JSON.stringify([address.label, address.username, address.password, address.tls, address.searchPath]);

/**
 * Tries again what a database that is away has refused, with delays that double; every other fault, and the
 * last one, is thrown.
 */
async function retrying<T>(
  action: () => Promise<T>,
  retry: Retry,
  signal: AbortSignal | undefined,
): Promise<T> {
  let delayMs = retry.delayMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (thrown) {
      const again = thrown instanceof SqlFault && thrown.kind === 'lost' && attempt < retry.attempts;
      if (!again) throw thrown;
    }
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
    delayMs = Math.min(delayMs * 2, retry.delayMsMax);
  }
}

/** The query of a source: the author's own, or that of the columns of its table. @throws SqlFault */
async function queryTextOf(
  source: LogicalSource,
  connection: SqlConnection,
  options: DatabaseOptions,
): Promise<string> {
  const name = source.query ?? '';
  if (source.formulation.name === 'sql-query') {
    const { text, isQuery, problem } = sqlDocument(name);
    if (problem !== undefined) throw new SqlFault('query', `the query ${problem}`);
    if (!isQuery) throw new SqlFault('query', 'the text is no query; it begins with SELECT or WITH');
    return text;
  }
  const parts = nameParts(name);
  if (parts === undefined) throw new SqlFault('query', `"${name}" is no name of a table`);
  const table = await connection.tableText(parts);
  if (table === undefined) throw await unknownTable(name, parts.at(-1)!.text, connection);
  const all = `SELECT * FROM ${table}`;
  const references = options.columnsOf?.(source);
  if (references === undefined) return all;
  const { columns, chunks } = await connection.query(`${all} WHERE 1 = 0`);
  for await (const rows of chunks) if (rows.length > 0) break;
  const asked = projection(references, columns);
  return asked === undefined
    ? all
    : `SELECT ${asked.map((c) => connection.quote(c)).join(', ')} FROM ${table}`;
}

/** The columns that references mean; undefined where all have to come, so that what is wrong can be told. */
function projection(
  references: readonly string[],
  columns: readonly string[],
): readonly string[] | undefined {
  const wanted = new Set<string>();
  for (const reference of references) {
    const name = columnName(reference);
    if (name === undefined) return undefined;
    const exact = columns.filter((column) => column === name.text);
    const alike = columns.filter((column) => column.toLowerCase() === name.text.toLowerCase());
    const found = exact.length > 0 || name.quoted ? exact : alike;
    if (found.length === 0) return undefined;
    for (const column of found) wanted.add(column);
  }
  return wanted.size === 0 || wanted.size === columns.length ? undefined : [...wanted];
}

function columnName(reference: string): ReturnType<typeof columnNameOf> | undefined {
  try {
    return columnNameOf(reference);
  } catch {
    return undefined;
  }
}

async function unknownTable(name: string, last: string, connection: SqlConnection): Promise<SqlFault> {
  const tables = await connection.tables();
  const near = nearest(last, tables);
  const hint =
    near !== undefined
      ? `did you mean "${near}"?`
      : tables.length === 0
        ? 'there are no tables'
        : `there are ${tables.slice(0, TABLES_SHOWN_MAX).join(', ')}`;
  return new SqlFault('query', `there is no table ${name}; ${hint}`);
}

const TABLES_SHOWN_MAX = 20;

/** R2RML, section 5.2: the columns of a query have names of their own. */
function checkColumns(columns: readonly string[]): void {
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new SqlFault('query', `the query gives the column "${twice}" twice; name one of them apart with AS`);
}

/** A data source name that comes from outside as a whole. */
const SETTING = /^\$\w+$/;

/** `$NAME` as the whole text and `${NAME}` anywhere. @throws FabricError `config-invalid` for one that is not given */
function withSettings(text: string, settings: Readonly<Record<string, string>>): string {
  return text.replace(/^\$(\w+)$|\$\{(\w+)\}/g, (_whole, whole?: string, part?: string) => {
    const name = whole ?? part ?? '';
    const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (value !== undefined) return value;
    throw new FabricError(
      'config-invalid',
      `A database of the mapping names the setting ${name}, which is not given`,
    );
  });
}

function refusalOf(thrown: unknown, address: DatabaseAddress, rowsRead: number): unknown {
  if (!(thrown instanceof SqlFault)) return thrown;
  const { label, password } = address;
  const detail =
    password === undefined || password === '' ? thrown.message : thrown.message.replaceAll(password, '***');
  const options = { location: { source: label }, cause: withoutSecrets(thrown, password) };
  switch (thrown.kind) {
    case 'lost':
      return new FabricError('unreachable', `Database ${label} cannot be reached: ${detail}`, {
        ...options,
        extensions: { retryable: true, rowsRead },
      });
    case 'denied':
      return new FabricError(
        'forbidden',
        `Database ${label} refuses the user that reads it: ${detail}`,
        options,
      );
    case 'query':
      return new FabricError('mapping-failed', `Database ${label}: ${detail}`, {
        ...options,
        extensions: { code: 'sql-refused', rowsRead },
      });
  }
}

/** The cause for the log, unless its text holds the password. */
function withoutSecrets(fault: SqlFault, password: string | undefined): unknown {
  const { cause } = fault;
  if (cause === undefined || password === undefined || password === '') return cause;
  return messageOf(cause).includes(password) ? undefined : cause;
}
