/**
 * The process that crash trials kill: opens a state and writes until it dies. It says what it does by lines on
 * its standard output, each written before it goes on: `opening`, `open`, `checkpoint`, and `a <seq> <id>` for
 * every change whose answer came. `node test/store/crash-child.ts <directory> <run>`
 */
import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { causeOf, openTrial, readingOf } from './trial-state.ts';

const [, , directory = '', run = ''] = argv;
const ELEMENTS = 60;
const SUBMITTERS = 12;

const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};

say('opening');
const { home, writer } = await openTrial(directory);
const checkpoint = home.checkpoint.bind(home);
home.checkpoint = (...given) => {
  say('checkpoint');
  return checkpoint(...given);
};
say('open');

async function submitter(first: number): Promise<never> {
  for (let turn = 1; ; turn++) {
    for (let element = first; element < ELEMENTS; element += SUBMITTERS) {
      const id = `${run}:${element}:${turn}`;
      const seq = await writer.submit(({ view }) => {
        const added = readingOf(element, turn);
        const removed = [1, 2, 3, 4, 5, 6].flatMap((before) =>
          readingOf(element, turn + before).filter((q) => {
            const [s, p, o, g] = [q.subject, q.predicate, q.object, q.graph].map((term) => view.find(term));
            return view.has(s!, p!, o!, g!);
          }),
        );
        const draft = { cause: causeOf(id, element, turn), added, removed };
        return { draft, answer: (change) => change?.seq };
      });
      if (seq !== undefined) say(`a ${seq} ${id}`);
    }
  }
}
await Promise.all(Array.from({ length: SUBMITTERS }, (_, first) => submitter(first)));
