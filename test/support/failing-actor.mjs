import { deviceMachine } from '../../dist/machines/device.js';

/** For `--import`: injects a bug into the device machine that occurs at each command for the device `unlucky`. */
const { guards } = deviceMachine.implementations;
const { hasRoom } = guards;
guards.hasRoom = (args, params) => {
  if (args.context.deviceId === 'unlucky') throw new Error('a fault of the machine');
  return hasRoom(args, params);
};
