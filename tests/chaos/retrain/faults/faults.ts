import { ARTIFACT_FAULTS } from './artifacts.ts';
import { CHANNEL_FAULTS } from './channels.ts';
import type { Fault } from './fault.ts';
import { MACHINE_FAULTS } from './machine.ts';
import { NETWORK_FAULTS } from './network.ts';
import { PEOPLE_FAULTS } from './people.ts';

/** Every cell of the table that is no kill of one process. */
export const FAULTS: readonly Fault[] = [
  ...MACHINE_FAULTS,
  ...NETWORK_FAULTS,
  ...PEOPLE_FAULTS,
  ...ARTIFACT_FAULTS,
  ...CHANNEL_FAULTS,
];
