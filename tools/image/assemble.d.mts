export const IMAGES: Record<
  string,
  { bundle?: string; files?: string[]; packages?: string[]; scripts?: readonly string[] }
>;
export function assemble(name: string, folder: string): Promise<{ inside: number; beside: number }>;
