import type { Routes } from '../http/routes.ts';
import type { Io } from './io.ts';

export interface HostSettings {
  /** See `withoutBase`. */
  basePath: string;
  tlsKeyFile?: string | undefined;
  tlsCertFile?: string | undefined;
  maxMessageBytes: number;
  /** Bytes that may wait for one slow reader before its connection is closed. */
  maxBackpressureBytes: number;
}

export interface HostDeps {
  io: Io;
  routes: Routes;
  settings: HostSettings;
  /** Called when the server closes a transport. The reason is the server's own text. */
  closed(reason: string): void;
  /** A handler threw. At most its connection is lost. */
  failed(error: unknown): void;
}

/** The HTTP server of the process: native (µWS) or Node's own, with the same behaviour. */
export interface Host {
  readonly kind: 'uws' | 'node';
  /** Resolves with the port; rejects if the port is taken. */
  listen(port: number, host: string): Promise<number>;
  stopListening(): void;
  close(): Promise<void>;
}

/** Uses µWS if its binary loads. Otherwise Node's own server does the same at a higher cost. */
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
