/**
 * The text of a source that has to be in memory whole: solutions of SPARQL as JSON, an RDF file that is asked.
 *
 * Bytes that are no UTF-8 and a text that is too long are refused; nothing is replaced or cut.
 */
import { FabricError } from '../../errors.ts';
import type { ByteChunks } from '../../mapping/reference/formulation.ts';
import { TEXT_LIMITS } from '../../mapping/reference/text.ts';

export interface WholeTextOptions {
  /** What messages call the source. */
  readonly name: string;
  /** The most characters that are held; 2^28 unless told otherwise, as for a document of any source. */
  readonly charactersMax?: number | undefined;
  /** What to do about a text that is too long. */
  readonly hint: string;
}

/** @throws FabricError `body-too-large`, `syntax-error` for bytes that are no UTF-8 */
export async function wholeText(chunks: ByteChunks, options: WholeTextOptions): Promise<string> {
  const { name, charactersMax = TEXT_LIMITS.documentCharactersMax, hint } = options;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for await (const chunk of chunks) {
    text += decoded(() => decoder.decode(chunk, { stream: true }), name);
    if (text.length > charactersMax) {
      throw new FabricError(
        'body-too-large',
        `Source "${name}" has more than ${charactersMax} characters, which have to be in memory at once`,
        { location: { source: name }, extensions: { limit: 'documentCharactersMax', hint } },
      );
    }
  }
  return text + decoded(() => decoder.decode(), name);
}

function decoded(decode: () => string, name: string): string {
  try {
    return decode();
  } catch (thrown) {
    throw new FabricError('syntax-error', `Source "${name}" holds bytes that are no UTF-8`, {
      location: { source: name },
      cause: thrown,
    });
  }
}
