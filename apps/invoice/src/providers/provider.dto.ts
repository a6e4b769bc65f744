import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { ISSUERS } from '@nx/e-invoice';
import { OptionalMember } from '@nx/http';
import { IsIn, IsObject, IsString, Length, Matches, MaxLength } from 'class-validator';

/** Issuers that take numbers from the seller are left out: this service gives none yet. */
export const PROVIDERS: readonly string[] = [...ISSUERS]
  .filter(([, { capabilities }]) => capabilities.sellerNumbers !== true)
  .map(([code]) => code);
export const SETTING_STATUSES = ['201_ACTIVATED', '401_DEACTIVATED'] as const;
export type SettingStatus = (typeof SETTING_STATUSES)[number];

export class CreateProviderRequest {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'VNPAY hoá đơn' })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({ enum: PROVIDERS, example: 'VNPAY' })
  @IsString()
  @Matches(/^[A-Z][A-Z0-9_]{1,31}$/, { message: 'is a provider code' })
  provider!: string;

  @ApiProperty({ maxLength: 200, example: 'https://api.vnpayinvoice.vn' })
  @Matches(/^https?:\/\/\S{1,192}$/, { message: 'must be an http(s) address' })
  baseUrl!: string;

  @ApiProperty({ description: 'Tax code of the seller at the provider.', example: '0100109106' })
  @Matches(/^[0-9-]{10,14}$/, { message: 'must be a tax code' })
  taxCode!: string;

  @ApiProperty({ writeOnly: true, maxLength: 200, description: 'Written, never given back.' })
  @IsString()
  @Length(1, 200)
  clientId!: string;

  @ApiProperty({ writeOnly: true, maxLength: 500, description: 'Written, never given back.' })
  @IsString()
  @Length(1, 500)
  clientSecret!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    writeOnly: true,
    description: 'Further secrets by name, where the provider has more than two. Written, never given back.',
    example: { appId: '…' },
  })
  @OptionalMember()
  @IsObject()
  credentials?: Record<string, string>;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: "What differs from the adapter's defaults at this provider.",
    example: { lookUpPath: '/api/v6/invoices' },
  })
  @OptionalMember()
  @IsObject()
  settings?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: SETTING_STATUSES, default: '201_ACTIVATED' })
  @OptionalMember()
  @IsIn(SETTING_STATUSES)
  status?: SettingStatus;
}

/** Only the given members change; credentials change together. */
export class UpdateProviderRequest extends PartialType(CreateProviderRequest, { skipNullProperties: false }) {}

export class ProviderView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ example: 'VNPAY hoá đơn' })
  name!: string;
  @ApiProperty({ example: 'VNPAY' })
  provider!: string;
  @ApiProperty({ example: 'https://api.vnpayinvoice.vn' })
  baseUrl!: string;
  @ApiProperty({ example: '0100109106' })
  taxCode!: string;
  @ApiProperty({ description: 'Credentials are stored; they are never shown.', example: true })
  hasCredentials!: boolean;
  @ApiProperty({ type: 'object', additionalProperties: true })
  settings!: Record<string, unknown>;
  @ApiProperty({ enum: SETTING_STATUSES })
  status!: SettingStatus;
  @ApiProperty({ type: String, nullable: true, description: 'When the connection was last tried.' })
  testedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'ok' })
  testResult!: string | null;
  @ApiProperty()
  createdAt!: string;
  @ApiProperty()
  modifiedAt!: string;
}

export class ProviderPage {
  @ApiProperty({ type: [ProviderView] })
  data!: ProviderView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ProviderTestAnswer {
  @ApiProperty({ example: true })
  ok!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Why the provider refused, or that it is away.' })
  reason!: string | null;
}

export class IdParam {
  @ApiProperty({ maxLength: 64, example: 'IQBapalCzY' })
  @IsString()
  @MaxLength(64)
  @Matches(/^[A-Za-z0-9_-]+$/, { message: 'is no id' })
  id!: string;
}
