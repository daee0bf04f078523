import { deviceMachine } from '../../dist/machines/device.js';

/** For `--import`: a fault in the device machine that shows at each command for the device `unlucky`. */
const { guards } = deviceMachine.implementations;
const { hasRoom } = guards;
guards.hasRoom = (args, params) => {
  if (args.context.deviceId === 'unlucky') throw new Error('a fault of the machine');
  return hasRoom(args, params);
};
