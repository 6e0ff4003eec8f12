/**
 * Quads to text, a piece at a time: lines and the Turtle family stream, the other formats need the whole.
 */
import { Writer } from 'n3';
import { QuadSet } from '../mapping/execute/quad-set.ts';
import { serialiseRdf } from '../rdf/serialise.ts';
import { defaultGraph, isUnsafe, quad, type RDF, toNQuads, toStatement } from '../rdf/terms.ts';
import { infoOf, type TargetFormat } from './format.ts';

export interface Serialiser {
  /** @returns text that is ready; often none */
  add(quads: readonly RDF.Quad[]): string;
  /** The rest of the document; nothing may be added after it. */
  end(): Promise<string>;
}

/**
 * What a format without graphs makes of named ones: there are `none`; a triple of two of them stands once
 * (`merged`, unless told otherwise), or twice (`repeated`).
 */
export type GraphsOf = 'none' | 'merged' | 'repeated';

export interface SerialiserOptions {
  /** Names that may be used for namespaces; only those that occur are declared. */
  readonly prefixes?: Readonly<Record<string, string>> | undefined;
  readonly graphs?: GraphsOf | undefined;
}

export function createSerialiser(format: TargetFormat, options: SerialiserOptions = {}): Serialiser {
  const { prefixes = {}, graphs = 'merged' } = options;
  const made = serialiserOf(format, prefixes);
  return infoOf(format).graphs || graphs === 'none' ? made : withoutGraphs(made, graphs);
}

function serialiserOf(format: TargetFormat, prefixes: Readonly<Record<string, string>>): Serialiser {
  switch (format) {
    case 'n-quads':
    case 'n-triples':
      return lines();
    case 'turtle':
    case 'n3':
      return turtle('text/turtle', prefixes);
    case 'trig':
      return turtle('application/trig', prefixes);
    case 'rdf-json':
      return whole(async (quads) => (await import('../rdf/rdf-json.ts')).writeRdfJson(quads));
    case 'json-ld':
    case 'rdf-xml':
      return whole((quads) => serialiseRdf(quads, format, prefixes));
  }
}

function lines(): Serialiser {
  return {
    add(quads) {
      let text = '';
      for (const each of quads) text += `${toNQuads(each)}\n`;
      return text;
    },
    end: () => Promise.resolve(''),
  };
}

function whole(write: (quads: readonly RDF.Quad[]) => Promise<string>): Serialiser {
  const all: RDF.Quad[] = [];
  return {
    add(quads) {
      for (const each of quads) all.push(each);
      return '';
    },
    end: () => write(all),
  };
}

/**
 * A namespace is declared where it occurs first, so that nothing has to be held but what the writer cannot
 * write: IRIs with characters that end their brackets, which only `rml:UnsafeIRI` makes.
 */
function turtle(format: string, prefixes: Readonly<Record<string, string>>): Serialiser {
  let ready = '';
  const output = {
    write(chunk: string, _encoding: string, done?: (error?: Error) => void): void {
      ready += chunk;
      done?.();
    },
    end: (done?: () => void): void => done?.(),
  };
  const writer = new Writer(output, { format });
  const unsafe: string[] = [];
  const undeclared = new Map(Object.entries(prefixes));
  const declare = (term: RDF.Term): void => {
    const iri = term.termType === 'Literal' ? term.datatype.value : term.value;
    for (const [prefix, namespace] of undeclared) {
      if (!iri.startsWith(namespace)) continue;
      undeclared.delete(prefix);
      writer.addPrefix(prefix, namespace);
    }
  };
  const taken = (): string => {
    const text = ready;
    ready = '';
    return text;
  };
  return {
    add(quads) {
      for (const each of quads) {
        const terms = [each.subject, each.predicate, each.object, each.graph];
        if (terms.some(isUnsafe)) {
          unsafe.push(`${toStatement(each)}\n`);
          continue;
        }
        if (undeclared.size > 0) terms.forEach(declare);
        writer.addQuad(each);
      }
      return taken();
    },
    end: () =>
      new Promise((resolve, reject) => {
        writer.end((error: unknown) => {
          if (error) reject(error instanceof Error ? error : new Error('The Turtle writer failed'));
          else resolve(taken() + unsafe.join(''));
        });
      }),
  };
}

function withoutGraphs(serialiser: Serialiser, graphs: GraphsOf): Serialiser {
  const seen = new QuadSet();
  const isWanted = graphs === 'repeated' ? (): boolean => true : (each: RDF.Quad): boolean => seen.add(each);
  const plain = (each: RDF.Quad): RDF.Quad =>
    each.graph.termType === 'DefaultGraph'
      ? each
      : quad(each.subject, each.predicate, each.object, defaultGraph());
  return {
    add: (quads) => serialiser.add(quads.map(plain).filter(isWanted)),
    end: () => serialiser.end(),
  };
}
