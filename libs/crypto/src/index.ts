export { canonicalJson } from './canonical-json';
export { findCardNumber, maskCardNumbers } from './card-number';
export type { CardNumberMatch } from './card-number';
export { ChannelError } from './channel-error';
export type { ChannelErrorReason } from './channel-error';
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
export { MAX_WAITING_FRAMES, OrderedFrames } from './ordered-frames';
export { MAX_FRAME_CHARACTERS, REMEMBERED_IVS, SealedChannel } from './sealed-channel';
export type { SealedFrame } from './sealed-channel';
export { createStandardKeyPair, createStandardSecret } from './standard-webhook-keys';
export {
  readStandardHeaders,
  signStandard,
  signStandardV1,
  signStandardV1a,
  verifyStandard,
} from './standard-webhooks';
export type { StandardHeaders, StandardMessage, StandardSignature, StandardVerification } from './standard-webhooks';
export { WebhookKeyError, WebhookMessageError } from './webhook-errors';
export type { WebhookField } from './webhook-errors';
export { MAX_WEBHOOK_BODY_BYTES, WEBHOOK_TOLERANCE_MS } from './webhook-rules';
export { signWebhook, verifyWebhook } from './webhook-signature';
export type { WebhookVerification } from './webhook-signature';
