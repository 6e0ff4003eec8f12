/** The one way in which tests read a source through a formulation: bytes in, documents and problems out. */
import type { FormulationSpec } from '../../src/mapping/normal-form.ts';
import type { Part, Scalar, TextLimits } from '../../src/mapping/reference/formulation.ts';
import { FORMULATIONS } from '../../src/mapping/reference/formulations.ts';
import type { FormulationName } from '../../src/mapping/reference/registry.ts';

export interface Input {
  readonly formulation: FormulationName;
  readonly spec?: Partial<FormulationSpec>;
  readonly limits?: Partial<TextLimits>;
  /** Texts are encoded as UTF-8; chunks are handed over one by one. */
  readonly chunks: Iterable<string | Uint8Array>;
}

/** A problem as tests name it. */
export interface Told {
  readonly code: string;
  readonly row: number;
  readonly line?: number;
  readonly column?: number;
  readonly fatal: boolean;
}

export const specOf = ({ formulation, spec }: Input): FormulationSpec => ({
  name: formulation,
  namespaces: {},
  dialect: undefined,
  ...spec,
});

/** Everything that a source gives, in order. */
export async function partsOf(input: Input): Promise<readonly Part[]> {
  const encoder = new TextEncoder();
  function* chunks(): Generator<Uint8Array> {
    for (const chunk of input.chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
  }
  const parts: Part[] = [];
  const data = { kind: 'bytes', chunks: chunks(), limits: input.limits ?? {} } as const;
  for await (const some of FORMULATIONS[input.formulation].documents(data, specOf(input)))
    parts.push(...some);
  return parts;
}

/** What references give in each record, one line a record; problems are left out. */
export async function valuesOf(
  input: Input & { readonly iterator?: string; readonly references: readonly string[] },
): Promise<readonly (readonly (Scalar | readonly Scalar[] | undefined)[])[]> {
  const formulation = FORMULATIONS[input.formulation];
  const spec = specOf(input);
  const iterate = formulation.compileIterator(input.iterator, spec);
  const references = input.references.map((reference) => formulation.compileReference(reference, spec));
  const documents = (await partsOf(input)).flatMap((part) => ('document' in part ? [part.document] : []));
  return documents.flatMap(iterate).map((record) => references.map((read) => read(record, () => undefined)));
}

export const problemsIn = (parts: readonly Part[]): readonly Told[] =>
  parts.flatMap((part) => {
    if ('document' in part) return [];
    const { problem, row, line, column, fatal } = part;
    return [
      {
        code: problem.code,
        row,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
        fatal,
      },
    ];
  });
