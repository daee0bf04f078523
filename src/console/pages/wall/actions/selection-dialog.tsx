import { BlockDevices } from './block-devices.tsx';
import { EditLabels } from './edit-labels.tsx';
import { MoveDevices } from './move-devices.tsx';

interface Props {
  action: 'labels' | 'group' | 'block';
  ids: readonly string[];
  onClose(): void;
}

const dialogs = { labels: EditLabels, group: MoveDevices, block: BlockDevices };

/** The dialog of what is done with the chosen devices, except for commands. */
export default function SelectionDialog({ action, ...dialog }: Props) {
  const Dialog = dialogs[action];
  return <Dialog {...dialog} />;
}
