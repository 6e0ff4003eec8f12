/**
 * A Docker daemon of the test's own: on a socket and in a folder that nobody else uses.
 *
 * Nothing outside the folder is touched and only processes that were started here are ended. Where a daemon
 * cannot run, the answer is the reason.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface TestDaemon {
  readonly socketPath: string;
  stop(): Promise<void>;
}

export type Daemon =
  | { readonly kind: 'runs'; readonly daemon: TestDaemon }
  | { readonly kind: 'cannot'; readonly reason: string };

const DOCKERD = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'];

export async function startDockerd(): Promise<Daemon> {
  const binary = DOCKERD.find((path) => existsSync(path));
  if (process.platform !== 'linux') return { kind: 'cannot', reason: 'dockerd runs on Linux only' };
  if (binary === undefined) return { kind: 'cannot', reason: 'dockerd is not installed' };
  if (process.getuid?.() !== 0) return { kind: 'cannot', reason: 'dockerd needs root' };
  const folder = await mkdtemp(join(tmpdir(), 'fabric-dockerd-'));
  const socketPath = join(folder, 'docker.sock');
  const log = await open(join(folder, 'dockerd.log'), 'w');
  const child = spawn(
    binary,
    [
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'docker.pid'), '--host', `unix://${socketPath}`],
      // No network of the machine is touched, and no file system driver is needed.
      ...['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs'],
    ],
    { stdio: ['ignore', log.fd, log.fd] },
  );
  await log.close();
  // Also when the run ends early: on SIGTERM the daemon takes its containers and containerd along.
  process.once('exit', () => child.kill('SIGTERM'));
  const daemon = { socketPath, stop: () => stop(child, folder) };
  if (await answers(child, socketPath)) return { kind: 'runs', daemon };
  const lastLine = (await readFile(join(folder, 'dockerd.log'), 'utf8')).trim().split('\n').at(-1) ?? '';
  await daemon.stop();
  return { kind: 'cannot', reason: `dockerd did not come up: ${lastLine}` };
}

async function answers(child: ChildProcess, socketPath: string): Promise<boolean> {
  const ping = () =>
    new Promise<boolean>((resolve) => {
      const outgoing = request({ socketPath, path: '/_ping' }, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode === 200);
      });
      outgoing.on('error', () => {
        resolve(false);
      });
      outgoing.end();
    });
  for (let tries = 0; tries < 300 && child.exitCode === null && child.signalCode === null; tries++) {
    if (await ping()) return true;
    await delay(100);
  }
  return false;
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(late);
  }
  // The daemon leaves the mount of its network namespace behind.
  const namespace = join(folder, 'exec', 'netns', 'default');
  if (existsSync(namespace)) {
    try {
      execFileSync('umount', [namespace], { stdio: 'ignore' });
    } catch {
      // It was not mounted.
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
