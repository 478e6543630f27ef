import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a server of files misbehaves. */
export interface ServerFaults {
  /** Status in place of every answer, for the first so many requests. */
  status?: { code: number; times: number };
  /** Break the connection after so many bytes of a body, for the first so many requests. */
  breakAfter?: { bytes: number; times: number };
  /** Answer a request for a range with the whole file. */
  ignoreRange?: boolean;
  /** Begin ranges so many bytes too late, and say so. */
  shiftRange?: number;
  /** Say no length, so that an early end looks like the end. */
  chunked?: boolean;
}

export interface FileServer {
  readonly url: string;
  /** What was asked for: path and range. */
  readonly requests: string[];
  readonly files: Record<string, Uint8Array>;
  readonly faults: ServerFaults;
}

/** A server of files on this machine, for one test. */
export async function fileServer(files: Record<string, Uint8Array>, faults: ServerFaults = {}): Promise<FileServer> {
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const name = request.url!.slice(1);
    const range = request.headers.range;
    requests.push(range ? `${name} ${range}` : name);
    if (faults.status && faults.status.times-- > 0) return void response.writeHead(faults.status.code).end();
    const file = files[name];
    if (!file) return void response.writeHead(404).end('no such file');
    const start =
      range && !faults.ignoreRange ? Number(/^bytes=(\d+)-$/.exec(range)![1]) + (faults.shiftRange ?? 0) : 0;
    if (start > 0 && start >= file.length) return void response.writeHead(416).end();
    const body = file.subarray(start);
    if (start > 0) response.setHeader('content-range', `bytes ${start}-${file.length - 1}/${file.length}`);
    if (!faults.chunked) response.setHeader('content-length', body.length);
    response.writeHead(start > 0 ? 206 : 200);
    if (faults.breakAfter && faults.breakAfter.times-- > 0) {
      response.write(body.subarray(0, faults.breakAfter.bytes), () => setTimeout(() => response.destroy(), 20));
    } else response.end(body);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests, files, faults };
}
