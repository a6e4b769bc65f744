export const PROJECT: string;
export const ROOT: string;
export const LOCAL: string;
export const CACHE: string;
export const CLONE_HASH: string;
export function localPath(...parts: string[]): string;
export function localFolder(...parts: string[]): string;
