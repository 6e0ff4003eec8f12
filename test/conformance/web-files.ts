/**
 * The files of a case as a web server has them: HTTP sources of a mapping are read from the loopback.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import type { LogicalSource } from '../../src/mapping/normal-form.ts';

export interface WebFiles {
  readonly origin: string;
  /** Addresses here for the HTTP sources whose file the folder has, by location. */
  addressesOf(sources: readonly LogicalSource[]): ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Serves the files of a folder by their names, without folders below it. */
export async function serveFolder(folder: string): Promise<WebFiles> {
  const fileOf = (address: string): string | undefined => {
    const name = basename(decodeURIComponent(new URL(address, 'http://127.0.0.1').pathname));
    const path = join(folder, name);
    return name !== '' && existsSync(path) && statSync(path).isFile() ? path : undefined;
  };
  const server = createServer((request, response) => {
    const path = fileOf(request.url ?? '/');
    if (path === undefined) response.writeHead(404).end();
    else createReadStream(path).pipe(response.writeHead(200));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    addressesOf: (sources) =>
      new Map(
        sources.flatMap(({ description, location }) => {
          const url =
            description.kind === 'http'
              ? description.url
              : description.kind === 'given' && /^https?:/.test(description.iri)
                ? description.iri
                : undefined;
          const path = url === undefined ? undefined : fileOf(url);
          if (path === undefined || location === undefined) return [];
          return [[location, `${origin}/${encodeURIComponent(basename(path))}`] as const];
        }),
      ),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
