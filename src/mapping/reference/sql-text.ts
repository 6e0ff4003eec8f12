/**
 * SQL as text: how a query begins and ends, and the parts of a name.
 *
 * It reads no more of SQL than quotes and comments; what a query means is the database's part.
 */

/** Local names of the SQL versions that R2RML has registered (R2RML, section 5.2). */
export const SQL_VERSIONS: readonly string[] = [
  'SQL2008',
  'Oracle',
  'MySQL',
  'MSSQLServer',
  'HSQLDB',
  'PostgreSQL',
  'DB2',
  'Informix',
  'Ingres',
  'Progress',
  'SybaseASE',
  'SybaseSQLAnywhere',
  'Virtuoso',
  'Firebird',
];

export interface SqlDocument {
  /** The text without comments and spaces around it and without a semicolon at its end. */
  readonly text: string;
  /** Whether it begins as a query does. */
  readonly isQuery: boolean;
  /** A verb and its object: what makes it more or less than one statement. */
  readonly problem: string | undefined;
}

/** Quoted strings and names, comments, dollar quotes of PostgreSQL; a semicolon; anything else. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]*)\$[\s\S]*?\$\1\$|;|['"`]|[^'"`;$/-]+|[\s\S]/g;

/** Takes a text apart as far as it takes to tell whether it is one query. */
export function sqlDocument(text: string): SqlDocument {
  let first = '';
  let ended = -1;
  let problem: string | undefined;
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    const isSpace = token.trim() === '' || token.startsWith('--') || token.startsWith('/*');
    if (token === ';') {
      if (ended < 0) ended = match.index;
    } else if (!isSpace) {
      if (ended >= 0) problem ??= 'has more than one statement';
      if (/^['"`]$/.test(token)) problem ??= `has a quote (${token}) that is not closed`;
      first ||= token.trimStart();
    }
  }
  const query = (ended < 0 ? text : text.slice(0, ended)).trim();
  return { text: query, isQuery: /^\(*\s*(?:select|with|values|table)\b/i.test(first), problem };
}

/** One part of a name as it was written. */
export interface NamePart {
  readonly text: string;
  readonly quoted: boolean;
}

const PART = /"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|\[([^\]]+)\]|([^."`[\]]+)/y;

/**
 * The parts of a table name: `schema.table`, each of them plain or in the quotes of standard SQL, MySQL or
 * SQL Server. Undefined for what is no name.
 */
export function nameParts(name: string): readonly NamePart[] | undefined {
  const parts: NamePart[] = [];
  const text = name.trim();
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) return undefined;
    const [whole, standard, mysql, server, plain] = match;
    const quoted = standard?.replaceAll('""', '"') ?? mysql?.replaceAll('``', '`') ?? server ?? undefined;
    parts.push({ text: quoted ?? plain!.trim(), quoted: quoted !== undefined });
    at += whole.length;
    if (at === text.length) break;
    if (text[at] !== '.') return undefined;
    at++;
    if (at === text.length) return undefined;
  }
  return parts.length === 0 || parts.some((part) => part.text === '') ? undefined : parts;
}
