/** Where a document keeps its data and a signature over them. */
export interface SignaturePlace {
  readonly root: string;
  /** The one child of the root that is signed; its attribute Id is referred to. */
  readonly data: string;
  /** From the root to the element that holds the signature. */
  readonly holder: readonly [string, string];
}

/** `HDon/DSCKS/NBan/Signature` over `HDon/DLHDon` (Decision 1450/QĐ-TCT). */
export const SELLER_SIGNATURE: SignaturePlace = { root: 'HDon', data: 'DLHDon', holder: ['DSCKS', 'NBan'] };

/** `HDon/DSCKS/NMua/Signature` over the same data. */
export const BUYER_SIGNATURE: SignaturePlace = { root: 'HDon', data: 'DLHDon', holder: ['DSCKS', 'NMua'] };

/** `TBao/DSCKS/NNT/Signature` over `TBao/DLTBao`: notices of the taxpayer, as public implementations place it. */
export const NOTICE_SIGNATURE: SignaturePlace = { root: 'TBao', data: 'DLTBao', holder: ['DSCKS', 'NNT'] };
