import type { ErrorTable } from '../../error-table';
import { judgeOf } from '../judgement';
import type { Judge } from '../judgement';
import { QR_MMS_ERROR_TABLE } from '../vnpay-qr-mms/codes';

/** No table of its own is public; CheckTrans and callback are taken to speak QR-MMS. */
export const PHONE_POS_ERROR_TABLE: ErrorTable = {
  version: `vnpay-phone-pos-1, after ${QR_MMS_ERROR_TABLE.version}`,
  codes: { QUERY: QR_MMS_ERROR_TABLE.codes.QUERY ?? {}, CALLBACK: QR_MMS_ERROR_TABLE.codes.CALLBACK ?? {} },
};

export const PHONE_POS_JUDGE: Judge = judgeOf(PHONE_POS_ERROR_TABLE);
