/** Who sends a kind of message: the taxpayer's side, the authority, or either. */
export type MessageDirection = 'TO_AUTHORITY' | 'FROM_AUTHORITY' | 'EITHER';

export interface MessageType {
  /** MLTDiep. */
  readonly code: string;
  readonly name: string;
  readonly direction: MessageDirection;
  /** Codes that may answer it, in the order in which they come. Empty where no public source tells. */
  readonly answers: readonly string[];
}

/** Kinds of messages between taxpayers, T-VAN organisations and the authority (Decisions 1450 and 1510/QĐ-TCT and their revision). */
export const MESSAGE_TYPES: readonly MessageType[] = [
  ours('100', 'declaration 01/ĐKTĐ-HĐĐT', '999', '102', '103'),
  ours('101', 'declaration for delegated invoicing', '999', '102', '104'),
  theirs('102', 'declaration received or not'),
  theirs('103', 'declaration accepted or not'),
  theirs('104', 'declaration for delegated invoicing accepted or not'),
  theirs('105', 'end of use of the portal'),
  ours('106', 'request for an invoice per occurrence', '999'),
  theirs('107', 'explanation wanted for high risk'),
  theirs('108', 'stop of use'),
  ours('109', 'declaration for e-documents', '999', '110', '111'),
  theirs('110', 'declaration for e-documents received or not'),
  theirs('111', 'declaration for e-documents accepted or not'),
  ours('112', 'withdrawal by the taxpayer', '999'),
  ours('113', 'explanation and switch', '999'),
  theirs('114', 'resumption'),
  theirs('150', 'account of the portal'),
  ours('200', 'invoice for a code', '999', '202', '204'),
  ours('201', 'invoice for a code, per occurrence', '999', '202', '204', '205'),
  theirs('202', 'invoice with code'),
  ours('203', 'invoices without code', '999', '204'),
  theirs('204', 'result of the check of data, 01/TB-KTDL'),
  theirs('205', 'answer on a file per occurrence'),
  ours('206', 'cash-register invoices with code', '999', '204'),
  ours('207', 'casino invoices', '999', '204'),
  ours('208', 'adjustment or replacement of many coded invoices', '999', '202', '204'),
  ours('209', 'invoice with fee receipt', '999', '202', '204'),
  ours('210', 'adjustment or replacement of many invoices without code', '999', '204'),
  ours('211', 'certificate of personal income tax', '999', '213'),
  ours('212', 'report of receipts', '999', '213'),
  theirs('213', 'result of the check of e-documents'),
  ours('216', 'cash-register invoices without code', '999', '204'),
  ours('300', 'error notice 04/SS-HĐĐT', '999', '301', '204'),
  theirs('301', 'error notice received, with result'),
  theirs('302', 'review wanted by the authority'),
  ours('303', 'error notice of cash-register invoices', '999', '301', '204'),
  ours('304', 'error notice of e-documents', '999'),
  ours('400', 'summary of invoice data', '999', '204'),
  either('401', 'answer to a summary'),
  ...['500', '503', '504', '505', '506', '507', '600', '601', '602', '603'].map((code) =>
    either(code, 'coding by a delegated organisation'),
  ),
  either('901', 'reconciliation'),
  either('902', 'answer to a reconciliation'),
  either('903', 'message that public sources name without explaining'),
  either('999', 'technical answer'),
  either('-1', 'malformed message'),
  either('-2', 'wrong signing data'),
];

const BY_CODE: ReadonlyMap<string, MessageType> = new Map(MESSAGE_TYPES.map((type) => [type.code, type]));

/** The kind of a code, or undefined for a code that the table does not have. */
export function messageType(code: string): MessageType | undefined {
  return BY_CODE.get(code);
}

function ours(code: string, name: string, ...answers: string[]): MessageType {
  return { code, name, direction: 'TO_AUTHORITY', answers };
}

function theirs(code: string, name: string): MessageType {
  return { code, name, direction: 'FROM_AUTHORITY', answers: [] };
}

function either(code: string, name: string): MessageType {
  return { code, name, direction: 'EITHER', answers: [] };
}
