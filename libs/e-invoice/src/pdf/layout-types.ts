import type pdfmake from 'pdfmake';
import type { Content } from 'pdfmake';

/** What the renderer takes, by the names under which its parts are built here. */
export type Definition = Parameters<typeof pdfmake.createPdf>[0];
export type FontFaces = Parameters<typeof pdfmake.setFonts>[0][string];
export type Watermark = Exclude<NonNullable<Definition['watermark']>, string>;
export type PageContent = Extract<Definition['footer'], (...parameters: never[]) => unknown>;
export type PageBackground = Extract<Definition['background'], (...parameters: never[]) => unknown>;
export type TextContent = Extract<Content, { text: unknown }>;
export type TableContent = Extract<Content, { table: unknown }>;
export type ColumnsContent = Extract<Content, { columns: unknown }>;
export type ColumnContent = ColumnsContent['columns'][number];
