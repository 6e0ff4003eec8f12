/**
 * The sources that the fabric has without any configuration, as data. A configured source of the same name
 * takes the place of a shipped one.
 */
import type { SourceConfig } from '../config.ts';

const http = {
  kind: 'http',
  precedence: 0,
  policy: 'quarantine',
  format: 'json',
  op: 'replace',
  coordinateOrder: 'lon-lat',
} as const;

const SHIPPED_SOURCES: readonly SourceConfig[] = [
  /** Entities as brokers keep them; the doors under `/ngsi-ld/v1` write here and set `op` themselves. */
  { ...http, name: 'ngsi-ld', mapping: 'ngsi-ld', format: 'ngsi-ld' },
  /**
   * Candidate sets of the aerOS data aggregator: copies of what brokers said when a question was asked, hence
   * behind them in precedence, and partial, hence merged.
   */
  {
    ...http,
    name: 'hlo-candidates',
    mapping: 'ngsi-ld',
    format: 'hlo-candidates',
    coordinateOrder: 'lat-lon',
    op: 'merge',
    precedence: -10,
  },
  /** Readings of single elements; one that says only some things leaves the others as they are. */
  { ...http, name: 'telemetry', mapping: 'telemetry', key: 'element', observedAt: 'observedAt', op: 'merge' },
  /** A row states all of its columns. */
  { ...http, name: 'telemetry-csv', mapping: 'telemetry-csv', key: 'element', observedAt: 'observed_at' },
  /** A link is its two ends. */
  { ...http, name: 'network-links', mapping: 'network-links', key: 'from to', observedAt: 'observedAt' },
  {
    ...http,
    name: 'network-links-csv',
    mapping: 'network-links-csv',
    key: 'from to',
    observedAt: 'observed_at',
  },
  /** The whole directory is one record: who is gone from it is gone. */
  { ...http, name: 'ldap', mapping: 'ldap' },
];

/** The sources of a configuration: its own, and the shipped ones that it does not replace. */
export function allSources(configured: readonly SourceConfig[]): readonly SourceConfig[] {
  const names = new Set(configured.map((source) => source.name));
  return [...SHIPPED_SOURCES.filter((source) => !names.has(source.name)), ...configured];
}
