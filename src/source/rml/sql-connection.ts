/**
 * The port of the databases: what a driver offers to a reader of tables and queries.
 *
 * A connection is inside one transaction that reads only, from its beginning to its end. A driver knows its
 * wire and the texts of its types; it must not know anything of mappings.
 */
import type { Scalar } from '../../mapping/reference/formulation.ts';
import type { NamePart } from '../../mapping/reference/sql-text.ts';
import type { DatabaseAddress } from './database-dsn.ts';

/** The values of a row in the order of the columns; undefined for NULL. */
export type SqlRow = readonly (Scalar | undefined)[];

export interface SqlResult {
  /** Names of the columns as the database has them. */
  readonly columns: readonly string[];
  /** Rows as they come. To break off the iteration ends the query. */
  readonly chunks: AsyncIterable<readonly SqlRow[]>;
}

export interface SqlConnection {
  /** Whether it can be used for another query. */
  readonly usable: boolean;
  /** A name as SQL text; never ends the quotes that it is put in. */
  quote(name: string): string;
  /** The SQL text of a table that exists; undefined when none fits the name. @throws SqlFault */
  tableText(parts: readonly NamePart[]): Promise<string | undefined>;
  /** Names of the tables and views that can be read without a schema. @throws SqlFault */
  tables(): Promise<readonly string[]>;
  /** Runs one query. @throws SqlFault, then or while rows come */
  query(sql: string): Promise<SqlResult>;
  /** Whether the process may end while the connection is idle. */
  hold(held: boolean): void;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly connectTimeoutMs: number;
  /** Most rows that come together. */
  readonly chunkRows: number;
}

export type Connect = (address: DatabaseAddress, options: ConnectOptions) => Promise<SqlConnection>;

/** What a driver throws: `lost` may be tried again. */
export class SqlFault extends Error {
  override readonly name = 'SqlFault';
  readonly kind: 'lost' | 'denied' | 'query';

  constructor(kind: SqlFault['kind'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** Credentials that the database does not take. What a driver says of them holds the name of the user. */
export const wrongUser = (): SqlFault =>
  new SqlFault('denied', 'check the user name, the password and what the user may read');

/** Port, credentials and encryption, as the drivers of servers spell them alike. */
export const loginOf = ({ port, username, password, tls }: DatabaseAddress) => ({
  ...(port === undefined ? {} : { port }),
  ...(username === undefined ? {} : { user: username }),
  ...(password === undefined ? {} : { password }),
  ...(tls === 'off' ? {} : { ssl: { rejectUnauthorized: tls === 'verify' } }),
});

/** A name in quotes; quotes in it are written twice. */
export const quoted = (name: string, quote: '"' | '`'): string =>
  quote + name.replaceAll(quote, quote + quote) + quote;

/** The `code` of an error of a driver or of a socket. */
export function codeOf(thrown: unknown): string {
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Codes of sockets whose other side cannot be had; another try may help. */
export const SOCKET_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
