/** The compose file and what it mounts, against the settings, the code and the files that they speak of. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { parse } from 'yaml';
import { type Config, loadConfig } from '../../src/config.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import type { FabricService } from '../../src/service.ts';
import { execForm, parseDockerfile } from './dockerfile.ts';
import { isSetting } from './setting.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'docker');
const read = (...parts: string[]) => readFileSync(join(folder, ...parts), 'utf8');
const defaults = loadConfig();
const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly version: string;
};

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

describe('compose file', () => {
  const source = read('compose.yaml');
  const compose = parse(source) as Compose;
  const services = Object.entries(compose.services);
  const fabric = compose.services['fabric']!;
  const mounts = (service: Service) =>
    (service.volumes ?? []).map((volume) => {
      const [from = '', to = '', mode = 'rw'] = volume.split(':');
      return { from, to, mode };
    });
  const settings = (): Config => {
    const path = fabric.command?.[fabric.command.indexOf('--config') + 1];
    const mounted = mounts(fabric).find(({ to }) => to === path);
    assert.ok(mounted !== undefined, `${path ?? ''} is not mounted`);
    return loadConfig({ file: join(folder, mounted.from) });
  };

  it('has the services and profiles that it speaks of', () => {
    const profiles = services.map(([name, { profiles: own }]) => [name, own ?? []] as const);
    assert.deepEqual(Object.fromEntries(profiles), {
      fabric: [],
      mosquitto: [],
      'orion-ld': ['orion'],
      mongodb: ['orion'],
      keycloak: ['keycloak'],
      prometheus: ['observability'],
      grafana: ['observability'],
    });
    for (const [name, { image }] of services) assert.match(image, /^[\w./-]+:v?\d+(\.\d+)+$/, name);
  });

  it('builds this version from this Dockerfile', () => {
    assert.equal(fabric.image, `${project.name}:${project.version}`);
    const { context, dockerfile } = fabric.build!;
    assert.equal(join(folder, context, dockerfile), join(folder, 'Dockerfile'));
  });

  it('hands the fabric nothing but settings, and a token from a file', async () => {
    const variables = Object.entries(fabric.environment ?? {});
    assert.ok(variables.length > 0);
    for (const [name] of variables) assert.ok(await isSetting(name), `${name} is no setting`);
    const token = 'a-token-of-a-test-0123';
    const scratch = await mkdtemp(join(tmpdir(), 'fabric-token-'));
    await writeFile(join(scratch, 'fabric-token'), `${token}\n`);
    assert.equal(fabric.environment?.['FABRIC_SERVER_TOKEN_FILE'], '/run/secrets/fabric-token');
    const env = { ...fabric.environment, FABRIC_SERVER_TOKEN_FILE: join(scratch, 'fabric-token') };
    const config = loadConfig({ env: env });
    await rm(scratch, { recursive: true });
    assert.deepEqual([config.server.host, config.server.token], ['0.0.0.0', token]);
  });

  it('starts the fabric as the image does, on its port and volume', () => {
    const { stages } = parseDockerfile(read('Dockerfile'));
    const cmd = stages.at(-1)!.instructions.find(({ name }) => name === 'CMD')!.text;
    assert.deepEqual(fabric.command?.slice(0, -2), execForm(cmd));
    assert.deepEqual(fabric.ports, [`127.0.0.1:${defaults.server.port}:${defaults.server.port}`]);
    assert.ok(mounts(fabric).some(({ to, mode }) => to === '/data' && mode === 'rw'));
    assert.equal(mounts(fabric).filter(({ mode }) => mode === 'rw').length, 1);
    assert.equal(fabric.read_only, true);
    assert.deepEqual(fabric.cap_drop, ['ALL']);
    assert.ok(Number(/^(\d+)s$/.exec(fabric.stop_grace_period ?? '')?.[1]) > settings().server.drainSeconds);
  });

  it('opens nothing beyond loopback, and no port twice', () => {
    const ports = services.flatMap(([, { ports: own }]) => own ?? []);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
    const outer = ports.map((port) => port.split(':')[1]);
    assert.equal(new Set(outer).size, outer.length);
  });

  it('mounts only what exists, is declared, or is a secret that it says how to make', () => {
    for (const [name, service] of services) {
      for (const { from, to, mode } of mounts(service)) {
        assert.ok(to.startsWith('/'), `${name}: ${to}`);
        if (!from.startsWith('.')) {
          assert.ok(from in compose.volumes, `${name}: volume ${from} is not declared`);
          continue;
        }
        assert.equal(mode, 'ro', `${name}: ${from} can be written`);
        assert.ok(existsSync(join(folder, from)), `${name}: ${from} does not exist`);
      }
      for (const secret of service.secrets ?? []) assert.ok(secret in compose.secrets, `${name}: ${secret}`);
    }
    for (const { file } of Object.values(compose.secrets)) {
      assert.ok(source.includes(`> ${posix.join('docker', file)}`), `${file}: nobody says how it is made`);
      assert.match(read('.gitignore'), /^secrets\/$/m);
    }
    const used = services.flatMap(([, service]) => mounts(service).map(({ from }) => from));
    for (const volume of Object.keys(compose.volumes))
      assert.ok(used.includes(volume), `${volume} is not used`);
  });

  it('waits only for services that run beside, healthy where it asks so', () => {
    for (const [name, { depends_on: awaited = [], profiles = [] }] of services) {
      const waits = Array.isArray(awaited)
        ? (awaited as readonly string[]).map((other) => [other, ''] as const)
        : Object.entries(awaited).map(([other, { condition }]) => [other, condition] as const);
      for (const [other, condition] of waits) {
        const service = compose.services[other];
        assert.ok(service !== undefined, `${name} waits for ${other}`);
        const theirs = service.profiles ?? [];
        assert.ok(
          theirs.length === 0 || profiles.some((profile) => theirs.includes(profile)),
          `${name}: ${other}`,
        );
        if (condition === 'service_healthy')
          assert.ok(service.healthcheck !== undefined, `${other} has no check`);
      }
    }
  });

  it('keeps passwords out of its files', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|TOKEN$|SECRET/.test(variable)) assert.equal(value, null, `${name}: ${variable}`);
      }
    }
    const realm = read('keycloak', 'realm.json');
    assert.doesNotMatch(realm, /"(secret|credentials|password)"/);
    const { roles } = JSON.parse(realm) as {
      readonly roles: { readonly realm: readonly { name: string }[] };
    };
    assert.ok(roles.realm.some(({ name }) => name === 'Continuum administrator'));
  });

  it('connects the sources of the fabric to the broker beside it', () => {
    const sources = settings().sources.filter((source) => source.kind === 'mqtt');
    assert.ok(sources.length > 0);
    for (const { url, mapping } of sources) {
      const { hostname, port } = new URL(url);
      assert.ok(hostname in compose.services, hostname);
      assert.match(read('mosquitto', 'mosquitto.conf'), new RegExp(`^listener ${port}$`, 'm'));
      assert.ok(existsSync(join(root, 'mappings', `${mapping}.rml.ttl`)), mapping);
    }
  });

  it('lets Prometheus in, and Grafana to Prometheus', () => {
    const prometheus = parse(read('prometheus', 'prometheus.yml')) as {
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly {
        readonly metrics_path: string;
        readonly authorization: { readonly credentials_file: string };
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    };
    const [job] = prometheus.scrape_configs;
    assert.equal(job!.metrics_path, '/metrics');
    assert.deepEqual(job!.static_configs[0]!.targets, [`fabric:${defaults.server.port}`]);
    assert.ok(settings().server.allowedHosts.includes('fabric'));
    const service = compose.services['prometheus']!;
    assert.ok(service.secrets?.includes(posix.basename(job!.authorization.credentials_file)));
    for (const file of prometheus.rule_files)
      assert.ok(
        mounts(service).some(({ to }) => to === file),
        file,
      );
    const grafana = parse(read('grafana', 'provisioning', 'datasources', 'prometheus.yaml')) as {
      readonly datasources: readonly { readonly url: string }[];
    };
    const { hostname, port } = new URL(grafana.datasources[0]!.url);
    assert.ok(compose.services[hostname]?.ports?.[0]?.endsWith(`:${port}`));
  });

  it('asks Prometheus only for figures that the fabric gives', async () => {
    const known = await metricNames();
    const expressions = [
      ...dashboards().flatMap(({ panels }) =>
        panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ),
      ...(
        parse(read('prometheus', 'alerts.yml')) as {
          groups: readonly { rules: readonly { expr: string }[] }[];
        }
      ).groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ];
    assert.ok(expressions.length > 10);
    for (const expression of expressions) {
      const names = expression.match(/\b(?:fabric|process|nodejs)_\w+|\bup\b/g) ?? [];
      assert.ok(names.length > 0, expression);
      for (const name of names) {
        const base = name.replace(/_(bucket|count|sum)$/, '');
        assert.ok(known.has(name) || known.has(base) || name === 'up', `${name} is no figure of the fabric`);
      }
    }
  });

  it('holds nothing in docker/ that nobody mounts or builds with', () => {
    const reached = services.flatMap(([, service]) =>
      mounts(service).map(({ from }) => posix.normalize(from)),
    );
    const own = ['Dockerfile', 'Dockerfile.dockerignore', 'compose.yaml', '.gitignore'];
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (statSync(join(folder, file)).isDirectory() || file.startsWith('secrets')) continue;
      assert.ok(
        own.includes(file) || reached.some((path) => file === path || file.startsWith(`${path}/`)),
        file,
      );
    }
  });
});

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

function dashboards(): readonly Dashboard[] {
  const files = readdirSync(join(folder, 'grafana', 'dashboards'));
  assert.ok(files.length > 0);
  return files.map((file) => JSON.parse(read('grafana', 'dashboards', file)) as Dashboard);
}

/** The names of all figures at `/metrics`. */
async function metricNames(): Promise<ReadonlySet<string>> {
  const service: Pick<FabricService, 'status' | 'unready'> = {
    status: () => ({
      seq: 0,
      checkpointSeq: 0,
      quads: 0,
      terms: 0,
      records: 0,
      queueLength: 0,
      tailLength: 0,
      tailBytes: 0,
      samplesWaiting: 0,
      storageFull: false,
      feed: { subscribers: 0, dropped: 0 },
      readers: [],
      sources: [],
    }),
    unready: () => undefined,
  };
  const metrics = createMetrics(service as FabricService);
  const text = await metrics.render();
  metrics.close();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
}
