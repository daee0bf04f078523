export interface FleetSettings {
  nodeId: string;
  stateIntervalMs: number;
  watchIntervalMs: number;
  tickIntervalMs: number;
  offlineGraceMs: number;
  tickingPaths: readonly string[];
  maxDevices: number;
}

/** The storage of device tokens. */
export interface TokenIssuer {
  issue(deviceId: string, disconnect?: boolean): Promise<string>;
  revoke(deviceId: string): unknown;
}
