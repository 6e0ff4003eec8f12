/** Text to bytes in the encodings that targets may have (RML-IO, "Encoding"). */
import { FabricError } from '../errors.ts';

export type Encode = (text: string) => Uint8Array;

/**
 * An encoder for one document; it begins with a byte order mark where the encoding needs one.
 *
 * @param label  WHATWG label; undefined: UTF-8
 * @throws FabricError `not-supported`
 */
export function createEncoder(label: string | undefined): Encode {
  switch (label) {
    case undefined:
    case 'utf-8':
      return (text) => Buffer.from(text, 'utf8');
    case 'utf-16le': {
      let first = true;
      return (text) => {
        const marked = first ? `\ufeff${text}` : text;
        first = false;
        return Buffer.from(marked, 'utf16le');
      };
    }
    default:
      throw new FabricError('not-supported', `Encoding "${label}" cannot be written`, {
        extensions: { supported: ['utf-8', 'utf-16le'] },
      });
  }
}
