import { deepEqual, equal } from 'node:assert/strict';
import { join } from 'node:path';
import { runMapping } from '../../../src/mapping/map.ts';
import { compileMapping } from '../../../src/mapping/plan.ts';
import { TypedText } from '../../../src/mapping/reference/typed-text.ts';
import { toNQuads } from '../../../src/rdf/terms.ts';
import { createSourceAccess } from '../../../src/source/rml/access.ts';
import { zipOf } from './archive.ts';
import { checkRefused, readRows, settingsOf, sourceOf, withFolder } from './reading.ts';

const xsd = (name: string): string => `http://www.w3.org/2001/XMLSchema#${name}`;

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';

const STYLES = `<styleSheet ${MAIN}>
  <numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>
    <numFmt numFmtId="165" formatCode="0.0 &quot;days&quot;"/></numFmts>
  <cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>
  <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="21"/><xf numFmtId="165"/></cellXfs>
</styleSheet>`;

const TEXTS = `<sst ${MAIN}><si><t>id</t></si><si><t>name</t></si>
  <si><r><t>An</t></r><r><t xml:space="preserve">n </t></r><rPh><t>reading</t></rPh></si></sst>`;

/** A workbook as Excel writes it, with one sheet for each text of rows. */
function workbook(sheets: Readonly<Record<string, string>>, properties = ''): Buffer {
  const names = Object.keys(sheets);
  const files: Record<string, string> = {
    'xl/workbook.xml': `<?xml version="1.0"?><workbook ${MAIN} xmlns:r="r">${properties}<sheets>${names
      .map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${RELATIONS}">${names
      .map((_, i) => `<Relationship Id="rId${i + 1}" Target="worksheets/sheet${i + 1}.xml"/>`)
      .join('')}</Relationships>`,
    'xl/sharedStrings.xml': TEXTS,
    'xl/styles.xml': STYLES,
  };
  for (const [i, name] of names.entries()) {
    files[`xl/worksheets/sheet${i + 1}.xml`] =
      `<worksheet ${MAIN}><sheetData>${sheets[name]}</sheetData></worksheet>`;
  }
  return zipOf(files);
}

const HEADER = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>';
const row = (cells: string): string => `${HEADER}<row r="3">${cells}</row>`;

/** The value of the column `name` in a row with these cells. */
const CELLS: Readonly<Record<string, readonly [string, unknown]>> = {
  'a shared text, runs together': ['<c r="B3" t="s"><v>2</v></c>', 'Ann '],
  'an inline text': ['<c r="B3" t="inlineStr"><is><t>Bob</t></is></c>', 'Bob'],
  'the text of a formula': ['<c r="B3" t="str"><f>A1&amp;"x"</f><v>idx</v></c>', 'idx'],
  'an integer': ['<c r="B3"><v>42</v></c>', 42],
  'a number': ['<c r="B3"><v>1.5E-3</v></c>', 0.0015],
  'a truth value': ['<c r="B3" t="b"><v>1</v></c>', true],
  'an error': ['<c r="B3" t="e"><v>#N/A</v></c>', undefined],
  nothing: ['<c r="A3"><v>1</v></c>', undefined],
  'a cell without a value': ['<c r="A3"><v>1</v></c><c r="B3" s="1"/>', undefined],
  'a date': ['<c r="B3" s="1"><v>45292</v></c>', new TypedText('2024-01-01', xsd('date'))],
  'the day before the one that never was': [
    '<c r="B3" s="1"><v>59</v></c>',
    new TypedText('1900-02-28', xsd('date')),
  ],
  'the day after it': ['<c r="B3" s="1"><v>61</v></c>', new TypedText('1900-03-01', xsd('date'))],
  'a moment': ['<c r="B3" s="2"><v>45292.5</v></c>', new TypedText('2024-01-01T12:00:00', xsd('dateTime'))],
  'a time': ['<c r="B3" s="3"><v>0.75</v></c>', new TypedText('18:00:00', xsd('time'))],
  'a number whose format has letters as text': ['<c r="B3" s="4"><v>2</v></c>', 2],
  'a cell without a reference': ['<c><v>1</v></c><c><v>2</v></c>', 2],
};

const sheet = (path: string, more = 'rml:referenceFormulation rml:CSV'): ReturnType<typeof sourceOf> =>
  sourceOf(`"${path}"`, more);

describe('Excel workbooks', () => {
  for (const [title, [cells, expected]] of Object.entries(CELLS)) {
    it(`give ${title}`, () =>
      withFolder({ 'a.xlsx': workbook({ Sheet1: row(cells) }) }, async (folder) => {
        const [values, ...more] = await readRows(sheet('a.xlsx'), settingsOf(folder));
        deepEqual(values?.['name'], expected);
        deepEqual(more, []);
      }));
  }

  it('count days from 1904 where they say so', () =>
    withFolder(
      { 'a.xlsx': workbook({ S: row('<c r="B3" s="1"><v>0</v></c>') }, '<workbookPr date1904="1"/>') },
      async (folder) => {
        const [values] = await readRows(sheet('a.xlsx'), settingsOf(folder));
        deepEqual(values?.['name'], new TypedText('1904-01-01', xsd('date')));
      },
    ));

  it('have sheets by name, the first unless told otherwise', () => {
    const sheets = { One: row('<c r="B3"><v>1</v></c>'), Two: row('<c r="B3"><v>2</v></c>') };
    return withFolder({ 'a.xlsx': workbook(sheets) }, async (folder) => {
      const named = (iterator: string): ReturnType<typeof sourceOf> =>
        sheet('a.xlsx', `rml:referenceFormulation cf:Excel ; rml:iterator "${iterator}"`);
      equal((await readRows(sheet('a.xlsx'), settingsOf(folder)))[0]?.['name'], 1);
      equal((await readRows(named('Two'), settingsOf(folder)))[0]?.['name'], 2);
      const refused = await checkRefused(
        () => readRows(named('Tow'), settingsOf(folder)),
        'mapping-failed',
        /has no sheet "Tow"/,
      );
      equal(refused.extensions['hint'], 'Did you mean "Two"?');
    });
  });

  it('are mapped with both sheets in one run', () => {
    const cells = '<c r="A3"><v>1</v></c><c r="B3" t="inlineStr"><is><t>x</t></is></c>';
    const sheets = { One: row(cells), Two: row(cells.replace('x', 'y')) };
    const mapping = ['One', 'Two'].map(
      (
        name,
      ) => `<#${name}> rml:logicalSource [ rml:source "a.xlsx" ; rml:referenceFormulation rml:CSV ; rml:iterator "${name}" ] ;
        rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
        rml:predicateObjectMap [ rml:predicate <http://ex.org/p> ; rml:objectMap [ rml:reference "name" ] ] .`,
    );
    return withFolder({ 'a.xlsx': workbook(sheets) }, async (folder) => {
      const plan = compileMapping(`@prefix rml: <http://w3id.org/rml/> . ${mapping.join('\n')}`, {
        name: 'm.ttl',
      });
      const lines: string[] = [];
      const access = createSourceAccess(settingsOf(folder));
      for await (const quad of runMapping(plan, access, { strict: true })) lines.push(toNQuads(quad));
      deepEqual(lines.sort(), [
        '<http://ex.org/1> <http://ex.org/p> "x" .',
        '<http://ex.org/1> <http://ex.org/p> "y" .',
      ]);
    });
  });

  const BAD: Readonly<Record<string, readonly [Uint8Array, string, RegExp]>> = {
    'what is no archive': [Buffer.from('id,name'), 'syntax-error', /cannot be read as zip/],
    'an archive of something else': [zipOf({ 'a.csv': 'x' }), 'syntax-error', /it has no xl\/workbook.xml/],
    'a column that is named twice': [
      workbook({ S: '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>' }),
      'syntax-error',
      /names the column "id" twice/,
    ],
    'XML that is broken': [workbook({ S: '<row><c>' }), 'syntax-error', /cannot be read as a workbook/],
    'a document type': [
      zipOf({ 'xl/workbook.xml': '<!DOCTYPE x><workbook/>' }),
      'syntax-error',
      /document type declaration \(DTD\) is refused/,
    ],
    'a cell beyond all columns': [
      workbook({ S: '<row><c r="ZZZ1"><v>1</v></c></row>' }),
      'syntax-error',
      /beyond the last column/,
    ],
    'what unpacks to too much': [
      workbook({ S: row('<c r="B3"><v>1</v></c>'.repeat(200_000)) }),
      'body-too-large',
      /unpacks to more than 1000000 bytes/,
    ],
  };
  for (const [title, [bytes, type, message]] of Object.entries(BAD)) {
    it(`are refused: ${title}`, () =>
      withFolder({ [join('a.xlsx')]: bytes }, async (folder) => {
        const options = settingsOf(folder, { limits: { sourceBytesMax: 1_000_000 } });
        await checkRefused(() => readRows(sheet('a.xlsx'), options), type, message);
      }));
  }
});
