export interface FleetSettings {
  nodeId: string;
  stateIntervalMs: number;
  watchIntervalMs: number;
  tickIntervalMs: number;
  offlineGraceMs: number;
  tickingPaths: readonly string[];
  maxDevices: number;
}

/** Where device tokens are kept. */
export interface TokenIssuer {
  issue(deviceId: string): Promise<string>;
  revoke(deviceId: string): unknown;
}
