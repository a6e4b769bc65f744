/** Injects the checked texts of all notifications. */
export const TEMPLATES = Symbol('TEMPLATES');
