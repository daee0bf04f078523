import type { Routes } from '../http/routes.ts';
import type { Connection } from './connection.ts';
import type { Io } from './io.ts';

export interface HostSettings {
  /** See `withoutBase`. */
  basePath: string;
  /** `uws`: if its binary loads. */
  transport: 'uws' | 'node';
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
  /** Called when the server closes a transport, before the disconnect. The reason is the server's own text. */
  closed(reason: string, connection: Connection | undefined): void;
  /** A handler threw. At most its connection is lost. */
  failed(error: unknown): void;
}

/** The HTTP server of the process: native (µWS) or Node's own, with the same behaviour. */
export interface Host {
  readonly kind: 'uws' | 'node';
  /** Resolves with the port; rejects if the port is taken. */
  listen(port: number, host: string): Promise<number>;
  /**
   * Reads the certificate again.
   * @returns what serves it to new connections
   * @throws Error if it cannot be used
   */
  readCertificate(): () => void;
  stopListening(): void;
  close(): Promise<void>;
}

/**
 * Uses µWS if its binary loads. Otherwise Node's own server does the same at a higher cost. It also serves TLS, because
 * µWS cannot exchange a certificate while it runs.
 */
export async function createHost(deps: HostDeps, warn: (reason: string) => void): Promise<Host> {
  const { transport, tlsKeyFile } = deps.settings;
  if (transport === 'uws' && !tlsKeyFile) {
    try {
      const { createUwsHost } = await import('./uws-host.ts');
      return await createUwsHost(deps);
    } catch (error) {
      warn((error as Error).message.split('\n')[0] as string);
    }
  }
  const { createNodeHost } = await import('./node-host.ts');
  return createNodeHost(deps);
}
