/**
 * A container image made here, without a registry: one static program, as a tar archive.
 *
 * `/bin/program serve` waits for SIGTERM, `/bin/program exit N` ends with N. The program is busybox with a
 * script where busybox is installed, and else a few lines of C that the compiler of the machine links.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = `#!/bin/sh
case $1 in
  serve) trap 'exit 0' TERM; while :; do /bin/sleep 1 & wait $!; done ;;
  exit) exit $2 ;;
esac
`;

const C_PROGRAM = `
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void end(int signal) { (void) signal; _exit(0); }
int main(int count, char **words) {
  if (count > 2 && strcmp(words[1], "exit") == 0) return atoi(words[2]);
  signal(SIGTERM, end);
  for (;;) pause();
}
`;

/** The root file system as a tar archive, or the reason why there is none. */
export async function tinyRootFileSystem(): Promise<Uint8Array | string> {
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (busybox !== undefined && isStatic(busybox)) {
    const shell = await readFile(busybox);
    return tar([
      { name: 'bin/sh', bytes: shell },
      { name: 'bin/sleep', bytes: shell },
      { name: 'bin/program', bytes: Buffer.from(SCRIPT) },
    ]);
  }
  const compiler = ['/usr/bin/cc', '/usr/bin/gcc'].find((path) => existsSync(path));
  if (compiler === undefined) return 'neither a static busybox nor a C compiler is installed';
  const folder = await mkdtemp(join(tmpdir(), 'fabric-program-'));
  try {
    await writeFile(join(folder, 'program.c'), C_PROGRAM);
    execFileSync(compiler, ['-static', '-O1', '-o', join(folder, 'program'), join(folder, 'program.c')]);
    return tar([{ name: 'bin/program', bytes: await readFile(join(folder, 'program')) }]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A POSIX ustar archive of executable files. */
export function tar(files: readonly TarFile[]): Uint8Array {
  const blocks = files.flatMap(({ name, bytes }) => {
    const header = Buffer.alloc(512);
    const put = (text: string, offset: number) => header.write(text, offset, 'latin1');
    put(name, 0);
    put('0000755\0', 100);
    put('0000000\0', 108);
    put('0000000\0', 116);
    put(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    put('00000000000\0', 136);
    put('        ', 148); // The checksum counts its own field as spaces.
    put('0', 156);
    put('ustar\0' + '00', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function isStatic(path: string): boolean {
  try {
    return !execFileSync('ldd', [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).includes(
      '=>',
    );
  } catch {
    return true; // ldd fails on what is not dynamic.
  }
}
