/** One thing wrong with a document: `path` says where (`/HDon/DLHDon/NDHDon/DSHHDVu/HHDVu[2]/TSuat`), `detail` what to change. */
export interface XmlProblem {
  readonly path: string;
  readonly detail: string;
}

/** The one error of reading and building XML. Nothing else is thrown for what a document or a caller's data holds. */
export class XmlError extends Error {
  constructor(
    /** Names from the root down, an index in brackets where a name repeats; attributes begin with `@`. */
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${path} ${reason}`);
    this.name = 'XmlError';
  }
}
