#!/usr/bin/env node
/**
 * The bin: checks the Node version before anything that an old one could not even parse, then starts the
 * command line, compiled from `dist` where the package is installed and from source in a checkout.
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { setFlagsFromString } from 'node:v8';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `fabric needs Node 22.18 or newer; this is ${process.version}.\n` +
      'In a checkout, `npm run fabric -- <command>` brings its own Node.\n',
  );
  process.exit(2);
}
module.enableCompileCache?.();
// A pattern of REGEX or sh:pattern that backtracks without end cannot be interrupted: where V8 notices one, it
// goes on with an engine that takes linear time.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
setFlagsFromString('--regexp-backtracks-before-fallback=50000');
// `fabric ... | head` is no fault: whoever reads has read enough.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const built = new URL('../../dist/cli/main.js', import.meta.url);
const source = new URL('./main.ts', import.meta.url);
// Node strips no types beneath node_modules, so an installed package runs what was built for it.
const { run } = await import(
  (existsSync(source) && !source.pathname.includes('/node_modules/') ? source : built).href
);
process.exitCode = await run(process.argv.slice(2));
