import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import { OptionalMember } from '@nx/http';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { INVOICE_TYPES, ISSUANCE_MODES, type InvoiceType, type IssuanceMode } from '../invoices/invoice';
import { BuyerRequest } from './buyer.dto';
import { SETTING_STATUSES, type SettingStatus } from './provider.dto';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
export const DIRECT_CATEGORIES = ['DISTRIBUTION', 'SERVICE', 'SERVICE_WITH_GOODS', 'OTHER'] as const;

export class RetryMetadataRequest {
  @ApiProperty({ minimum: 0, maximum: 20, example: 3 })
  @IsInt()
  @Min(0)
  @Max(20)
  maxRetryCount!: number;

  @ApiProperty({
    type: [Number],
    description: 'Pause before each retry; the last one serves further ones.',
    example: [5, 15, 60],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(1440, { each: true })
  retryDelayMinutes!: number[];
}

export class CreateProviderConfigRequest {
  @ApiProperty({ maxLength: 64, example: 'IQBapalCzY' })
  @Matches(ID, { message: 'is no id' })
  invoiceProviderId!: string;

  @ApiProperty({ minLength: 1, maxLength: 100, example: 'Máy tính tiền quầy 1' })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({ description: 'Series as registered, six characters.', example: 'C26MYY' })
  @Matches(/^[CK]\d{2}[TDLMNBGHXF][A-Z]{2}$/, { message: 'must be six characters such as C26MYY' })
  serial!: string;

  @ApiProperty({ minimum: 1, maximum: 9, example: 1 })
  @IsInt()
  @Min(1)
  @Max(9)
  form!: number;

  @ApiProperty({ enum: INVOICE_TYPES, example: 'POS_VAT' })
  @IsIn(INVOICE_TYPES)
  category!: InvoiceType;

  @ApiProperty({ enum: ISSUANCE_MODES, example: 'REAL_TIME' })
  @IsIn(ISSUANCE_MODES)
  issuanceMode!: IssuanceMode;

  @ApiPropertyOptional({ default: true })
  @OptionalMember()
  @IsBoolean()
  autoRelease?: boolean;

  @ApiPropertyOptional({ default: true })
  @OptionalMember()
  @IsBoolean()
  autoSign?: boolean;

  @ApiPropertyOptional({ default: true })
  @OptionalMember()
  @IsBoolean()
  autoSendCqt?: boolean;

  @ApiPropertyOptional({ type: RetryMetadataRequest })
  @OptionalMember()
  @ValidateNested()
  @Type(() => RetryMetadataRequest)
  retryMetadata?: RetryMetadataRequest;

  @ApiPropertyOptional({ minimum: 1, maximum: 1440, default: 120, description: 'The law may end the window earlier.' })
  @OptionalMember()
  @IsInt()
  @Min(1)
  @Max(1440)
  claimWindowMinutes?: number;

  @ApiPropertyOptional({
    default: '21:00',
    description: 'SCHEDULED: the time of day at which the batch goes; ends a scheduleCron.',
    example: '21:00',
  })
  @OptionalMember()
  @Matches(/^([01]\d|2[0-3]):[0-5]\d$/, { message: 'must be HH:MM' })
  scheduleTime?: string;

  @ApiPropertyOptional({
    maxLength: 100,
    description: 'SCHEDULED: when the batch goes, in place of scheduleTime; the law may send an invoice earlier.',
    example: '*/30 9-22 * * 1-6',
  })
  @OptionalMember()
  @IsString()
  @Length(9, 100)
  scheduleCron?: string;

  @ApiPropertyOptional({ default: 'Asia/Ho_Chi_Minh', description: 'IANA time zone of the schedule.', maxLength: 64 })
  @OptionalMember()
  @IsString()
  @Length(1, 64)
  scheduleTimeZone?: string;

  @ApiPropertyOptional({ type: BuyerRequest, description: 'Who stands on an invoice that nobody claims.' })
  @OptionalMember()
  @ValidateNested()
  @Type(() => BuyerRequest)
  defaultBuyer?: BuyerRequest;

  @ApiPropertyOptional({ description: 'VAT rate of lines for which sale gives none.', example: '8%' })
  @OptionalMember()
  @IsString()
  @MaxLength(16)
  defaultTaxRate?: string;

  @ApiPropertyOptional({ enum: DIRECT_CATEGORIES, description: 'Direct method: the trade of the temporary cut.' })
  @OptionalMember()
  @IsIn(DIRECT_CATEGORIES)
  directCategory?: (typeof DIRECT_CATEGORIES)[number];

  @ApiPropertyOptional({
    minimum: 1,
    maximum: 100,
    default: 1,
    description: 'Đồng that the tax of a line may miss its rate by.',
  })
  @OptionalMember()
  @IsInt()
  @Min(1)
  @Max(100)
  roundingAllowance?: number;

  @ApiPropertyOptional({ enum: ['merchant', 'org'], default: 'merchant' })
  @OptionalMember()
  @IsIn(['merchant', 'org'])
  notificationScope?: 'merchant' | 'org';

  @ApiPropertyOptional({ enum: SETTING_STATUSES, default: '201_ACTIVATED' })
  @OptionalMember()
  @IsIn(SETTING_STATUSES)
  status?: SettingStatus;
}

export class UpdateProviderConfigRequest extends PartialType(CreateProviderConfigRequest, {
  skipNullProperties: false,
}) {}

export class ProviderConfigView extends OmitType(CreateProviderConfigRequest, [
  'defaultTaxRate',
  'directCategory',
  'scheduleCron',
]) {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true, example: '8%' })
  defaultTaxRate!: string | null;
  @ApiProperty({ type: String, nullable: true })
  directCategory!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Null where scheduleTime counts.' })
  scheduleCron!: string | null;
  @ApiProperty()
  createdAt!: string;
  @ApiProperty()
  modifiedAt!: string;
}

export class ProviderConfigPage {
  @ApiProperty({ type: [ProviderConfigView] })
  data!: ProviderConfigView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class CreateMappingRequest {
  @ApiProperty({ maxLength: 64, example: 'IQBapalCzY' })
  @Matches(ID, { message: 'is no id' })
  saleChannelId!: string;

  @ApiProperty({ maxLength: 64, example: 'IQBapalCzZ' })
  @Matches(ID, { message: 'is no id' })
  invoiceProviderConfigId!: string;

  @ApiPropertyOptional({ enum: SETTING_STATUSES, default: '201_ACTIVATED' })
  @OptionalMember()
  @IsIn(SETTING_STATUSES)
  status?: SettingStatus;
}

export class UpdateMappingRequest extends PartialType(CreateMappingRequest, { skipNullProperties: false }) {}

export class MappingView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty()
  saleChannelId!: string;
  @ApiProperty()
  invoiceProviderConfigId!: string;
  @ApiProperty({ enum: SETTING_STATUSES })
  status!: SettingStatus;
  @ApiProperty()
  createdAt!: string;
  @ApiProperty()
  modifiedAt!: string;
}

export class MappingPage {
  @ApiProperty({ type: [MappingView] })
  data!: MappingView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ProfileRequest {
  @ApiPropertyOptional({ maxLength: 50, description: 'Code of the place of business.' })
  @OptionalMember()
  @IsString()
  @MaxLength(50)
  locationCode?: string;

  @ApiPropertyOptional({ maxLength: 200 })
  @OptionalMember()
  @IsString()
  @MaxLength(200)
  locationName?: string;

  @ApiPropertyOptional({ maxLength: 400 })
  @OptionalMember()
  @IsString()
  @MaxLength(400)
  locationAddress?: string;

  @ApiPropertyOptional({ maxLength: 254 })
  @OptionalMember()
  @IsString()
  @MaxLength(254)
  contactEmail?: string;

  @ApiPropertyOptional({ maxLength: 30 })
  @OptionalMember()
  @Matches(/^[0-9 +().-]{1,30}$/, { message: 'must be a phone number' })
  contactPhone?: string;

  @ApiPropertyOptional({ description: 'false: the series are registered anew.', example: false })
  @OptionalMember()
  @IsIn([false])
  needsRegistration?: false;
}

export class ProfileView {
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true })
  locationCode!: string | null;
  @ApiProperty({ type: String, nullable: true })
  locationName!: string | null;
  @ApiProperty({ type: String, nullable: true })
  locationAddress!: string | null;
  @ApiProperty({ type: String, nullable: true })
  contactEmail!: string | null;
  @ApiProperty({ type: String, nullable: true })
  contactPhone!: string | null;
  @ApiProperty({ description: 'Tax code or method changed: register the series again before further invoices.' })
  needsRegistration!: boolean;
  @ApiProperty({ type: String, nullable: true })
  needsRegistrationReason!: string | null;
}
