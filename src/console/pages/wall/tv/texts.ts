import { defineTexts } from '../../../core/texts.ts';

export const texts = defineTexts(
  {
    all: 'All screens',
    trouble: (count: string, all: string) => `${count} of ${all} in trouble`,
    none: (all: string) => (all === '1' ? '1 screen, no trouble' : `${all} screens, no trouble`),
    noneShown: 'No screens match',
    connecting: 'Connecting…',
    leave: 'Leave TV mode',
  },
  {
    all: 'Todas las pantallas',
    trouble: (count: string, all: string) => `${count} de ${all} con problemas`,
    none: (all: string) => (all === '1' ? '1 pantalla, sin problemas' : `${all} pantallas, sin problemas`),
    noneShown: 'Ninguna pantalla coincide',
    connecting: 'Conectando…',
    leave: 'Salir del modo TV',
  },
);
