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

export const WEBHOOK_STATUSES = ['201_ACTIVATED', '401_DEACTIVATED', '405_ARCHIVED'] as const;
export const SIGNING_METHODS = ['NONE', 'HMAC_SHA256'] as const;
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
  signingMethod?: (typeof SIGNING_METHODS)[number];

  @ApiPropertyOptional({ writeOnly: true, description: 'Made for you when left out. 16 to 128 printable characters.' })
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

export class ReplayAnswer {
  @ApiProperty({ description: 'Deliveries that are on their way again.' })
  replayed!: number;
}
