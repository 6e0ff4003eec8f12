/**
 * Tables and queries of databases as logical sources: R2RML logical tables, and RML sources that are described
 * as a D2RQ database.
 *
 * It says which rows are meant and where they are. It must not connect to anything, nor put credentials where
 * a message could show them.
 */
import type { FormulationSpec, LogicalSource, SourceDescription } from '../normal-form.ts';
import { SQL_VERSIONS, sqlDocument } from '../reference/sql-text.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { D2RQ, RDF_TYPE } from './namespaces.ts';
import { placeOf } from './term-map.ts';

type Database = Extract<SourceDescription, { kind: 'database' }>;

/** The database that a mapping leaves open. */
const GIVEN: Database = { kind: 'database', dsn: undefined, username: undefined, password: undefined };

/** Whether `source` describes a database. */
export function isDatabase(graph: MappingGraph, source: Resource): boolean {
  const typed = graph.all(source, RDF_TYPE).some(({ value }) => value === `${D2RQ}Database`);
  return typed || graph.has(source, `${D2RQ}jdbcDSN`);
}

/** Whether a logical source without a source reads a table or a query: of a database that is given from outside. */
export const namesRelation = (graph: MappingGraph, node: Resource): boolean =>
  ['tableName', 'sqlQuery', 'query'].some((property) => graph.has(node, property));

/** Access to a database in the D2RQ vocabulary. @throws FabricError `mapping-invalid` */
function parseDatabase(graph: MappingGraph, source: Resource): Database {
  const dsn = graph.text(source, `${D2RQ}jdbcDSN`);
  if (dsn === undefined) return graph.refuse(source, 'is a d2rq:Database without d2rq:jdbcDSN');
  return {
    kind: 'database',
    dsn,
    username: graph.text(source, `${D2RQ}username`),
    password: graph.text(source, `${D2RQ}password`),
  };
}

/** What messages may show of a data source name: user names, passwords and parameters are cut out. */
function publicDsn(dsn: string): string {
  return dsn.replace(/\/\/[^/?#]*@/, '//').replace(/[?;].*$/s, '');
}

/** The table or the query that a node states, under the names of RML, R2RML and legacy RML. */
interface Relation {
  readonly table: string | undefined;
  readonly query: string | undefined;
}

/**
 * An R2RML logical table: `rr:tableName`, or `rr:sqlQuery` with `rr:sqlVersion` (R2RML, section 5). The
 * database is given from outside.
 *
 * @throws FabricError `mapping-invalid`
 */
export function parseLogicalTable(graph: MappingGraph, node: Resource): LogicalSource {
  graph.onlyKnows(node, 'a logical table', ['tableName', 'sqlQuery', 'sqlVersion']);
  const relation: Relation = { table: graph.text(node, 'tableName'), query: graph.text(node, 'sqlQuery') };
  return rowsOf(graph, node, { relation, description: GIVEN, nulls: [], names: namesOf([node]) });
}

/**
 * A logical source over a database: the table or the query is its iterator, or stands in legacy terms beside it.
 *
 * @param formulation  the one that the mapping names; undefined where it names none, or that of text
 * @throws FabricError `mapping-invalid`
 */
export function parseDatabaseSource(
  graph: MappingGraph,
  node: Resource,
  options: {
    /** What describes the database; undefined: it is given from outside. */
    readonly source: Resource | undefined;
    readonly formulation: 'sql-table' | 'sql-query' | undefined;
    readonly nulls: readonly string[];
  },
): LogicalSource {
  const iterator = graph.text(node, 'iterator');
  const given = graph.text(node, 'tableName');
  const queries = [graph.text(node, 'query'), graph.text(node, 'sqlQuery')].filter((q) => q !== undefined);
  const stated = iterator === undefined ? undefined : relationOf(iterator, options.formulation);
  const relation: Relation = {
    table: given ?? stated?.table,
    query: queries[0] ?? stated?.query,
  };
  const count = [given, ...queries, stated].filter((part) => part !== undefined).length;
  if (count > 1) graph.refuse(node, 'states more than one table or query', 'iterator');
  const { source } = options;
  const description = source === undefined ? GIVEN : parseDatabase(graph, source);
  const names = namesOf(source === undefined ? [node] : [node, source]);
  return rowsOf(graph, node, { relation, description, nulls: options.nulls, names });
}

/** Without a formulation, an iterator that begins as queries do is one. */
function relationOf(iterator: string, formulation: 'sql-table' | 'sql-query' | undefined): Relation {
  const isQuery = formulation === undefined ? sqlDocument(iterator).isQuery : formulation === 'sql-query';
  return isQuery ? { table: undefined, query: iterator } : { table: iterator, query: undefined };
}

interface Rows {
  readonly relation: Relation;
  readonly description: Database;
  readonly nulls: readonly string[];
  readonly names: readonly string[];
}

function rowsOf(graph: MappingGraph, node: Resource, rows: Rows): LogicalSource {
  const { relation, description, nulls, names } = rows;
  checkVersion(graph, node);
  if (relation.table !== undefined && relation.query !== undefined) {
    graph.refuse(node, 'has both a table name and an SQL query, one is allowed', 'tableName');
  }
  const { table, query } = relation;
  if (table === undefined && query === undefined)
    return graph.refuse(node, 'names neither a table nor an SQL query');
  if ((table ?? query)?.trim() === '') graph.refuse(node, 'names an empty table or query');
  if (query !== undefined) checkQuery(graph, node, query);
  const name = query === undefined ? 'sql-table' : 'sql-query';
  const where = description.dsn === undefined ? undefined : publicDsn(description.dsn);
  const formulation: FormulationSpec = { name, namespaces: {}, dialect: undefined };
  return {
    kind: 'source',
    id: JSON.stringify([name, where ?? null, description.username ?? null, table ?? query, nulls]),
    place: placeOf(graph, node),
    description,
    location: where,
    names,
    iterator: undefined,
    query: query ?? table,
    formulation,
    compression: 'none',
    encoding: undefined,
    nulls,
  };
}

function checkQuery(graph: MappingGraph, node: Resource, query: string): void {
  const { isQuery, problem } = sqlDocument(query);
  const property = ['query', 'sqlQuery', 'iterator'].find((name) => graph.has(node, name));
  if (problem !== undefined) graph.refuse(node, `has an SQL query that ${problem}`, property);
  if (!isQuery)
    graph.refuse(node, 'has an SQL text that is no query; it begins with SELECT or WITH', property);
}

/** R2RML, section 5.2: `rr:sqlVersion` names SQL 2008 or one of the registered dialects. */
function checkVersion(graph: MappingGraph, node: Resource): void {
  for (const { value } of graph.all(node, 'sqlVersion')) {
    const name = /[#/]([^#/]*)$/.exec(value)?.[1] ?? value;
    if (SQL_VERSIONS.includes(name)) continue;
    const known = SQL_VERSIONS.join(', ');
    graph.refuse(node, `has the unknown SQL version <${value}>; known: ${known}`, 'sqlVersion');
  }
}

const namesOf = (nodes: readonly Resource[]): readonly string[] =>
  nodes.filter((node) => node.termType === 'NamedNode').map((node) => node.value);
