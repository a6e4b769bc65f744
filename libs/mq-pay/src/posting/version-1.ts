import { draftsOfVersion } from './journal';

/** Makes journals of version 1 of the rules: the files that use it are that version, and stay callable for ever. */
export const draft = draftsOfVersion('1');
