/**
 * A thread that runs user functions, asked synchronously: mapping waits for the answer, but never longer than
 * a limit. A thread that does not answer is ended, and the next call starts another one.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { FunctionFault } from '../../mapping/function/function.ts';
import type { Call, Reply, ThreadData, WireDescription, WireValue } from './message.ts';

export interface ThreadLimits {
  /** How long one call may take. */
  readonly callMs: number;
  /** How long the module may take to load. */
  readonly startMs: number;
  /** Heap of the thread. */
  readonly memoryMb: number;
}

interface Running {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly replies: Int32Array;
}

/** The worker's file has the ending of this one: from source or as it was built. */
const WORKER = new URL(import.meta.url.replace(/function-thread\.(\w+)$/, 'function-worker.$1'));

export class FunctionThread {
  readonly #module: string;
  readonly #limits: ThreadLimits;
  #running: Running | undefined;

  /** @param module  URL of the module with the functions */
  constructor(module: string, limits: ThreadLimits) {
    this.#module = module;
    this.#limits = limits;
  }

  /**
   * Starts the thread.
   *
   * @returns what the module describes
   * @throws FunctionFault for a module that cannot be loaded
   */
  start(): readonly WireDescription[] {
    const { port1: port, port2 } = new MessageChannel();
    const replies = new Int32Array(new SharedArrayBuffer(4));
    const data: ThreadData = { module: this.#module, port: port2, replies };
    const worker = new Worker(WORKER, {
      workerData: data,
      transferList: [port2],
      env: {},
      stdout: true, // kept away from that of this process, which may be the graph
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.memoryMb },
    });
    // A thread that runs out of memory or exits by itself shows by its silence.
    worker.on('error', () => undefined);
    worker.stdout.resume(); // nobody reads it, and it must not pile up
    worker.unref();
    port.unref();
    this.#running = { worker, port, replies };
    const reply = this.#reply(this.#running, 0, this.#limits.startMs);
    if (reply?.kind === 'ready') return reply.functions;
    this.close();
    const within = `it did not load within ${this.#limits.startMs} ms`;
    throw new FunctionFault('function-failed', reply?.kind === 'failed' ? reply.message : within);
  }

  /** @throws FunctionFault for a function that throws, and for one that does not answer in time */
  call(call: Call): WireValue {
    if (this.#running === undefined) this.start();
    const running = this.#running!;
    const said = Atomics.load(running.replies, 0);
    running.port.postMessage(call);
    const reply = this.#reply(running, said, this.#limits.callMs);
    if (reply?.kind === 'value') return reply.value;
    if (reply?.kind === 'failed') throw new FunctionFault('function-failed', reply.message);
    this.close();
    throw new FunctionFault('function-timeout', `it did not answer within ${this.#limits.callMs} ms`);
  }

  /** Ends the thread; a later call starts another one. */
  close(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.port.close();
    void running?.worker.terminate();
  }

  /** What the thread says next; undefined when it says nothing within the limit. */
  #reply({ port, replies }: Running, said: number, limitMs: number): Reply | undefined {
    Atomics.wait(replies, 0, said, limitMs);
    return receiveMessageOnPort(port)?.message as Reply | undefined;
  }
}
