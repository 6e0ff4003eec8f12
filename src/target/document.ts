/** Quads as one document into a place that takes bytes. */
import type { Encode } from './encoding.ts';
import type { Serialiser } from './serialiser.ts';
import type { ByteSink, QuadSink } from './sink.ts';

const FLUSH_CHARACTERS = 65_536;

export function documentSink(output: ByteSink, serialiser: Serialiser, encode: Encode): QuadSink {
  let text = '';
  const flush = async (): Promise<void> => {
    const bytes = encode(text);
    text = '';
    if (bytes.length > 0) await output.write(bytes);
  };
  return {
    name: output.name,
    async write(quads) {
      text += serialiser.add(quads);
      if (text.length >= FLUSH_CHARACTERS) await flush();
    },
    flush,
    async close() {
      text += await serialiser.end();
      await flush();
      await output.close();
    },
    abort: () => output.abort(),
  };
}
