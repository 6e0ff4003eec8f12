/**
 * `npm run direction`: the dependency direction of ARCHITECTURE.md, by dependency-cruiser. A run that looked
 * at no module fails: that is how a tool that cannot read the sources shows.
 */
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** Fewer modules than this means that something was not read. */
const MODULES_MIN = 50;

const options = (await extractDepcruiseOptions('./.dependency-cruiser.cjs')) as object;
const { output } = await cruise(['src'], options, undefined, {
  tsConfig: extractTSConfig('./tsconfig.json'),
});
const { summary, modules } = output as ICruiseResult;
const looked = modules.filter(({ source }) => source.startsWith('src/')).length;
for (const { rule, from, to } of summary.violations) {
  process.stdout.write(`${rule.severity} ${rule.name}: ${from} -> ${to}\n`);
}
if (looked < MODULES_MIN) {
  process.stdout.write(`Only ${looked} modules were looked at\n`);
  process.exitCode = 1;
}
if (summary.error > 0) process.exitCode = 1;
process.stdout.write(`${looked} modules, ${summary.error} errors, ${summary.warn} warnings\n`);
