import { defineTexts } from '../../core/texts.ts';

export const editTexts = defineTexts(
  {
    edit: 'Edit',
    remove: 'Remove',
    title: (id: string) => `Edit ${id}`,
    name: 'Name',
    nameHelp: 'Empty: the id stands for it.',
    group: 'Group',
    labels: 'Labels',
    save: 'Save',
    saved: 'The device is saved',
    cancel: 'Cancel',
    newer: 'Somebody changed it meanwhile. Nothing of yours is saved yet; now it is:',
    takeNewer: 'Take these values',
    overwrite: 'Save mine all the same',
  },
  {
    edit: 'Editar',
    remove: 'Retirar',
    title: (id: string) => `Editar ${id}`,
    name: 'Nombre',
    nameHelp: 'Vacío: se muestra el id.',
    group: 'Grupo',
    labels: 'Etiquetas',
    save: 'Guardar',
    saved: 'El dispositivo está guardado',
    cancel: 'Cancelar',
    newer: 'Alguien lo cambió entretanto. Aún no se ha guardado nada tuyo; ahora es:',
    takeNewer: 'Tomar estos valores',
    overwrite: 'Guardar lo mío de todos modos',
  },
);
