export { findCardNumber, isLuhnValid, maskCardNumbers } from './card-number';
export type { CardNumberMatch } from './card-number';
export { ClaimsError, decryptClaims, encryptClaims } from './claims';
export type { ClaimedRole } from './claims';
export { DecryptError, KeyRingError } from './crypto-errors';
export type { Aad } from './crypto-errors';
export { DEFAULT_ECDH_INFO, completeClientHandshake, createEcdhKeyPair, createServerHandshake } from './handshake';
export type { EcdhKeyPair, ServerHandshake, ServerHandshakeOptions } from './handshake';
export {
  constantTimeEqual,
  constantTimeEqualHex,
  hmacSha256Hex,
  hmacSha512Hex,
  md5Hex,
  randomToken,
  sha256Hex,
  systemRandom,
} from './hash';
export type { RandomBytes } from './hash';
export { DEFAULT_KEY_ID, KeyRing, LEGACY_KEY_ID } from './key-ring';
export type { KeyRingOptions } from './key-ring';
export { legacyDecrypt, legacyEncrypt, legacyKey } from './legacy-cipher';
export type { LegacyMode } from './legacy-cipher';
export { javaHashCode, partitionOf } from './partition';
export { ChannelError, REMEMBERED_IVS, SealedChannel } from './sealed-channel';
export type { ChannelErrorReason, SealedFrame } from './sealed-channel';
export {
  WebhookKeyError,
  createStandardKeyPair,
  createStandardSecret,
  signStandardV1,
  signStandardV1a,
  verifyStandardV1,
  verifyStandardV1a,
} from './standard-webhooks';
export type { StandardMessage, StandardVerification } from './standard-webhooks';
export { WEBHOOK_TOLERANCE_MS, signWebhook, verifyWebhook } from './webhook-signature';
export type { WebhookVerification } from './webhook-signature';
