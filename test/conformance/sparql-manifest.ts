/**
 * The manifests of the W3C SPARQL test suites: which cases there are and what belongs to each.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { formatOfFile } from '../../src/rdf/formats.ts';
import { parseRdf, parseTurtleFamily } from '../../src/rdf/parse.ts';
import { blankNode, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#';
const RDF_NS = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const LABEL = 'http://www.w3.org/2000/01/rdf-schema#label';
const QT = 'http://www.w3.org/2001/sw/DataAccess/tests/test-query#';
const UT = 'http://www.w3.org/2009/sparql/tests/test-update#';

/** Where the files of the suite live by their own word; relative IRIs in them resolve against it. */
const BASE = 'http://www.w3.org/2009/sparql/docs/tests/data-sparql11/';

export type CaseKind = 'query' | 'csv' | 'update' | 'negative-query' | 'negative-update';

const KINDS: Readonly<Record<string, CaseKind>> = {
  QueryEvaluationTest: 'query',
  CSVResultFormatTest: 'csv',
  UpdateEvaluationTest: 'update',
  NegativeSyntaxTest11: 'negative-query',
  NegativeUpdateSyntaxTest11: 'negative-update',
};

/** A file of the suite, by the IRI under which it is known. */
export interface SuiteFile {
  readonly iri: string;
  readonly path: string;
}

export interface DatasetFiles {
  readonly default: readonly SuiteFile[];
  readonly named: readonly { readonly graph: string; readonly file: SuiteFile }[];
}

export interface ManifestCase {
  readonly id: string;
  readonly title: string;
  readonly kind: CaseKind;
  readonly request: SuiteFile;
  readonly data: DatasetFiles;
  readonly result: SuiteFile | undefined;
  readonly resultData: DatasetFiles;
}

/** The cases of `manifest` and of those it includes, but those in folders that `leaveOut` names. */
export function readManifest(manifest: string, leaveOut: readonly string[] = []): ManifestCase[] {
  const suite = new Manifest(manifest);
  const included = suite
    .list(suite.iri, `${MF}include`)
    .map((term) => suite.file(term).path)
    .filter((path) => !leaveOut.some((folder) => path.includes(`/${folder}/`)));
  return [...included.flatMap((path) => readManifest(path, leaveOut)), ...suite.cases()];
}

/** The quads of a dataset of files. */
export async function readDataset(files: DatasetFiles): Promise<RDF.Quad[]> {
  const quads: RDF.Quad[] = [];
  let ordinal = 0;
  const read = async (file: SuiteFile, graph?: RDF.NamedNode): Promise<void> => {
    const text = readFileSync(file.path, 'utf8');
    const format = formatOfFile(file.path) ?? 'turtle';
    const label = `f${ordinal++}_`;
    for (const q of await parseRdf(text, { format, baseIRI: file.iri })) {
      const own = <T extends RDF.Term>(term: T): T | RDF.BlankNode =>
        term.termType === 'BlankNode' ? blankNode(label + term.value) : term;
      quads.push(quad(own(q.subject), q.predicate, own(q.object), graph ?? q.graph));
    }
  };
  for (const file of files.default) await read(file);
  for (const { graph, file } of files.named) await read(file, namedNode(graph));
  return quads;
}

class Manifest {
  readonly iri: string;
  readonly #folder: string;
  readonly #root: string;
  readonly #quads: readonly RDF.Quad[];

  constructor(path: string) {
    this.#folder = dirname(path);
    // The folder that holds the manifest of manifests is what BASE stands for.
    this.#root = existsSync(join(this.#folder, '..', 'manifest-all.ttl'))
      ? join(this.#folder, '..')
      : this.#folder;
    this.iri = BASE + relative(this.#root, path);
    this.#quads = parseTurtleFamily(readFileSync(path, 'utf8'), {
      format: 'turtle',
      baseIRI: this.iri,
    }).quads;
  }

  *cases(): Generator<ManifestCase> {
    for (const entry of this.list(this.iri, `${MF}entries`)) {
      const type = this.#one(entry, `${RDF_NS}type`)?.value.slice(MF.length) ?? '';
      const kind = KINDS[type];
      if (!kind) continue;
      const action = this.#one(entry, `${MF}action`)!;
      const result = this.#one(entry, `${MF}result`);
      const request = this.#one(action, `${QT}query`) ?? this.#one(action, `${UT}request`) ?? action;
      yield {
        id: `${this.#folder.split('/').at(-1)}/${entry.value.split('#')[1]}`,
        title: this.#one(entry, `${MF}name`)?.value ?? entry.value,
        kind,
        request: this.file(request),
        data: this.#dataset(action),
        result: result?.termType === 'NamedNode' ? this.file(result) : undefined,
        resultData: result ? this.#dataset(result) : { default: [], named: [] },
      };
    }
  }

  list(subject: string, predicate: string): RDF.Term[] {
    const items: RDF.Term[] = [];
    let cell = this.#one(namedNode(subject), predicate);
    while (cell && cell.value !== `${RDF_NS}nil`) {
      items.push(this.#one(cell, `${RDF_NS}first`)!);
      cell = this.#one(cell, `${RDF_NS}rest`);
    }
    return items;
  }

  file(term: RDF.Term): SuiteFile {
    return { iri: term.value, path: join(this.#root, term.value.slice(BASE.length)) };
  }

  #dataset(node: RDF.Term): DatasetFiles {
    const plain = [...this.#all(node, `${QT}data`), ...this.#all(node, `${UT}data`)];
    const named = [...this.#all(node, `${QT}graphData`), ...this.#all(node, `${UT}graphData`)];
    return {
      default: plain.map((term) => this.file(term)),
      named: named.map((term) => {
        const file = this.#one(term, `${UT}graph`) ?? this.#one(term, `${UT}data`) ?? term;
        return { graph: this.#one(term, LABEL)?.value ?? file.value, file: this.file(file) };
      }),
    };
  }

  #one(subject: RDF.Term, predicate: string): RDF.Term | undefined {
    return this.#all(subject, predicate)[0];
  }

  #all(subject: RDF.Term, predicate: string): RDF.Term[] {
    return this.#quads
      .filter((q) => q.subject.equals(subject) && q.predicate.value === predicate)
      .map((q) => q.object);
  }
}
