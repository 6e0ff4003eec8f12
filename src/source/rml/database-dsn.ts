/**
 * Data source names of databases, in the style of JDBC and in that of SQLAlchemy and libpq.
 *
 * A name may carry credentials: what is read here must never be shown but by its `label`.
 */
import { FabricError } from '../../errors.ts';

export type DatabaseSystem = 'sqlite' | 'postgresql' | 'mysql';

/** A database and how to get at it. */
export interface DatabaseAddress {
  readonly system: DatabaseSystem;
  /** What messages call it; without credentials. */
  readonly label: string;
  /** A path for SQLite; the name of the database for the others. */
  readonly database: string;
  /** A host name, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** `verify`: the certificate of the server has to be good for its name. */
  readonly tls: 'off' | 'require' | 'verify';
  /** PostgreSQL: where names without a schema are looked for. */
  readonly searchPath: string | undefined;
  /** Parameters of the name that have no effect here. */
  readonly ignored: readonly string[];
}

const SYSTEMS: ReadonlyMap<string, DatabaseSystem> = new Map([
  ['sqlite', 'sqlite'],
  ['sqlite3', 'sqlite'],
  ['postgresql', 'postgresql'],
  ['postgres', 'postgresql'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
]);

/** The system that a scheme names. */
export const systemOf = (scheme: string): DatabaseSystem | undefined => SYSTEMS.get(scheme.toLowerCase());

const SUPPORTED = 'jdbc:sqlite:, jdbc:postgresql:, jdbc:mysql:, sqlite:///, postgresql://, mysql://';

/**
 * Reads a data source name.
 *
 * @param given  credentials from elsewhere; they count before those in the name
 * @throws FabricError `not-supported` for other databases, `config-invalid` for what is no such name
 */
export function parseDsn(
  dsn: string,
  given: { readonly username?: string | undefined; readonly password?: string | undefined } = {},
): DatabaseAddress {
  const match = /^(?:jdbc:)?([a-z0-9]+)(?:\+[a-z0-9_]+)?:(.*)$/is.exec(dsn.trim());
  if (match === null) {
    throw new FabricError('config-invalid', `A data source name has no scheme; supported: ${SUPPORTED}`);
  }
  const [, scheme = '', rest = ''] = match;
  const system = systemOf(scheme);
  if (system === undefined) {
    throw new FabricError('not-supported', `Databases of "${scheme}" are not supported`, {
      extensions: { supported: SUPPORTED.split(', ') },
    });
  }
  return system === 'sqlite' ? sqliteAddress(rest) : serverAddress(system, rest, given);
}

/** `jdbc:sqlite:path`, and `sqlite:///path` where an absolute path has a fourth slash. */
function sqliteAddress(rest: string): DatabaseAddress {
  const [name = '', query = ''] = splitOnce(rest, '?');
  const path = name.startsWith('///') ? decode(name.slice(3)) : name.startsWith('//') ? name.slice(2) : name;
  if (path === '' || path === ':memory:') {
    throw new FabricError(
      'config-invalid',
      'An SQLite database in memory has no tables to read; name a file',
    );
  }
  return {
    system: 'sqlite',
    label: `sqlite:${path}`,
    database: path,
    host: '',
    port: undefined,
    username: undefined,
    password: undefined,
    tls: 'off',
    searchPath: undefined,
    ignored: parametersOf(query).map(([parameter]) => parameter),
  };
}

function serverAddress(
  system: DatabaseSystem,
  rest: string,
  given: { readonly username?: string | undefined; readonly password?: string | undefined },
): DatabaseAddress {
  const [location = '', query = ''] = splitOnce(rest, '?');
  const match = /^(?:\/\/(?:([^@/]*(?:@[^@/]*)*)@)?(\[[^\]]*\]|[^/:@]*)(?::(\d*))?)?(?:\/?([^/]*))?$/.exec(
    location,
  );
  if (match === null) {
    throw new FabricError('config-invalid', `A data source name of ${system} is not well-formed`, {
      extensions: { supported: [`${system}://host:port/database`, `jdbc:${system}://host:port/database`] },
    });
  }
  const [, userInfo, hostPart = '', port = '', database = ''] = match;
  // A slash in a password ends the host; what follows must not come into the label.
  if (database.includes('@')) {
    throw new FabricError('config-invalid', `A data source name of ${system} has an @ after its host`, {
      extensions: { hint: 'Write a slash in a password as %2F, and an @ in the name of a database as %40.' },
    });
  }
  const [user, password] = userInfo === undefined ? [] : splitOnce(userInfo, ':').map(decode);
  const known = readParameters(parametersOf(query));
  const host = known.host ?? (hostPart === '' ? 'localhost' : hostPart.replace(/^\[|\]$/g, ''));
  const portNumber = port === '' ? undefined : Number(port);
  const name = decode(database);
  const username = given.username ?? known.user ?? user;
  const where = portNumber === undefined ? host : `${host}:${portNumber}`;
  return {
    system,
    label: `${system}://${where}/${name}`,
    database: name === '' ? (username ?? '') : name,
    host,
    port: portNumber,
    username,
    password: given.password ?? known.password ?? password,
    tls: known.tls ?? 'off',
    searchPath: known.searchPath,
    ignored: known.ignored,
  };
}

interface Known {
  readonly host?: string;
  readonly user?: string;
  readonly password?: string;
  readonly tls?: DatabaseAddress['tls'];
  readonly searchPath?: string;
  readonly ignored: readonly string[];
}

/** Parameters of libpq, of the JDBC drivers and of SQLAlchemy that matter to a reader. */
function readParameters(parameters: readonly (readonly [string, string])[]): Known {
  let known: Known = { ignored: [] };
  for (const [name, value] of parameters) {
    switch (name.toLowerCase()) {
      case 'host':
        known = { ...known, host: value };
        break;
      case 'user':
        known = { ...known, user: value };
        break;
      case 'password':
        known = { ...known, password: value };
        break;
      case 'sslmode':
      case 'ssl':
      case 'usessl':
        known = { ...known, tls: tlsOf(value) };
        break;
      case 'currentschema':
      case 'search_path':
        known = { ...known, searchPath: value };
        break;
      default:
        known = { ...known, ignored: [...known.ignored, name] };
    }
  }
  return known;
}

/** `prefer` and `allow` leave the choice to the reader: without TLS. */
function tlsOf(value: string): DatabaseAddress['tls'] {
  const mode = value.toLowerCase().replaceAll('_', '-');
  if (['verify-ca', 'verify-full', 'verify-identity'].includes(mode)) return 'verify';
  return ['require', 'required', 'true', '1', 'on'].includes(mode) ? 'require' : 'off';
}

function parametersOf(query: string): readonly (readonly [string, string])[] {
  return query
    .split(/[&;]/)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = splitOnce(pair, '=');
      return [decode(name), decode(value)] as const;
    });
}

/** The text before and after the first separator; the text alone where there is none. */
function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Percent-decoding that leaves alone what is not encoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
