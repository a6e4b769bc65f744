/** What a provider can be asked to do. */
export type OperationKind = 'CREATE' | 'QUERY' | 'REFUND' | 'CANCEL';
