/**
 * A simulated Docker daemon on a Unix socket: the calls of the shim, over a map of containers.
 *
 * It serves the properties that need thousands of calls; what a daemon really does is tested on a real one.
 */
import { createServer, type IncomingMessage } from 'node:http';

export interface FakeEngine {
  /** Answers to calls before the daemon's own: status and body by `METHOD /path` without the version. */
  readonly answers: Map<string, { readonly status: number; readonly body: string }>;
  /** Every call: method, path with version and query, headers, body. */
  readonly calls: {
    readonly line: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[];
  stop(): Promise<void>;
}

interface FakeContainer {
  readonly name: string;
  readonly body: { readonly Labels: Readonly<Record<string, string>> };
  status: string;
}

export async function startFakeEngine(
  socketPath: string,
  versions = { ApiVersion: '1.41', MinAPIVersion: '1.12' },
): Promise<FakeEngine> {
  const containers = new Map<string, FakeContainer>();
  const answers: FakeEngine['answers'] = new Map();
  const calls: FakeEngine['calls'] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Uint8Array[] = [];
    incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '', 'http://docker');
      const path = url.pathname.replace(/^\/v1\.\d+/, '');
      const body = Buffer.concat(chunks).toString('utf8');
      const line = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
      calls.push({ line, headers: incoming.headers, body });
      const canned = answers.get(`${incoming.method ?? ''} ${path}`);
      const { status, body: text } = canned ?? respond(incoming.method ?? '', path, url, body);
      outgoing.writeHead(status).end(text);
    });
  });
  const respond = (
    method: string,
    path: string,
    url: URL,
    body: string,
  ): { status: number; body: string } => {
    if (path === '/version') return { status: 200, body: JSON.stringify(versions) };
    if (path.startsWith('/images/')) return { status: 200, body: '{}' };
    if (path === '/containers/json')
      return { status: 200, body: JSON.stringify([...containers.values()].map(listed)) };
    if (path === '/containers/create') {
      const name = url.searchParams.get('name') ?? '';
      if (containers.has(name)) return { status: 409, body: '{"message":"name in use"}' };
      containers.set(name, { name, body: JSON.parse(body) as FakeContainer['body'], status: 'created' });
      return { status: 201, body: '{"Id":"x","Warnings":[]}' };
    }
    const [, name = '', verb] = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const container = containers.get(name);
    if (container === undefined) return { status: 404, body: `{"message":"No such container: ${name}"}` };
    if (method === 'DELETE') containers.delete(name);
    if (verb === 'start') container.status = 'running';
    if (verb === 'stop') container.status = 'exited';
    return verb === 'json'
      ? { status: 200, body: JSON.stringify(inspected(container)) }
      : { status: 204, body: '' };
  };
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    answers,
    calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listed({ name, body }: FakeContainer) {
  return { Id: name, Names: [`/${name}`], Labels: body.Labels };
}

function inspected({ name, status }: FakeContainer) {
  return { Id: name, Name: `/${name}`, RestartCount: 0, State: { Status: status, ExitCode: 0, Error: '' } };
}
