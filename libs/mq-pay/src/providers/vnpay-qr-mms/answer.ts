import type { SendOutcome } from '../../outbound';
import { judgeOf, readAnswer as readCodedAnswer } from '../judgement';
import type { Judge, Reading } from '../judgement';
import { QR_MMS_ERROR_TABLE } from './codes';

/** Judges by the table of QR-MMS. */
export const QR_MMS_JUDGE: Judge = judgeOf(QR_MMS_ERROR_TABLE);

/** Reads an answer of QR-MMS, whose code stands in `code`. For `refusedByStatus` see `ReadingRule`. */
export function readAnswer(sent: SendOutcome, refusedByStatus: boolean): Reading {
  return readCodedAnswer(QR_MMS_JUDGE, sent, { codeMember: 'code', refusedByStatus });
}
