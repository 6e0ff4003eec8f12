// The dependency direction of ARCHITECTURE.md, as rules. test/direction.ts runs them and asserts that
// more than zero modules were looked at.
const core = '^src/(mapping|ontology|validation|view|sparql|placement|write|store/image|log/change|store/graph-view|store/lookup)';
const edges = '^src/(source|shim|http|cli)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'rdf-is-the-floor',
      comment: 'src/rdf imports nothing of ours but the error family',
      severity: 'error',
      from: { path: '^src/rdf/' },
      to: { path: '^src/', pathNot: '^src/(rdf/|errors\\.ts$)' },
    },
    {
      name: 'core-is-pure',
      comment: 'core imports no Node built-in: files, sockets, clock and randomness are arguments',
      severity: 'error',
      from: { path: core },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-knows-no-edge',
      severity: 'error',
      from: { path: core },
      to: { path: '^src/(source|shim|http|cli)/|^src/(fabric|index)\\.ts$' },
    },
    {
      name: 'edges-do-not-import-one-another',
      severity: 'error',
      from: { path: '^src/(source|shim|http)/' },
      to: { path: edges, pathNot: '^src/$1/' },
    },
    {
      name: 'only-the-root-knows-the-fabric',
      comment: 'fabric.ts is the composition root; only the process, the public API and type-only imports of doors see it',
      severity: 'error',
      from: { pathNot: '^src/(cli/|index\\.ts$|fabric\\.ts$)' },
      to: { path: '^src/fabric\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-orphans', severity: 'warn', from: { orphan: true, pathNot: '(\\.d\\.ts|fabric\\.js)$' }, to: {} },
    { name: 'no-dev-dependencies-in-src', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] } },
    { name: 'not-resolvable', severity: 'error', from: {}, comment: 'packages that are types alone resolve to no file', to: { couldNotResolve: true, pathNot: '^(geojson|@rdfjs/types)$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
