import type { Routes } from '../http/routes.ts';
import type { Io } from './io.ts';

export interface HostSettings {
  /** See `withoutBase`. */
  basePath: string;
  tlsKeyFile?: string | undefined;
  tlsCertFile?: string | undefined;
  maxMessageBytes: number;
  /** What may wait for one slow reader before its connection is cut, bytes. */
  maxBackpressureBytes: number;
}

export interface HostDeps {
  io: Io;
  routes: Routes;
  settings: HostSettings;
  /** A transport was closed by the server itself, and why; the text is the server's own. */
  closed(reason: string): void;
  /** A fault in a handler: contained, one connection at most is lost by it. */
  failed(error: unknown): void;
}

/** The process's HTTP server, native (µWS) or Node's own: the same behaviour on both. */
export interface Host {
  readonly kind: 'uws' | 'node';
  /** Resolves with the port; rejects if the port is taken. */
  listen(port: number, host: string): Promise<number>;
  stopListening(): void;
  close(): Promise<void>;
}

/** Native where it loads; where it does not, Node's own server does the same, at a higher cost. */
export async function createHost(deps: HostDeps, warn: (reason: string) => void): Promise<Host> {
  const { createUwsHost } = await import('./uws-host.ts');
  try {
    return await createUwsHost(deps);
  } catch (error) {
    warn((error as Error).message.split('\n')[0] as string);
    const { createNodeHost } = await import('./node-host.ts');
    return createNodeHost(deps);
  }
}
