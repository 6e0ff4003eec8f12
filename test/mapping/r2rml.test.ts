/**
 * R2RML over SQLite: mapping and tables in, quads out; and what is refused before a table is read.
 *
 * Every case runs twice, with all columns and with only those that the mapping refers to.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FabricError } from '../../src/errors.ts';
import { columnsReferredTo } from '../../src/mapping/columns.ts';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { Databases } from '../../src/source/rml/sql.ts';
import { openSqlite } from '../conformance/stand-in-databases.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';

const PREFIXES = `
  @prefix rr: <http://www.w3.org/ns/r2rml#> . @prefix ex: <http://ex.org/> .
  @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @base <http://ex.org/map/> .`;

const STAFF = `
  CREATE TABLE dept ("DEPTNO" INTEGER PRIMARY KEY, "DNAME" VARCHAR(30), "LOC" VARCHAR(30));
  INSERT INTO dept VALUES (10, 'Research', 'New York'), (20, 'Sales', NULL);
  CREATE TABLE emp ("EMPNO" INTEGER PRIMARY KEY, "ENAME" VARCHAR(30), "JOB" VARCHAR(10), "DEPTNO" INTEGER,
    "SALARY" DECIMAL(8,2), "RATE" DOUBLE PRECISION, "HIRED" DATE, "SEEN" TIMESTAMP, "CHIEF" BOOLEAN, "PHOTO" BLOB);
  INSERT INTO emp VALUES (7369, 'Smith', 'CLERK', 10, 800.5, 0.25, '2001-02-03', '2001-02-03 04:05:06', 1, x'cafe'),
    (7400, 'Łuk & Søn', 'BOSS', 20, NULL, 30, NULL, NULL, 0, NULL),
    (7500, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);`;

/** A mapping of one triples map over `emp`. */
const emp = (rest: string): string => `<#emp> rr:logicalTable [ rr:tableName "emp" ] ; ${rest} .`;
const subject = 'rr:subjectMap [ rr:template "http://ex.org/e/{EMPNO}" ]';

interface Case {
  readonly sql?: string;
  readonly mapping: string;
  /** N-Quads in TriG, with the prefixes `ex:` and `xsd:`. */
  readonly expected: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'columns with the natural datatypes of their types': {
    mapping: emp(`rr:subjectMap [ rr:template "http://ex.org/e/{EMPNO}" ; rr:class ex:Employee ] ;
      rr:predicateObjectMap [ rr:predicate ex:no ; rr:objectMap [ rr:column "EMPNO" ] ] ,
        [ rr:predicate ex:salary ; rr:objectMap [ rr:column "SALARY" ] ] ,
        [ rr:predicate ex:rate ; rr:objectMap [ rr:column "RATE" ] ] ,
        [ rr:predicate ex:hired ; rr:objectMap [ rr:column "HIRED" ] ] ,
        [ rr:predicate ex:seen ; rr:objectMap [ rr:column "SEEN" ] ] ,
        [ rr:predicate ex:chief ; rr:objectMap [ rr:column "CHIEF" ] ] ,
        [ rr:predicate ex:photo ; rr:objectMap [ rr:column "PHOTO" ] ]`),
    expected: `
      <http://ex.org/e/7369> a ex:Employee ; ex:no 7369 ; ex:salary 800.5 ; ex:rate 2.5E-1 ;
        ex:hired "2001-02-03"^^xsd:date ; ex:seen "2001-02-03T04:05:06"^^xsd:dateTime ; ex:chief true ;
        ex:photo "CAFE"^^xsd:hexBinary .
      <http://ex.org/e/7400> a ex:Employee ; ex:no 7400 ; ex:rate 3.0E1 ; ex:chief false .
      <http://ex.org/e/7500> a ex:Employee ; ex:no 7500 .`,
  },
  'a datatype and a language that the mapping states': {
    mapping: emp(`${subject} ;
      rr:predicateObjectMap [ rr:predicate ex:no ; rr:objectMap [ rr:column "EMPNO" ; rr:datatype xsd:string ] ] ,
        [ rr:predicate ex:name ; rr:objectMap [ rr:column "ENAME" ; rr:language "en" ] ]`),
    expected: `
      <http://ex.org/e/7369> ex:no "7369" ; ex:name "Smith"@en .
      <http://ex.org/e/7400> ex:no "7400" ; ex:name "Łuk & Søn"@en .
      <http://ex.org/e/7500> ex:no "7500" .`,
  },
  'templates whose values are made safe for IRIs, and texts that are not': {
    mapping: emp(`rr:subjectMap [ rr:template "http://ex.org/{ENAME}" ] ;
      rr:predicateObjectMap [ rr:predicate ex:label ;
        rr:objectMap [ rr:template "{ENAME} \\\\{{JOB}\\\\}" ; rr:termType rr:Literal ] ]`),
    expected: `
      <http://ex.org/Smith> ex:label "Smith {CLERK}" .
      <http://ex.org/Łuk%20%26%20Søn> ex:label "Łuk & Søn {BOSS}" .`,
  },
  'columns that are IRIs, absolute or behind the base': {
    sql: `CREATE TABLE t (iri VARCHAR(50)); INSERT INTO t VALUES ('http://other.org/a'), ('path/b')`,
    mapping: `<#t> rr:logicalTable [ rr:tableName "t" ] ; rr:subjectMap [ rr:column "iri" ] ;
      rr:predicateObjectMap [ rr:predicate ex:p ; rr:object "x" ] .`,
    expected: `<http://other.org/a> ex:p "x" . <http://ex.org/map/path/b> ex:p "x" .`,
  },
  'blank nodes that are one where their values are equal': {
    mapping: emp(`rr:subjectMap [ rr:column "DEPTNO" ; rr:termType rr:BlankNode ] ;
        rr:predicateObjectMap [ rr:predicate ex:member ; rr:objectMap [ rr:column "EMPNO" ] ] .
      <#dept> rr:logicalTable [ rr:tableName "dept" ] ;
        rr:subjectMap [ rr:template "{DEPTNO}" ; rr:termType rr:BlankNode ] ;
        rr:predicateObjectMap [ rr:predicate ex:name ; rr:objectMap [ rr:column "DNAME" ] ]`),
    expected: `[] ex:member 7369 ; ex:name "Research" . [] ex:member 7400 ; ex:name "Sales" .`,
  },
  'constants, shortcuts and named graphs': {
    mapping: emp(`rr:subjectMap [ rr:template "http://ex.org/e/{EMPNO}" ;
        rr:graphMap [ rr:template "http://ex.org/g/{DEPTNO}" ] ] ;
      rr:predicateObjectMap [ rr:predicate ex:p ; rr:object ex:o ; rr:graph ex:extra ]`),
    expected: `
      GRAPH <http://ex.org/g/10> { <http://ex.org/e/7369> ex:p ex:o }
      GRAPH <http://ex.org/g/20> { <http://ex.org/e/7400> ex:p ex:o }
      GRAPH ex:extra { <http://ex.org/e/7369> ex:p ex:o . <http://ex.org/e/7400> ex:p ex:o .
        <http://ex.org/e/7500> ex:p ex:o }`,
  },
  'a query, with an alias, a computed column and a semicolon at its end': {
    mapping: `<#v> rr:logicalTable [ rr:sqlVersion rr:SQL2008 ; rr:sqlQuery """
          SELECT d."DNAME" AS name, COUNT(*) AS staff FROM dept d JOIN emp e ON e."DEPTNO" = d."DEPTNO"
          WHERE d."DNAME" <> ';' GROUP BY d."DNAME"; """ ] ;
      rr:subjectMap [ rr:template "http://ex.org/d/{name}" ] ;
      rr:predicateObjectMap [ rr:predicate ex:staff ; rr:objectMap [ rr:column "staff" ] ] .`,
    expected: `<http://ex.org/d/Research> ex:staff 1 . <http://ex.org/d/Sales> ex:staff 1 .`,
  },
  'joins by a condition; what has no partner or a null has none': {
    mapping: emp(`${subject} ;
        rr:predicateObjectMap [ rr:predicate ex:dept ; rr:objectMap [ rr:parentTriplesMap <#dept> ;
          rr:joinCondition [ rr:child "DEPTNO" ; rr:parent "DEPTNO" ] ] ] .
      <#dept> rr:logicalTable [ rr:tableName "dept" ] ;
        rr:subjectMap [ rr:template "http://ex.org/d/{DEPTNO}/{LOC}" ]`),
    expected: `<http://ex.org/e/7369> ex:dept <http://ex.org/d/10/New%20York> .`,
  },
  'joins by two conditions': {
    sql: `CREATE TABLE a (x INTEGER, y VARCHAR(5)); INSERT INTO a VALUES (1, 'p'), (1, 'q'), (2, 'p');
      CREATE TABLE b (k INTEGER, l VARCHAR(5), v INTEGER); INSERT INTO b VALUES (1, 'p', 100), (2, 'q', 200)`,
    mapping: `<#a> rr:logicalTable [ rr:tableName "a" ] ; rr:subjectMap [ rr:template "http://ex.org/{x}{y}" ] ;
        rr:predicateObjectMap [ rr:predicate ex:to ; rr:objectMap [ rr:parentTriplesMap <#b> ;
          rr:joinCondition [ rr:child "x" ; rr:parent "k" ] , [ rr:child "y" ; rr:parent "l" ] ] ] .
      <#b> rr:logicalTable [ rr:tableName "b" ] ; rr:subjectMap [ rr:template "http://ex.org/b/{v}" ] .`,
    expected: `<http://ex.org/1p> ex:to <http://ex.org/b/100> .`,
  },
  'a parent of the same table without a condition, which is the same row': {
    mapping: emp(`${subject} ;
        rr:predicateObjectMap [ rr:predicate ex:job ; rr:objectMap [ rr:parentTriplesMap <#job> ] ] .
      <#job> rr:logicalTable [ rr:tableName "emp" ] ; rr:subjectMap [ rr:template "http://ex.org/j/{JOB}" ]`),
    expected: `<http://ex.org/e/7369> ex:job <http://ex.org/j/CLERK> .
      <http://ex.org/e/7400> ex:job <http://ex.org/j/BOSS> .`,
  },
  'names in quotes, with spaces, and without regard to case where they are not quoted': {
    sql: `CREATE TABLE "Country Info" ("Country Code" INTEGER, "Näme" VARCHAR(20));
      INSERT INTO "Country Info" VALUES (1, 'Bolivia')`,
    mapping: `<#c> rr:logicalTable [ rr:tableName "\\"Country Info\\"" ] ;
      rr:subjectMap [ rr:template "http://ex.org/{\\"Country Code\\"}/{country code}" ] ;
      rr:predicateObjectMap [ rr:predicate ex:name ; rr:objectMap [ rr:column "\\"Näme\\"" ] ] .`,
    expected: `<http://ex.org/1/1> ex:name "Bolivia" .`,
  },
  'several predicates and objects, each with each': {
    mapping: emp(`rr:subject ex:s ;
      rr:predicateObjectMap [ rr:predicate ex:p , ex:q ; rr:object ex:o ; rr:objectMap [ rr:column "JOB" ] ]`),
    expected: `ex:s ex:p ex:o , "CLERK" , "BOSS" ; ex:q ex:o , "CLERK" , "BOSS" .`,
  },
  'rows that are equal, once': {
    sql: `CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (1), (NULL)`,
    mapping: `<#t> rr:logicalTable [ rr:tableName "t" ] ; rr:subjectMap [ rr:template "http://ex.org/{a}" ] ;
      rr:predicateObjectMap [ rr:predicate ex:a ; rr:objectMap [ rr:column "a" ] ] .`,
    expected: `<http://ex.org/1> ex:a 1 .`,
  },
  'an empty table': {
    sql: 'CREATE TABLE t (a INTEGER)',
    mapping: `<#t> rr:logicalTable [ rr:tableName "t" ] ; rr:subjectMap [ rr:template "http://ex.org/{a}" ] ;
      rr:predicateObjectMap [ rr:predicate ex:a ; rr:objectMap [ rr:column "a" ] ] .`,
    expected: '',
  },
  'the legacy RML way, without a source and with a table': {
    mapping: `@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
      <#d> rml:logicalSource [ rr:tableName "dept" ; rr:sqlVersion rr:SQL2008 ] ;
      rr:subjectMap [ rr:template "http://ex.org/d/{DEPTNO}" ] ;
      rr:predicateObjectMap [ rr:predicate ex:no ; rr:objectMap [ rml:reference "deptno" ] ] .`,
    expected: `<http://ex.org/d/10> ex:no 10 . <http://ex.org/d/20> ex:no 20 .`,
  },
  'an inverse expression, which has no effect': {
    mapping: emp(`${subject} ; rr:predicateObjectMap [ rr:predicate ex:d ; rr:objectMap [ rr:column "DEPTNO" ;
      rr:inverseExpression "{\\"DEPTNO\\"} = 1" ] ]`),
    expected: `<http://ex.org/e/7369> ex:d 10 . <http://ex.org/e/7400> ex:d 20 .`,
  },
};

const scratch = mkdtempSync(join(tmpdir(), 'fabric-r2rml-'));
after(() => {
  rmSync(scratch, { recursive: true, force: true });
});

let files = 0;

async function mapped(sql: string, mapping: string, projected: boolean): Promise<RDF.Quad[]> {
  files++;
  const database = openSqlite(join(scratch, `${files}.db`));
  await database.run(sql);
  const plan = compileMapping(PREFIXES + mapping, { name: 'mapping.ttl' });
  const columnsOf = projected ? columnsReferredTo(plan.triplesMaps) : undefined;
  await using databases = new Databases({
    dsn: database.dsn,
    ...(columnsOf === undefined ? {} : { columnsOf }),
  });
  const quads: RDF.Quad[] = [];
  try {
    const access = { open: databases.open.bind(databases) };
    for await (const quad of runMapping(plan, access, { strict: true })) quads.push(quad);
  } finally {
    await database.close();
  }
  return quads;
}

describe('R2RML maps', () => {
  for (const [title, { sql = STAFF, mapping, expected }] of Object.entries(CASES)) {
    for (const projected of [false, true]) {
      it(`${title}${projected ? ' (only the columns that are referred to)' : ''}`, async () => {
        const wanted = parseTurtleFamily(PREFIXES.replace(/@base.*/, '') + expected, {
          format: 'trig',
        }).quads;
        const quads = await mapped(sql, mapping, projected);
        assert.equal(await canonicalNQuads(quads), await canonicalNQuads(wanted));
      });
    }
  }
});

describe('R2RML refuses', () => {
  const refusals: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a logical table without a table or a query': [
      `<#t> rr:logicalTable [] ; ${subject} .`,
      /names neither a table nor an SQL query/,
    ],
    'a logical table with both': [
      `<#t> rr:logicalTable [ rr:tableName "emp" ; rr:sqlQuery "SELECT 1" ] ; ${subject} .`,
      /has both a table name and an SQL query/,
    ],
    'an SQL version that nobody knows': [
      `<#t> rr:logicalTable [ rr:sqlQuery "SELECT 1" ; rr:sqlVersion rr:SQL1066 ] ; ${subject} .`,
      /has the unknown SQL version <http:\/\/w3id.org\/rml\/SQL1066>; known: SQL2008/,
    ],
    'two logical tables': [
      `<#t> rr:logicalTable [ rr:tableName "emp" ] , [ rr:tableName "dept" ] ; ${subject} .`,
      /has more than one logical source/,
    ],
    'a statement that is no query': [
      `<#t> rr:logicalTable [ rr:sqlQuery "UPDATE emp SET x = 1" ] ; ${subject} .`,
      /has an SQL text that is no query/,
    ],
    'a quoted name that is not closed': [
      `<#t> rr:logicalTable [ rr:tableName "emp" ] ; rr:subjectMap [ rr:column "\\"EMPNO" ] .`,
      /a quoted column name ends with a quote/,
    ],
    'a subject that is a literal': [
      `<#t> rr:logicalTable [ rr:tableName "emp" ] ; rr:subjectMap [ rr:column "EMPNO" ; rr:termType rr:Literal ] .`,
      /makes an rml:Literal, which cannot stand as subject/,
    ],
    'a parent of another table without a condition': [
      `<#t> rr:logicalTable [ rr:tableName "emp" ] ; ${subject} ;
         rr:predicateObjectMap [ rr:predicate ex:p ; rr:objectMap [ rr:parentTriplesMap <#d> ] ] .
       <#d> rr:logicalTable [ rr:tableName "dept" ] ; rr:subjectMap [ rr:template "http://ex.org/{DEPTNO}" ] .`,
      /has no join condition although its parent reads another source/,
    ],
    'a language that is none': [
      emp(`${subject} ; rr:predicateObjectMap [ rr:predicate ex:p ;
        rr:objectMap [ rr:column "ENAME" ; rr:language "no language" ] ]`),
      /which is no language tag/,
    ],
  };
  for (const [title, [mapping, message]] of Object.entries(refusals)) {
    it(`${title}, with line and column, before anything is read`, () => {
      assert.throws(
        () => compileMapping(PREFIXES + mapping, { name: 'mapping.ttl' }),
        (thrown) => {
          assert(thrown instanceof FabricError);
          assert.equal(thrown.type, 'mapping-invalid');
          assert.match(thrown.message, message);
          assert(thrown.location?.line !== undefined && thrown.location.column !== undefined);
          return true;
        },
      );
    });
  }

  const data: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    'a column that is not there, and names the columns': [
      STAFF,
      emp(`${subject} ; rr:predicateObjectMap [ rr:predicate ex:p ; rr:objectMap [ rr:column "ENAM" ] ]`),
      /for "ENAM" names no column; there are EMPNO, ENAME, .*; did you mean "ENAME"\?/,
    ],
    'a quoted name in another case': [
      STAFF,
      emp(
        `${subject} ; rr:predicateObjectMap [ rr:predicate ex:p ; rr:objectMap [ rr:column "\\"ename\\"" ] ]`,
      ),
      /names no column; .*did you mean "ENAME"\?/,
    ],
    'a name that fits two columns': [
      `CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)`,
      `<#t> rr:logicalTable [ rr:sqlQuery "SELECT a AS \\"Ab\\", a AS \\"aB\\" FROM t" ] ;
         rr:subjectMap [ rr:template "http://ex.org/{ab}" ] ; rr:predicateObjectMap [ rr:predicate ex:p ; rr:object 1 ] .`,
      /fits the columns Ab, aB; put the one that is meant in quotes/,
    ],
    'a table that is not there, and names one that is like it': [
      STAFF,
      `<#t> rr:logicalTable [ rr:tableName "emps" ] ; ${subject} ; rr:predicateObjectMap [ rr:predicate ex:p ; rr:object 1 ] .`,
      /there is no table emps; did you mean "emp"\?/,
    ],
    'a value that has not the datatype that is stated': [
      STAFF,
      emp(`${subject} ; rr:predicateObjectMap [ rr:predicate ex:p ;
        rr:objectMap [ rr:column "ENAME" ; rr:datatype xsd:integer ] ]`),
      /makes "Smith", which is no lexical form of/,
    ],
  };
  for (const [title, [sql, mapping, message]] of Object.entries(data)) {
    for (const projected of [false, true]) {
      it(`${title}${projected ? ' (only the columns that are referred to)' : ''}`, async () => {
        await assert.rejects(mapped(sql, mapping, projected), (thrown) => {
          assert(thrown instanceof FabricError);
          assert.match(thrown.message, message);
          return true;
        });
      });
    }
  }
});
