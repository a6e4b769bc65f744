import { parkedCommands, type Command } from '@nx/ops';

/** The operators' commands of signal, in the order of the help. */
export const COMMANDS: readonly Command[] = parkedCommands({
  list: 'signal list-dead',
  replay: 'signal replay',
  path: '/operations/dead-letters',
});
