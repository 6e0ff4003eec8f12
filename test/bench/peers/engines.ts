/**
 * The engines that ours is measured beside: how each is installed, and how it maps a folder.
 *
 * They live in `.peers/`, which is not part of the project, and run as processes of their own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from './process-tree.ts';

/** A folder with `legacy.ttl` and its inputs. */
export interface Job {
  readonly folder: string;
  /** Where the N-Triples go. */
  readonly output: string;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  /** Installs it unless it is there. @throws Error when it cannot be had */
  readonly install: () => void;
  /** What runs the job; files that it needs are written first. */
  readonly command: (job: Job) => Command;
}

const PEERS = join(import.meta.dirname, '..', '..', '..', '.peers');

const inPeers = (...parts: readonly string[]): string => join(PEERS, ...parts);

function run(program: string, args: readonly string[], cwd: string): void {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: 900_000 });
}

/** Whether a version was installed before; `done` says that it is now. */
function marker(name: string, version: string): { readonly isThere: boolean; readonly done: () => void } {
  const path = inPeers(name, '.version');
  return {
    isThere: existsSync(path) && readFileSync(path, 'utf8') === version,
    done: () => {
      writeFileSync(path, version);
    },
  };
}

function pythonPackage(name: string, requirement: string, version: string): void {
  const { isThere, done } = marker(name, version);
  if (isThere) return;
  mkdirSync(PEERS, { recursive: true });
  run('python3', ['-m', 'venv', inPeers(name)], PEERS);
  run(inPeers(name, 'bin', 'pip'), ['install', '-q', `${requirement}==${version}`], PEERS);
  done();
}

const MORPH_VERSION = '2.10.0';

const morphKgc: Engine = {
  name: 'morph-KGC',
  version: MORPH_VERSION,
  install: () => {
    pythonPackage('morph', 'morph-kgc', MORPH_VERSION);
  },
  command: ({ folder, output }) => {
    const config = [
      '[CONFIGURATION]',
      `output_file: ${output}`,
      'output_format: N-TRIPLES',
      'number_of_processes: 1',
      '[DATA]',
      'mappings: legacy.ttl',
      '',
    ];
    writeFileSync(join(folder, 'morph.ini'), config.join('\n'));
    const program = inPeers('morph', 'bin', 'python');
    return { program, args: ['-m', 'morph_kgc', 'morph.ini'], cwd: folder, log: join(folder, 'morph.log') };
  },
};

const SDM_VERSION = '4.7.5.15.4.1';

const sdmRdfizer: Engine = {
  name: 'SDM-RDFizer',
  version: SDM_VERSION,
  install: () => {
    pythonPackage('sdm', 'rdfizer', SDM_VERSION);
    // It loads the driver of SQL Server before all else, which needs a library of the system; nothing here uses it.
    mkdirSync(inPeers('sdm', 'without'), { recursive: true });
    writeFileSync(inPeers('sdm', 'without', 'pyodbc.py'), '');
  },
  command: ({ folder, output }) => {
    const name = 'sdm';
    const config = [
      '[default]',
      `main_directory: ${folder}`,
      '[datasets]',
      'number_of_datasets: 1',
      `output_folder: ${dirname(output)}`,
      'all_in_one_file: yes',
      'remove_duplicate: yes',
      'enrichment: yes',
      `name: ${name}`,
      'ordered: yes',
      'large_file: false',
      '[dataset1]',
      `name: ${name}`,
      `mapping: ${join(folder, 'legacy.ttl')}`,
      '',
    ];
    writeFileSync(join(folder, 'sdm.ini'), config.join('\n'));
    const program = inPeers('sdm', 'bin', 'python');
    return {
      program,
      args: ['-m', 'rdfizer', '-c', 'sdm.ini'],
      cwd: folder,
      env: { PYTHONPATH: inPeers('sdm', 'without') },
      log: join(folder, 'sdm.log'),
    };
  },
};

const CARML_VERSION = '0.4.11';

/** Artifacts by `group:artifact:version`; Jackson's core has to be as new as what is built on it. */
const CARML_NEEDS = [
  `io.carml:carml-engine:${CARML_VERSION}`,
  `io.carml:carml-logical-source-resolver-csv:${CARML_VERSION}`,
  `io.carml:carml-logical-source-resolver-jsonpath:${CARML_VERSION}`,
  'org.eclipse.rdf4j:rdf4j-rio-ntriples:5.0.2',
  'com.fasterxml.jackson.core:jackson-core:2.17.2',
];

const pom = (): string => {
  const dependencies = CARML_NEEDS.map((name) => {
    const [group, artifact, version] = name.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>peers</groupId><artifactId>carml</artifactId><version>1</version>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`;
};
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** A library; the few lines that run it are ours. It removes no duplicates. */
const carml: Engine = {
  name: 'CARML',
  version: CARML_VERSION,
  install: () => {
    const { isThere, done } = marker('carml', CARML_VERSION);
    if (isThere) return;
    const folder = inPeers('carml');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pom.xml'), pom());
    run('mvn', ['-q', '-B', COPY, '-DoutputDirectory=lib'], folder);
    run('javac', ['-cp', 'lib/*', '-d', '.', join(import.meta.dirname, 'CarmlRun.java')], folder);
    done();
  },
  command: ({ folder, output }) => ({
    program: 'java',
    args: ['-cp', `${inPeers('carml')}:${inPeers('carml', 'lib')}/*`, 'CarmlRun', 'legacy.ttl', output],
    cwd: folder,
    log: join(folder, 'carml.log'),
  }),
};

const ROCKET_SCRIPT = `
const { parseFile } = require('rocketrml');
const [mapping, output] = process.argv.slice(1);
parseFile(mapping, output, { toRDF: true, verbose: false, replace: false }).catch((error) => {
  console.error(error);
  process.exit(1);
});
`;

const ROCKET_VERSION = '2.1.2';

const rocketRml: Engine = {
  name: 'RocketRML',
  version: ROCKET_VERSION,
  install: () => {
    const { isThere, done } = marker('rocketrml', ROCKET_VERSION);
    if (isThere) return;
    mkdirSync(inPeers('rocketrml'), { recursive: true });
    writeFileSync(inPeers('rocketrml', 'package.json'), '{"private":true}');
    run('npm', ['install', '--no-audit', '--no-fund', `rocketrml@${ROCKET_VERSION}`], inPeers('rocketrml'));
    done();
  },
  command: ({ folder, output }) => {
    return {
      // Its loader does not run on Node 24: PEERS_NODE names an older one.
      program: process.env['PEERS_NODE'] ?? 'node',
      args: ['--max-old-space-size=12000', '-e', ROCKET_SCRIPT, 'legacy.ttl', output],
      cwd: folder,
      env: { NODE_PATH: inPeers('rocketrml', 'node_modules') },
      log: join(folder, 'rocketrml.log'),
    };
  },
};

const FABRIC = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'fabric.js');

/** Ours, by its command line: the same start and the same file to write as the others. */
export const fabric: Engine = {
  name: 'fabric map',
  version: 'this commit',
  install: () => undefined,
  command: ({ folder, output }) => ({
    program: process.execPath,
    args: [FABRIC, 'map', 'legacy.ttl', '-o', output, '--format', 'nt'],
    cwd: folder,
    log: join(folder, 'fabric.log'),
  }),
};

export const ENGINES: readonly Engine[] = [morphKgc, carml, rocketRml, sdmRdfizer];
