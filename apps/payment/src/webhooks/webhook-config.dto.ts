import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { WEBHOOK_EVENT_TYPES, type PaymentEventType } from '@nx/contracts';
import { OptionalMember, PageQuery } from '@nx/http';
import { SIGNING_METHODS, type SigningMethod } from './webhook-signing';

export const WEBHOOK_STATUSES = ['201_ACTIVATED', '401_DEACTIVATED', '405_ARCHIVED'] as const;
export const DELIVERY_STATUSES = ['PENDING', 'SENDING', 'DELIVERED', 'DEAD'] as const;

export class WebhookMetadata {
  @ApiPropertyOptional({ minimum: 1000, maximum: 300000, default: 30000 })
  @OptionalMember()
  @IsInt()
  @Min(1000)
  @Max(300_000)
  timeoutMs?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 10, default: 3 })
  @OptionalMember()
  @IsInt()
  @Min(0)
  @Max(10)
  maxRetries?: number;
}

export class CreateWebhookConfigRequest {
  @ApiProperty({ example: 'sale', maxLength: 100 })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({ example: 'https://sale.example.vn/v1/api/sale/webhooks/payment', maxLength: 2048 })
  @IsString()
  @MaxLength(2048)
  url!: string;

  @ApiProperty({ enum: WEBHOOK_EVENT_TYPES, isArray: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @ArrayMaxSize(32)
  @IsIn(WEBHOOK_EVENT_TYPES, { each: true })
  eventTypes!: PaymentEventType[];

  @ApiPropertyOptional({ enum: SIGNING_METHODS, default: 'HMAC_SHA256' })
  @OptionalMember()
  @IsIn(SIGNING_METHODS)
  signingMethod?: SigningMethod;

  @ApiPropertyOptional({
    writeOnly: true,
    description: 'Made for you when left out. 16 to 128 printable characters; whsec_ and base64 for STANDARD_V1.',
  })
  @OptionalMember()
  @Matches(/^[\x21-\x7e]{16,128}$/, { message: 'is 16 to 128 printable characters without spaces' })
  secret?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Sent with each call; at most 16.',
  })
  @OptionalMember()
  @IsObject()
  headers?: Record<string, string>;

  @ApiPropertyOptional({ type: WebhookMetadata })
  @OptionalMember()
  @IsObject()
  @ValidateNested()
  @Type(() => WebhookMetadata)
  metadata?: WebhookMetadata;
}

export class UpdateWebhookConfigRequest {
  @ApiPropertyOptional({ maxLength: 100 })
  @OptionalMember()
  @IsString()
  @Length(1, 100)
  name?: string;

  @ApiPropertyOptional({ maxLength: 2048 })
  @OptionalMember()
  @IsString()
  @MaxLength(2048)
  url?: string;

  @ApiPropertyOptional({ enum: WEBHOOK_EVENT_TYPES, isArray: true })
  @OptionalMember()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @ArrayMaxSize(32)
  @IsIn(WEBHOOK_EVENT_TYPES, { each: true })
  eventTypes?: PaymentEventType[];

  @ApiPropertyOptional({ enum: WEBHOOK_STATUSES })
  @OptionalMember()
  @IsIn(WEBHOOK_STATUSES)
  status?: (typeof WEBHOOK_STATUSES)[number];

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  @OptionalMember()
  @IsObject()
  headers?: Record<string, string>;

  @ApiPropertyOptional({ type: WebhookMetadata })
  @OptionalMember()
  @IsObject()
  @ValidateNested()
  @Type(() => WebhookMetadata)
  metadata?: WebhookMetadata;
}

export class WebhookConfigView {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  url!: string;
  @ApiProperty({ enum: WEBHOOK_EVENT_TYPES, isArray: true })
  eventTypes!: string[];
  @ApiProperty({ enum: WEBHOOK_STATUSES })
  status!: string;
  @ApiProperty({ enum: SIGNING_METHODS })
  signingMethod!: string;
  @ApiProperty({ type: String, nullable: true, description: 'STANDARD_V1A: verifies our signatures.' })
  publicKey!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until then the replaced secret signs too.',
  })
  previousSecretUntil!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Since when deliveries have died without an answer; its next 2xx sends them again.',
  })
  failingSince!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  headers!: Record<string, string>;
  @ApiProperty({ type: WebhookMetadata })
  metadata!: WebhookMetadata;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  modifiedAt!: string;
}

export class CreatedWebhookConfigView extends WebhookConfigView {
  @ApiPropertyOptional({ description: 'Shown once, here. Store it now.' })
  secret?: string;
}

export class WebhookConfigPage {
  @ApiProperty({ type: [WebhookConfigView] })
  data!: WebhookConfigView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class DeliveryQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DELIVERY_STATUSES })
  @OptionalMember()
  @IsIn(DELIVERY_STATUSES)
  status?: (typeof DELIVERY_STATUSES)[number];
}

export class TryView {
  @ApiProperty()
  number!: number;
  @ApiProperty({ format: 'date-time' })
  startedAt!: string;
  @ApiProperty()
  durationMs!: number;
  @ApiProperty({ type: Number, nullable: true })
  statusCode!: number | null;
  @ApiProperty({ type: String, nullable: true })
  error!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The first KiB of the answer.' })
  response!: string | null;
}

export class DeliveryView {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  webhookConfigId!: string;
  @ApiProperty()
  eventId!: string;
  @ApiProperty()
  eventType!: string;
  @ApiProperty()
  transactionId!: string;
  @ApiProperty()
  sequence!: number;
  @ApiProperty({ enum: DELIVERY_STATUSES })
  status!: string;
  @ApiProperty()
  tries!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  nextTryAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deliveredAt!: string | null;
  @ApiProperty({ type: String, nullable: true })
  lastError!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: [TryView] })
  history!: TryView[];
}

export class DeliveryPage {
  @ApiProperty({ type: [DeliveryView] })
  data!: DeliveryView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class RecoverRequest {
  @ApiProperty({
    format: 'date-time',
    example: '2026-11-20T00:00:00Z',
    description: 'Dead deliveries made since then.',
  })
  @IsISO8601({ strict: true })
  since!: string;
}

export class RotateSecretRequest {
  @ApiPropertyOptional({ writeOnly: true, description: 'Made for you when left out.' })
  @OptionalMember()
  @Matches(/^[\x21-\x7e]{16,128}$/, { message: 'is 16 to 128 printable characters without spaces' })
  secret?: string;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: 604800000,
    default: 86400000,
    description: 'How long the replaced secret signs beside the new one, in ms; 0 when it leaked.',
  })
  @OptionalMember()
  @IsInt()
  @Min(0)
  @Max(604_800_000)
  overlapMs?: number;
}

export class ReplayRequest {
  @ApiPropertyOptional({ type: [String], maxItems: 500, description: 'These deliveries, with the same bodies.' })
  @OptionalMember()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  deliveryIds?: string[];

  @ApiPropertyOptional({ description: 'What is true of this transaction now, as new events.' })
  @OptionalMember()
  @IsString()
  @Length(1, 64)
  transactionId?: string;
}

export class TestAnswer {
  @ApiProperty({ description: 'Its tries stand among the deliveries of the subscription.' })
  deliveryId!: string;
}

export class ReplayAnswer {
  @ApiProperty({ description: 'Deliveries that are on their way again.' })
  replayed!: number;
}
