/** Logical sources over databases and their rows, for the tests of this folder. */
import assert from 'node:assert/strict';
import { FabricError } from '../../../src/errors.ts';
import type { LogicalSource } from '../../../src/mapping/normal-form.ts';
import { compileMapping } from '../../../src/mapping/plan.ts';
import type { Scalar, SourceRow } from '../../../src/mapping/reference/formulation.ts';
import { TypedText } from '../../../src/mapping/reference/typed-text.ts';
import type { Databases } from '../../../src/source/rml/sql.ts';
import type { Database } from '../../conformance/stand-in-databases.ts';

/** A logical source as a mapping describes it. */
export function sourceOf(
  database: Pick<Database, 'dsn' | 'username' | 'password'>,
  part: string,
): LogicalSource {
  const text = (value: string): string => JSON.stringify(value);
  const mapping = `
    @prefix rml: <http://w3id.org/rml/> .
    @prefix d2rq: <http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#> .
    <#map> rml:subject <#s> ; rml:logicalSource [ ${part} ; rml:source [ a d2rq:Database ;
      d2rq:jdbcDSN ${text(database.dsn)} ;
      d2rq:username ${text(database.username)} ; d2rq:password ${text(database.password)} ] ] .`;
  return compileMapping(mapping, { name: 'mapping.ttl' }).sources[0]!;
}

export const table = (name: string): string =>
  `rml:referenceFormulation rml:SQL2008Table ; rml:iterator ${JSON.stringify(name)}`;
export const query = (sql: string): string =>
  `rml:referenceFormulation rml:SQL2008Query ; rml:iterator ${JSON.stringify(sql)}`;

export async function rowsOf(databases: Databases, source: LogicalSource): Promise<SourceRow[]> {
  const data = databases.open(source);
  assert(data.kind === 'rows');
  const rows: SourceRow[] = [];
  for await (const chunk of data.rows) rows.push(...chunk);
  return rows;
}

/** A value with the local name of its datatype. */
export const shown = (value: Scalar | undefined): string | undefined =>
  value instanceof TypedText
    ? `${value.text}^^${value.datatype.split('#')[1]}`
    : (value as string | undefined);

export const shownRows = (rows: readonly SourceRow[]): unknown[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shown(value)])));

export async function refusal(action: Promise<unknown>): Promise<FabricError> {
  const thrown = await action.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(thrown instanceof FabricError, `a refusal is expected, not ${String(thrown)}`);
  return thrown;
}
