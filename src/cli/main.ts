/**
 * The command line: what commands there are. Each loads its own parts only when it is run, so that
 * `fabric --help` and small jobs start at once.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FabricError } from '../errors.ts';
import { version } from '../version.ts';
import { RemoteError } from './client.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { CommandWork, Options } from './options.ts';
import { makeTerminal, reportError, reportFault } from './terminal.ts';

/** Runs one command. @returns its exit code */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  let terminal = makeTerminal(args.includes('--json'));
  const program = describeCommands(terminal.json, (work) => async (...given: unknown[]) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<Options>();
    terminal = makeTerminal(options['json'] === true);
    code = await work(command.args, options, terminal);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return EXIT.ok;
      if (terminal.json) reportError(new FabricError('request-invalid', messageOfUsage(thrown)), terminal);
      return EXIT.usage;
    }
    if (thrown instanceof FabricError) {
      reportError(thrown, terminal);
      return exitCodeOf(thrown, thrown instanceof RemoteError);
    }
    reportFault(thrown, terminal);
    return EXIT.fault;
  }
}

const MAP_HELP = `
Examples:
  fabric map mapping.ttl -o graph.nq.gz
  fabric map people.yml places.yml --format ttl --dead-letters failed.ndjson
  fabric map --config config.ini
  fabric map mapping.ttl --explain '<http://example.org/10> * *'
  fabric map mapping.ttl -o graph.nq --watch
  fabric map tables.ttl --db-url sqlite:///data/shop.db
  fabric map topics.ttl --allow-origin mqtt://broker.example:1883 --for 60

Files of a mapping have to lie below the folder of the mapping, the working directory or an --allow-root. Settings of
databases that a mapping names as $FABRIC_DB_... come from the environment, as do FABRIC_MQTT_USERNAME and
FABRIC_MQTT_PASSWORD for brokers.

Exit codes: 0 done; 1 --explain found no such quad; 2 wrong command line, mapping or input; 3 records failed.`;

const LOAD_HELP = `
Examples:
  fabric load telemetry readings.ndjson
  fabric load --quads graph.nq.gz more.ttl --graph http://example.org/mine
  fabric load --quads graph.nq --resume

Quads go into user graphs alone. A file is checked whole before any of it is sent; the same file again adds nothing.`;

type Wrap = (work: CommandWork) => (...given: unknown[]) => Promise<void>;

const urlOption = (): Option =>
  new Option('--url <address>', 'address of the service').default('http://127.0.0.1:8780').env('FABRIC_URL');
const tokenOption = (): Option => new Option('--token-file <file>', 'file that holds the bearer token');

function describeCommands(isJson: boolean, wrap: Wrap): Command {
  const program = new Command('fabric')
    .description('A semantic knowledge-graph data fabric for the cloud-edge-IoT continuum.')
    .version(version)
    .option('--json', 'write machine-readable JSON')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    // Under --json a wrong command line is a problem document as every other refusal is.
    .configureOutput({
      writeErr: (text) => {
        if (!isJson) process.stderr.write(text);
      },
    })
    .addHelpText(
      'after',
      `
Exit codes: 0 done; 1 done, and the answer is no (does not conform, unplaceable, damaged);
2 wrong command line, configuration or input; 3 service unreachable, or records that map could not map;
4 service refused; 70 fault.`,
    );

  program
    .command('serve')
    .description('run the service over a data directory')
    .requiredOption('--data <dir>', 'data directory; made when absent')
    .option('--port <n>', 'TCP port; 0 takes a free one', parseInteger)
    .option('--host <address>', 'address to bind; beyond loopback a token is needed')
    .option('--config <file>', 'settings in YAML')
    .action(wrap(async (...given) => (await import('./serve.ts')).serve(...given)));

  program
    .command('demo')
    .description(
      'run the service with three domains, sixty elements under moving load and a service to place',
    )
    .option('--data <dir>', 'data directory; a temporary one when absent')
    .option('--port <n>', 'TCP port', parseInteger, 8780)
    .option('--once', 'send one round of readings, place the service and stop')
    .option('--seed <n>', 'seed of the load', parseInteger, 1)
    .action(wrap(async (...given) => (await import('./demo.ts')).demo(...given)));

  program
    .command('map')
    .description('run RML mappings over files, databases and endpoints')
    .argument(
      '[mapping...]',
      'RML or R2RML in Turtle, YARRRML in .yml or .yaml, or a folder; several run as one',
    )
    .option('--config <file>', 'what to map, as a configuration file of morph-KGC')
    .option('-o, --output <file>', 'write here, not to standard output; .gz, .zip and the like compress')
    .option(
      '--format <name>',
      'nq, nt, ttl, trig, n3, jsonld, rdfxml or rdfjson; else by the ending, else nq',
    )
    .option('--source <iri=file...>', 'read a source of the mapping from another file; - is standard input')
    .option(
      '--db-url <url>',
      'database of tables whose mapping names none, as sqlite:///file or postgresql://host/db',
    )
    .option('--base <iri>', 'base of relative IRIs, where a triples map has none')
    .option('--functions <module...>', 'JavaScript modules with functions that the mapping calls')
    .option('--strict', 'stop at the first record that cannot be mapped; else the rest goes on')
    .option('--dead-letters <file>', 'keep what failed here, a JSON object a line')
    .option('--dead-letter-records', 'with the records themselves')
    .addOption(
      new Option('--duplicates <what>', 'what to do with them').choices(['remove', 'keep']).default('remove'),
    )
    .option('--allow-root <dir...>', 'let the mapping read and write below this folder too')
    .option('--allow-origin <origin...>', 'let the mapping read from and send to this origin')
    .option('--messages <n>', 'end after this many messages of MQTT topics', parsePositive)
    .option('--for <seconds>', 'end after this time, where MQTT topics are read', parsePositive)
    .option('--explain <quad>', 'say which rules and records make this quad; * stands for any term')
    .option('--watch', 'map what changed when a file changes, and show what became different')
    .option('--delta <file>', 'with --watch: append the difference here, not to standard output')
    .option('--key <reference>', 'with --watch: what tells records apart; else what they say')
    .option('--progress', 'show how far it is, even where no terminal is')
    .option('--no-progress', 'never show how far it is')
    .option('--canonical', 'apply the aerOS crosswalk to the result')
    .addHelpText('after', MAP_HELP)
    .action(wrap(async (...given) => (await import('./map.ts')).map(...given)));

  program
    .command('load')
    .description('send files of records to a source of the service, or files of quads into its user graphs')
    .argument('[source]', 'name of the source')
    .argument('[file...]', 'JSON, NDJSON or CSV, by their endings; - is standard input')
    .option('--media-type <type>', 'media type in place of the one that the ending says')
    .option('--quads <file...>', 'N-Quads, N-Triples, Turtle or TriG, gzipped or not, by their endings')
    .option('--graph <iri>', 'with --quads: graph of statements that name none')
    .option('--base <iri>', 'with --quads: base of relative IRIs in Turtle and TriG')
    .option('--resume', 'with --quads: go on behind what is durable of a load that broke off')
    .option('--keep-labels', 'with --quads: share blank nodes with what is there, by their labels')
    .option('--data <dir>', 'with --quads: into this data directory, which no service may be using')
    .option('--config <file>', 'with --data: settings in YAML')
    .addHelpText('after', LOAD_HELP)
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(wrap(async (...given) => (await import('./load.ts')).load(...given)));

  program
    .command('validate')
    .description('check RDF against the shapes')
    .argument('<file...>', 'Turtle, N-Triples, N-Quads, TriG, JSON-LD or RDF/XML; - is standard input')
    .option('--format <name>', 'format of the data, where the ending does not say')
    .option('--shapes <file>', 'other shapes than the shipped ones')
    .action(wrap(async (...given) => (await import('./validate.ts')).validate(...given)));

  program
    .command('query')
    .description('ask the service by SPARQL')
    .argument('<query>', 'SPARQL, @FILE, or the name of a shipped query')
    .option('--param <name=term...>', 'bind a variable: an IRI, a CURIE or a literal in N-Triples syntax')
    .option('--format <name>', 'table, json, xml, csv, tsv; for graphs turtle, n-triples, json-ld, rdf-xml')
    .option('--entailment <regime>', 'none or fabric', 'none')
    .option('--timeout <ms>', 'deadline in milliseconds', parseInteger)
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(wrap(async (...given) => (await import('./query.ts')).query(...given)));

  program
    .command('place')
    .description('ask for a placement')
    .argument('<request>', 'JSON file of the request; - is standard input')
    .option('--explain <depth>', 'none, summary or full')
    .option('--dry-run', 'decide, but reserve nothing')
    .option(
      '--shim <name>',
      'print the actions of a shim for the decision: dry-run, kubernetes, aeros-llo, docker',
    )
    .option('--idempotency-key <key>', 'the same key gives the same decision')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(wrap(async (...given) => (await import('./place.ts')).place(...given)));

  program
    .command('explain')
    .description('say why a decision came out as it did')
    .argument('<decision>', 'id of the decision')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(wrap(async (...given) => (await import('./explain.ts')).explain(...given)));

  program
    .command('dump')
    .description('write the graph of the service, or of a data directory, as of one state')
    .addOption(new Option('--format <name>', 'N-Quads or TriG').choices(['nq', 'trig']).default('nq'))
    .option('--graph <iri>', 'one graph alone')
    .option('--at <change>', 'the state after this change, as far as the log reaches back', parseInteger)
    .option('--canonical', 'lines in the order of their code points')
    .option('--data <dir>', 'from this data directory, which no service may be using')
    .option('--output <file>', 'write here, not to standard output')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(wrap(async (...given) => (await import('./dump.ts')).dump(...given)));

  program
    .command('backup')
    .description('write quads, records and given mappings of one state to an archive, and read it back')
    .argument('<target>', 'file, or folder for a file named after the change')
    .option('--data <dir>', 'of this data directory, which no service may be using')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(wrap(async (...given) => (await import('./backup.ts')).backup(...given)));

  program
    .command('restore')
    .description('make a data directory of a backup, verified before and after')
    .argument('<archive>', 'what `fabric backup` wrote')
    .requiredOption('--data <dir>', 'a new folder, or an empty one')
    .action(wrap(async (...given) => (await import('./restore.ts')).restore(...given)));

  program
    .command('diff')
    .description('show what differs between two graphs; the exit code is 1 where anything does')
    .argument('<before>', 'file of quads, backup, or a state of the service: @ and a change, or @now')
    .argument('<after>', 'the same')
    .addOption(
      new Option('--format <name>', 'text, patch (RDF Patch) or json')
        .choices(['text', 'patch', 'json'])
        .default('text'),
    )
    .option('--graph <iri>', 'of states of the service, one graph alone')
    .option('--base <iri>', 'base of relative IRIs in Turtle and TriG')
    .option('--output <file>', 'write here, not to standard output')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(wrap(async (...given) => (await import('./diff.ts')).diff(...given)));

  program
    .command('doctor')
    .description('verify a data directory, which no service may be using, file by file, without changing it')
    .requiredOption('--data <dir>', 'data directory')
    .action(wrap(async (...given) => (await import('./doctor.ts')).doctor(...given)));

  program
    .command('config')
    .description('print the settings in force, or their schema')
    .option('--schema', 'the JSON Schema of the settings')
    .option('--config <file>', 'settings in YAML')
    .action(wrap(async (...given) => (await import('./config.ts')).config(...given)));

  return program;
}

/** What commander says, without the name of its stream. */
const messageOfUsage = ({ message }: CommanderError): string =>
  message === '(outputHelp)' ? 'No command was given' : message.replace(/^error: /, '');

function parsePositive(text: string): number {
  const number = parseInteger(text);
  if (number === 0) throw new InvalidArgumentError('It has to be more than 0.');
  return number;
}

function parseInteger(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is no whole number.');
  return Number(text);
}
