import { sha256Hex } from '@nx/crypto';
import type { SendRequest } from '@nx/contracts';
import type { GatewayConfiguration } from './configuration';
import { buildQuerydrRequest } from './querydr-request';
import { toOrderInfo } from './wire-values';

/** What a querydr is about. */
export interface QuerydrSubject {
  readonly attemptUid: string;
  /** `vnp_CreateDate` of the payment. */
  readonly createdAtMs: number;
  readonly askedAtMs: number;
  /** Empty for the payment, else the refund. */
  readonly transactionNo: string;
}

/** A POST to the transaction API. */
export function apiCall(configuration: GatewayConfiguration, body: string): SendRequest {
  return {
    method: 'POST',
    url: configuration.settings.endpoints.api,
    headers: { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' },
    body,
  };
}

export function querydrCall(configuration: GatewayConfiguration, subject: QuerydrSubject): SendRequest {
  const { settings, hashSecret } = configuration;
  const body = buildQuerydrRequest(
    {
      requestId: queryRequestId(subject),
      version: settings.version,
      tmnCode: settings.tmnCode,
      txnRef: subject.attemptUid,
      transactionNo: subject.transactionNo,
      transactionDateMs: subject.createdAtMs,
      createdAtMs: subject.askedAtMs,
      ipAddress: settings.ipAddress,
      orderInfo: toOrderInfo(`Truy van ${subject.attemptUid}`, 'Truy van'),
    },
    hashSecret,
  );
  return apiCall(configuration, body);
}

/**
 * `vnp_RequestId` has at most 32 characters and is unique per day. It follows from what is asked and when, so that no
 * randomness is needed and two questions never share one.
 */
export function queryRequestId({ attemptUid, transactionNo, askedAtMs }: QuerydrSubject): string {
  return sha256Hex(`querydr|${attemptUid}|${transactionNo}|${askedAtMs}`).slice(0, 32);
}
