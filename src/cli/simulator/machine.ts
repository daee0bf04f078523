/** The computer behind a screen. */
export interface Machine {
  hostName: string;
  address: string;
  mac: string;
  wlanAddress: string;
  wlanMac: string;
}

/** Addresses are derived from the player's number, so they are unique. */
export function describeMachine(hostName: string, number: number): Machine {
  const [high, middle, low] = [(number >> 16) & 255, (number >> 8) & 255, number & 255];
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  const tail = `${hex(high)}:${hex(middle)}:${hex(low)}`;
  return {
    hostName,
    address: `10.20.${middle}.${low}`,
    mac: `02:00:5e:${tail}`,
    wlanAddress: `10.21.${middle}.${low}`,
    wlanMac: `02:00:5f:${tail}`,
  };
}
