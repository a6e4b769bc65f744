export const IMAGES: Record<
  string,
  { bundle?: string; files?: string[]; packages?: string[]; scripts?: readonly string[] }
>;
