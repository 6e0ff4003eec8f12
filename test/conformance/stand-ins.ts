/**
 * Services that cases ask for and that a bare clone does not have: SPARQL endpoints over the RDF files of a
 * case, served by our own engine on the loopback, and databases made from its SQL and CSV files.
 *
 * Databases are SQLite files. A case for PostgreSQL gets an embedded PostgreSQL, or the server that
 * FABRIC_TEST_POSTGRES (a DSN) names.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import { FabricError, messageOf } from '../../src/errors.ts';
import { RDF_FORMATS } from '../../src/rdf/formats.ts';
import { loadRdf, type RdfDocument } from '../../src/source/rml/sparql-file.ts';
import { RESULT_MEDIA_TYPES, type ResultFormat, serialiseResult } from '../../src/sparql/serialise.ts';
import { type Database, openPostgresql, openSqlite } from './stand-in-databases.ts';

export interface StandIns {
  /** The mapping with addresses and credentials in the place of what the case leaves open. */
  readonly text: string;
  /** Origins that answer for the case. */
  readonly origins: readonly string[];
  /** Folders outside the case whose files the mapping names. */
  readonly roots: readonly string[];
  readonly close: () => Promise<void>;
}

const ENDPOINT = /http:\/\/localhost:PORT\b/g;
const DSN = /\$?CONNECTIONDSN/g;

/** Starts what the mapping of a case needs; nothing for most. */
export async function startStandIns(folder: string, text: string): Promise<StandIns> {
  const closers: (() => Promise<void>)[] = [];
  const origins: string[] = [];
  const roots: string[] = [];
  let filled = text;
  if (ENDPOINT.test(text)) {
    const { origin, close } = await serveSparql(folder);
    closers.push(close);
    origins.push(origin);
    filled = filled.replace(ENDPOINT, origin);
  }
  if (DSN.test(text)) {
    const scratch = mkdtempSync(join(tmpdir(), 'fabric-case-'));
    roots.push(scratch);
    const database = await databaseOf(folder, scratch);
    closers.push(() => database.close());
    closers.push(() => rm(scratch, { recursive: true, force: true }));
    filled = filled
      .replace(DSN, () => database.dsn)
      .replaceAll('$USERNAME', database.username)
      .replaceAll('$PASSWORD', database.password);
  }
  return {
    text: filled,
    origins,
    roots,
    async close() {
      for (const close of closers) await close();
    },
  };
}

/** The database of a case: its SQL file, else a table for each CSV file. */
async function databaseOf(folder: string, scratch: string): Promise<Database> {
  const postgresql =
    basename(folder).endsWith('-PostgreSQL') || process.env['FABRIC_TEST_POSTGRES'] !== undefined;
  const database = postgresql ? await openPostgresql() : openSqlite(join(scratch, 'case.db'));
  const files = readdirSync(folder);
  const scripts = files.filter((name) => name.endsWith('.sql'));
  for (const name of scripts) await database.run(readFileSync(join(folder, name), 'utf8'));
  if (scripts.length > 0) return database;
  for (const name of files.filter((file) => file.endsWith('.csv'))) {
    await database.run(tableOf(name.replace(/\.csv$/, ''), readFileSync(join(folder, name), 'utf8')));
  }
  return database;
}

/** SQL that makes a table of a CSV text; columns of integers, of numbers, of texts. */
function tableOf(name: string, csv: string): string {
  const [header = [], ...rows]: string[][] = parse(csv, { bom: true });
  const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const typeOf = (column: number): string => {
    const values = rows.map((row) => row[column] ?? '').filter((value) => value !== '');
    if (values.length === 0) return 'VARCHAR(200)';
    if (values.every((value) => /^-?\d+$/.test(value))) return 'INTEGER';
    return values.every((value) => /^-?\d+\.\d+$/.test(value)) ? 'DOUBLE PRECISION' : 'VARCHAR(200)';
  };
  const types = header.map((_, column) => typeOf(column));
  const columns = header.map((column, i) => `${identifier(column)} ${types[i]}`);
  const valueOf = (text: string, column: number): string => {
    if (text === '') return 'NULL';
    return types[column] === 'VARCHAR(200)' ? `'${text.replaceAll("'", "''")}'` : text;
  };
  const inserts = rows.map(
    (row) => `INSERT INTO ${identifier(name)} VALUES (${row.map(valueOf).join(', ')});`,
  );
  return [`CREATE TABLE ${identifier(name)} (${columns.join(', ')});`, ...inserts].join('\n');
}

/** Serves `/ds1/sparql`, `/ds2/sparql` ... from `resource.ttl`, or `resource1.ttl`, `resource2.ttl` ... */
export async function serveSparql(
  folder: string,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  const documents = new Map<string, Promise<RdfDocument>>();
  const documentOf = (number: string): Promise<RdfDocument> => {
    const name = [`resource${number}.ttl`, 'resource.ttl'].find((file) => existsSync(join(folder, file)));
    if (name === undefined) throw new FabricError('not-found', `There is no dataset ${number}`);
    const known = documents.get(name);
    if (known !== undefined) return known;
    const text = readFileSync(join(folder, name), 'utf8');
    const loading = loadRdf(text, { format: 'turtle', source: name });
    documents.set(name, loading);
    return loading;
  };
  return serveQueries((path) => {
    const number = /^\/ds(\d+)\/sparql$/.exec(path)?.[1];
    if (number === undefined) throw new FabricError('not-found', `There is nothing at ${path}`);
    return documentOf(number);
  });
}

/** A SPARQL endpoint for each path that has a document. */
export async function serveQueries(
  documentAt: (path: string) => Promise<RdfDocument>,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void answer(request, response, documentAt);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  documentAt: (path: string) => Promise<RdfDocument>,
): Promise<void> {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, { 'content-type': type }).end(body);
  };
  try {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
    const body = await readText(request);
    const query = searchParams.get('query') ?? (isForm ? new URLSearchParams(body).get('query') : body) ?? '';
    const document = await documentAt(pathname);
    const result = await document.query(query);
    if (result.kind === 'graph') {
      send(
        400,
        'text/plain',
        `The query gives a graph; ${RDF_FORMATS.turtle.mediaTypes[0]} is not served here`,
      );
      return;
    }
    const format = formatOf(request.headers.accept ?? '');
    send(200, RESULT_MEDIA_TYPES[format][0], serialiseResult(result, format));
  } catch (thrown) {
    const status = thrown instanceof FabricError ? (thrown.type === 'not-found' ? 404 : 400) : 500;
    send(status, 'text/plain', messageOf(thrown));
  }
}

function formatOf(accept: string): ResultFormat {
  const wanted = accept.split(',').map((type) => type.split(';', 1)[0]!.trim());
  const formats = Object.entries(RESULT_MEDIA_TYPES) as [ResultFormat, readonly string[]][];
  return formats.find(([, types]) => types.some((type) => wanted.includes(type)))?.[0] ?? 'json';
}
