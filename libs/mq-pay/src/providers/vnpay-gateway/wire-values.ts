import { isIP } from 'node:net';
import { toPlainAscii } from '../../plain-text';
import { parseVietnamTime, vietnamClock } from '../../vietnam-time';
import { GatewayFieldError } from './gateway-error';

/** A moment (ms) as `yyyyMMddHHmmss` in GMT+7; parts of a second are dropped. */
export function toWireTime(atMs: number): string {
  const clock = vietnamClock(atMs);
  return `${clock.year}${clock.month}${clock.day}${clock.hour}${clock.minute}${clock.second}`;
}

/** `yyyyMMddHHmmss` in GMT+7 as a moment (ms); null for anything else. */
export function parseWireTime(text: string): number | null {
  return /^[0-9]{14}$/.test(text) ? parseVietnamTime(text) : null;
}

/** `vnp_IpAddr`: v4 or v6 without a zone, 7 to 45 characters. */
export function isWireAddress(text: string): boolean {
  return text.length >= 7 && text.length <= 45 && /^[0-9A-Fa-f:.]+$/.test(text) && isIP(text) !== 0;
}

/** An IP address for the wire. The field has at least 7 characters, so a short v6 address is written out (`::1`). */
export function toWireAddress(address: string): string {
  const text = address.length < 7 && isIP(address) === 6 ? writtenOut(address) : address;
  if (!isWireAddress(text)) throw new GatewayFieldError('vnp_IpAddr', 'NOT_AN_ADDRESS');
  return text;
}

function writtenOut(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].join(':');
}

const ORDER_INFO_LENGTH = 255;

/** `vnp_OrderInfo`: no accents and only `[A-Za-z0-9 .:-]`, on which all encoders agree; `fallback` where nothing is left. */
export function toOrderInfo(text: string, fallback: string): string {
  return plain(text) || plain(fallback);
}

function plain(text: string): string {
  return toPlainAscii(text)
    .replace(/[^A-Za-z0-9 .:-]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, ORDER_INFO_LENGTH)
    .trim();
}
