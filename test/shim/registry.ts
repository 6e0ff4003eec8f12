/** An image registry on loopback that serves one image to one user: what a pull needs, and no more. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestRegistry {
  /** `127.0.0.1:port`; Docker takes loopback registries without TLS. */
  readonly host: string;
  requests(): number;
  stop(): Promise<void>;
}

export async function startRegistry(options: {
  readonly rootFileSystem: Uint8Array;
  readonly username: string;
  readonly password: string;
}): Promise<TestRegistry> {
  const layer = { digest: sha256(options.rootFileSystem), bytes: options.rootFileSystem };
  const config = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = json({
    schemaVersion: 2,
    mediaType: type,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.bytes.length,
      digest: config.digest,
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar',
        size: layer.bytes.length,
        digest: layer.digest,
      },
    ],
  });
  const blobs = new Map([layer, config, manifest].map((blob) => [blob.digest, blob]));
  const expected = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  let requests = 0;
  const server = createServer((incoming, outgoing) => {
    requests++;
    if (incoming.headers.authorization !== expected) {
      outgoing.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const [, kind, reference] = /\/(manifests|blobs)\/([^/]+)$/.exec(incoming.url ?? '') ?? [];
    const blob = kind === 'manifests' ? manifest : blobs.get(reference ?? '');
    if (kind !== undefined && blob === undefined) {
      outgoing.writeHead(404).end();
      return;
    }
    const headers = {
      'Content-Type': kind === 'manifests' ? type : 'application/octet-stream',
      'Docker-Content-Digest': blob?.digest ?? '',
      'Content-Length': blob?.bytes.length ?? 0,
    };
    outgoing.writeHead(200, headers).end(incoming.method === 'HEAD' ? undefined : blob?.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function json(value: object): { digest: string; bytes: Uint8Array } {
  const bytes = Buffer.from(JSON.stringify(value));
  return { digest: sha256(bytes), bytes };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
