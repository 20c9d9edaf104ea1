import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A loopback port that leads to a pod of a Service, for as long as that pod lives. */
export class PortForward implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  static async open(namespace: string, service: string, port: number): Promise<PortForward> {
    const args = ['--namespace', namespace, 'port-forward', `service/${service}`, `:${port}`];
    const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    let address: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      [, address] = /^Forwarding from (127\.0\.0\.1:\d+) /.exec(line) ?? [];
      if (address !== undefined) break;
    }
    if (address === undefined) throw new Error(`no way to the service ${service}: ${complaint}`);
    // It tells of every connection, and would wait for somebody to read that.
    child.stdout.resume();
    return new PortForward(child, `http://${address}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}
