import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ISSUANCE_STATUSES, type IssuanceStatus } from '@nx/contracts';
import { OptionalMember, PageQuery } from '@nx/http';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { BuyerRequest } from '../providers/buyer.dto';
import { INVOICE_TYPES, SALE_ORDER, SOURCE_TYPES } from './invoice';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const DECIMAL = /^\d{1,15}(\.\d{1,6})?$/;
const LARGEST = 999_999_999_999;

export class InvoiceQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ISSUANCE_STATUSES })
  @OptionalMember()
  @IsIn(ISSUANCE_STATUSES)
  status?: IssuanceStatus;

  @ApiPropertyOptional({ enum: INVOICE_TYPES })
  @OptionalMember()
  @IsIn(INVOICE_TYPES)
  type?: string;

  @ApiPropertyOptional({ enum: SOURCE_TYPES })
  @OptionalMember()
  @IsIn(SOURCE_TYPES)
  sourceType?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Id of the sale.' })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  sourceId?: string;

  @ApiPropertyOptional({ description: 'Sales at or after this instant.', example: '2026-11-20T00:00:00+07:00' })
  @OptionalMember()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'Sales before this instant.', example: '2026-11-21T00:00:00+07:00' })
  @OptionalMember()
  @IsISO8601({ strict: true })
  to?: string;

  @ApiPropertyOptional({ maxLength: 14, example: '0100109106' })
  @OptionalMember()
  @Matches(/^[0-9-]{10,14}$/, { message: 'must be a tax code' })
  buyerTaxCode?: string;
}

export class InvoiceItemRequest {
  @ApiProperty({ minLength: 1, maxLength: 500, example: 'Cà phê sữa' })
  @IsString()
  @Length(1, 500)
  name!: string;

  @ApiPropertyOptional({ maxLength: 50, example: 'ly' })
  @OptionalMember()
  @IsString()
  @MaxLength(50)
  unit?: string;

  @ApiProperty({ description: 'Decimal text.', example: '2' })
  @Matches(DECIMAL, { message: 'must be a decimal as text' })
  quantity!: string;

  @ApiProperty({ description: 'Đồng for one unit with tax inside, decimal text.', example: '45000' })
  @Matches(DECIMAL, { message: 'must be a decimal as text' })
  unitPrice!: string;

  @ApiPropertyOptional({ minimum: 0, default: 0, description: 'Discount on this line, in đồng.' })
  @OptionalMember()
  @IsInt()
  @Min(0)
  @Max(LARGEST)
  discount?: number;

  @ApiProperty({ minimum: 0, description: 'What the buyer pays for the line, in đồng.', example: 90000 })
  @IsInt()
  @Min(0)
  @Max(LARGEST)
  total!: number;

  @ApiPropertyOptional({ maxLength: 16, description: 'Else the default of the configuration.', example: '8%' })
  @OptionalMember()
  @IsString()
  @MaxLength(16)
  taxRate?: string;
}

export class CreateInvoiceRequest {
  @ApiProperty({ maxLength: 64, example: 'IQBapalCzY' })
  @Matches(ID, { message: 'is no id' })
  invoiceProviderConfigId!: string;

  @ApiPropertyOptional({ enum: SOURCE_TYPES, default: SALE_ORDER })
  @OptionalMember()
  @IsIn(SOURCE_TYPES)
  sourceType?: string;

  @ApiProperty({ maxLength: 64, description: 'Id of the sale: one invoice for each.', example: 'IQBapalCzZ' })
  @Matches(ID, { message: 'is no id' })
  sourceId!: string;

  @ApiPropertyOptional({ maxLength: 64, example: 'SO000123' })
  @OptionalMember()
  @IsString()
  @Length(1, 64)
  sourceNumber?: string;

  @ApiProperty({ description: 'When the sale was paid: its day picks the rates.', example: '2026-11-20T03:00:00.000Z' })
  @IsISO8601({ strict: true })
  paidAt!: string;

  @ApiProperty({ enum: ['CASH', 'TRANSFER', 'CASH_OR_TRANSFER'], example: 'CASH' })
  @IsIn(['CASH', 'TRANSFER', 'CASH_OR_TRANSFER'])
  paymentMethod!: 'CASH' | 'TRANSFER' | 'CASH_OR_TRANSFER';

  @ApiProperty({ type: [InvoiceItemRequest] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => InvoiceItemRequest)
  items!: InvoiceItemRequest[];

  @ApiPropertyOptional({ minimum: 0, default: 0, description: 'Discount of the whole sale, in đồng.' })
  @OptionalMember()
  @IsInt()
  @Min(0)
  @Max(LARGEST)
  orderDiscount?: number;

  @ApiProperty({ minimum: 0, description: 'What the buyer pays, in đồng.', example: 90000 })
  @IsInt()
  @Min(0)
  @Max(LARGEST)
  total!: number;

  @ApiPropertyOptional({ type: BuyerRequest })
  @OptionalMember()
  @ValidateNested()
  @Type(() => BuyerRequest)
  buyer?: BuyerRequest;
}

export class CancelInvoiceRequest {
  @ApiProperty({ minLength: 3, maxLength: 255, example: 'Khách đổi đơn hàng' })
  @IsString()
  @Length(3, 255)
  reason!: string;
}
