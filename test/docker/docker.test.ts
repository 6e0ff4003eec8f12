/** The Dockerfile against the settings, the code and the files that it speaks of. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '../../src/config.ts';
import type { Doorway } from '../../src/http/exchange.ts';
import { probeRoutes } from '../../src/http/probes.ts';
import { execForm, pairs, parseDockerfile, type Stage } from './dockerfile.ts';
import { isSetting } from './setting.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'docker');
const read = (...parts: string[]) => readFileSync(join(folder, ...parts), 'utf8');
const defaults = loadConfig();
const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly bin: { readonly fabric: string };
  readonly engines: { readonly node: string };
};

describe('Dockerfile', () => {
  const { stages, args } = parseDockerfile(read('Dockerfile'));
  const final = stages.at(-1)!;
  const text = (name: string, stage: Stage = final) =>
    stage.instructions
      .filter((instruction) => instruction.name === name)
      .map((instruction) => instruction.text);
  const one = (name: string) => {
    const found = text(name);
    assert.equal(found.length, 1, `${name} stands ${found.length} times`);
    return found[0]!;
  };

  it('builds in stages on the official image of a Node that the package takes', () => {
    assert.ok(stages.length > 1);
    for (const { base } of stages) assert.match(base, /^node:(\d+)-[a-z]+-slim$/);
    const major = Number(/^node:(\d+)/.exec(args.get('NODE_IMAGE') ?? '')?.[1]);
    assert.ok(major > Number(/>=(\d+)/.exec(project.engines.node)?.[1]));
  });

  it('installs what the lock says, without development packages and without scripts', () => {
    const installs = stages.flatMap((stage) => text('RUN', stage)).filter((line) => line.includes('npm '));
    assert.equal(installs.length, 1);
    assert.match(installs[0]!, /\bnpm ci\b/);
    for (const flag of ['--omit=dev', '--ignore-scripts']) assert.ok(installs[0]!.includes(flag), flag);
    assert.ok(!text('RUN').some((line) => line.includes('npm ')), 'the last stage runs npm');
  });

  it('needs no extension of one builder', () => {
    const source = read('Dockerfile');
    assert.doesNotMatch(source, /^#\s*syntax\s*=/m);
    assert.doesNotMatch(source, /^(RUN|COPY|ADD)\s+--(mount|network|security|link|chmod|parents|exclude)/m);
    assert.doesNotMatch(source, /<<-?\w/);
  });

  it('copies only what exists and what the builder is sent', () => {
    const sent = read('Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(sent[0], '*');
    const allowed = new Set(sent.slice(1).map((line) => line.replace(/^!/, '')));
    const copied = new Set<string>();
    for (const line of stages.flatMap((stage) => text('COPY', stage))) {
      if (line.startsWith('--from=')) {
        const from = /^--from=(\S+)/.exec(line)?.[1];
        assert.ok(
          stages.some(({ name }) => name === from),
          line,
        );
        continue;
      }
      for (const source of line.split(/\s+/).slice(0, -1)) {
        assert.ok(existsSync(join(root, source)), `${source} does not exist`);
        assert.ok(allowed.has(source), `${source} is not sent`);
        copied.add(source);
      }
    }
    assert.deepEqual(copied, allowed);
    for (const needed of ['package.json', 'src', 'ontology', 'mappings', 'queries'])
      assert.ok(copied.has(needed), needed);
  });

  it('runs as a plain user with one volume that is its own', () => {
    const user = one('USER');
    assert.match(user, /^[1-9]\d{3,}:[1-9]\d{3,}$/);
    assert.deepEqual(execForm(one('VOLUME')), ['/data']);
    const order = final.instructions.map(({ name }) => name);
    assert.ok(text('RUN').some((line) => line.includes(`chown ${user} /data`)));
    assert.ok(
      order.lastIndexOf('RUN') < order.indexOf('USER') && order.indexOf('USER') < order.indexOf('VOLUME'),
    );
  });

  it('starts the service so that it gets signals itself', () => {
    const [program, bin] = execForm(one('ENTRYPOINT'));
    assert.equal(program, 'node');
    assert.equal(posix.join('./', bin!), posix.join('./', project.bin.fabric));
    assert.ok(existsSync(join(root, bin!)));
    assert.deepEqual(execForm(one('CMD')), [
      'serve',
      '--data',
      '/data',
      '--port',
      String(defaults.server.port),
    ]);
    assert.equal(one('STOPSIGNAL'), 'SIGTERM');
    assert.equal(one('EXPOSE'), String(defaults.server.port));
  });

  it('sets only what is a setting, and leaves the token to its user', async () => {
    const env = new Map(text('ENV').flatMap((line) => [...pairs(line)]));
    assert.equal(env.get('NODE_ENV'), 'production');
    const ours = [...env.keys()].filter((name) => name.startsWith('FABRIC_'));
    assert.ok(ours.length > 0);
    for (const name of ours) assert.ok(await isSetting(name), `${name} is no setting`);
    assert.equal(await isSetting('FABRIC_NO_SUCH_SETTING'), false);
    const config = loadConfig({ env: Object.fromEntries(env) });
    assert.equal(config.server.host, '0.0.0.0');
    assert.equal(config.server.token, undefined);
  });

  it('is healthy while /livez answers well, and only then', async () => {
    const command = execForm(one('HEALTHCHECK').replace(/^.*?\bCMD\s+/, ''));
    assert.deepEqual(command.slice(0, 2), ['node', '-e']);
    const script = command[2]!;
    const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)(\/\w+)/.exec(script) ?? [];
    assert.equal(port, String(defaults.server.port));
    const routes = probeRoutes({} as Doorway, () => false);
    assert.ok(
      routes.some((route) => route.method === 'get' && route.path === path),
      `${path ?? ''} is no probe`,
    );
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === path ? status : 404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const here = script.replace(port, String((server.address() as AddressInfo).port));
    const check = () =>
      promisify(execFile)(process.execPath, ['-e', here]).then(
        () => 0,
        (thrown: unknown) => (thrown as { readonly code: number }).code,
      );
    assert.equal(await check(), 0);
    status = 500;
    assert.equal(await check(), 1);
    server.close();
    server.closeAllConnections();
    assert.equal(await check(), 1);
  });
});
