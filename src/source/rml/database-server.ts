/** Which database servers a mapping may name: those whose address is among the allowed origins. */
import { FabricError } from '../../errors.ts';
import { type DatabaseAddress, type DatabaseSystem, systemOf } from './database-dsn.ts';

const PORTS: Readonly<Record<DatabaseSystem, number>> = { sqlite: 0, postgresql: 5432, mysql: 3306 };

/** @throws FabricError `origin-refused` */
export function checkServer(address: DatabaseAddress, allowedOrigins: readonly string[]): void {
  const { system, host, port = PORTS[system], label } = address;
  const origin = `${system}://${host.toLowerCase()}:${port}`;
  if (allowedOrigins.some((allowed) => originOf(allowed) === origin)) return;
  throw new FabricError('origin-refused', `Database ${label} is on a server that mappings may not name`, {
    location: { source: label },
    extensions: {
      supported: allowedOrigins,
      hint: `Allow it with --allow-origin ${origin}, or give the database by --db-url or by a variable FABRIC_DB_....`,
    },
  });
}

/** `system://host:port` of an allowed origin; undefined for what is no address of a database server. */
function originOf(allowed: string): string | undefined {
  const match = /^([a-z0-9]+)(?:\+[a-z0-9_]+)?:\/\/(\[[^\]]+\]|[^/:?#@]+)(?::(\d+))?\/?$/i.exec(allowed);
  const system = match === null ? undefined : systemOf(match[1]!);
  if (match === null || system === undefined) return undefined;
  const host = match[2]!.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return `${system}://${host}:${match[3] ?? PORTS[system]}`;
}
