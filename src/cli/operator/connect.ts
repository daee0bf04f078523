import { type Admin, type AdminOptions, connectAdmin } from '../../client/admin.ts';

/** Opens an admin connection. As long as it tries to connect, stderr says why it cannot, once for each reason. */
export function connect(options: AdminOptions): Admin<string> {
  const admin = connectAdmin<string>(options);
  let reported = '';
  admin.onError(({ message, remedy }) => {
    // The caller reports a final error.
    if (message === reported || admin.status.link === 'ended') return;
    reported = message;
    process.stderr.write(`${[message, remedy].filter(Boolean).join(' ')} Trying again.\n`);
  });
  return admin;
}
