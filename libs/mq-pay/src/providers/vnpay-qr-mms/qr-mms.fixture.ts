import { createHash } from 'node:crypto';
import type { SendRequest, SendResponse, Send } from '@nx/contracts';
import { parseQrMmsConfiguration } from './configuration';
import type { QrMmsConfiguration } from './configuration';

/** The vendor's sample merchant. */
export const SETTINGS = {
  appId: 'MERCHANT',
  masterMerCode: 'A000000775',
  merchantCode: '88888888',
  merchantName: 'VNPAY TEST',
  merchantType: '9999',
  terminalId: 'PSSTEST',
  endpoints: {
    create: 'https://vnpay.example/create',
    check: 'https://vnpay.example/check',
    refund: 'https://vnpay.example/refund',
  },
};

export const SECRETS = {
  createSecret: 'vnpay@MERCHANT',
  checkSecret: 'vnpay@123@langhaHangLa',
  refundSecret: 'vnpayRefund',
  callbackSecret: 'vnpay@CALLBACK',
};

export function configurationOf(change: object = {}): QrMmsConfiguration {
  return parseQrMmsConfiguration({ ...SETTINGS, ...change }, SECRETS, 'PRODUCTION');
}

/** Computed here and not by the library, so that the tests judge it. */
export function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/** A provider that gives one answer per call and keeps what it was sent. */
export function scripted(...answers: readonly (object | string | Error)[]): { send: Send; calls: SendRequest[] } {
  const calls: SendRequest[] = [];
  const send = (request: SendRequest): Promise<SendResponse> => {
    const answer = answers[Math.min(calls.length, answers.length - 1)];
    calls.push(request);
    if (answer instanceof Error) return Promise.reject(answer);
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const status = /^HTTP (\d+)$/.exec(body)?.[1];
    return Promise.resolve({ status: status === undefined ? 200 : Number(status), headers: {}, body });
  };
  return { send, calls };
}

/** The members of a JSON body that was sent. */
export function sentBody(calls: readonly SendRequest[], index = 0): Record<string, unknown> {
  return JSON.parse(calls[index]?.body ?? '') as Record<string, unknown>;
}
