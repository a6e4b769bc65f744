import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, Matches } from 'class-validator';
import { OptionalMember } from '@nx/http';

export const CONFIGURATION_STATUSES = ['201_ACTIVATED', '401_DEACTIVATED', '405_ARCHIVED'] as const;
export type ConfigurationStatus = (typeof CONFIGURATION_STATUSES)[number];

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

export class CreateConfigurationRequest {
  @ApiProperty({ example: 'VNPAY_QR_MMS', description: 'A provider, or PAYMENT_SETTINGS.' })
  @Matches(CODE, { message: 'is a provider code, or PAYMENT_SETTINGS' })
  code!: string;

  @ApiPropertyOptional({ enum: ['DEVELOPMENT', 'PRODUCTION'], description: 'That of the service when left out.' })
  @OptionalMember()
  @IsIn(['DEVELOPMENT', 'PRODUCTION'])
  environment?: 'DEVELOPMENT' | 'PRODUCTION';

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {
      appId: 'MERCHANT',
      masterMerCode: 'A000000775',
      merchantCode: '0311111111A',
      merchantName: 'CUA HANG DEMO',
      merchantType: '5999',
      terminalId: 'POS00001',
      endpoints: {
        create: 'https://doitac-tran.vnpaytest.vn/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode',
        check: 'https://doitac-tran.vnpaytest.vn/CheckTransaction/rest/api/CheckTrans',
        refund: 'https://doitac-tran.vnpaytest.vn/mms/refund',
      },
      settlementModel: 'DIRECT',
    },
  })
  @IsObject()
  tValue!: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    writeOnly: true,
    description: 'Secrets of the connection. Written, never given back.',
    example: { createSecret: '…', checkSecret: '…', refundSecret: '…', callbackSecret: '…' },
  })
  @OptionalMember()
  @IsObject()
  credential?: Record<string, unknown>;
}

export class UpdateConfigurationRequest {
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Replaces the settings as a whole.' })
  @OptionalMember()
  @IsObject()
  tValue?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    writeOnly: true,
    description: 'Replaces the secrets as a whole; callbacks signed with the old ones still verify for 31 days.',
  })
  @OptionalMember()
  @IsObject()
  credential?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: CONFIGURATION_STATUSES })
  @OptionalMember()
  @IsIn(CONFIGURATION_STATUSES)
  status?: ConfigurationStatus;
}

export class ConfigurationView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ example: 'VNPAY_QR_MMS' })
  code!: string;
  @ApiProperty({ example: '200_INTEGRATION' })
  group!: string;
  @ApiProperty({ type: String, nullable: true, example: 'MERCHANT' })
  principalType!: string | null;
  @ApiProperty({ type: String, nullable: true })
  principalId!: string | null;
  @ApiProperty({ enum: ['DEVELOPMENT', 'PRODUCTION'] })
  environment!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What callbacks of the provider name.' })
  lookupKey!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  tValue!: Record<string, unknown> | null;
  @ApiProperty({ description: 'Whether secrets are stored; they are never shown.' })
  hasCredential!: boolean;
  @ApiProperty({ enum: CONFIGURATION_STATUSES })
  status!: string;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  modifiedAt!: string;
}

export class ConfigurationPage {
  @ApiProperty({ type: [ConfigurationView] })
  data!: ConfigurationView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ConfigurationTestAnswer {
  @ApiProperty({ description: 'The provider answered and accepted our signature.' })
  ok!: boolean;
  @ApiProperty({ type: String, nullable: true })
  providerCode!: string | null;
  @ApiProperty({ description: 'For people: what the provider said, or what is wrong.' })
  detail!: string;
  @ApiProperty()
  durationMs!: number;
}
